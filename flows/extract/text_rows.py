"""Stage extract for text members: fixed-width records and print-style tables, found by their shape.

Pure: a member in, its rows as text out.
"""

from __future__ import annotations

import re

import polars as pl

from flows import catalog
from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.layouts import Layout
from flows.extract.lines import Extract, as_extract, sort_lines, where
from flows.extract.members import Member


def read_text(member: Member, kind: Kind) -> Extract | None:
    """The rows of a text member, if it is of this kind; None when no declared layout has its shape."""
    lines = member.lines
    frame = pl.DataFrame({"text": pl.Series(lines, dtype=pl.String)}).with_row_index("line_number", offset=1)
    frame = frame.with_columns(pl.col("line_number").cast(pl.Int32), _span=pl.lit(1, dtype=pl.Int64))
    is_key = pl.col("text").str.contains(kind.text_key)
    keyed = frame.filter(is_key)
    if not keyed.height:
        return None
    for layout in layouts.layouts(kind.name):
        if layout.form == "fixed" and _fits_fixed(keyed["text"], layout):
            return _read_fixed(member, kind, layout, frame, is_key)
        if layout.form == "pattern" and _fits_pattern(lines, keyed["text"], layout):
            return _read_pattern(member, kind, layout, frame, is_key)
    return None


def _fits_fixed(keyed: pl.Series, layout: Layout) -> bool:
    """Whether nearly all candidate rows have the layout's length, and the characters that it leaves out are blank."""
    length = keyed.str.len_chars()
    if (length == layout.record_length).mean() < 0.98:  # type: ignore[operator]
        return False
    sample = keyed.filter(length == layout.record_length)
    claimed = {i for place in layout.places for i in range(place.first, place.last + 1)}
    filler = [i for i in range(1, (layout.record_length or 0) + 1) if i not in claimed]
    blank = pl.all_horizontal([pl.col("text").str.slice(i - 1, 1) == " " for i in filler])
    sample = sample.gather_every(max(1, len(sample) // 500))
    return bool(pl.DataFrame({"text": sample}).select(blank.mean()).item() >= 0.98)


def _read_fixed(member: Member, kind: Kind, layout: Layout, frame: pl.DataFrame, is_key: pl.Expr) -> Extract:
    length = pl.col("text").str.len_chars()
    reason = pl.format("the record has {} characters, {} were expected", length, pl.lit(layout.record_length))
    other_length = frame["text"].str.len_chars() != layout.record_length
    frame = frame.with_columns(_reason=where(frame, other_length, pl.when(is_key).then(reason)))
    # No heading or note has the length of a record and figures in it.
    is_keyless = (length == layout.record_length) & pl.col("text").str.contains(r"\d\.\d")
    cut = sort_lines(frame, is_key, pl.col("_reason"), _before_last(frame, is_key), is_keyless)
    columns = [
        pl.col("text").str.slice(place.first - 1, place.last - place.first + 1).str.strip_chars().alias(place.column)
        for place in layout.places
    ]
    return as_extract(member, kind, layout, cut, cut.rows.select("line_number", "text", *columns))


def _before_last(frame: pl.DataFrame, is_key: pl.Expr) -> pl.Expr:
    """A line between the first and the last row that is no row is broken; after the last row it is a note."""
    keys = frame.select(is_key.alias("key"))["key"]
    last = keys.len() - 1 - (keys.reverse().arg_max() or 0)  # counted from 0, line_number from 1
    return pl.col("line_number") <= last


def _fits_pattern(lines: list[str], keyed: pl.Series, layout: Layout) -> bool:
    if keyed.str.contains(layout.row_pattern).mean() < 0.9:  # type: ignore[operator]
        return False
    first = next(i for i, line in enumerate(lines) if line == keyed[0])
    return re.search(layout.heading_pattern, "\n".join(lines[:first])) is not None


def _matches_but_for_its_key(layout: Layout) -> pl.Expr:
    """Whether a line has the layout's columns apart from the form of its numbers of contractor and locality. A layout without
    figures cannot tell such a line from a heading."""
    if not any(catalog.columns()[place.column].scale for place in layout.places):
        return pl.lit(False)
    loose = re.sub(r"\(\?P<(mac|locality)>[^)]*\)", r"\\S+", layout.row_pattern)
    return pl.col("text").str.contains(loose)


def _read_pattern(member: Member, kind: Kind, layout: Layout, frame: pl.DataFrame, is_key: pl.Expr) -> Extract:
    matched = pl.col("text").str.contains(layout.row_pattern)
    reason = pl.when(is_key & ~matched).then(pl.lit("the line looks like a row and does not have the layout's columns"))
    cut = sort_lines(frame, is_key, reason, _before_last(frame, is_key), _matches_but_for_its_key(layout))
    groups = pl.col("text").str.extract_groups(layout.row_pattern)
    columns = [groups.struct.field(place.column).fill_null("").str.strip_chars().alias(place.column) for place in layout.places]
    return as_extract(member, kind, layout, cut, cut.rows.select("line_number", "text", *columns))
