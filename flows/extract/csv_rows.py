"""Stage extract for csv members: the heading found by content, the records cut into cells, the layout that fits both ways.

Pure: a member in, its rows as text out. Raises `LayoutError` for a heading that is mostly known and fits no layout.
"""

from __future__ import annotations

import csv
import re

import polars as pl

from flows import catalog
from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.csv_advice import unknown_heading
from flows.extract.layouts import Layout
from flows.extract.lines import BLANK, Cut, Extract, as_extract, sort_lines, where
from flows.extract.members import Member

_HEAD_LINES = 200
_LONGEST_RECORD = 10
# Quotes around whole cells only, without a quote in a cell: about these, every reader of csv agrees.
_PLAINLY_QUOTED = r'^(?:[^",\n]*|"[^"\n]*")(?:,(?:[^",\n]*|"[^"\n]*"))*$'


def csv_records(lines: list[str]) -> list[tuple[int, str]]:
    """The records of a csv file as (line number, text); a record with an open quote runs on, for a few lines at most."""
    records: list[tuple[int, str]] = []
    number = 0
    while number < len(lines):
        text, used = lines[number], 1
        if text.count('"') % 2 and _cells(text) is None:
            for ahead in range(1, _LONGEST_RECORD):
                joined = "\n".join(lines[number : number + ahead + 1])
                if joined.count('"') % 2 == 0 and _cells(joined) is not None:
                    text, used = joined, ahead + 1
                    break
        records.append((number + 1, text))
        number += used
    return records


def _cells(text: str) -> list[str] | None:
    """The cells of a record; None when a quote stands where csv has no place for one, so that the cells are in doubt."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True), [])]
    except csv.Error:
        return None


def csv_heading(lines: list[str], kind: Kind) -> list[str]:
    """The heading of a csv file, cell by cell, normalised: the run of lines with two or more filled cells that ends above
    the first row, read downwards and joined (CMS stacks up to five lines). Empty when there is none; the first such line when
    no line looks like a row."""
    key = re.compile(kind.csv_key)
    stack: list[list[str]] = []
    for _, text in csv_records(lines[:_HEAD_LINES]):
        cells = _cells(text) or []
        filled = sum(1 for cell in cells if cell)
        # Two figures make a row, also where the code is not in its place: no row may end up in a heading that is shown.
        if filled >= 2 and (key.match(cells[0]) or sum(1 for cell in cells if _is_figure(cell)) >= 2):
            break
        if filled >= 2:
            stack.append(cells)
        elif filled == 1:
            stack = []
    else:
        stack = stack[:1]
    width = max((len(cells) for cells in stack), default=0)
    stacked = [" ".join(cells[i] for cells in stack if i < len(cells) and cells[i]) for i in range(width)]
    headings = [layouts.normal_heading(cell) for cell in stacked]
    while headings and not headings[-1]:
        headings.pop()
    return headings


def _is_figure(cell: str) -> bool:
    """Whether a cell is a number and no year."""
    return re.fullmatch(r"\d*\.?\d+", cell) is not None and re.fullmatch(r"(19|20)\d\d", cell) is None


def read_csv(member: Member, kind: Kind) -> Extract | None:
    """The rows of a csv member, if it is of this kind; None when its heading (or, without one, its cells) is of another."""
    if not member.lines:
        return None
    heading = csv_heading(member.lines, kind)
    candidates = layouts.match_headings(kind.name, heading) if heading else _bare_layouts(kind)
    if not candidates:
        if heading and _mostly_known(kind, heading):
            raise unknown_heading(member.name, kind.name, heading)
        return None
    cut = _cut_csv(member, kind, candidates[0])
    for layout in candidates:
        rows = _csv_columns(cut.rows, layout)
        if rows.height and _implied_as_declared(rows, layout) and (heading or _fits_columns(rows)):
            return as_extract(member, kind, layout, cut, rows)
    return None


def _bare_layouts(kind: Kind) -> tuple[Layout, ...]:
    return tuple(x for x in layouts.layouts(kind.name) if x.form == "csv" and not x.has_headings)


def _mostly_known(kind: Kind, heading: list[str]) -> bool:
    """True when at least half of the heading's cells are those of one layout: the kind is plain, the layout is new."""
    csv_layouts = [layout for layout in layouts.layouts(kind.name) if layout.form == "csv" and layout.has_headings]
    return any(2 * layouts.distance(layout, heading) <= layout.width for layout in csv_layouts)


def _cut_csv(member: Member, kind: Kind, layout: Layout) -> Cut:
    frame = _record_frame(member.lines)
    frame = frame.hstack(_parse_csv(frame["text"], layout.width))
    filled = [pl.col(f"c{i}").str.strip_chars() != "" for i in range(1, layout.width + 1)]
    is_key = pl.col("c1").str.contains(kind.csv_key) & (pl.col("text").str.strip_chars(BLANK) != "")
    is_short_or_long = (pl.col("_cells") < layout.width) | (pl.col("_cells") - pl.col("_empty_end") > layout.width)
    reason = (
        pl.when(pl.col("_cells") == 0)
        .then(pl.lit("a quote is opened and not closed, or closed in the middle of a cell"))
        .when(is_key & is_short_or_long)
        .then(pl.format("{} cells were found, {} were expected", pl.col("_cells"), pl.lit(layout.width)))
    )
    frame = frame.with_columns(_reason=where(frame, frame["_cells"] != layout.width, reason))
    # A line with one filled cell is a footnote; with two or more it must have been meant as a row.
    figures = [_is_figure_cell(f"c{i}") for i in range(1, layout.width + 1)]
    return sort_lines(frame, is_key, pl.col("_reason"), pl.sum_horizontal(filled) >= 2, pl.sum_horizontal(figures) >= 2)


def _is_figure_cell(name: str) -> pl.Expr:
    """The same as `_is_figure`, for a column of cells."""
    cell = pl.col(name).str.strip_chars()
    return cell.str.contains(r"^\d*\.?\d+$") & ~cell.str.contains(r"^(19|20)\d\d$")


def _record_frame(lines: list[str]) -> pl.DataFrame:
    """The records of a csv file as `line_number`, `text` and `_span`, the number of lines that each takes."""
    text = pl.Series("text", lines, dtype=pl.String)
    if not (text.str.count_matches('"', literal=True) % 2 == 1).any():  # as in all files but one
        numbers = pl.int_range(1, len(lines) + 1, dtype=pl.Int32, eager=True)
        return pl.DataFrame({"line_number": numbers, "text": text}).with_columns(_span=pl.lit(1, dtype=pl.Int64))
    frame = pl.DataFrame(csv_records(lines), schema={"line_number": pl.Int32, "text": pl.String}, orient="row")
    return frame.with_columns(_span=pl.col("text").str.count_matches("\n", literal=True).cast(pl.Int64) + 1)


def _parse_csv(text: pl.Series, width: int) -> pl.DataFrame:
    """The cells of each record as columns c1, c2, …, their number as `_cells` (0: its quotes do not pair) and, where that is
    above `width`, the number of empty cells at the end as `_empty_end`. Polars cuts the records about which every reader of csv
    agrees, the csv module the others: those with a quote elsewhere than around a cell, and those with too many cells."""
    quotes = text.str.count_matches('"', literal=True).cast(pl.Int64)
    quoted = (quotes > 0).arg_true()
    unsure = quoted.filter(~text.gather(quoted).str.contains(_PLAINLY_QUOTED))
    cells = _polars_cells(text, unsure, width)
    # A record is as long as its cells, the commas between them and the quotes around them; longer if cells were left over.
    lengths = cells.select(pl.sum_horizontal(pl.all().str.len_bytes())).to_series()
    count = text.str.len_bytes().cast(pl.Int64) - lengths.cast(pl.Int64) - quotes + 1
    cells = cells.with_columns(_cells=count, _empty_end=pl.lit(0, dtype=pl.Int64))
    unsure = pl.concat([unsure, (count > width).arg_true()]).unique()
    if not len(unsure):
        return cells
    cut = zip(*[_padded(_cells(record) or [], width) for record in text.gather(unsure)], strict=True)
    return cells.with_columns([cells[name].scatter(unsure, list(c)) for name, c in zip(cells.columns, cut, strict=True)])


def _polars_cells(text: pl.Series, unsure: pl.Series, width: int) -> pl.DataFrame:
    """The first cells of each record as columns c1, c2, …, empty where it has fewer; an unsure record counts as empty."""
    plain = text.clone().scatter(unsure, "") if len(unsure) else text
    return pl.read_csv(
        plain.str.join("\n").item().encode() + b"\n",
        has_header=False,
        schema={f"c{i}": pl.String for i in range(1, width + 1)},
        extra_columns="ignore",
        missing_columns="insert",
        empty_string_is_null=False,
        raise_if_empty=False,
    ).select(pl.all().fill_null(""))


def _padded(cells: list[str], width: int) -> list[str | int]:
    """A row of the frame that `_parse_csv` makes."""
    empty_end = next((i for i, cell in enumerate(reversed(cells)) if cell), len(cells))
    return [*[*cells, *[""] * width][:width], len(cells), empty_end]


def _csv_columns(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    columns = []
    for place in layout.places:
        cell = pl.col(f"c{place.position}").str.strip_chars()
        if place.joined:
            cell = cell.str.slice(5)
        elif any(p.joined and p.position == place.position for p in layout.places):
            cell = cell.str.slice(0, 5)
        columns.append(cell.alias(place.column))
    return rows.select("line_number", "text", *columns)


def _implied_as_declared(rows: pl.DataFrame, layout: Layout) -> bool:
    """Whether factors are written without a decimal point just where the layout says so (ANES csv of 2014 and 2015)."""
    if "conversion_factor" not in rows.columns or layout.kind != "anesthesia":
        return True
    implied = bool(rows["conversion_factor"].str.contains(r"^\d{4}$").all())
    return implied == (layout.implied_decimals > 0)


def _fits_columns(rows: pl.DataFrame) -> bool:
    """For a file without heading: whether every cell of the declared columns has the form of its column."""
    known = catalog.columns()
    for name in rows.columns[2:]:
        column = known[name]
        pattern = r"^\d+(\.\d+)?$" if column.scale else column.pattern
        if pattern and not rows[name].str.zfill(column.zero_fill or 0).str.contains(f"^(?:{pattern})$").all():
            return False
    return rows.height > 0
