"""Comparing amounts that someone published with those of the warehouse, row by row, to the cent.

Reads the published warehouse, read-only, and claims (flows/published/rows.py); writes temporary tables on the connection only.
The amounts come from the views payment, national_payment and opps_cap_comparison, and macro fee, so that what is verified is what
the warehouse answers. A row that cannot be compared is counted under the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from warehouse import verify_sql
from warehouse.read import Row, rows
from warehouse.verify_sql import Asked

if TYPE_CHECKING:
    import polars as pl

# The amounts that a record of a payment amount file holds.
RECORD_MEASURES = (
    "nonfacility_fee",
    "facility_fee",
    "nonfacility_therapy",
    "facility_therapy",
    "opps_nonfacility_cap",
    "opps_facility_cap",
)
MEASURES = (
    *RECORD_MEASURES,
    "nonfacility_allowed",
    "facility_allowed",
    "nonfacility_nonpar_allowed",
    "facility_nonpar_allowed",
    "nonfacility_limiting_charge",
    "facility_limiting_charge",
    "anesthesia_cf",
    "conversion_factor",
)


@dataclass
class Report:
    """What became of the rows of one file: each is matched, differing, not comparable, or wrong as the file itself says.

    `measures`: amounts compared and matched, by measure. `missing`: amounts of rows that were compared which are not in the
    warehouse, so that they were not, by measure. `reasons`: rows that could not be compared, by reason. `releases`:
    rows by the release they were compared with. `differing_rows`: the first rows that differ, with amounts, as mappings.
    `wrong_matched`: rows whose amount the file calls wrong and the warehouse gives all the same.
    """

    rows: int = 0
    matched: int = 0
    differing: int = 0
    not_comparable: int = 0
    wrong_differing: int = 0
    wrong_matched: int = 0
    measures: dict[str, list[int]] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    differing_rows: list[Row] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """True when something was compared and every comparable row is as it should be."""
        compared = self.matched + self.wrong_differing
        return compared > 0 and not self.differing and not self.wrong_matched


class Verifier:
    """Compares batches of claims with the warehouse on one connection, and keeps what was looked up between them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, shown: int = 5) -> None:
        self._con = con
        self._shown = shown
        self._targets: dict[str, tuple[str, ...]] = {}
        self._prepared: dict[str, set[str]] = {}
        con.execute(verify_sql.SETUP)

    def add(self, report: Report, claims: pl.DataFrame) -> None:
        """Compares some claims and adds what came out to a report. The table `verified` holds them until the next call."""
        asked = Asked(
            measures=[name for name in MEASURES if name in claims.columns and claims[name].null_count() < claims.height],
            releases=sorted(self._resolve([wanted for wanted in claims["wanted"].unique() if wanted])),
            qp_statuses=sorted(claims["qp_status"].unique()),
            places=_few(claims.select(claims["mac"] + claims["locality"]).to_series()),
            codes=_few(claims["hcpcs_code"]),
            has_tolerance="tolerance" in claims.columns and claims["tolerance"].null_count() < claims.height,
        )
        if any(measure.startswith("opps_") for measure in asked.measures):
            self._prepare("verify_ceiling", verify_sql.CEILING, asked.releases)
        if any(measure.endswith("_therapy") for measure in asked.measures):
            self._prepare("verify_therapy", verify_sql.THERAPY, asked.releases)
        self._con.register("incoming", Stream(claims))
        try:
            self._con.execute(verify_sql.comparison(asked))
        finally:
            self._con.unregister("incoming")
        self._count(report, asked)

    def _resolve(self, wanted: list[str]) -> set[str]:
        """The editions that claims are to be compared with; writes verify_target for those not seen before."""
        for text in wanted:
            if text not in self._targets:
                found, problem = _target(self._con, text)
                self._targets[text] = found
                for release_id in found or (None,):
                    self._con.execute("insert into verify_target values (?, ?, ?)", [text, release_id, problem])
        return {release_id for text in wanted for release_id in self._targets[text]}

    def _prepare(self, table: str, statement: str, releases: Sequence[str]) -> None:
        """Fills a temporary table for the releases that it does not hold yet."""
        if missing := set(releases) - self._prepared.setdefault(table, set()):
            self._con.execute(statement.format(", ".join("?" for _ in missing)), sorted(missing))
            self._prepared[table] |= missing

    def _count(self, report: Report, asked: Asked) -> None:
        outcomes = dict(self._con.execute(verify_sql.OUTCOMES).fetchall())
        for outcome, count in outcomes.items():
            report.rows += count
            setattr(report, outcome, getattr(report, outcome) + count)
        report.releases.update(dict(self._con.execute(verify_sql.RELEASES).fetchall()))
        counts = self._con.execute(verify_sql.measured(asked)).fetchall()[0] if asked.measures else ()
        for measure, compared, matched, missing in zip(asked.measures, counts[::3], counts[1::3], counts[2::3], strict=True):
            known = report.measures.setdefault(measure, [0, 0])
            report.measures[measure] = [known[0] + compared, known[1] + matched]
            if missing:
                report.missing[measure] += missing
        if "not_comparable" in outcomes:
            report.reasons.update(dict(self._con.execute(verify_sql.reasons(asked)).fetchall()))
        room = self._shown - len(report.differing_rows)
        if room > 0 and {"differing", "wrong_matched"} & outcomes.keys():
            report.differing_rows += rows(self._con, verify_sql.DIFFERING, [room])


class Stream:
    """Hands a Polars frame to DuckDB through the Arrow C stream alone, so that pyarrow is not needed."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _few(values: pl.Series, most: int = 400) -> list[str] | None:
    """The different values of a column when they are few enough to name them in a query, else None."""
    different = values.drop_nulls().unique()
    return sorted(different) if len(different) <= most else None


def _target(con: duckdb.DuckDBPyConnection, wanted: str) -> tuple[tuple[str, ...], str | None]:
    """The loaded editions for a label, an edition, or the dates of service `first/last`; else why there is none."""
    if days := _days(wanted):
        return _governing(con, *days)
    found = rows(con, verify_sql.EDITION, [wanted, wanted])
    if found:
        return (found[0]["release_id"],), None
    year = f"20{wanted[3:5]}" if wanted[3:5].isdecimal() else "0"
    near = [row["release_id"] for row in rows(con, "select release_id from release where year = ? order by 1", [int(year)])]
    hint = f" (loaded of {year}: {', '.join(near)}; --release compares with another)" if near else ""
    return (), f"{wanted} is not loaded{hint}"


def _days(wanted: str) -> tuple[str, str] | None:
    """First and last date of service of `first/last`; None for anything else, which a row may name as its release."""
    first, _, last = wanted.partition("/")
    try:
        return date.fromisoformat(first).isoformat(), date.fromisoformat(last).isoformat()
    except ValueError:
        return None


def _governing(con: duckdb.DuckDBPyConnection, first: str, last: str) -> tuple[tuple[str, ...], str | None]:
    """The loaded editions that govern some day from the first to the last: an amount for these days has to hold in each."""
    found = rows(con, verify_sql.GOVERNING, [first, last])
    if found:
        return tuple(row["release_id"] for row in found), None
    return (), f"no loaded release governs {first}" + (f" to {last}" if last != first else "")
