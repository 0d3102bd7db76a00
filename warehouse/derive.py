"""Stage derive: macros, views and stored tables from the files in sql/, each with its comment.

Reads sql/macros, sql/views and sql/stored, one object a file; what is stored is a view whose rows are kept in a table, because
asking each time would take too long. The comment at the head of a file gives meaning, `grain:`, `reads:` and `rule:`, and becomes
the object's comment in the database. They are made in the order that their `reads:` lines and the macros that they call ask for,
since DuckDB looks up every name when a macro or view is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from graphlib import TopologicalSorter
from queue import PriorityQueue
from threading import Event, Lock

import duckdb

from flows import catalog
from warehouse.errors import WarehouseError
from warehouse.schema import column_comment, quoted
from warehouse.sql_file import SqlFile, as_view, make_relation, run_file, sql_files
from warehouse.stored import add_rows, has_new_reference, is_continued, is_of_releases, make_again, make_table, side_by_side


def derive(con: duckdb.DuckDBPyConnection, store: bool = True, but_latest: bool = False) -> None:
    """Makes every macro, view and stored table anew. Raises WarehouseError, naming the file, when a statement does not run.

    A stored table whose head says `scope: release` has rows that follow from one release alone; where the build says which
    releases are new (`only_new`), theirs are added to those that the copied warehouse holds, and macros and views stay as they
    are. Rows of `scope: onward` follow from a release and those before it, those of `scope: year` also from the later ones of its
    year: they are made anew from the first new release on, or from its year on. Of `scope: latest`, a row a code, those are kept
    that the new releases leave as they are. All of these are made for some releases at a time (warehouse/stored.py), so that
    memory does not grow with the history. Rows of `scope: reference` follow from reference files alone, and stay where none is
    new. With `store` false, what would be stored becomes a view: for warehouses whose rows still change, as in tests. With
    `but_latest` a continued build is without the rows of `scope: latest` until `making_latest` has made them.
    """
    made = {folder: {file.name: file for file in sql_files(folder)} for folder in ("macros", "views", "stored")}
    needs = needed({**made["macros"], **made["views"], **made["stored"]})
    if is_continued(con) and _are_there(con, made["stored"]):
        now = {name: file for name, file in made["stored"].items() if not (but_latest and file.head.get("scope") == "latest")}
        _continue(con, now, needs)
        return
    order = TopologicalSorter(needs).static_order()
    for (view,) in con.execute("select view_name from duckdb_views() where not internal").fetchall():
        con.execute(f'drop view if exists "{view}"')
    for name in order:
        if name in made["macros"]:
            _make_macro(con, made["macros"][name])
        elif name in made["stored"] and store:
            make_table(con, made["stored"][name])
        elif name in made["stored"]:
            make_relation(con, as_view(made["stored"][name]), "stored", "view")
        else:
            make_relation(con, made["views"][name], "views", "view")
    _comment_columns(con, {name: folder for folder in ("views", "stored") for name in made[folder]})


def _are_there(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> bool:
    """Whether the warehouse that is continued has these tables: one that was published without stage derive has not."""
    found = con.execute("select table_name from duckdb_tables() where not internal").fetchall()
    return {(name,) for name in names} <= set(found)


def _continue(con: duckdb.DuckDBPyConnection, stored: dict[str, SqlFile], needs: dict[str, set[str]]) -> None:
    """Brings the stored tables of a copied warehouse up to date. Its macros and views were made from these same files.

    Each as soon as those are done that it follows from, two at a time where few releases are new. Of several that could be next,
    the one that most must wait for comes first: the longest chain decides how long all of it takes.
    """
    order = TopologicalSorter(needs)
    order.prepare()
    behind = _behind(needs, stored)
    ready: PriorityQueue[tuple[int, str]] = PriorityQueue()
    made: list[Future[None]] = []
    failed: list[BaseException] = []
    lock = Lock()

    with side_by_side(con) as submit:

        def make_next(own: duckdb.DuckDBPyConnection, _: None) -> None:
            if failed:
                return
            name = ready.get()[1]
            try:
                _bring_up_to_date(own, stored[name])
            except BaseException as error:
                failed.append(error)
                raise
            go_on(name)

        def go_on(*done: str) -> None:
            with lock:
                order.done(*done)
                count = 0
                while names := order.get_ready():
                    order.done(*(name for name in names if name not in stored))
                    for name in stored.keys() & names:
                        ready.put((-behind[name], name))
                        count += 1
                made.extend(submit(make_next, None) for _ in range(count))

        go_on()
        try:
            for future in made:  # which grows meanwhile
                future.result()
        except BaseException as error:
            failed.append(error)  # that of a signal, after which nothing more is begun
            raise failed[0]  # what failed first, not what followed from it  # noqa: B904


def _behind(needs: dict[str, set[str]], counted: Iterable[str]) -> dict[str, int]:
    """How many of the `counted` objects are made one after another behind each object, in the longest chain."""
    behind = dict.fromkeys(needs, 0)
    for name in reversed(list(TopologicalSorter(needs).static_order())):
        for before in needs[name]:
            behind[before] = max(behind[before], behind[name] + (name in counted))
    return behind


@contextmanager
def making_latest(con: duckdb.DuckDBPyConnection) -> Iterator[Callable[[], None]]:
    """Makes the rows of `scope: latest` in a continued build beside the block, which does not read them.

    Nothing follows from them, and they take as long as all the rest. Gives what the block calls once they may come into the
    build: not before it has settled it, for what is written meanwhile would be lost.
    """
    may_come = Event()
    with side_by_side(con) as submit:
        try:
            made = [
                submit(lambda own, file: _bring_up_to_date(own, file, may_come.wait), file)
                for file in sql_files("stored")
                if file.head.get("scope") == "latest"
            ]
            yield may_come.set
        finally:
            may_come.set()
        for future in made:
            future.result()


def _bring_up_to_date(con: duckdb.DuckDBPyConnection, file: SqlFile, ready: Callable[[], object] = bool) -> None:
    if is_of_releases(file):
        add_rows(con, file)
        return
    if file.head.get("scope") == "reference" and not has_new_reference(con):
        return
    make_again(con, file, ready)
    names = con.execute("select name from pragma_table_info(?)", [file.name]).fetchall()
    _comment(con, "stored", [(file.name, name) for (name,) in names])


def needed(files: dict[str, SqlFile]) -> dict[str, set[str]]:
    """What must be there before each object: what its `reads:` names, and the macros that it calls."""
    called = {name: set(re.findall(r"\b(\w+)\s*\(", file.statement)) for name, file in files.items()}
    return {name: ({*file.reads, *called[name]} & files.keys()) - {name} for name, file in files.items()}


def _make_macro(con: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    run_file(con, f"sql/macros/{file.name}.sql", file.statement)
    kind = "macro table" if re.search(r"\bas\s+table\b", file.statement, re.IGNORECASE) else "macro"
    con.execute(f"comment on {kind} {file.name} is {quoted(file.comment)}")


def _comment_columns(con: duckdb.DuckDBPyConnection, folder_of: dict[str, str]) -> None:
    """Gives every column of these objects its meaning. In one go: to list the columns takes as long for one object as for all."""
    columns = con.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
    for folder in ("views", "stored"):
        _comment(con, folder, [(relation, name) for relation, name in columns if folder_of.get(relation) == folder])


def _comment(con: duckdb.DuckDBPyConnection, folder: str, columns: list[tuple[str, str]]) -> None:
    comments = [
        f"comment on column {relation}.{name} is {quoted(_meaning(folder, relation, name))};" for relation, name in columns
    ]
    con.execute("\n".join(["begin;", *comments, "commit;"]))


def _meaning(folder: str, relation: str, name: str) -> str:
    try:
        return column_comment(catalog.column(relation, name))
    except KeyError:
        raise WarehouseError(
            f"sql/{folder}/{relation}.sql has the column {name!r}, which flows/catalog/columns.csv does not define. "
            "Add its meaning there."
        ) from None
