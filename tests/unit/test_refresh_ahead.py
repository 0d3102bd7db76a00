"""Archives are read ahead of the one that is loaded, two at most, in threads, and everything keeps its order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import build
from flows.outcome import Outcome
from flows.raw_archive import Archive
from flows.steps import Steps
from warehouse import publish, schema
from warehouse.errors import ReleaseError

_told: ContextVar[str] = ContextVar("told", default="nothing")


def archives(count: int) -> list[Archive]:
    return [Archive(Path(f"{n}.zip"), f"{n:064}", f"{n}.zip", None) for n in range(count)]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with publish.open_build(tmp_path_factory.mktemp("build") / "pfs.duckdb") as opened:
        schema.create_tables(opened)
        yield opened


def refused(archive: Archive) -> Any:
    """A reading step that fails; the later ones fail sooner."""
    time.sleep(0.01 * (5 - int(archive.sha256)))
    raise ReleaseError(f"{archive.name} is refused.")


def test_failures_come_in_the_order_of_the_archives(con: duckdb.DuckDBPyConnection) -> None:
    outcomes = build.load_all(con, archives(5), Steps(read=refused))
    assert [(outcome.name, outcome.status, outcome.detail) for outcome in outcomes] == [
        (f"{n}.zip", "failed", f"{n}.zip is refused.") for n in range(5)
    ]


def test_no_more_than_two_are_read_ahead(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    ahead: list[int] = []

    def read(archive: Archive) -> Any:
        started.append(threading.current_thread().name)

    def load(_con: object, archive: Archive, reading: Any, steps: object) -> Outcome:
        reading.result()
        time.sleep(0.02)
        ahead.append(len(started) - int(archive.sha256) - 1)
        return Outcome(archive.name, None, "unchanged", "")

    monkeypatch.setattr(build, "_load", load)
    build.load_all(con, archives(9), Steps(read=read))
    assert ahead == [2] * 7 + [1, 0]
    assert set(started) <= {"read_0", "read_1"}


def test_the_thread_has_the_context_of_the_run(con: duckdb.DuckDBPyConnection) -> None:
    seen: list[str] = []

    def read(archive: Archive) -> Any:
        seen.append(_told.get())
        raise ReleaseError(archive.name)

    token = _told.set("the run")
    try:
        build.load_all(con, archives(2), Steps(read=read))
    finally:
        _told.reset(token)
    assert seen == ["the run", "the run"]


def test_another_error_than_of_a_release_ends_the_run(con: duckdb.DuckDBPyConnection) -> None:
    def read(archive: Archive) -> Any:
        raise ZeroDivisionError(archive.name)

    with pytest.raises(ZeroDivisionError, match=r"0\.zip"):
        build.load_all(con, archives(3), Steps(read=read))
