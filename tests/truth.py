"""Whether what a reader accepted is true to the lines of the member: cut and typed once more, cell by cell, in plain Python.

Shares with the project the declared layouts and columns, and none of its code for reading. A declared repair (leading zeros,
implied decimals, footnote marks, the state that is carried down) is done here in its own way.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from flows import catalog
from flows.extract.layouts import Layout
from flows.extract.lines import Extract
from flows.normalize.normalize import Normalized

# With the separators of ASCII, which are blanks for Python and characters for Polars; around a value they mean nothing.
_SPACE = " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u3000"

# Python's \s takes the same separators for blanks, the project's patterns do not.
_NO_BLANKS = {code: 0xE000 + code for code in range(0x1C, 0x20)}
_AS_THEY_WERE = {to: code for code, to in _NO_BLANKS.items()}


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin-1-for-the-rest", _as_latin_1)


def physical_lines(content: bytes) -> list[str]:
    """The lines of a member by their ends alone, in cp1252 with latin-1 for the five bytes that it lacks, or in marked UTF-8."""
    marked = content[:3] == b"\xef\xbb\xbf"
    text = str(content[3:], "utf-8", "replace") if marked else content.decode("cp1252", "latin-1-for-the-rest")
    parts = re.split("\r\n|\r|\n", text)
    return parts if parts[-1] else parts[:-1]


def require_account(found: Extract, normalized: Normalized, lines: list[str]) -> None:
    """Each line counts once: no two rows share a line, and rows, rejected rows and the rest make up the member."""
    spans = [*found.rows.select("line_number", "text").rows(), *found.broken.select("line_number", "text").rows()]
    taken: set[int] = set()
    for number, text in spans:
        covered = range(number, number + text.count("\n") + 1)
        assert taken.isdisjoint(covered), f"line {number} is accounted for twice"
        taken.update(covered)
        assert "\n".join(lines[number - 1 : covered.stop - 1]) == text, f"line {number} has another text"
    assert not taken or (min(taken) >= 1 and max(taken) <= len(lines))
    ends = [*normalized.rows["line_number"].to_list(), *normalized.rejected["line_number"].to_list()]
    assert len(ends) == len(set(ends)) == len(spans)
    assert set(ends) == {number for number, _ in spans}
    assert len(spans) + normalized.ignored == found.lines == len(lines), "the lines do not add up"


def require_true(found: Extract, normalized: Normalized, known: pl.DataFrame | None = None) -> None:
    """Each accepted row says what its line says. `known`: text and values of lines that were cut anew before."""
    rows = normalized.rows.join(found.rows.select("line_number", "text"), on="line_number")
    if known is not None:
        seen = rows.filter(pl.col("text").is_in(known["text"].implode())).select(known.columns)
        wrong = seen.join(known, on=known.columns, how="anti", nulls_equal=True)
        assert not wrong.height, f"{wrong.height} rows of unchanged lines have other values"
        rows = rows.filter(~pl.col("text").is_in(known["text"].implode()))
    for row in rows.drop("line_number").to_dicts():
        text = row.pop("text")
        cells = fields(found.layout, text)
        for name, value in row.items():
            if name == "state_name" and not cells[name]:
                continue  # carried down from a row above
            expected = typed(name, cells[name], found.layout.implied_decimals)
            assert _bare(value) == _bare(expected), f"{name} of {text[:7]!r} is {value!r}, and the line says {expected!r}"


def _bare(value: Any) -> Any:
    return re.sub(r"\s*\*+$", "", value.strip(_SPACE)) if isinstance(value, str) else value


def fields(layout: Layout, text: str) -> dict[str, str]:
    """The columns of one record, as text."""
    if layout.form == "fixed":
        return {place.column: text[place.first - 1 : place.last].strip(_SPACE) for place in layout.places}
    if layout.form == "pattern":
        match = re.search(layout.row_pattern, text.translate(_NO_BLANKS))
        assert match is not None, "the line has not the pattern of its layout"
        return {place.column: (match[place.column] or "").translate(_AS_THEY_WERE).strip(_SPACE) for place in layout.places}
    (cells,) = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert not any(cell.strip(_SPACE) for cell in cells[layout.width :]), "filled cells beyond the layout"
    joined = {place.position for place in layout.places if place.joined}
    found = {}
    for place in layout.places:
        cell = cells[place.position - 1].strip(_SPACE)
        if place.position in joined:
            cell = cell[5:] if place.joined else cell[:5]
        found[place.column] = cell.strip(_SPACE)
    return found


def typed(name: str, text: str, implied: int) -> Any:
    """The value that a text stands for in a column; None when it stands for none."""
    column = catalog.columns()[name]
    if name in ("locality_name", "fee_schedule_area", "state_name"):
        text = re.sub(r"\s*\*+$", "", text)
    if column.zero_fill and text.isascii() and text.isdigit():
        text = text.zfill(column.zero_fill)
    if column.type == "BOOLEAN":
        return {column.pattern: True, "": False}.get(text)
    if column.scale:
        if implied and re.fullmatch(rf"[0-9]{{{implied},}}", text):
            text = f"{text[:-implied]}.{text[-implied:]}"
        try:
            return Decimal(text) if re.fullmatch(r"[0-9.]+", text) else None
        except InvalidOperation:
            return None
    return text if not column.pattern or re.fullmatch(column.pattern, text) else None
