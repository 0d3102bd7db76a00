"""The account of a member's lines: each one is a row, broken, or a line that is no row.

Used by stage extract for csv and text members alike. Pure: frames in, frames out.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.catalog import Kind
from flows.extract.layouts import Layout
from flows.extract.members import Member

END_MARK = "\x1a"
NO_ROW_NO_NOTE = "this line is neither a row nor a note"
ROW_WITHOUT_KEY = "the line has the figures of a row and not the key of one"
BLANK = ' ,"\t\xa0'


@dataclass(frozen=True)
class Extract:
    """The rows of one member as text, and the account of its lines.

    `rows`: `line_number`, then a text column for each column of the layout, without blanks around it.
    `broken`: `line_number`, `text`, `reason`. lines = rows + broken + blank + heading + note + end_mark.
    """

    member: Member
    kind: str
    layout: Layout
    rows: pl.DataFrame
    broken: pl.DataFrame
    lines: int
    blank: int
    heading: int
    note: int
    end_mark: int
    head: tuple[str, ...]


@dataclass(frozen=True)
class Cut:
    """Lines sorted into rows (with `line_number`, `text`, and raw cells or text) and the rest, counted."""

    rows: pl.DataFrame
    broken: pl.DataFrame
    lines: int
    counts: dict[str, int]
    head: tuple[str, ...]


def sort_lines(frame: pl.DataFrame, is_key: pl.Expr, reason: pl.Expr, is_data: pl.Expr, is_keyless: pl.Expr) -> Cut:
    """Sorts each line into row, broken, blank, heading, note or end_mark.

    `is_data` tells, for lines after the first row that are no rows, whether they hold data all the same (broken) or are a note.
    `is_keyless` tells, for every line that is no row, whether it is one whose key is damaged: as the first or the last row it
    would pass for a heading or a note. `_span` of the frame is the number of lines of each record; the further lines of a row
    that runs over several count as notes, so that every line is accounted for.
    """
    bare = pl.col("text").str.strip_chars(BLANK)
    frame = frame.with_columns(_key=is_key, _reason=reason, _bare=bare)
    first = (frame["_key"].arg_max() or 0) if frame["_key"].any() else frame.height
    at = pl.int_range(pl.len())
    frame = frame.with_columns(
        _sort=pl.when(pl.col("_bare") == END_MARK)
        .then(pl.lit("end_mark"))
        .when(pl.col("_bare") == "")
        .then(pl.lit("blank"))
        .when(at < first)
        .then(pl.lit("heading"))
        .when(pl.col("_reason").is_not_null())
        .then(pl.lit("broken"))
        .when(pl.col("_key"))
        .then(pl.lit("row"))
    )
    judged = where(frame, frame["_sort"].is_null(), pl.when(is_data).then(pl.lit("broken")).otherwise(pl.lit("note")))
    frame = _without_keyless(frame.with_columns(pl.col("_sort").fill_null(judged)), is_keyless)
    counts, lines = _counts(frame)
    broken = frame.filter(pl.col("_sort") == "broken").select(
        "line_number", "text", pl.col("_reason").fill_null(NO_ROW_NO_NOTE).alias("reason")
    )
    head = tuple(frame["text"].head(first).to_list())
    return Cut(frame.filter(pl.col("_sort") == "row"), broken, lines, counts, head)


def _without_keyless(frame: pl.DataFrame, is_keyless: pl.Expr) -> pl.DataFrame:
    """Lines taken for a heading or a note that are rows with a damaged key, and so are broken."""
    doubtful = frame["_sort"].is_in(["heading", "note"]) | ((frame["_sort"] == "broken") & frame["_reason"].is_null())
    keyless = where(frame, doubtful, pl.when(is_keyless).then(pl.lit(ROW_WITHOUT_KEY)))
    return frame.with_columns(
        _reason=pl.coalesce(keyless, "_reason"),
        _sort=pl.when(keyless.is_not_null()).then(pl.lit("broken")).otherwise(pl.col("_sort")),
    )


def where(frame: pl.DataFrame, chosen: pl.Series, text: pl.Expr) -> pl.Series:
    """A text for the chosen rows, null for the others, for which the expression is not evaluated: they are nearly all."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    if not chosen.any():
        return nothing
    return nothing.scatter(chosen.arg_true(), frame.filter(chosen).rechunk().select(text).to_series())


def _counts(frame: pl.DataFrame) -> tuple[dict[str, int], int]:
    """The lines of each sort, and of all. The further lines of a row or a broken record are notes."""
    found = frame.group_by("_sort").agg(pl.col("_span").sum(), pl.len()).rows()
    counts = {str(sort): int(lines) for sort, lines, _ in found}
    further = sum(int(lines) - records for sort, lines, records in found if sort in ("row", "broken"))
    counts["note"] = counts.get("note", 0) + further
    return counts, sum(int(lines) for _, lines, _ in found)


def as_extract(member: Member, kind: Kind, layout: Layout, cut: Cut, rows: pl.DataFrame) -> Extract:
    """Puts the cut lines of a member and its rows, cut into columns, together."""
    counts = cut.counts
    return Extract(
        member,
        kind.name,
        layout,
        rows,
        cut.broken,
        cut.lines,
        counts.get("blank", 0),
        counts.get("heading", 0),
        counts.get("note", 0),
        counts.get("end_mark", 0),
        cut.head,
    )
