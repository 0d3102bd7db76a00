"""Which member of each kind is loaded, and in what the other members of that kind differ from it.

Belongs to stage normalize. Pure: the normalized members of one archive in, choices out. The member is chosen by the
preference that its layout declares in flows/catalog/column_maps. Every other csv or text member of the kind is compared with
it value by value; each difference is kept, with the name of the decision in flows/catalog/disagreements.csv that covers it. A
decision says which values it is about (or which file, by its hash), so that a new difference does not pass for the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import polars as pl

from flows import catalog
from flows.extract.members import Member
from flows.normalize.normalize import Normalized

QP_PRICING = "1"
DISAGREEMENT_SCHEMA = {
    "line_number": pl.Int32,
    "other_line_number": pl.Int32,
    "row_key": pl.String,
    "column_name": pl.String,
    "loaded_value": pl.String,
    "other_value": pl.String,
    "decision": pl.String,
}


@dataclass(frozen=True)
class Difference:
    """A value in which two members differ: the column, and the value of the loaded and of the other member (None: empty)."""

    column: str
    loaded_value: str | None
    other_value: str | None


@dataclass(frozen=True)
class Compared:
    """Another member of the kind, and each value in which it differs from the loaded one."""

    other: Normalized
    disagreements: pl.DataFrame


@dataclass(frozen=True)
class Choice:
    """The member that is loaded for a kind and qp_status, and the members that were compared with it."""

    kind: str
    qp_status: str
    loaded: Normalized
    compared: tuple[Compared, ...]


def qp_status(found: Normalized) -> str:
    """`qp` for an RVU member that says so in its pricing indicator (from 2026), else `non_qp`."""
    if "pricing_indicator" not in found.rows.columns or not found.rows.height:
        return "non_qp"
    return "qp" if (found.rows["pricing_indicator"] == QP_PRICING).all() else "non_qp"


def choose(label: str, members: list[Normalized]) -> list[Choice]:
    """One choice for each kind and qp_status among the members of the archive of release `label`, in the order of kinds."""
    choices = []
    for kind in catalog.kinds().values():
        of_kind = [member for member in members if member.extract.kind == kind.name]
        for status in ("non_qp", "qp"):
            group = [member for member in of_kind if qp_status(member) == status]
            if not group:
                continue
            first, *others = sorted(group, key=lambda member: member.extract.layout.preference)
            compared = tuple(Compared(other, disagreements(label, first, other)) for other in others)
            choices.append(Choice(kind.name, status, first, compared))
    return choices


def disagreements(label: str, loaded: Normalized, other: Normalized) -> pl.DataFrame:
    """Each value in which two members of a kind differ, a row each; rows that only one has differ in `row`."""
    key = list(catalog.kinds()[loaded.extract.kind].row_key)
    both = loaded.rows.join(other.rows, on=key, how="full", suffix="_other", coalesce=True)
    columns = [name for name in loaded.rows.columns if name in other.rows.columns and name not in (*key, "line_number")]
    present = pl.col("line_number").is_not_null() & pl.col("line_number_other").is_not_null()
    parts = [
        _absent(both, key, "line_number", "line_number_other"),
        _absent(both, key, "line_number_other", "line_number"),
    ]
    short = {*loaded.extract.layout.truncated, *other.extract.layout.truncated}
    differing = {name: present & _differs(name, name in short) for name in columns}
    are_there = both.select(**{name: differs.any() for name, differs in differing.items()}).row(0, named=True)
    parts += [_listed(both.filter(differing[name]), key, name) for name, is_there in are_there.items() if is_there]
    found = pl.concat(parts)
    kind, member = loaded.extract.kind, other.extract.member
    values = found.select("column_name", "loaded_value", "other_value").iter_rows()
    decisions = [decision(label, kind, member, Difference(*value)) for value in values]
    return found.with_columns(pl.Series("decision", decisions, dtype=pl.String)).select(*DISAGREEMENT_SCHEMA)


def _differs(name: str, is_short: bool) -> pl.Expr:
    mine, theirs = pl.col(name), pl.col(f"{name}_other")
    if is_short:
        return ~(mine.str.starts_with(theirs) | theirs.str.starts_with(mine))
    return mine.ne_missing(theirs)


def _key_text(key: list[str]) -> pl.Expr:
    return pl.concat_str([pl.col(name) for name in key], separator=" ").str.strip_chars_end().alias("row_key")


def _absent(both: pl.DataFrame, key: list[str], has: str, lacks: str) -> pl.DataFrame:
    is_loaded = has == "line_number"
    return both.filter(pl.col(lacks).is_null()).select(
        pl.col("line_number"),
        pl.col("line_number_other").alias("other_line_number"),
        _key_text(key),
        pl.lit("row").alias("column_name"),
        pl.lit("present" if is_loaded else None, dtype=pl.String).alias("loaded_value"),
        pl.lit(None if is_loaded else "present", dtype=pl.String).alias("other_value"),
    )


def _listed(differs: pl.DataFrame, key: list[str], name: str) -> pl.DataFrame:
    return differs.select(
        pl.col("line_number"),
        pl.col("line_number_other").alias("other_line_number"),
        _key_text(key),
        pl.lit(name).alias("column_name"),
        pl.col(name).cast(pl.String).alias("loaded_value"),
        pl.col(f"{name}_other").cast(pl.String).alias("other_value"),
    )


@cache
def _decisions() -> tuple[dict[str, str], ...]:
    return tuple(catalog.rows("disagreements.csv"))


def decision(label: str, kind: str, other: Member, difference: Difference) -> str | None:
    """The declared decision that covers a difference, or None.

    By release, kind, the other member's name (capitals or not) and hash, column, and both values. A declared value is a pattern;
    `@beginning` as the other one: it is the beginning of the loaded value.
    """
    for row in _decisions():
        named = ((label, "release"), (kind, "kind"), (difference.column, "column"))
        if (
            all(fnmatchcase(value, row[name]) for value, name in named)
            and fnmatchcase(other.base_name.lower(), row["other_member"].lower())
            and _are_declared(difference, row)
            and (row["other_sha256"] == "*" or row["other_sha256"] == other.sha256)
        ):
            return row["decision"]
    return None


def _are_declared(difference: Difference, row: dict[str, str]) -> bool:
    loaded, other = difference.loaded_value or "", difference.other_value or ""
    if row["other_value"] == "@beginning":
        return bool(other) and loaded.startswith(other) and fnmatchcase(loaded, row["loaded_value"])
    return fnmatchcase(loaded, row["loaded_value"]) and fnmatchcase(other, row["other_value"])
