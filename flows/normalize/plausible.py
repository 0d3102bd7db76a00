"""Content checks of one archive: what the headings of its members cannot tell.

Belongs to stage normalize. Pure: the release and its choices in, nothing out. Raises `LayoutError`, which names member,
column and the file to edit, when a member lacks a column that its year has, or when the figures of one column stand under
the heading of another: totals that are no sums, parts that make up no whole, members of one kind that differ all over a
column, a column that is smaller than one that it exceeds in every release (flows/catalog/orderings.csv).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from flows import catalog
from flows.catalog.releases import Release
from flows.extract import layouts
from flows.extract.csv_rows import csv_heading
from flows.extract.extract import Extract
from flows.normalize.choose import Choice, Compared
from flows.normalize.normalize import Normalized
from warehouse.errors import LayoutError

# A few rows may be wrong in a file that is right; single rows are for the checks in sql/checks.
_TOLERATED_ROWS = 5
_TOLERATED_SHARE = 0.1
# Sums and spreads say nothing about a handful of rows.
_ENOUGH_ROWS = 50
_TOTALS = {
    "nonfacility_total_rvu": "nonfacility_pe_rvu",
    "facility_total_rvu": "facility_pe_rvu",
    "full_nonfacility_total_rvu": "full_nonfacility_pe_rvu",
    "full_facility_total_rvu": "full_facility_pe_rvu",
}
_MEASURES = {
    "sum": lambda values: values.sum(),
    "spread": lambda values: values.max() - values.min(),
    "least": lambda values: values.min(),
    "length": lambda values: values.str.len_chars().sum(),
    "twos": lambda values: (values == "2").sum(),
}


def require_plausible(release: Release, choices: list[Choice]) -> None:
    """Raises LayoutError when a member of the release holds something else than its layout says. See the module."""
    for choice in choices:
        for item in (choice.loaded, *(compared.other for compared in choice.compared)):
            _require_columns_of_its_year(release, item.extract)
            _require_sums(item)
            _require_fractions(item)
            _require_orderings(item)
        for compared in choice.compared:
            _require_agreement(choice.loaded, compared)


def _require_columns_of_its_year(release: Release, found: Extract) -> None:
    """A layout of other years with other columns (GPCI without the state) is a changed file, not an old one."""
    of_form = [layout for layout in layouts.layouts(found.kind) if layout.form == found.layout.form]
    expected = [layout for layout in of_form if layout.is_known_of(release.year, release.quarter)]
    if not expected or any(layout.columns == found.layout.columns for layout in expected):
        return
    nearest = min(expected, key=lambda layout: len(layout.columns ^ found.layout.columns))
    parts = [("lacks", nearest.columns - found.layout.columns), ("has in addition", found.layout.columns - nearest.columns)]
    said = " and ".join(f"{verb} the column {', '.join(sorted(names))}" for verb, names in parts if names)
    heading = csv_heading(found.member.lines, catalog.kinds()[found.kind]) if found.layout.form == "csv" else []
    raise LayoutError(
        f"{found.member.name}: its layout is {found.layout.name} ({found.layout.years}); beside {nearest.name}, which members "
        f"of kind {found.kind} have in {release.year}, it {said}. "
        + (f"The heading found is: {' | '.join(heading)}. " if heading else "")
        + f"If CMS changed the file, correct `years` in {found.layout.map_file}."
    )


def _require_sums(item: Normalized) -> None:
    if item.extract.kind != "rvu":
        return
    for total, expense in _TOTALS.items():
        if total not in item.rows.columns:
            continue
        parts = pl.col("work_rvu") + pl.col(expense) + pl.col("mp_rvu")
        wrong = item.rows.filter(pl.col(total) != parts)
        if _is_too_many(wrong.height, item.rows.height):
            places = ", ".join(_where(item.extract, name) for name in ("work_rvu", expense, "mp_rvu", total))
            raise LayoutError(
                f"{item.extract.member.name}: {wrong.height} of {item.rows.height} rows have another {total} than the sum of "
                f"its parts, the first on line {wrong['line_number'][0]}. The figures of one of these columns stand under the "
                f"heading of another: {places}. {_advice(item.extract)}"
            )


def _require_fractions(item: Normalized) -> None:
    """The parts of a global amount make up the whole, or the service has none: so in every row of every release seen."""
    if item.extract.kind != "rvu":
        return
    names = ("preoperative_fraction", "intraoperative_fraction", "postoperative_fraction")
    whole = pl.sum_horizontal(names)
    wrong = item.rows.filter((whole != 0) & (whole != 1))
    if _is_too_many(wrong.height, item.rows.height):
        raise LayoutError(
            f"{item.extract.member.name}: in {wrong.height} of {item.rows.height} rows the parts of the global amount make up "
            f"neither 1 nor 0, the first on line {wrong['line_number'][0]}. The figures of one of these columns stand under the "
            f"heading of another: {', '.join(_where(item.extract, name) for name in names)}. {_advice(item.extract)}"
        )


def _require_orderings(item: Normalized) -> None:
    if item.rows.height < _ENOUGH_ROWS:
        return
    for row in catalog.rows("orderings.csv"):
        larger, smaller, measure = row["larger"], row["smaller"], row["measure"]
        if row["kind"] != item.extract.kind or not {larger, smaller} <= set(item.rows.columns):
            continue
        rows = _among(item.rows, row["among"])
        above, below = (_MEASURES[measure](rows[name]) for name in (larger, smaller))
        if above < below * Decimal(row["ratio"]):
            raise LayoutError(
                f"{item.extract.member.name}: the {measure} of {larger} is {above} and that of {smaller} {below}; at least "
                f"{row['ratio']} times as much was expected. {row['reason']}. The figures of one column probably stand under the "
                f"heading of another: {_where(item.extract, larger)}, {_where(item.extract, smaller)}. {_advice(item.extract)} "
                f"If it is meant so, correct {catalog.PLACE}/orderings.csv."
            )


def _among(rows: pl.DataFrame, condition: str) -> pl.DataFrame:
    """The rows of a condition such as modifier=TC; all of them for none."""
    column, _, value = condition.partition("=")
    return rows.filter(pl.col(column) == value) if column else rows


def _require_agreement(loaded: Normalized, compared: Compared) -> None:
    """Two members of a kind differ in single values now and then; a whole column that differs was misread in one of them."""
    undecided = compared.disagreements.filter(pl.col("decision").is_null())
    for column, count, line, mine, theirs in _counted(undecided):
        if not _is_too_many(count, max(loaded.rows.height, compared.other.rows.height)):
            continue
        found, other = loaded.extract, compared.other.extract
        if column == "description":  # the AMA's words are not for a log
            mine, theirs = "other words", "words"
        raise LayoutError(
            f"{other.member.name} and {found.member.name} differ in {count} rows in {column}: the first has "
            f"{theirs or 'nothing'} where line {line} of the second has {mine or 'nothing'}. The figures of a column probably "
            f"stand under the heading of another in one of them: {_where(other, column)}; {_where(found, column)}. "
            f"{_advice(other)} If the difference is CMS's own, decide it in {catalog.PLACE}/disagreements.csv."
        )


def _counted(disagreements: pl.DataFrame) -> Iterator[tuple[str, int, int, str, str]]:
    first = [pl.col(name).first() for name in ("line_number", "loaded_value", "other_value")]
    yield from disagreements.group_by("column_name", maintain_order=True).agg(pl.len(), *first).iter_rows()


def _is_too_many(count: int, rows: int) -> bool:
    return count > max(_TOLERATED_ROWS, _TOLERATED_SHARE * rows)


def _where(found: Extract, column: str) -> str:
    """A column with the heading or the characters under which the layout has it."""
    place = next((place for place in found.layout.places if place.column == column), None)
    if place is None or not (place.headings or place.first):
        return column
    stands = f"{place.headings[0]!r}" if place.headings else f"characters {place.first}-{place.last}"
    return f"{column} ({stands} in {found.member.base_name})"


def _advice(found: Extract) -> str:
    return f"Compare the member with its layout {found.layout.name} in {found.layout.map_file}."
