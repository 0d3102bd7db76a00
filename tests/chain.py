"""Releases as the catalogue dates them, and codes in them, for tests of what changes from one release to another."""

from __future__ import annotations

from typing import Any

import duckdb

from flows.catalog.releases import releases
from tests.warehouse import Row, factor, release, rvu, tiny_warehouse

_CATALOGUE = {found.label: found for found in releases()}


def dated(label: str, **more: Any) -> Row:
    """A row of table release with the dates that the catalogue has for the label."""
    found = _CATALOGUE[label]
    return release(
        label,
        found.valid_from.isoformat(),
        valid_to=found.valid_to.isoformat(),
        governs=found.governs,
        published_on=found.published_on.isoformat(),
        supersedes=found.supersedes,
        **more,
    )


def loaded(factors: dict[str, str], codes: dict[str, list[Row]], **tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """A warehouse with these releases, each with its conversion factor, and the codes of each."""
    return tiny_warehouse(
        release=[dated(label) for label in factors],
        conversion_factor=[factor(number, release_id=label) for label, number in factors.items()],
        rvu=[{**row, "release_id": label} for label, rows in codes.items() for row in rows],
        **tables,
    )


def visit(work: str = "0.97", pe: str = "1.01", facility_pe: str = "0.40", mp: str = "0.06", **more: Any) -> Row:
    """Code 99213; the RVUs of RVU15A unless others are given."""
    return rvu(more.pop("code", "99213"), work=work, pe=pe, facility_pe=facility_pe, mp=mp, **more)
