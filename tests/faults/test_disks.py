"""A disk that is full in the middle of a refresh, or read-only: a sentence, and the warehouse of before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.faults.disks import ROOM
from tests.refreshing import LIGHT, folder_of, run
from tests.slow import slow
from warehouse.home import CODE, Home

pytestmark = slow

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What became of each disk."""
    if not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces to mount small disks (util-linux's unshare, Linux)")
    place = tmp_path_factory.mktemp("disks")
    home = Home(place / "home")
    run(home, folder_of(place / "first", ["RVU24AR"]), LIGHT)
    source = folder_of(place / "source", ["RVU25A"])
    (place / "disk").mkdir()
    command = [*NAMESPACE, sys.executable, "-m", "tests.faults.disks", str(home.root), str(source), str(place / "disk")]
    done = subprocess.run(
        command, cwd=CODE, env=os.environ | {"PYTHONPATH": str(CODE)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {line["disk"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("room", ROOM)
def test_a_full_disk_ends_in_a_sentence_and_an_unharmed_warehouse(found: dict[str, dict[str, object]], room: str) -> None:
    outcome = found[f"room for {room}"]
    assert outcome["is_unharmed"] is True, outcome
    assert "No space left on device" in str(outcome["said"]), outcome
    assert "Free some space" in str(outcome["said"]), outcome


def test_with_room_the_same_refresh_publishes(found: dict[str, dict[str, object]]) -> None:
    """So that the disks above fail for want of room, and for nothing else."""
    assert found["large enough"]["said"] == "1 loaded; " and found["large enough"]["is_unharmed"] is False


@pytest.mark.parametrize("disk", ["read-only", "read-only, empty"])
def test_a_read_only_home_is_named(found: dict[str, dict[str, object]], disk: str) -> None:
    outcome = found[disk]
    assert outcome["kind"] == "WarehouseError" and outcome["is_unharmed"] is True
    assert "Read-only file system" in str(outcome["said"]) and "set PFS_HOME" in str(outcome["said"]), outcome
