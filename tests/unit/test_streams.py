"""The command and its streams: closed, full, or with a reader that leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.refreshing import folder_of, labels
from tests.slow import slow
from warehouse.home import CODE, Home


def shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which `pfs` is the command."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment |= {"PYTHONPATH": str(CODE), "PFS_HOME": str(home)}
    command = f"pfs() {{ '{sys.executable}' -m flows \"$@\"; }}; {line}"
    return subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "2>&- >&-"])
def test_a_command_with_a_closed_stream_ends_as_it_would_with_an_open_one(tmp_path: Path, closed: str) -> None:
    """As a service without a terminal may run it."""
    assert shell(f"pfs --version {closed}", tmp_path).returncode == 0


@slow
def test_a_refresh_whose_summary_nobody_reads_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "source", ["RVU25A"])
    (source / "RVU25D.zip").write_bytes(b"PK")
    refresh = f"pfs refresh --direct --all --source {source}"
    assert shell(f"{refresh} | true; exit ${{PIPESTATUS[0]}}", tmp_path / "home").returncode == 5
    assert labels(Home(tmp_path / "home")) == ["RVU25A"]
    missing = f"pfs refresh --direct --json --source {tmp_path / 'missing'} | true; exit ${{PIPESTATUS[0]}}"
    assert shell(missing, tmp_path / "home").returncode == 1


@slow
def test_an_error_is_told_as_it_is_where_the_standard_output_is_full(tmp_path: Path) -> None:
    ended = shell("PYTHONUNBUFFERED=1 pfs refresh --direct --json --source missing > /dev/full", tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith("pfs: --source missing: neither a folder")


@slow
def test_rows_that_a_reader_leaves_or_the_disk_refuses_are_told_from_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    shell(f"pfs refresh --direct --all --source {folder_of(tmp_path / 'source', ['RVU25A'])}", tmp_path)
    query = "pfs sql 'select * from rvu as one cross join (from range(100))' --format csv"
    left = shell(f"{query} | head -1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert (left.returncode, left.stderr, left.stdout[:10]) == (0, "", "release_id")
    full = shell(f"{query} > /dev/full", tmp_path)
    assert (full.returncode, full.stderr.count("\n")) == (1, 1)
    assert "the standard output cannot be written: No space left on device" in full.stderr
    said = shell("pfs status > /dev/full", tmp_path)
    assert (said.returncode, said.stderr) == (full.returncode, full.stderr)
