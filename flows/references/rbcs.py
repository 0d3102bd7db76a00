"""CMS's classification of codes (RBCS), read: one csv file of some twenty thousand rows, one for each assignment of a code.

Rows, lines and layouts go through the readers of the fee schedule's members (flows/extract/csv_rows.py,
flows/normalize/normalize.py). Raises what they raise, and `ReleaseError` for a day that is none.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from flows import catalog
from flows.extract.csv_rows import read_csv
from flows.extract.members import Member
from flows.extract.table_file import TableFile
from flows.normalize.normalize import normalize
from flows.references.table import Table
from warehouse.errors import LayoutError, ReleaseError

_OPEN = date(9999, 12, 31)
_DAYS = {
    "added_on": "printed_added_on",
    "ended_on": "printed_ended_on",
    "assigned_from": "printed_assigned_from",
    "assigned_to": "printed_assigned_to",
}
_FLAGS = {"is_alternative_assignment": "alternative_flag", "was_reassigned": "reassigned_flag"}


def read_rbcs(file: TableFile) -> Table:
    """The assignments of a file, typed; the year of the release is the last in which an assignment was first made."""
    kind = catalog.kind("rbcs")
    member = Member(file.name, _as_cp1252(file.path.read_bytes()))
    found = read_csv(member, kind)
    if found is None:
        raise LayoutError(f"{file.name}: below its heading is no row that fits the layout {file.layout.name}.")
    normalized = normalize(found)
    rows = _dated(normalized.rows, file.name)
    rows = rows.with_columns(
        pl.when(pl.col("family_number") == "000").then(None).otherwise(pl.col("family")).alias("family"),
        *[_flag(rows, source).alias(name) for name, source in _FLAGS.items()],
        _first_year(rows).alias("first_release_year"),
    )
    rows = _in_order(rows)
    years = rows["first_release_year"].drop_nulls()
    repairs = tuple(
        f"{repair.rows} values of {repair.column} lacked leading zeros, which were put back." for repair in normalized.repairs
    )
    return Table("rbcs_assignment", rows, normalized.rejected, found.lines, rows.height, _year(years), repairs)


def _year(years: pl.Series) -> int | None:
    return int(str(years.max())) if years.len() else None


def _as_cp1252(content: bytes) -> bytes:
    """The bytes as the readers take them: CMS's data site writes UTF-8, its fee schedule cp1252."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.isascii():
        return content
    try:
        return content.decode("utf-8").encode("cp1252", "replace")
    except UnicodeDecodeError:
        return content


def _dated(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Days as dates; 12/31/9999 and an empty cell mean that there is no end."""
    for target, source in _DAYS.items():
        if source not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.Date).alias(target))
            continue
        text = pl.col(source)
        day = pl.coalesce(text.str.to_date("%m/%d/%Y", strict=False), text.str.to_date("%Y-%m-%d", strict=False))
        rows = rows.with_columns(day.alias(target))
        wrong = rows.filter((text != "") & pl.col(target).is_null())
        if wrong.height:
            line, shown = wrong.select("line_number", source).row(0)
            raise ReleaseError(f"{name}, line {line}: {shown!r} is no day of the calendar. Fetch the file again.")
        rows = rows.with_columns(pl.when(pl.col(target) == _OPEN).then(None).otherwise(pl.col(target)).alias(target))
    return rows


def _flag(rows: pl.DataFrame, source: str) -> pl.Expr:
    return pl.col(source) == "1" if source in rows.columns else pl.lit(None, dtype=pl.Boolean)


def _first_year(rows: pl.DataFrame) -> pl.Expr:
    return pl.col("first_release_year").cast(pl.Int32) if "first_release_year" in rows.columns else pl.lit(None, dtype=pl.Int32)


def _with_ends(rows: pl.DataFrame) -> pl.DataFrame:
    """The ends of assignments in a layout that prints none: the day before the next one, and of the last one that of its code.

    In the file of 2025, which prints both, the last assignment of each of the 16,618 codes ends with its code.
    """
    next_day = pl.col("assigned_from").shift(-1).over("hcpcs_code")
    return rows.with_columns(pl.coalesce(next_day.dt.offset_by("-1d"), pl.col("ended_on")).alias("assigned_to"))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers the assignments of a code in the order in which they were made, and tells the latest one.

    Layouts without CMS's own mark: the one that holds, which is that with the latest end and then the latest beginning.
    """
    end = pl.col("assigned_to").fill_null(_OPEN)
    rows = rows.sort("hcpcs_code", "first_release_year", end, "assigned_from", "line_number", nulls_last=False)
    number = (pl.int_range(pl.len()).over("hcpcs_code") + 1).cast(pl.Int32)
    rows = rows.with_columns(number.alias("assignment_number"))
    if "printed_assigned_to" not in rows.columns:
        rows = _with_ends(rows)
    if "latest_flag" in rows.columns:
        return rows.with_columns((pl.col("latest_flag") == "1").alias("is_latest_assignment"))
    last = pl.col("assignment_number") == pl.col("assignment_number").max().over("hcpcs_code")
    return rows.with_columns(last.alias("is_latest_assignment"))
