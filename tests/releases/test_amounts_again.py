"""Amounts of the real archives computed again: printed RVUs, indices and factors, joined here, multiplied in plain decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest

from tests.slow import IS_SLOW
from warehouse.schema import quoted

# A day of service, the release of the day, and a later one of the same year that corrects its RVUs, if one does.
EVERY_RELEASE = {
    "2009-02-01": "RVU09A", "2015-02-01": "RVU15A", "2017-02-01": "RVU17A", "2019-02-01": "RVU19A", "2020-02-01": "RVU20A",
    "2022-02-01": "RVU22A", "2024-03-08": "RVU24A", "2024-03-09": "RVU24AR", "2025-02-01": "RVU25A", "2025-11-01": "RVU25D",
    "2026-05-01": "RVU26B",
}  # fmt: skip
QUESTIONS = [("payment_on", day, label, None) for day, label in list(EVERY_RELEASE.items())[:: 1 if IS_SLOW else 5]]
QUESTIONS += [("payment_corrected_on", "2025-02-01", "RVU25A", "RVU25D")]
# One code and one place in so many: a few thousand rows of sixteen amounts, and 106,000 with every test. By name:
# two codes with an outpatient cap, one with five percent more in 2009, one without a price.
ONE_CODE_IN, ONE_PLACE_IN = (12, 10) if IS_SLOW else (200, 20)
NAMED = {"70450", "93925", "90806", "36415"}
_PRINTED = (
    "status_code", "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu", "opps_nonfacility_pe_rvu",
    "opps_facility_pe_rvu", "opps_mp_rvu", "calculation_flag",
)  # fmt: skip
Row = dict[str, Any]
Key = tuple[str, ...]
_AMOUNTS = [
    f"{setting}_{amount}"
    for setting in ("nonfacility", "facility")
    for amount in (
        *("fee", "allowed", "nonpar_allowed", "limiting_charge", "medicare_share", "coinsurance", "sequestration"),
        "medicare_payment",
    )
]


def rows(con: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def printed(con: duckdb.DuckDBPyConnection, release: str) -> dict[Key, Row]:
    """What CMS printed for each code and modifier of a release."""
    found = rows(con, f"select hcpcs_code, modifier, {', '.join(_PRINTED)} from rvu where release_id = ?", release)
    return {row[:2]: dict(zip(_PRINTED, row[2:], strict=True)) for row in found}


def expected(rvu: Row, indices: tuple[Decimal, Decimal, Decimal], factor: Decimal, day: str) -> tuple[Decimal, ...]:
    """The amounts of a code in a place, in the order of _AMOUNTS, by plain arithmetic. 42 CFR 414.20; the cap of imaging: Deficit
    Reduction Act of 2005, section 5102(b); the five percent of psychotherapy (flag 2): CMS's record layout of 2009."""
    work_gpci, pe_gpci, mp_gpci = indices
    flagged = factor * (Decimal("1.05") if rvu["calculation_flag"] == "2" else 1)
    rate = Decimal("0.02") if "2013-04-01" <= day < "2020-05-01" or day >= "2022-07-01" else Decimal(0)
    work = rvu["work_rvu"] * work_gpci
    found: list[Decimal] = []
    for setting in ("nonfacility", "facility"):
        fee = cents((work + rvu[f"{setting}_pe_rvu"] * pe_gpci + rvu["mp_rvu"] * mp_gpci) * flagged)
        cap = cents((work + rvu[f"opps_{setting}_pe_rvu"] * pe_gpci + rvu["opps_mp_rvu"] * mp_gpci) * factor)
        allowed = min(fee, cap) if has_cap(rvu) else fee
        share = cents(allowed * Decimal("0.8"))
        sequestered = cents(share * rate)
        found += [fee, allowed, cents(allowed * Decimal("0.95")), cents(allowed * Decimal("1.0925"))]
        found += [share, allowed - share, sequestered, share - sequestered]
    return tuple(found)


def has_cap(rvu: Row) -> bool:
    return any(rvu[name] for name in ("opps_nonfacility_pe_rvu", "opps_facility_pe_rvu", "opps_mp_rvu"))


def is_priced(rvu: Row) -> bool:
    settings = ("nonfacility", "facility")
    return rvu["status_code"] in "ART" and any(rvu["work_rvu"] + rvu[f"{name}_pe_rvu"] + rvu["mp_rvu"] > 0 for name in settings)


def corrected(mine: dict[Key, Row], later: dict[Key, Row]) -> dict[Key, Row]:
    """The codes of a release with the RVUs of a later one that has them; only the calculation flag stays."""
    return {key: later.get(key, row) | {"calculation_flag": row["calculation_flag"]} for key, row in mine.items()}


@pytest.mark.parametrize(("macro", "day", "label", "later"), QUESTIONS)
def test_hundreds_of_amounts_are_those_of_the_printed_inputs(
    whole: duckdb.DuckDBPyConnection, macro: str, day: str, label: str, later: str | None
) -> None:
    """RVUs, indices and factors as printed, joined here and multiplied in plain decimals: the same codes in the same places have
    an amount, and each is the same to the cent."""
    rvus = printed(whole, label)
    names = {*sorted({code for code, _ in rvus})[7::ONE_CODE_IN], *NAMED}
    if later is not None:
        newer = printed(whole, later)
        both = rvus.keys() & newer.keys()
        kinds = (rvus.keys() - newer.keys(), newer.keys() - rvus.keys(), {key for key in both if rvus[key] != newer[key]})
        assert all(kinds)
        names |= {code for kind in kinds for code, _ in sorted(kind)[:8]}
        rvus = corrected(rvus, newer)
    places = rows(whole, "select mac, locality, work_gpci, pe_gpci, mp_gpci from gpci where release_id = ? order by 1, 2", label)[
        7::ONE_PLACE_IN
    ]
    factors = rows(whole, "select qp_status, conversion_factor from conversion_factor where release_id = ?", label)
    if day >= "2026":  # RVU26B was put together without its member for them; the factor is that of the law
        factors = [*{**dict(factors), "qp": Decimal("33.5675")}.items()]
    right = {
        (*key, mac, locality, qp_status): expected(rvu, (work_gpci, pe_gpci, mp_gpci), factor, day)
        for key, rvu in rvus.items()
        if key[0] in names and is_priced(rvu)
        for mac, locality, work_gpci, pe_gpci, mp_gpci in places
        for qp_status, factor in factors
    }
    # Codes and places by name, so that no others are computed.
    found = rows(
        whole,
        f"select hcpcs_code, modifier, mac, locality, qp_status, {', '.join(_AMOUNTS)} from {macro}('{day}') "
        f"where hcpcs_code in ({', '.join(map(quoted, sorted(names)))}) "
        f"and mac || locality in ({', '.join(quoted(mac + locality) for mac, locality, *_ in places)})",
    )
    assert {row[:5]: row[5:] for row in found} == right
    assert len(found) == len(right) > 200
    assert any(has_cap(rvus[key[:2]]) for key in right)
    assert label != "RVU09A" or any(rvus[key[:2]]["calculation_flag"] == "2" for key in right)
