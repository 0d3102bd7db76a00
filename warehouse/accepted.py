"""Differences between releases that were looked at and accepted: with the project, and by the operator in the home folder.

Reads flows/catalog/accepted_differences.csv and `accepted_differences.csv` in the home folder, where an installed wheel finds it
too; fills table accepted_difference of the build. Raises CatalogError, naming the file and line, for an entry that cannot be
understood: an acceptance that is not applied would let the operator believe that it was.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

import duckdb

from flows import catalog
from warehouse.errors import CatalogError
from warehouse.home import Home

FILE_NAME = "accepted_differences.csv"
COLUMNS = ("release_id", "diff_measure", "accepted_value", "accepted_on", "reason")
Entry = tuple[str, str, str, str, str, str]


def load_accepted(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Fills table accepted_difference anew; of two entries for one release and measure the one of the home folder holds."""
    entries = {entry[:2]: entry for entry in (*_entries(catalog.rows(FILE_NAME), "catalogue", FILE_NAME), *_of(home))}
    con.execute("delete from accepted_difference")
    if entries:
        con.executemany("insert into accepted_difference values (?, ?, ?, ?, ?, ?)", [list(row) for row in entries.values()])


def _of(home: Home) -> Iterator[Entry]:
    path = home.root / FILE_NAME
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogError(f"{path} must have the columns {', '.join(COLUMNS)}; it has {', '.join(reader.fieldnames or ())}.")
        yield from _entries(reader, "home", str(path))


def _entries(rows: Iterable[Mapping[str, str]], declared_in: str, where: str) -> Iterator[Entry]:
    measures = {row["diff_measure"] for row in catalog.rows("release_bounds.csv")}
    for line, row in enumerate(rows, start=2):
        if fault := _fault(row, measures):
            raise CatalogError(f"{where}, line {line}: {fault}")
        yield (row["release_id"], row["diff_measure"], row["accepted_value"], row["accepted_on"], row["reason"], declared_in)


def _fault(row: Mapping[str, str], measures: set[str]) -> str | None:
    """What is wrong with an entry; None when nothing is."""
    if any(not row.get(name) for name in COLUMNS):
        return f"every one of {', '.join(COLUMNS)} must have a value."
    if row["diff_measure"] not in measures:
        return f"{row['diff_measure']!r} is no measure; they are {', '.join(sorted(measures))}."
    try:
        Decimal(row["accepted_value"])
    except InvalidOperation:
        return f"accepted_value {row['accepted_value']!r} is no number."
    try:
        date.fromisoformat(row["accepted_on"])
    except ValueError:
        return f"accepted_on {row['accepted_on']!r} is no date like 2026-11-25."
    return None
