"""Csv files that people write by hand or in a spreadsheet: cut into rows, or refused in a sentence that names the line.

Reads one file, or the lines of one that is open; writes nothing. Quotation marks are read strictly: one that is never closed
takes the rows below it into its cell, and they would be missing without a word. Raises PfsError for a file that cannot be read or
is no csv text in UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from warehouse.errors import PfsError

_SHOWN = 200
_SAVE = "Save it as CSV in UTF-8 (Excel: 'CSV UTF-8 (Comma delimited)')."


def split_rows(lines: Iterable[str], name: str, separator: str = ",") -> Iterator[tuple[int, int, list[str]]]:
    """The rows with the numbers of their first and last line, which differ where a quoted cell holds a line break.

    A blank line is a row without cells. `name` is the file as the user knows it; raises PfsError for a row that cannot be cut.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    first = 1
    try:
        for cells in reader:
            yield first, reader.line_num, cells
            first = reader.line_num + 1
    except csv.Error as fault:
        raise PfsError(
            f"{name}, line {first}: the row that begins here cannot be cut into cells ({fault}). Look for a quotation mark "
            "that is not closed, or one inside a quoted cell that is not doubled; a cell holds at most "
            f"{csv.field_size_limit():,} characters."
        ) from fault


def read_rows(path: Path, headings: Sequence[str], error: type[PfsError] = PfsError) -> list[tuple[int, list[str]]]:
    """The rows below the headings, each with its line number and as many cells as there are headings, without blanks around them.

    Rows without any text are left out: spreadsheets leave them behind. Capital letters in headings do not matter. Raises `error`
    for other headings or another number of cells.
    """
    rows = split_rows(io.StringIO(_text(path), newline=""), str(path))
    _, _, heading = next(rows, (1, 1, []))
    if [cell.strip().lower() for cell in heading] != list(headings):
        seen = ",".join(heading)
        raise error(f"{path}, line 1: the headings {','.join(headings)} were expected, found {seen[:_SHOWN] or 'nothing'}.")
    found = []
    for first, _, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(headings):
            raise error(f"{path}, line {first}: {len(headings)} cells were expected, found {len(cells)}.")
        found.append((first, [cell.strip() for cell in cells]))
    return found


def _text(path: Path) -> str:
    """The text of a file of UTF-8, with or without its mark."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise PfsError(f"{path} cannot be read: {fault.strerror or fault}. Name a csv file that may be read.") from fault
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise PfsError(
            f"{path}, line {line}: text in UTF-8 was expected, found the byte 0x{content[fault.start]:02X}. {_SAVE}"
        ) from fault
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise PfsError(f"{path}, line {line}: text in UTF-8 was expected, found a NUL character. {_SAVE}")
    return text
