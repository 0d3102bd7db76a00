"""The stored tables of stage derive: which releases their rows are made for, and how many at once.

A table with a scope in its head is made for one batch of releases after another, so that memory does not grow with the history;
in a build that continues a published warehouse, for the new releases (`release`), from the first of them on (`onward`), from its
year on (`year`), or for the codes whose last release or its days they make others (`latest`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, TypeAlias

import duckdb

from warehouse.schema import quoted
from warehouse.sql_file import SqlFile, inlined, make_relation, run_file

# Of CMS's size, with fifteen to twenty thousand codes each: 250,000 rows of rvu are some 300 MB on their way into a stored table.
_RELEASES_AT_ONCE = 13
Submit: TypeAlias = "Callable[[Callable[[duckdb.DuckDBPyConnection, Any], Any], Any], Future[Any]]"
# New releases up to which a build runs two statements at once: each has too few rows for more than one thread, and both together
# take little memory.
_FEW = 4
_FIRST_NEW = "select min(valid_from) from release where list_contains($new, release_id)"
# Within a year releases correct each other and take over each other's days.
_FIRST_OF_YEAR = f"select date_trunc('year', ({_FIRST_NEW}))"
# `latest` has a row a code, of the last governing release that lists it (latest_listing). Rows may be true no longer where
# their release has days that a new one may take over, and are wanting where a release of before is the last one again.
_LISTED = "select last_listed_release_id from latest_listing"
_LATEST_ANEW = f"""
select release_id from release where valid_to >= ({_FIRST_OF_YEAR}) and release_id in ({_LISTED})
union
select last_listed_release_id from latest_listing as listing
anti join {{table}} as held on held.hcpcs_code = listing.hcpcs_code and held.release_id = listing.last_listed_release_id
"""
_LATEST_TOGETHER = """
create or replace table {table} as
from temp.{name}
union all
select held.* from {table} as held
semi join latest_listing as listing
  on listing.hcpcs_code = held.hcpcs_code and listing.last_listed_release_id = held.release_id
where not list_contains($anew, held.release_id)
"""


def only_new(con: duckdb.DuckDBPyConnection, release_ids: list[str]) -> None:
    """Says which releases are new in a build on a copy of a published warehouse: macro is_new_release is true for these only."""
    con.execute("set variable new_releases = cast(? as varchar[])", [release_ids])
    _look_at(con, release_ids)


def is_continued(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build began as a copy of a published warehouse, so that only some of its releases are new."""
    return _new_releases(con) is not None


@contextmanager
def side_by_side(con: duckdb.DuckDBPyConnection) -> Iterator[Submit]:
    """Takes work as `submit(function, item)` and runs `function(connection, item)`, each with a connection of its own.

    Two at once where few releases are new, else one after another. For these connections the same releases are new. What is
    begun is ended before the block is left.
    """
    con.begin()  # raises where a transaction is open, whose rows the others would not see
    con.commit()
    database = con.execute("select current_database()").fetchone()
    new = _new_releases(con)
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()

    def run(function: Callable[[duckdb.DuckDBPyConnection, Any], Any], item: Any) -> Any:
        own = free.get()
        try:
            return function(own, item)
        finally:
            free.put(own)

    at_once = 2 if adds_few(con) else 1
    with ExitStack() as opened:
        for _ in range(at_once):
            own = opened.enter_context(con.cursor())  # here: a connection is not for two threads at once
            own.execute(f'use "{database[0] if database else ""}"')
            if new is not None:
                only_new(own, new)
            free.put(own)
        workers = opened.enter_context(ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="build"))
        yield lambda function, item: workers.submit(run, function, item)


def adds_few(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build adds so few releases to a published warehouse that two things at once are worth it."""
    return 0 < len(_new_releases(con) or []) <= _FEW


def _new_releases(con: duckdb.DuckDBPyConnection) -> list[str] | None:
    found = con.execute("select getvariable('new_releases')").fetchone()
    return found[0] if found else None


def has_new_reference(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a reference file is new in a build that continues a published warehouse."""
    asked = "select count(*) > 0 from reference_release where list_contains(getvariable('new_releases'), reference_release_id)"
    return con.execute(asked).fetchone() == (True,)


def is_of_releases(file: SqlFile) -> bool:
    """Whether the rows of a stored table are made for some releases at a time."""
    return file.head.get("scope") in ("release", "onward", "year")


def make_table(con: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Makes a stored table anew: at once, or for one batch of releases after another where its scope says so."""
    if is_of_releases(file):
        _make_batches(con, file, _batches(_releases(con)))
    elif file.head.get("scope") == "latest":
        con.execute("checkpoint")  # frees the memory of the tables that it follows from: its own rows are wide
        _make_batches(con, file, _batches(_in_order(con, _LISTED)))
        _index(con, file)
    else:
        make_relation(con, file, "stored", "table")


def _index(con: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Gives a table of `scope: latest`, a row a code, an index by code: one row is found in a third of the time of a scan."""
    con.execute(f"drop index if exists {file.name}_key")  # of the table that this one took the place of
    con.execute(f"create unique index {file.name}_key on {file.name} (hcpcs_code)")


def make_again(con: duckdb.DuckDBPyConnection, file: SqlFile, ready: Callable[[], object] = bool) -> None:
    """Makes a stored table whose rows are not of single releases again, in a build that continues a published warehouse.

    Of `latest`, rows that the new releases leave as they are go over from the table of before. They are few; if the many others
    were taken out instead, DuckDB would keep their places in the file, and write those again too. The others are put together in
    a temporary table of the same name, and go into the build once `ready` returns.
    """
    if file.head.get("scope") != "latest":
        make_relation(con, file, "stored", "table")
        return
    database = con.execute("select current_database()").fetchall()[0][0]
    table = f'"{database}".main.{file.name}'
    new = _new_releases(con) or []
    # A reference file says something of codes, whatever their release.
    found = (_LISTED, None) if has_new_reference(con) else (_LATEST_ANEW.format(table=table), {"new": new})
    anew = _in_order(con, *found)
    aside = replace(file, statement=file.statement.replace("create or replace table", "create or replace temp table", 1))
    _make_batches(con, aside, _batches(anew), is_all=False)
    ready()
    con.execute(_LATEST_TOGETHER.format(table=table, name=file.name), {"anew": anew})
    con.execute(f"drop table temp.{file.name}")
    con.execute(f"comment on table {file.name} is {quoted(file.comment)}")
    _index(con, file)


def add_rows(con: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Adds the rows of the new releases to a stored table; of `scope: onward` and `year`, anew those of others too."""
    new = _new_releases(con) or []
    chosen = _releases(con, file.head["scope"], new)
    if file.head["scope"] != "release":
        con.execute(f"delete from {file.name} where list_contains(?, release_id)", [chosen])
    _add_batches(con, file, _batches(chosen))
    _look_at(con, new)


def _make_batches(con: duckdb.DuckDBPyConnection, file: SqlFile, batches: list[list[str]], is_all: bool = True) -> None:
    """Makes a stored table for one batch of releases after another; where one batch has all of them, they need no names."""
    file = inlined(file)
    first, *others = batches
    _look_at(con, None if is_all and not others else first)
    make_relation(con, file, "stored", "table")
    _add_batches(con, file, others)
    _look_at(con, _new_releases(con))


def _in_order(con: duckdb.DuckDBPyConnection, release_ids: str, parameters: dict[str, Any] | None = None) -> list[str]:
    """The releases that a query gives, in the order of their days."""
    query = f"select release_id from release where release_id in ({release_ids}) order by valid_from, release_id"
    return [release_id for (release_id,) in con.execute(query, parameters or {}).fetchall()]


def _add_batches(con: duckdb.DuckDBPyConnection, file: SqlFile, batches: list[list[str]]) -> None:
    for batch in batches:
        _look_at(con, batch)
        run_file(con, f"sql/stored/{file.name}.sql", _adding(file))


def _adding(file: SqlFile) -> str:
    """The statement of a stored table as one that adds its rows to those that are there."""
    return f"insert into {file.name}\n" + file.statement.split(f" table {file.name} as\n", 1)[1]


def _releases(con: duckdb.DuckDBPyConnection, scope: str = "all", new: list[str] | None = None) -> list[str]:
    """Releases in the order of their days: all of them, or by `scope` those whose stored rows the `new` ones concern."""
    where = {
        "all": "true",
        "release": "list_contains($new, release_id)",
        "onward": f"valid_from >= ({_FIRST_NEW})",
        "year": f"valid_from >= ({_FIRST_OF_YEAR})",
    }[scope]
    query = f"select release_id from release where {where} order by valid_from, release_id"
    return [release_id for (release_id,) in con.execute(query, {} if new is None else {"new": new}).fetchall()]


def _batches(release_ids: list[str]) -> list[list[str]]:
    """Releases some at a time; one empty batch where there is none."""
    starts = range(0, len(release_ids), _RELEASES_AT_ONCE)
    return [release_ids[start : start + _RELEASES_AT_ONCE] for start in starts] or [[]]


def _look_at(con: duckdb.DuckDBPyConnection, release_ids: list[str] | None) -> None:
    """Says for which releases the macro is_new_release is true: for these, or with None for all, as sql/macros has it.

    The names are constants in a macro of this connection, so that DuckDB passes over the rows of other releases unread. One
    release is asked for by equality: from that DuckDB concludes to the tables that are joined on it, from a list it does not.
    From a list it concludes too which blocks of a table to read at all; the first and last of it say which rows of these.
    """
    con.execute("drop macro if exists temp.is_new_release")
    if release_ids is not None:
        named = ", ".join(quoted(release_id) for release_id in release_ids) or "null"
        asked = f"= {named}"
        if len(release_ids) > 1:
            asked = f"in ({named}) and release_id between {quoted(min(release_ids))} and {quoted(max(release_ids))}"
        con.execute(f"create temp macro is_new_release(release_id) as (release_id {asked})")
