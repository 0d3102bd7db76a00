"""Differences between releases that were looked at and accepted: with the project, and by the operator in the home folder.

Reads flows/catalog/accepted_differences.csv and `accepted_differences.csv` in the home folder, where an installed wheel finds it
too; fills table accepted_difference of the build. Raises CatalogError, naming the file and line, for an entry that cannot be
understood: an acceptance that is not applied would let the operator believe that it was.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import duckdb

from flows import catalog
from warehouse.errors import CatalogError
from warehouse.hand_csv import read_rows
from warehouse.home import Home
from warehouse.load import replace_rows

FILE_NAME = "accepted_differences.csv"
COLUMNS = ("release_id", "diff_measure", "accepted_value", "accepted_on", "reason")
_MOST = 10**12
Entry = tuple[str, str, Decimal, date, str, str]


def read_accepted(home: Home) -> list[Entry]:
    """Every entry; of two for one release and measure the one of the home folder holds. Raises CatalogError, and PfsError for a
    file that cannot be read."""
    own = home.root / FILE_NAME
    declared = [
        ("catalogue", FILE_NAME, enumerate((list(row.values()) for row in catalog.rows(FILE_NAME)), start=2)),
        ("home", str(own), read_rows(own, COLUMNS, CatalogError) if os.path.lexists(own) else []),
    ]
    measures = {row["diff_measure"] for row in catalog.rows("release_bounds.csv")}
    found: dict[tuple[str, str], Entry] = {}
    for declared_in, file, rows in declared:
        for number, cells in rows:
            entry = _entry(cells, measures, f"{file}, line {number}")
            found[entry[:2]] = (*entry, declared_in)
    return list(found.values())


def load_accepted(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Fills table accepted_difference anew with every entry."""
    replace_rows(con, "accepted_difference", read_accepted(home))


def _entry(cells: Sequence[str], measures: set[str], where: str) -> tuple[str, str, Decimal, date, str]:
    """The cells of a row as values. Raises CatalogError for one that is none."""
    if not all(cells):
        raise CatalogError(f"{where}: every one of {', '.join(COLUMNS)} must have a value.")
    release_id, measure, value, day, reason = cells
    if measure not in measures:
        raise CatalogError(f"{where}: {measure!r} is no measure; they are {', '.join(sorted(measures))}.")
    try:
        accepted_on = date.fromisoformat(day)
    except ValueError:
        raise CatalogError(f"{where}: accepted_on {day!r} is no date like 2026-11-25.") from None
    return release_id, measure, _value(value, where), accepted_on, reason


def _value(text: str, where: str) -> Decimal:
    """An accepted value, as column accepted_value can hold it: six decimals, less than 10^12."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise CatalogError(f"{where}: accepted_value {text!r} is no number.") from None
    if not value.is_finite() or abs(value) >= _MOST:
        raise CatalogError(f"{where}: accepted_value {text!r} is no number below {_MOST:,}; differences are fractions or counts.")
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
