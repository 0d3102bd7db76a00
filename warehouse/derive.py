"""Stage derive: macros, views and stored tables from the files in sql/, each with its comment.

Reads sql/macros, sql/views and sql/stored, one object a file; what is stored is a view whose rows are kept in a table, because
asking each time would take too long. The comment at the head of a file gives meaning, `grain:`, `reads:` and `rule:`, and becomes
the object's comment in the database. They are made in the order that their `reads:` lines and the macros that they call ask for,
since DuckDB looks up every name when a macro or view is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files

import duckdb

from flows import catalog
from warehouse.errors import WarehouseError
from warehouse.schema import column_comment, quoted

# From the first day of the year: within a year releases correct each other and take over each other's days.
_ONWARD = """
select coalesce(list(release_id), [])
from release
where valid_from >= (select date_trunc('year', min(valid_from)) from release where list_contains(?, release_id))
"""


@dataclass(frozen=True)
class SqlFile:
    """One file of sql/: its name, its head comment by field (`meaning` is the text before the first field), its statement."""

    name: str
    head: dict[str, str]
    statement: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The objects that the statement reads, as the head names them."""
        return tuple(name.strip() for name in self.head.get("reads", "").split(",") if name.strip())

    @property
    def comment(self) -> str:
        """The head as one text."""
        parts = [self.head["meaning"], *[f"{key}: {value}" for key, value in self.head.items() if key != "meaning"]]
        return "\n".join(parts)


@cache
def sql_files(folder: str) -> tuple[SqlFile, ...]:
    """The files of one folder of sql/ by name."""
    entries = sorted(files("sql").joinpath(folder).iterdir(), key=lambda entry: entry.name)
    return tuple(
        _parsed(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8"))
        for entry in entries
        if entry.name.endswith(".sql")
    )


def _parsed(name: str, text: str) -> SqlFile:
    lines = text.splitlines()
    head_lines = []
    for line in lines:
        if not line.startswith("--"):
            break
        head_lines.append(line[2:].strip())
    head: dict[str, str] = {}
    current = "meaning"
    for line in head_lines:
        if found := re.match(r"(grain|reads|rule|severity|severity_note|scope):\s*(.*)", line):
            current, line = found[1], found[2]
        head[current] = f"{head[current]} {line}".strip() if current in head else line
    return SqlFile(name, head, "\n".join(lines[len(head_lines) :]).strip().rstrip(";"))


def derive(con: duckdb.DuckDBPyConnection, store: bool = True) -> None:
    """Makes every macro, view and stored table anew. Raises WarehouseError, naming the file, when a statement does not run.

    A stored table whose head says `scope: release` has rows that follow from one release alone; where the build says which
    releases are new (`only_new`), theirs are added to those that the copied warehouse holds. Rows of `scope: onward` follow from
    a release and those before it: they are made anew from the first new release on. With `store` false, what would be stored
    becomes a view: for warehouses whose rows still change, as in tests.
    """
    made = {folder: {file.name: file for file in sql_files(folder)} for folder in ("macros", "views", "stored")}
    for (view,) in con.execute("select view_name from duckdb_views() where not internal").fetchall():
        con.execute(f'drop view if exists "{view}"')
    for name in TopologicalSorter(_needs({**made["macros"], **made["views"], **made["stored"]})).static_order():
        if name in made["macros"]:
            _make_macro(con, made["macros"][name])
        elif name in made["stored"] and store:
            _make_relation(con, _continued(con, made["stored"][name]), "stored", "table")
        elif name in made["stored"]:
            _make_relation(con, as_view(made["stored"][name]), "stored", "view")
        else:
            _make_relation(con, made["views"][name], "views", "view")


def only_new(con: duckdb.DuckDBPyConnection, release_ids: list[str]) -> None:
    """Says which releases are new in a build on a copy of a published warehouse (macros is_new_release, is_new_or_later)."""
    con.execute("set variable new_releases = cast(? as varchar[])", [release_ids])
    (onward,) = con.execute(_ONWARD, [release_ids]).fetchone() or ([],)
    con.execute("set variable onward_releases = cast(? as varchar[])", [onward])


def is_continued(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build began as a copy of a published warehouse, so that only some of its releases are new."""
    return con.execute("select getvariable('new_releases') is not null").fetchone() == (True,)


def _continued(con: duckdb.DuckDBPyConnection, file: SqlFile) -> SqlFile:
    """A file of sql/stored that adds the rows of new releases, or of those and later ones, where the others are there already."""
    is_there = con.execute("select 1 from duckdb_tables() where table_name = ?", [file.name]).fetchone()
    forget = {"release": "", "onward": f"delete from {file.name} where is_new_or_later(release_id);\n"}
    scope = file.head.get("scope", "")
    if scope not in forget or not is_there or not is_continued(con):
        return file
    begin = f"create or replace table {file.name} as\n"
    return replace(file, statement=file.statement.replace(begin, f"{forget[scope]}insert into {file.name}\n", 1))


def as_view(file: SqlFile) -> SqlFile:
    """A file of sql/stored as a view: the same rows, asked for each time."""
    return replace(file, statement=file.statement.replace("create or replace table", "create or replace view", 1))


def _needs(files: dict[str, SqlFile]) -> dict[str, set[str]]:
    """What must be there before each object: what its `reads:` names, and the macros that it calls."""
    called = {name: set(re.findall(r"\b(\w+)\s*\(", file.statement)) for name, file in files.items()}
    return {name: ({*file.reads, *called[name]} & files.keys()) - {name} for name, file in files.items()}


def _make_macro(con: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    _run(con, f"sql/macros/{file.name}.sql", file.statement)
    kind = "macro table" if re.search(r"\bas\s+table\b", file.statement, re.IGNORECASE) else "macro"
    con.execute(f"comment on {kind} {file.name} is {quoted(file.comment)}")


def _make_relation(con: duckdb.DuckDBPyConnection, file: SqlFile, folder: str, kind: str) -> None:
    _run(con, f"sql/{folder}/{file.name}.sql", file.statement)
    con.execute(f"comment on {kind} {file.name} is {quoted(file.comment)}")
    _comment_columns(con, file.name, folder)


def _run(con: duckdb.DuckDBPyConnection, where: str, statement: str) -> None:
    try:
        con.execute(statement)
    except (duckdb.IOException, duckdb.FatalException):  # the disk, not the statement
        raise
    except duckdb.Error as fault:
        raise WarehouseError(f"{where} does not run: {fault}") from fault


def _comment_columns(con: duckdb.DuckDBPyConnection, relation: str, folder: str) -> None:
    for (name,) in con.execute("select column_name from duckdb_columns() where table_name = ?", [relation]).fetchall():
        try:
            column = catalog.column(relation, name)
        except KeyError:
            raise WarehouseError(
                f"sql/{folder}/{relation}.sql has the column {name!r}, which flows/catalog/columns.csv "
                "does not define. Add its meaning there."
            ) from None
        con.execute(f"comment on column {relation}.{name} is {quoted(column_comment(column))}")
