"""Corrections of what CMS printed, declared in flows/catalog/corrections.csv and applied to the typed rows of a member.

Belongs to stage normalize. Pure: a normalized member in, the corrected one and what was applied out. A correction states the
value that it expects to find. One that finds something else applies nothing, and the check corrections_match then stops the
publication, so that an entry is removed as soon as CMS has mended its file.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import polars as pl

from flows import catalog
from flows.normalize.normalize import Normalized

APPLIED_SCHEMA = {
    "correction": pl.String,
    "kind": pl.String,
    "member_name": pl.String,
    "line_number": pl.Int32,
    "column_name": pl.String,
    "found_value": pl.String,
    "corrected_value": pl.String,
}


@cache
def _declared(label: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in catalog.rows("corrections.csv") if row["label"] == label)


def correct(label: str, member: Normalized) -> tuple[Normalized, pl.DataFrame]:
    """The member with the corrections declared for it, and a row for each value that was replaced."""
    applied = []
    rows = member.rows
    for entry in _declared(label):
        name = member.extract.member.base_name
        if (entry["kind"], entry["member_name"].lower()) != (member.extract.kind, name.lower()):
            continue
        column = entry["column_name"]
        key = pl.concat_str([pl.col(name) for name in catalog.kinds()[entry["kind"]].row_key], separator=" ")
        fits = (key == entry["row_key"]) & (pl.col(column).cast(pl.String) == entry["found_value"])
        lines = rows.filter(fits)["line_number"].to_list()
        corrected = pl.lit(entry["corrected_value"]).cast(rows.schema[column])
        rows = rows.with_columns(pl.when(fits).then(corrected).otherwise(pl.col(column)).alias(column))
        applied += [
            {**{name: entry.get(name) for name in APPLIED_SCHEMA}, "member_name": member.extract.member.name, "line_number": n}
            for n in lines
        ]
    return replace(member, rows=rows), pl.DataFrame(applied, schema=APPLIED_SCHEMA)
