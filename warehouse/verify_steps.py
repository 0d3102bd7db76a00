"""A published amount that differs, step by step: how the warehouse comes to its amount, and which other computation gives the
published one.

Reads the published warehouse for one row at a time. All arithmetic is decimal. Used by warehouse/verify.py's callers for the
first rows that differ, so that a person sees at once whether the release, the place, the row or the rounding is another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from warehouse.read import Row, one, rows

CENT = Decimal("0.01")
_ONE = Decimal("1.000")
_NATION: Row = {"work_gpci": _ONE, "pe_gpci": _ONE, "mp_gpci": _ONE}
# Practice expense and malpractice columns of each measure that follows from RVUs alone.
_COLUMNS = {
    "nonfacility_fee": ("nonfacility_pe_rvu", "mp_rvu"),
    "facility_fee": ("facility_pe_rvu", "mp_rvu"),
    "opps_nonfacility_cap": ("opps_nonfacility_pe_rvu", "opps_mp_rvu"),
    "opps_facility_cap": ("opps_facility_pe_rvu", "opps_mp_rvu"),
}
_OTHER_SETTING = {
    "nonfacility_fee": "facility_fee",
    "facility_fee": "nonfacility_fee",
    "opps_nonfacility_cap": "opps_facility_cap",
    "opps_facility_cap": "opps_nonfacility_cap",
}


def steps(con: duckdb.DuckDBPyConnection, row: Row) -> list[dict[str, Any]]:
    """What there is to say about each amount of a row of `verified` that is not as it should be.

    Each is a mapping: measure, published, computed, difference; `parts` (name, RVU, index, product), `sum`,
    `conversion_factor`, `calculation_factor` and `exact` where the measure follows from RVUs; `published_is`: other
    computations that give the published amount.
    """
    found = []
    for measure in [name.removeprefix("claimed_") for name in row if name.startswith("claimed_")]:
        published, computed = row[f"claimed_{measure}"], row.get(f"computed_{measure}")
        if published is None or computed is None or (published == computed and not row["is_wrong"]):
            continue
        published = _plain(published)
        step = {"measure": measure, "published": published, "computed": computed, "difference": published - computed}
        if measure in _COLUMNS and (inputs := _inputs(con, row, measure)):
            step |= _computation(inputs)
            step["published_is"] = list(_explanations(con, row, measure, published, inputs))
        found.append(step)
    return found


def _plain(amount: Decimal) -> Decimal:
    """An amount with two decimals, or as many as it has."""
    return amount.quantize(CENT) if amount == amount.quantize(CENT) else amount.normalize()


def _inputs(con: duckdb.DuckDBPyConnection, row: Row, measure: str) -> Row | None:
    """RVUs, indices and factors of a row, under the names work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, factor and
    calculation_factor (1 without a calculation flag)."""
    key = [row["release_id"], row["hcpcs_code"], row["modifier"]]
    rvu = one(con, "select * from rvu where release_id = ? and hcpcs_code = ? and modifier = ?", key)
    priced = one(con, "select * from priced_rvu where release_id = ? and hcpcs_code = ? and modifier = ?", key) or {}
    where = [row["release_id"], row["mac"], row["locality"]]
    place = one(con, "select * from gpci where release_id = ? and mac = ? and locality = ?", where) if row["mac"] else _NATION
    factor = one(
        con,
        "select conversion_factor from conversion_factor where release_id = ? and qp_status = ?",
        [row["release_id"], row["qp_status"]],
    )
    if rvu is None or place is None or factor is None:
        return None
    work = priced.get("payment_work_rvu", rvu["work_rvu"])
    if measure.startswith("opps_") and rvu["status_code"] == "C" and row["modifier"] == "":
        professional = one(con, "select work_rvu from rvu where release_id = ? and hcpcs_code = ? and modifier = '26'", key[:2])
        work = professional["work_rvu"] if professional else work
    pe, mp = _COLUMNS[measure]
    flagged = Decimal(priced.get("calculation_factor", 1)).normalize() if measure.endswith("_fee") else Decimal(1)
    return {
        **{"work_rvu": work, "pe_rvu": rvu[pe], "mp_rvu": rvu[mp]},
        **{name: place[name] for name in _NATION},
        **{"factor": factor["conversion_factor"], "calculation_factor": flagged},
    }


def _products(inputs: Row) -> list[Decimal]:
    return [inputs[f"{part}_rvu"] * inputs[f"{part}_gpci"] for part in ("work", "pe", "mp")]


def _computation(inputs: Row) -> dict[str, Any]:
    products = _products(inputs)
    names = (("work", "work"), ("practice expense", "pe"), ("malpractice", "mp"))
    return {
        "parts": [
            {"name": name, "rvu": inputs[f"{part}_rvu"], "gpci": inputs[f"{part}_gpci"], "product": product}
            for (name, part), product in zip(names, products, strict=True)
        ],
        "sum": sum(products),
        "conversion_factor": inputs["factor"],
        "calculation_factor": inputs["calculation_factor"],
        "exact": sum(products) * inputs["factor"] * inputs["calculation_factor"],
    }


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _explanations(con: duckdb.DuckDBPyConnection, row: Row, measure: str, published: Decimal, inputs: Row) -> Iterator[str]:
    """Sentences that each name a computation whose result is the published amount."""
    products, factor = _products(inputs), inputs["factor"] * inputs["calculation_factor"]
    if (sum(products) * factor).quantize(CENT, ROUND_DOWN) == published:
        yield "the exact amount, cut off instead of rounded"
    if sum(_rounded(product * factor) for product in products) == published:
        yield "the sum of the three parts, each rounded"
    if _rounded(sum(_rounded(product) for product in products) * factor) == published:
        yield "what adjusted RVUs rounded to two decimals give"
    if _rounded((inputs["work_rvu"] + inputs["pe_rvu"] + inputs["mp_rvu"]) * factor) == published and row["mac"]:
        yield "the national amount"
    yield from _other_rows(con, row, measure, published)


def _other_rows(con: duckdb.DuckDBPyConnection, row: Row, measure: str, published: Decimal) -> Iterator[str]:
    """The published amount among what the warehouse gives for nearly the same key."""
    view = "payment" if row["mac"] else "national_payment"
    place = "mac = ? and locality = ?" if row["mac"] else "true"
    values = [row["mac"], row["locality"]] if row["mac"] else []
    same = rows(
        con,
        f"""
        select release_id, qp_status, modifier, {measure} as amount, {_OTHER_SETTING[measure]} as other,
          {measure.replace("_fee", "_allowed") if measure.endswith("_fee") else "null"} as allowed
        from {view} where hcpcs_code = ? and {place} order by release_id, qp_status, modifier
        """,
        [row["hcpcs_code"], *values],
    )
    key = (row["release_id"], row["qp_status"], row["modifier"])
    for near in same:
        at = (near["release_id"], near["qp_status"], near["modifier"])
        if at == key and near["other"] == published:
            yield "the amount of the other setting"
        elif at == key and near["allowed"] == published:
            yield "the amount after the cap"
        elif at != key and near["amount"] == published:
            yield f"the amount of {_named(near, row)}"


def _named(near: Row, row: Row) -> str:
    """What tells a key from the row's own: release, payment, modifier."""
    differing = [near["release_id"]] if near["release_id"] != row["release_id"] else []
    if near["qp_status"] != row["qp_status"]:
        differing.append(near["qp_status"])
    if near["modifier"] != row["modifier"]:
        differing.append(f"modifier {near['modifier'] or '(none)'}")
    return ", ".join(differing)
