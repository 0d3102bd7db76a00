"""The files of sql/: one object a file, with a comment at its head that gives meaning, `grain:`, `reads:` and `rule:`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import duckdb

from warehouse.errors import WarehouseError
from warehouse.home import CODE
from warehouse.schema import quoted


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
    def inlines(self) -> tuple[str, ...]:
        """The views whose statements are put in before it runs (`inlined`): one that stands in another comes after that."""
        return tuple(name.strip() for name in self.head.get("inlines", "").split(",") if name.strip())

    @property
    def comment(self) -> str:
        """The head as one text."""
        parts = [self.head["meaning"], *[f"{key}: {value}" for key, value in self.head.items() if key != "meaning"]]
        return "\n".join(parts)


def check_place(name: str) -> str:
    """Where the file of a check lies: from the checkout, or in full where the project is an installed wheel."""
    path = f"sql/checks/{name}.sql"
    return path if (CODE / "pyproject.toml").exists() else str(CODE / path)


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
        if found := re.match(r"(grain|reads|rule|severity|severity_note|scope|inlines):\s*(.*)", line):
            current, line = found[1], found[2]
        head[current] = f"{head[current]} {line}".strip() if current in head else line
    return SqlFile(name, head, "\n".join(lines[len(head_lines) :]).strip().rstrip(";"))


def as_view(file: SqlFile) -> SqlFile:
    """A file of sql/stored as a view: the same rows, asked for each time."""
    file = inlined(file)
    return replace(file, statement=file.statement.replace("create or replace table", "create or replace view", 1))


def inlined(file: SqlFile) -> SqlFile:
    """A file with the statements of the views that its head `inlines:` in the place of their names.

    A view reads tables; its statement, put in, reads what the file names so in its `with`: the few rows that are wanted of each
    table, where DuckDB would put the view together for all of them before it looks which are wanted.
    """
    views = {view.name: view.statement.split(" as\n", 1)[1] for view in sql_files("views")}
    statement = file.statement
    for name in file.inlines:
        named = re.compile(rf"\b(from|join) {name}\b( as \w+)?")
        statement = named.sub(lambda found, name=name: f"{found[1]} (\n{views[name]}\n){found[2] or f' as {name}'}", statement)  # type: ignore[misc]
    return replace(file, statement=statement)


def make_relation(con: duckdb.DuckDBPyConnection, file: SqlFile, folder: str, kind: str) -> None:
    """Makes the view or stored table of a file, with its comment. Raises WarehouseError when it does not run."""
    run_file(con, f"sql/{folder}/{file.name}.sql", file.statement)
    con.execute(f"comment on {kind} {file.name} is {quoted(file.comment)}")


def run_file(con: duckdb.DuckDBPyConnection, where: str, statement: str) -> None:
    """Runs the statement of a file. Raises WarehouseError, naming it, when it does not run; a fault of the disk as it is."""
    try:
        con.execute(statement)
    except (duckdb.IOException, duckdb.FatalException):  # the disk, not the statement
        raise
    except duckdb.Error as fault:
        raise WarehouseError(f"{where} does not run: {fault}") from fault
