"""The flow from the command line: which server it uses, what the terminal shows, and what is said when Prefect fails."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.discover.discover import Wanted
from flows.flow import run as flow_run
from flows.flow.run import run_flow
from flows.flow.server import PrefectError, TemporaryServer, loopback_without_proxy
from tests.flows.conftest import TODAY, LastRun
from tests.slow import slow
from warehouse.home import Home

ROOT = Path(__file__).parents[2]


def record(name: str, level: int, message: str = "") -> logging.LogRecord:
    return logging.LogRecord(name, level, "file.py", 1, message, None, None)


@slow
def test_the_command_reports_to_the_server_of_the_environment(last_run: LastRun, server: str, folder: Path, home: Home) -> None:
    """Only our own lines and the address of the run come to the terminal, each once; the answer alone is on stdout."""
    command = [sys.executable, "-m", "flows", "refresh", "--source", str(folder), "--all", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PFS_HOME": str(home.root)}, capture_output=True, text=True, check=True
    )
    seen = last_run()
    lines = done.stderr.splitlines()
    addresses = [line for line in lines if "View at " in line]
    ours = [line for line in lines if line not in addresses]
    assert len(addresses) == 1 and server.removesuffix("/api") in addresses[0]
    assert [line.split()[:2] for line in ours] == [line.split()[:2] for line in seen.logs]
    assert json.loads(done.stdout)["published"] == str(home.published)
    assert seen.state == "COMPLETED" and seen.parameters["home"] == str(home.root)


@slow
def test_a_server_that_does_not_answer_is_named(server: str, home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/api"
    with temporary_settings({PREFECT_API_URL: url}), pytest.raises(PrefectError) as raised:
        run_flow(home, str(folder), Wanted(all=True), TODAY)
    assert url in str(raised.value)
    assert "Nothing was published." in str(raised.value) and "--direct" in str(raised.value)
    assert not home.published.exists()


def test_a_server_lost_after_publication_does_not_hide_that_it_happened(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refresh(**_parameters: Any) -> Any:
        home.root.mkdir()
        home.published.write_bytes(b"a warehouse")
        raise ConnectionError("connection reset")

    @contextmanager
    def prefect() -> Iterator[Callable[..., Any]]:
        yield refresh

    monkeypatch.setattr(flow_run, "_prefect", prefect)
    with pytest.raises(PrefectError, match=r"connection reset\. The warehouse was published all the same\."):
        run_flow(home, "sample", Wanted(), TODAY)


@pytest.mark.parametrize(
    ("name", "level", "message", "is_shown"),
    [
        ("prefect.flow_runs", logging.INFO, "Beginning flow run", False),
        ("prefect.task_runs", logging.ERROR, "Task run failed with exception", False),
        ("prefect.flow_runs", logging.INFO, "View at http://127.0.0.1:4200/runs/1", True),
        ("prefect.client", logging.INFO, "anything", False),
        ("prefect.client", logging.WARNING, "Your server is older than this client", True),
        ("httpx", logging.INFO, "HTTP Request: POST /flows/", False),
        ("pfs", logging.INFO, "RVU25D load", True),
    ],
)
def test_what_of_prefect_comes_to_the_terminal(name: str, level: int, message: str, is_shown: bool) -> None:
    assert flow_run._is_for_the_terminal(record(name, level, message)) is is_shown


def test_quiet_ends_with_the_run_and_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_LOGGING_LEVEL", raising=False)
    handler = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    noise = record("prefect.flow_runs", logging.INFO, "Beginning flow run")
    with flow_run._quiet_terminal():
        assert not handler.filter(noise)
    assert handler.filter(noise)
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "INFO")
    with flow_run._quiet_terminal():
        assert handler.filter(noise)


@slow
def test_a_home_that_cannot_be_written_is_named_before_any_waiting(server: str, tmp_path: Path) -> None:
    from prefect.settings import PREFECT_HOME, PREFECT_SERVER_DATABASE_CONNECTION_URL, get_current_settings, temporary_settings

    blocked = tmp_path / "file" / "prefect"
    blocked.parent.write_text("not a folder")
    database = f"sqlite+aiosqlite:///{blocked}/prefect.db"
    with (
        temporary_settings({PREFECT_HOME: blocked, PREFECT_SERVER_DATABASE_CONNECTION_URL: database}),
        TemporaryServer() as temporary,
        pytest.raises(PrefectError) as raised,
    ):
        temporary.serve(get_current_settings())
    assert str(blocked) in str(raised.value)
    assert "cannot be written" in str(raised.value) and "PREFECT_HOME" in str(raised.value)


@slow
def test_a_server_that_takes_too_long_is_given_up(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a second is too little for any; the process is gone afterwards."""
    from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, get_current_settings, temporary_settings

    with temporary_settings({PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: 1}):
        temporary = TemporaryServer()
        with temporary, pytest.raises(PrefectError, match="did not answer within 1 s"):
            temporary.serve(get_current_settings())
    assert temporary._process.returncode is not None
    assert "pfs: starting a temporary Prefect server" in capsys.readouterr().err


@slow
def test_the_start_may_take_three_minutes_unless_prefect_is_told_otherwise(server: str) -> None:
    from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, get_current_settings, temporary_settings

    from flows.flow import server as flow_server

    assert flow_server._limit(get_current_settings()) == 180
    with temporary_settings({PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: 7}):
        assert flow_server._limit(get_current_settings()) == 7


def test_a_proxy_is_passed_by_during_the_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.delenv("no_proxy", raising=False)
    with loopback_without_proxy():
        assert os.environ["NO_PROXY"] == "intranet,127.0.0.1,localhost"
        assert os.environ["no_proxy"] == "127.0.0.1,localhost"
    assert os.environ["NO_PROXY"] == "intranet"
    assert "no_proxy" not in os.environ
