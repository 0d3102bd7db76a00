"""Fixtures of the flow tests: one temporary Prefect server for all of them, and what it knows of a run.

Prefect is imported by the fixtures, not by the test modules: it reads PREFECT_HOME when it is imported, and these tests must
not touch the one of whoever runs them.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.discover.discover import Wanted
from flows.sample import write_archives
from warehouse.home import Home

if TYPE_CHECKING:
    from flows.outcome import Result

TODAY = date(2026, 11, 22)
_PATIENCE_SECONDS = 20.0
Run = Callable[[Home, Path], "Result"]
LastRun = Callable[[], "Seen"]


@dataclass(frozen=True)
class Seen:
    """One flow run as Prefect's server shows it: its state, its task runs (name to state), its log, its artifacts by key."""

    name: str
    state: str
    message: str
    tasks: dict[str, str]
    logs: list[str]
    artifacts: dict[str, Any]
    parameters: dict[str, Any]


@pytest.fixture(scope="package")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty PREFECT_HOME, and no settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        home = tmp_path_factory.mktemp("prefect")
        patch.setenv("PREFECT_HOME", str(home))
        yield home


@pytest.fixture(scope="package")
def server(prefect_home: Path, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a temporary server, started as a flow run without a server starts it.

    Prefect takes ten seconds to make its database, so that one of an earlier session of tests is used again.
    """
    from flows.flow import run as flow_run

    cache = getattr(pytestconfig, "cache", None)  # there is none with -p no:cacheprovider
    kept = (cache.mkdir("prefect") if cache else tmp_path_factory.mktemp("cache")) / f"{version('prefect')}.db"
    database = prefect_home / "prefect.db"
    if kept.exists():
        shutil.copyfile(kept, database)
    with flow_run._prefect(), pytest.MonkeyPatch.context() as patch:
        from prefect.settings import get_current_settings

        if not kept.exists():
            with closing(sqlite3.connect(database)) as made, closing(sqlite3.connect(kept)) as copy:
                made.backup(copy)
        url = get_current_settings().api.url
        assert url
        patch.setenv("PREFECT_API_URL", url)  # else each run would start a server to find that there is one
        yield url


@pytest.fixture(scope="package")
def last_run(server: str) -> LastRun:
    """Asks the server for the newest flow run, once all its task runs have arrived."""
    return _last_run


@pytest.fixture(scope="package")
def count_runs(server: str) -> Callable[[], int]:
    """How many flow runs the server knows."""
    from prefect.client.orchestration import get_client

    def count() -> int:
        with get_client(sync_client=True) as client:
            return len(client.read_flow_runs())

    return count


def _last_run() -> Seen:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        run = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)[0]
        lines = _log_lines(client, run.id)
        tasks = _task_runs(client, run.id, sum(line["message"].startswith("Finished in state") for line in lines) - 1)
        logs = [line["message"] for line in lines if not line["name"].startswith("prefect")]
        artifacts = {item.key: item.data for item in client.read_artifacts() if item.flow_run_id == run.id}
        if "refresh-members" in artifacts:
            artifacts["refresh-members"] = json.loads(artifacts["refresh-members"])
        assert run.state
        state, message = run.state.type.value, run.state.message or ""
        return Seen(run.name, state, message, tasks, logs, artifacts, run.parameters)


def _log_lines(client: Any, run_id: Any) -> list[dict[str, Any]]:
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=_PATIENCE_SECONDS)
    wanted = {"logs": {"flow_run_id": {"any_": [str(run_id)]}}, "sort": "TIMESTAMP_ASC"}
    lines: list[dict[str, Any]] = client.request("POST", "/logs/filter", json=wanted).json()
    return lines


def _task_runs(client: Any, run_id: Any, expected: int) -> dict[str, str]:
    """Task runs reach the server as events, behind the run itself: waits until that many have ended."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run_id])))
        if sum(task.state.is_final() for task in found) >= expected or time.monotonic() > until:
            return {task.name: task.state.type.value for task in found}
        time.sleep(0.1)


@pytest.fixture(scope="package")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The archives of the embedded sample by label."""
    return {path.stem: path for path in write_archives(tmp_path_factory.mktemp("archives"))}


@pytest.fixture(scope="package")
def run(server: str) -> Run:
    """Runs the flow over a folder, all of it."""
    from flows.flow.run import run_flow

    return lambda home, folder: run_flow(home, str(folder), Wanted(all=True), TODAY)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path, archives: dict[str, Path]) -> Path:
    """A source with one archive, the smallest of the sample."""
    return folder_with(tmp_path / "source", archives["RVU24AR"])


def folder_with(place: Path, *files: Path) -> Path:
    """A new folder with these archives."""
    place.mkdir()
    for file in files:
        (place / file.name).symlink_to(file)
    return place
