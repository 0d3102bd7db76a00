"""How a command begins: what is set before DuckDB is loaded."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

import flows.cli
from flows.__main__ import script

SETTING = "DUCKDB_JE_MALLOC_CONF"


@pytest.mark.parametrize(("before", "after"), [(None, "narenas:1"), ("narenas:4", "narenas:4")])
def test_a_command_has_one_store_of_memory_unless_the_environment_says_otherwise(
    before: str | None, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.cli, "script", lambda: None)
    monkeypatch.setenv(SETTING, before or "")
    if before is None:
        monkeypatch.delenv(SETTING)
    script()
    assert os.environ[SETTING] == after


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="DuckDB may have no allocator of its own there"
)
def test_duckdb_reads_the_setting() -> None:
    """A release of DuckDB that no longer does would only take more memory: nothing else would tell."""
    ended = subprocess.run(
        [sys.executable, "-c", "import duckdb"],
        env=os.environ | {SETTING: "narenas:1,confirm_conf:true"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr.count("Set conf value: narenas:1") == 1
