"""What the reader of a reference file gives to stage load (flows/references/read.py)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Table:
    """What a reader of a reference file gives: the table and its typed rows, the lines kept out, the account, the year.

    `rows_loaded` counts lines, which are more than the rows of a table that was reduced. `year` is None where only the name of
    the file can tell it. `rejected`: `line_number`, `text`, `reason`.
    """

    name: str
    rows: pl.DataFrame
    rejected: pl.DataFrame
    lines: int
    rows_loaded: int
    year: int | None
    notes: tuple[str, ...] = ()
