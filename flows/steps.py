"""The coarse steps of a run: fetch, read and load, called once an archive, and finish, called once a build.

flows/flow/flow.py gives the same steps as Prefect tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows import ending
from flows.bring import fetch_archive, read_archive
from flows.discover.offer import Candidate
from flows.outcome import Finished, say
from flows.raw_archive import Archive
from warehouse import load, publish
from warehouse.counted import counted
from warehouse.derive import derive, making_latest
from warehouse.differences import what_differs
from warehouse.home import Home
from warehouse.stored import adds_few, has_new_reference

if TYPE_CHECKING:
    from flows.fetch.fetch import Fetched
    from warehouse.load import ReleaseContent


def finish(home: Home, path: Path, con: duckdb.DuckDBPyConnection, fresh: Sequence[str]) -> Finished:
    """Stages derive, check and publish for a build with these new editions."""
    from warehouse.check import check

    # Loading is best done by one thread, and so is each of two statements at once (warehouse/stored.py); but what follows from a
    # year of the procedure summary has many rows.
    if not adds_few(con) or has_new_reference(con):
        con.execute("reset threads")
    derive(con, but_latest=adds_few(con))
    say("derive", "all", "macros and views made")
    if adds_few(con):
        # One thing after another beside the longest part of the work: a third at once would only make that part longer.
        publish.write_quickly(con)
        with making_latest(con) as let_come_in:
            publish.settle(con)
            let_come_in()
            results, differing = check(con), what_differs(con, fresh)
        publish.write_plainly(con)
    else:
        results, differing = check(con), what_differs(con, fresh)
    warned = [result for result in results if result.rows_found]
    warn = (
        f", {counted(len(warned), 'warns of rows that break its rule', 'warn of rows that break their rule')}" if warned else ""
    )
    say("check", "all", f"{counted(len(results) - len(warned), 'check')} found nothing{warn}")
    finished = Finished(tuple(results), differing)
    publish.close_build(con)
    ending.heed()
    ending.too_late()
    kept = publish.publish(home, path)
    say("publish", "all", f"{home.published}" + (f"; the one before it is {kept}" if kept else ""))
    return finished


@dataclass(frozen=True)
class Steps:
    """What a run calls for each coarse step: once an archive, and `finish` once a build.

    `progress` is told the stage (fetch, load), how many archives have been through it, and how many there are.
    """

    fetch: Callable[[Candidate, Home], Fetched] = fetch_archive
    read: Callable[[Archive], ReleaseContent] = read_archive
    load: Callable[[duckdb.DuckDBPyConnection, ReleaseContent], str] = load.load_release
    finish: Callable[[Home, Path, duckdb.DuckDBPyConnection, Sequence[str]], Finished] = finish
    progress: Callable[[str, int, int], None] = lambda *_: None
