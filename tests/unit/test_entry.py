"""How a refresh begins: what is set before DuckDB is loaded."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import flows.commands.refresh
from flows.cli.bring import refresh
from warehouse.home import CODE

SETTING = "DUCKDB_JE_MALLOC_CONF"


@pytest.mark.parametrize(("before", "after"), [(None, "narenas:1"), ("narenas:4", "narenas:4")])
def test_a_refresh_has_one_store_of_memory_unless_the_environment_says_otherwise(
    before: str | None, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.commands.refresh, "command", lambda *_: 0)
    monkeypatch.setenv(SETTING, before or "")
    if before is None:
        monkeypatch.delenv(SETTING)
    assert refresh() == 0
    assert os.environ[SETTING] == after


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="DuckDB may have no allocator of its own there"
)
@pytest.mark.parametrize("loading", ["import duckdb", "import flows.cli, sys; sys.exit('duckdb' in sys.modules)"])
def test_duckdb_reads_the_setting_when_it_is_loaded(loading: str) -> None:
    """Not before the command of the refresh. A DuckDB that no longer reads it only takes more memory: nothing else would tell."""
    ended = subprocess.run(
        [sys.executable, "-c", loading],
        env=os.environ | {SETTING: "narenas:1,confirm_conf:true", "PYTHONPATH": str(CODE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr.count("Set conf value: narenas:1") == (loading == "import duckdb")


WHEN_LOADED = """
import os, sys
class Watching:
    def find_spec(self, name, path=None, target=None):
        if name == "duckdb":
            print(os.environ.get("DUCKDB_JE_MALLOC_CONF"))
sys.meta_path.insert(0, Watching())
from flows.cli import main
sys.exit(main(["refresh", "--direct", "--source", "nowhere"]))
"""


def test_the_setting_is_there_before_a_refresh_loads_duckdb(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != SETTING}
    ended = subprocess.run(
        [sys.executable, "-c", WHEN_LOADED],
        cwd=tmp_path,
        env=kept | {"PYTHONPATH": str(CODE), "PFS_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "narenas:1\n", ended.stderr
