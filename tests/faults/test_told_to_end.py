"""Ctrl-C and a scheduler's signal: the command ends with their exit code, and nothing is published, whatever was going on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from flows import ending
from flows.commands import refresh as commands
from flows.discover.discover import Wanted
from flows.flow import run as run_of_flow
from tests.refreshing import LIGHT, TODAY, bytes_of, folder_of, leftovers, run
from tests.slow import slow
from warehouse import publish
from warehouse.home import CODE, Home

# The signal comes while the build is settled. DuckDB runs a statement then, which it ends with an error of its own; or what the
# signal raises is lost.
PROGRAM = """
import os, signal, sys, threading, time
import warehouse.publish
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
warehouse.publish.settle = settle
sys.exit(main(["refresh", *sys.argv[4:], "--all", "--source", source]))
"""


def _environment(home: Home) -> dict[str, str]:
    """One in which a flow run starts a Prefect server of its own, beside the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {"PYTHONPATH": str(CODE), "PFS_HOME": str(home.root), "PREFECT_HOME": str(home.root.parent / "prefect")}


@slow
@pytest.mark.parametrize(
    ("number", "code", "how", "mode"),
    [
        (signal.SIGTERM, 143, "in a statement", ["--direct"]),
        (signal.SIGTERM, 143, "lost", ["--direct"]),
        (signal.SIGINT, 130, "in a statement", ["--direct"]),
        (signal.SIGINT, 130, "lost", ["--direct"]),
        (signal.SIGTERM, 143, "in a statement", []),  # Prefect's engine has a handler of its own
    ],
)
def test_a_refresh_that_is_told_to_end_publishes_nothing(
    tmp_path: Path, number: signal.Signals, code: int, how: str, mode: list[str]
) -> None:
    home = Home(tmp_path / "home")
    run(home, folder_of(tmp_path / "first", ["RVU24A"]))
    before, noted = bytes_of(home), (home.root / "last_refresh.json").read_bytes()
    second = folder_of(tmp_path / "second", ["RVU25A"])
    command = [sys.executable, "-c", PROGRAM, str(int(number)), how, str(second), *mode]
    environment = _environment(home)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == code, ended.stderr
    said = {143: "pfs: told to end; the build is thrown away.", 130: "pfs: stopped; what was published is as it was."}[code]
    assert ended.stderr.count(said) == 1 and "Traceback" not in ended.stderr
    assert (bytes_of(home), leftovers(home)) == (before, [])
    assert (home.root / "last_refresh.json").read_bytes() == noted
    assert run(home, second).published == home.published


# The signal comes when the warehouse has been published, and again when Python has taken back its handlers and ends modules.
TOO_LATE = """
import os, sys
import warehouse.publish
from flows.__main__ import script
published, number = warehouse.publish.publish, int(sys.argv[1])
def publish(home, path):
    kept = published(home, path)
    os.kill(os.getpid(), number)
    return kept
class Last:
    def __del__(self, kill=os.kill, process=os.getpid(), number=number):
        kill(process, number)
last = Last()
warehouse.publish.publish = publish
sys.argv = ["pfs", "refresh", *sys.argv[3:], "--all", "--source", sys.argv[2]]
script()
"""


@slow
@pytest.mark.parametrize(
    ("number", "mode"), [(signal.SIGTERM, ["--direct"]), (signal.SIGINT, ["--direct"]), (signal.SIGTERM, [])]
)
def test_what_is_published_is_said_whatever_is_asked_for_then(tmp_path: Path, number: signal.Signals, mode: list[str]) -> None:
    home = Home(tmp_path / "home")
    source = folder_of(tmp_path / "source", ["RVU25A"])
    environment = _environment(home)
    command = [sys.executable, "-c", TOO_LATE, str(int(number)), str(source), *mode]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"Published {home.published}" in ended.stdout and "told to end" not in ended.stderr
    assert json.loads((home.root / "last_refresh.json").read_text())["status"] == "published"
    assert leftovers(home) == []


@pytest.fixture
def _own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_own_signals")
def test_a_signal_to_a_process_that_is_about_to_end_changes_nothing_once_it_has_published() -> None:
    """Python takes its handlers back before it ends, and the system's own would end it by the signal."""
    ending.listen()
    ending.stay_late()
    assert signal.SIG_IGN not in {signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ending.too_late()
    ending.stay_late()
    assert {signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)} == {signal.SIG_IGN}


@pytest.mark.usefixtures("_own_signals")
def test_a_flow_that_a_worker_runs_is_left_to_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there. A flow of a command that does takes SIGTERM back, in the thread that may."""
    monkeypatch.setattr(ending, "_listens", Event())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # in the place of Prefect's
    ending.listen_again()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    ending.listen()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with ThreadPoolExecutor() as threads:
        threads.submit(ending.listen_again).result()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    ending.listen_again()
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_IGN


@pytest.mark.usefixtures("_own_signals")
def test_a_second_request_is_heard_and_not_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The first may have been lost in what was going on."""
    ending.listen()
    for _ in range(2):
        with pytest.raises(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)
    assert capsys.readouterr().err == "pfs: told to end; the build is thrown away.\n"
    ending.listen()


def _told_and_hidden(*_: object, **__: object) -> None:
    """What a library does that was called back by Python code: the request is gone, and an error of its own is there."""
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except SystemExit:
        raise TypeError("Error calling a function: SystemExit: 143") from None


@pytest.mark.usefixtures("_own_signals")
def test_what_another_library_makes_of_a_request_is_not_what_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_run", _told_and_hidden)
    with pytest.raises(SystemExit, match="143"):
        commands.command((), [], False, "sample", commands.Manner(False, True, False, False, 0))
    ending.listen()


@pytest.mark.usefixtures("_own_signals")
def test_a_request_that_prefect_hides_is_no_failure_of_prefect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is noted and nobody is told of one: systemd may end a temporary server and the refresh at once."""
    monkeypatch.setattr(run_of_flow, "_prefect", lambda: nullcontext(_told_and_hidden))
    ending.listen()
    with pytest.raises(SystemExit, match="143"):
        run_of_flow.run_flow(Home(tmp_path), "sample", Wanted.of((), (), True), TODAY)
    assert list(tmp_path.iterdir()) == []
    ending.listen()


@slow  # Prefect is imported
@pytest.mark.usefixtures("_own_signals")
def test_a_request_that_was_lost_before_the_flow_begins_is_heeded_there(tmp_path: Path) -> None:
    """It came while Prefect was loaded, say."""
    from flows.flow.flow import refresh as flow

    ending.listen()
    with suppress(SystemExit):
        os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit, match="143"):
        flow.fn(source=str(tmp_path / "not looked at"), home=str(tmp_path / "home"))
    assert list(tmp_path.iterdir()) == []
    ending.listen()


@pytest.mark.usefixtures("_own_signals")
@pytest.mark.parametrize("what", ["fetch", "load"])
def test_a_request_that_was_lost_is_heeded_before_the_next_archive(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library may also go on as if nothing had been asked."""
    home = Home(tmp_path / "home")
    source = folder_of(tmp_path / "source", ["RVU24AR", "RVU25A"])
    done: list[str] = []

    def progress(stage: str, number: int, _: int) -> None:
        if stage == what and number == (stage == "load"):
            with suppress(SystemExit):
                os.kill(os.getpid(), signal.SIGTERM)
        done.append(stage)

    ending.listen()
    with pytest.raises(SystemExit, match="143"):
        run(home, source, replace(LIGHT, progress=progress))
    assert done.count(what) == 1 and not home.published.exists()
    ending.listen()


@pytest.mark.usefixtures("_own_signals")
def test_a_request_counts_where_nobody_can_be_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ending.listen()
    gone = io.TextIOWrapper(io.BytesIO())
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    with pytest.raises(SystemExit, match="143"):
        os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit, match="143"):
        ending.heed()
    ending.listen()


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
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background has it ignored
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
