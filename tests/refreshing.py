"""What the tests of the whole job share: running it, looking at what it published, and archives to run it on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from flows import catalog
from flows.discover.discover import Wanted
from flows.outcome import Finished, Outcome, Result
from flows.refresh import refresh
from flows.steps import Steps
from tests.members import sample_archives, write_archive
from warehouse import publish
from warehouse.home import Home

TODAY = date(2026, 11, 22)
Content = dict[str, list[tuple[Any, ...]]]


def _publish_only(home: Home, build: Path, con: duckdb.DuckDBPyConnection, _: Sequence[str]) -> Finished:
    publish.close_build(con)
    publish.publish(home, build)
    return Finished()


# The job without views and checks, which take longer than all the rest on a small archive, where a test is not about them.
LIGHT = Steps(finish=_publish_only)


def run(home: Home, source: str | Path, steps: Steps | None = None) -> Result:
    """The main job on every archive of a source, without Prefect."""
    return refresh(home, str(source), Wanted(all=True), TODAY, steps)


def folder_of(folder: Path, releases: Iterable[str]) -> Path:
    """A folder that holds these archives of the sample."""
    for release in releases:
        write_archive(folder, f"{release}.zip", sample_archives()[release])
    return folder


def outcome_of(result: Result, name: str) -> Outcome:
    """What became of one archive."""
    return next(outcome for outcome in result.outcomes if outcome.name == name)


def bytes_of(home: Home) -> str | None:
    """The hash of the published file; None when nothing is published."""
    return hashlib.sha256(home.published.read_bytes()).hexdigest() if home.published.exists() else None


def content_of(home: Home) -> Content:
    """The rows of every table of the published warehouse, without the columns that depend on when and where it was built."""
    found: Content = {}
    with duckdb.connect(str(home.published), read_only=True) as con:
        for name, table in catalog.tables().items():
            columns = ", ".join(column.name for column in table.columns if not column.is_operational)
            found[name] = con.execute(f"select {columns} from {name} order by all").fetchall()
    return found


def query(home: Home, statement: str) -> list[tuple[Any, ...]]:
    """The answer of the published warehouse."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        return con.execute(statement).fetchall()


def labels(home: Home) -> list[str]:
    """The editions in the published warehouse."""
    return [row[0] for row in query(home, "select release_id from release order by release_id")]


def leftovers(home: Home) -> list[str]:
    """What a run left where warehouses are built."""
    return sorted(path.name for path in home.building.iterdir()) if home.building.exists() else []
