"""Stage normalize: rows as text in, typed rows out; what cannot be typed exactly is kept out with a reason.

Reads an `Extract`. Fills leading zeros and implied decimals where the catalogue declares them and counts each repair.
Every number becomes a DECIMAL of its declared scale only if nothing is lost by it; a value such as 1.005 in a two-decimal
column rejects its row. Writes nothing. Raises `LayoutError` when so many rows are rejected that the layout must be wrong,
and `ReleaseError` when two rows have one key and different values.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows import catalog
from flows.catalog import Column
from flows.extract.extract import Extract
from flows.extract.lines import NO_ROW_NO_NOTE
from warehouse.errors import LayoutError, ReleaseError

# A member of 91 rows may have one bad row, whatever share that is.
_ALWAYS_TOLERATED = 1
_EXAMPLES = 5
_REPEATS = "the row repeats line "
_SHOWN = 10


@dataclass(frozen=True)
class Repair:
    """A declared repair (leading_zeros, implied_decimals) and the number of rows it was applied to."""

    column: str
    repair: str
    rows: int


@dataclass(frozen=True)
class Normalized:
    """The typed rows of one member, the rows kept out, and the repairs.

    `rows`: `line_number` and a typed column for each column of the layout. `rejected`: `line_number`, `text`, `reason`.
    """

    extract: Extract
    rows: pl.DataFrame
    rejected: pl.DataFrame
    repairs: tuple[Repair, ...]

    @property
    def ignored(self) -> int:
        """Lines that are no rows."""
        found = self.extract
        return found.blank + found.heading + found.note + found.end_mark


def normalize(found: Extract) -> Normalized:
    """Types every row of a member, or rejects it with a reason. See the module for the errors."""
    frame, repairs = _repair(_carry_down(_without_marks(found.rows)), found)
    typed = [_typed(catalog.columns()[name]) for name in frame.columns[2:]]
    frame = frame.with_columns([expr.alias(f"_{name}") for name, expr in zip(frame.columns[2:], typed, strict=True)])
    faulty = _faults(frame, found)
    good = frame if faulty is None else frame.join(faulty, on="line_number", how="anti")
    rows = good.select("line_number", *[pl.col(f"_{name}").alias(name) for name in found.rows.columns[2:]])
    rows, repeated = _without_repeats(rows, frame, found)
    parts = [found.broken, *([faulty] if faulty is not None else []), repeated]
    rejected = pl.concat([part.select("line_number", "text", "reason") for part in parts]).sort("line_number")
    _stop_when_shifted(found, _lost(found, rejected))
    return Normalized(found, rows, rejected, tuple(repairs))


def _without_marks(rows: pl.DataFrame) -> pl.DataFrame:
    """Names without the footnote marks that CMS sticks to them (ALASKA*, MONTANA**)."""
    names = [name for name in ("locality_name", "fee_schedule_area", "state_name") if name in rows.columns]
    return rows.with_columns([pl.col(name).str.replace(r"\s*\*+$", "") for name in names])


def _carry_down(rows: pl.DataFrame) -> pl.DataFrame:
    """The state of a locality-county file stands on the first row of the state only; later rows leave it blank."""
    if "state_name" not in rows.columns:
        return rows
    filled = pl.when(pl.col("state_name") == "").then(None).otherwise(pl.col("state_name")).forward_fill()
    return rows.with_columns(filled.fill_null("").alias("state_name"))


def _repair(rows: pl.DataFrame, found: Extract) -> tuple[pl.DataFrame, list[Repair]]:
    columns = [catalog.columns()[name] for name in rows.columns[2:]]
    short = {column.name: _is_short(column) for column in columns if column.zero_fill}
    counts = rows.select(**{name: is_short.sum() for name, is_short in short.items()}).row(0, named=True) if short else {}
    places = found.layout.implied_decimals
    repaired, repairs = [], []
    for column in columns:
        text = pl.col(column.name)
        if column.zero_fill:
            if count := int(counts[column.name]):
                filled = pl.when(short[column.name]).then(text.str.zfill(column.zero_fill)).otherwise(text)
                repaired.append(filled.alias(column.name))
                repairs.append(Repair(column.name, "leading_zeros", count))
        elif places and column.scale:
            digits = text.str.contains(rf"^\d{{{places},}}$")
            moved = pl.concat_str(text.str.head(-places), pl.lit("."), text.str.tail(places))
            repaired.append(pl.when(digits).then(moved).otherwise(text).alias(column.name))
            repairs.append(Repair(column.name, "implied_decimals", rows.height))
    return rows.with_columns(repaired) if repaired else rows, repairs


def _is_short(column: Column) -> pl.Expr:
    """Whether leading zeros were lost. One digit of a five-character code may be all that is left; letters are never filled."""
    text = pl.col(column.name)
    return text.str.contains(r"^\d+$") & (text.str.len_chars() < (column.zero_fill or 0))


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.scale:
        precision, scale = column.scale
        # The cast would round: a figure other than 0 that has no place, or more than twelve decimals, is left out before it.
        plain = pl.when(~text.str.contains(rf"[^0-9.]|\.[0-9]{{{scale}}}[0-9]*[1-9]|\.[0-9]{{13}}")).then(text)
        return plain.cast(pl.Decimal(precision, scale), strict=False)
    if column.type == "BOOLEAN":
        return pl.when(text == column.pattern).then(True).when(text == "").then(False)
    return text


def _faults(frame: pl.DataFrame, found: Extract) -> pl.DataFrame | None:
    """The rows that cannot be typed: `line_number`, `text`, `reason`; None when there is none."""
    faults = {name: fault for name in found.rows.columns[2:] if (fault := _fault(catalog.columns()[name])) is not None}
    are_there = frame.select(**{name: fault.any() for name, fault in faults.items()}).row(0, named=True)
    reasons = []
    for name in [name for name, is_there in are_there.items() if is_there]:
        what = pl.format("{} is {}: {}", pl.lit(name), _quoted(name), pl.lit(_rule(catalog.columns()[name])))
        # Polars 2.1 panics in pl.format on a column of several chunks, as a csv member read by several threads has.
        reasons.append(frame.filter(faults[name]).rechunk().select("line_number", "text", what.alias("reason")))
    if not reasons:
        return None
    return (
        pl.concat(reasons)
        .group_by("line_number", maintain_order=True)
        .agg(pl.col("text").first(), pl.col("reason").str.join("; "))
    )


def _quoted(name: str) -> pl.Expr:
    """A value as a reason shows it. Its beginning only: in a member with shifted columns it may be a descriptor of the AMA."""
    text = pl.col(name)
    short = pl.when(text.str.len_chars() <= _SHOWN).then(text).otherwise(pl.concat_str(text.str.head(_SHOWN), pl.lit("…")))
    return pl.when(text == "").then(pl.lit("empty")).otherwise(pl.format("'{}'", short))


def _fault(column: Column) -> pl.Expr | None:
    value = pl.col(f"_{column.name}")
    if column.scale or column.type == "BOOLEAN":
        return value.is_null()
    if column.pattern:
        return ~value.str.contains(f"^(?:{column.pattern})$")
    return None


def _rule(column: Column) -> str:
    if column.scale:
        precision, scale = column.scale
        return f"a number with at most {scale} decimals and {precision - scale} digits before them was expected"
    if column.type == "BOOLEAN":
        return f"{column.pattern} or nothing was expected"
    return f"text of the form {column.pattern} was expected"


def _without_repeats(rows: pl.DataFrame, frame: pl.DataFrame, found: Extract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without those that repeat an earlier row word for word (3491F in RVU09A, Missouri in the county files)."""
    key = [name for name in catalog.kind(found.kind).row_key if name in rows.columns]  # a layout may lack a part of it
    none = pl.DataFrame(schema={"line_number": pl.Int32, "text": pl.String, "reason": pl.String})
    if not rows.select(key).is_duplicated().any():
        return rows, none
    values = [name for name in rows.columns if name != "line_number"]
    ranked = rows.with_columns(_first=pl.col("line_number").first().over(key), _distinct=pl.struct(values).n_unique().over(key))
    if (clash := ranked.filter((pl.col("_distinct") > 1) & (pl.col("line_number") != pl.col("_first")))).height:
        row = clash.row(0, named=True)
        name = " ".join(f"{part}={row[part]!r}" for part in key)
        raise ReleaseError(
            f"{found.member.name}, lines {row['_first']} and {row['line_number']}: both rows are for {name} and their values "
            f"differ ({clash.height} such rows). Only one can be right; take another edition of the archive, or report it to CMS."
        )
    repeats = ranked.filter(pl.col("line_number") != pl.col("_first"))
    reason = pl.format(_REPEATS + "{} word for word", pl.col("_first"))
    texts = repeats.join(frame.select("line_number", "text"), on="line_number").rechunk()  # for pl.format, as above
    rejected = texts.select("line_number", "text", reason.alias("reason"))
    return rows.join(repeats.select("line_number"), on="line_number", how="anti"), rejected


def _lost(found: Extract, rejected: pl.DataFrame) -> pl.DataFrame:
    """The rejected lines that count: repeats lose nothing, and where no row may be lost, a line without a key may be a note."""
    reason = pl.col("reason")
    lost = rejected.filter(~reason.str.starts_with(_REPEATS))
    strict = catalog.kind(found.kind).max_rejected == 0
    return lost.filter(reason != NO_ROW_NO_NOTE) if strict else lost


def _stop_when_shifted(found: Extract, rejected: pl.DataFrame) -> None:
    candidates = found.rows.height + found.broken.height
    share = catalog.kind(found.kind).max_rejected
    allowed = max(_ALWAYS_TOLERATED, int(share * candidates)) if share else 0
    if rejected.height <= allowed:
        return
    examples = [f"line {line}: {reason}" for line, reason in rejected.select("line_number", "reason").head(_EXAMPLES).rows()]
    raise LayoutError(
        f"{found.member.name}: {rejected.height} of {candidates} rows do not fit the layout {found.layout.name} (at most "
        f"{allowed} may be kept out). {'; '.join(examples)}. The columns are probably not where {found.layout.map_file} "
        "says; compare the member with its layout there."
    )
