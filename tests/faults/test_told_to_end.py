"""Ctrl-C and a scheduler's signal: the command ends with their exit code, and nothing is published, whatever was going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.refreshing import bytes_of, folder_of, leftovers, run
from tests.slow import slow
from warehouse import publish
from warehouse.home import CODE, Home

# The signal comes while the build is settled. DuckDB runs a statement then, which it ends with an error of its own; or what the
# signal raises is lost.
PROGRAM = """
import os, signal, sys, threading, time
import flows.refresh
from flows.cli import main
number, how, source = int(sys.argv[1]), sys.argv[2], sys.argv[3]
def ask():
    os.kill(os.getpid(), number)
def settle(con):
    if how == "lost":
        try:
            ask()
            time.sleep(10)
        except BaseException:
            return
    threading.Timer(0.2, ask).start()
    con.execute("select count(*) from range(100000000000) where hash(range) = 1")
flows.refresh.publish.settle = settle
sys.exit(main(["refresh", "--direct", "--all", "--source", source]))
"""


@slow
@pytest.mark.parametrize("how", ["in a statement", "lost"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_refresh_that_is_told_to_end_publishes_nothing(tmp_path: Path, number: signal.Signals, code: int, how: str) -> None:
    home = Home(tmp_path / "home")
    run(home, folder_of(tmp_path / "first", ["RVU24A"]))
    before, noted = bytes_of(home), (home.root / "last_refresh.json").read_bytes()
    second = folder_of(tmp_path / "second", ["RVU25A"])
    environment = os.environ | {"PYTHONPATH": str(CODE), "PFS_HOME": str(home.root)}
    command = [sys.executable, "-c", PROGRAM, str(int(number)), how, str(second)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code, ended.stderr
    said = {143: "pfs: told to end; the build is thrown away.", 130: "pfs: stopped; the published warehouse is as it was."}[code]
    assert ended.stderr.count(said) == 1 and "Traceback" not in ended.stderr
    assert (bytes_of(home), leftovers(home)) == (before, [])
    assert (home.root / "last_refresh.json").read_bytes() == noted
    assert run(home, second).published == home.published


# The signal comes when the warehouse has been published.
TOO_LATE = """
import os, sys
import flows.refresh
from flows.cli import main
published = flows.refresh.publish.publish
def publish(home, path):
    kept = published(home, path)
    os.kill(os.getpid(), int(sys.argv[1]))
    return kept
flows.refresh.publish.publish = publish
sys.exit(main(["refresh", "--direct", "--all", "--source", sys.argv[2]]))
"""


@slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_published_is_said_whatever_is_asked_for_then(tmp_path: Path, number: signal.Signals) -> None:
    home = Home(tmp_path / "home")
    source = folder_of(tmp_path / "source", ["RVU25A"])
    environment = os.environ | {"PYTHONPATH": str(CODE), "PFS_HOME": str(home.root)}
    command = [sys.executable, "-c", TOO_LATE, str(int(number)), str(source)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"Published {home.published}" in ended.stdout and "told to end" not in ended.stderr
    assert json.loads((home.root / "last_refresh.json").read_text())["status"] == "published"
    assert leftovers(home) == []


@pytest.mark.parametrize("request_to_end", [KeyboardInterrupt, SystemExit])
def test_a_copy_that_is_cut_off_by_a_request_to_end_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_to_end: type[BaseException]
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.published.write_bytes(b"published")

    def cut_off(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:4])
        raise request_to_end

    monkeypatch.setattr(publish.shutil, "copyfile", cut_off)
    with pytest.raises(request_to_end):
        publish.new_build(home)
    assert list(home.building.iterdir()) == []


# Ctrl-C comes while the modules of the command are loaded, of which most are other people's.
WHILE_LOADING = """
import os, runpy, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "cyclopts":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["pfs", "--version"]
runpy.run_module("flows", run_name="__main__")
"""


def test_ctrl_c_before_the_command_has_begun_is_a_sentence_too() -> None:
    command = [sys.executable, "-c", WHILE_LOADING]
    ended = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(CODE)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "pfs: stopped before it began.\n")
