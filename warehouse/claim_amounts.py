"""What the warehouse has for the lines of a claim: fee schedule amounts, caps, components, and the steps from RVU to dollar.

Reads a warehouse, read-only: payment_on or payment_corrected_on for a date of service, the views payment and national_payment for
a named release. The formula stays in the macros. Writes nothing. Raises PfsError for a code that the release does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.claim_item import Line, Rate, Step
from warehouse.claim_rules import component_codes, modifier_rule, multiple_rule
from warehouse.errors import PfsError
from warehouse.read import Row, rows, unpriced_reason

SETTINGS = ("nonfacility", "facility")
# What is said of a setting that CMS marks NA; its practice expense repeats that of the other setting.
NOT_DONE = "NA: rarely or never done there"
_FORMULA = "42 CFR 414.20 and 414.22"

_DERIVED = """nonfacility_fee, facility_fee, opps_nonfacility_cap, opps_facility_cap, nonfacility_allowed, facility_allowed,
  nonfacility_nonpar_allowed, facility_nonpar_allowed, nonfacility_limiting_charge, facility_limiting_charge"""
_INPUTS = "nonfacility_pe_rvu, facility_pe_rvu, mp_rvu, conversion_factor, calculation_factor"

_OF_RELEASE = f"""
select release_id as rvu_release_id, hcpcs_code, modifier, payment_work_rvu as work, work_gpci, pe_gpci, mp_gpci,
  'file' as conversion_factor_basis, {_INPUTS}, {_DERIVED}
from payment
join priced_rvu using (release_id, hcpcs_code, modifier)
join gpci using (release_id, mac, locality)
join conversion_factor using (release_id, qp_status)
where release_id = ? and qp_status = ? and mac = ? and locality = ? and hcpcs_code in (select unnest(?))
"""

_OF_RELEASE_NATIONAL = f"""
select release_id as rvu_release_id, hcpcs_code, modifier, payment_work_rvu as work,
  cast(1 as decimal(4, 3)) as work_gpci, cast(1 as decimal(4, 3)) as pe_gpci, cast(1 as decimal(4, 3)) as mp_gpci,
  'file' as conversion_factor_basis, {_INPUTS}, {_DERIVED}
from national_payment
join priced_rvu using (release_id, hcpcs_code, modifier)
join conversion_factor using (release_id, qp_status)
where release_id = ? and qp_status = ? and hcpcs_code in (select unnest(?))
"""

_OF_DAY = f"""
select rvu_release_id, hcpcs_code, modifier, adjusted_work_rvu(work_rvu, work_adjustor) as work, work_gpci, pe_gpci, mp_gpci,
  conversion_factor_basis, {_INPUTS}, {_DERIVED}
from {{source}}(?, ?)
where qp_status = ? and mac = ? and locality = ? and hcpcs_code in (select unnest(?))
"""

# RVUs and factors are the same in every locality; the amounts are those with every index 1.
_OF_DAY_NATIONAL = f"""
with one_place as (
  select *, adjusted_work_rvu(work_rvu, work_adjustor) as work, cast(1 as decimal(4, 3)) as one
  from {{source}}(?, ?)
  where qp_status = ? and hcpcs_code in (select unnest(?))
  qualify row_number() over (partition by hcpcs_code, modifier order by mac, locality) = 1
),
amount as (
  select one_place.* exclude (nonfacility_fee, facility_fee, opps_nonfacility_cap, opps_facility_cap),
    flagged_fee(work, one_place.nonfacility_pe_rvu, one_place.mp_rvu, one, one, one, conversion_factor, calculation_factor)
      as nonfacility_fee,
    flagged_fee(work, one_place.facility_pe_rvu, one_place.mp_rvu, one, one, one, conversion_factor, calculation_factor)
      as facility_fee,
    case when has_opps_cap then fee(work, opps_nonfacility_pe_rvu, opps_mp_rvu, one, one, one, conversion_factor) end
      as opps_nonfacility_cap,
    case when has_opps_cap then fee(work, opps_facility_pe_rvu, opps_mp_rvu, one, one, one, conversion_factor) end
      as opps_facility_cap
  from one_place
  join pricing_rvu
    on pricing_rvu.release_id = one_place.rvu_release_id
    and pricing_rvu.hcpcs_code = one_place.hcpcs_code
    and pricing_rvu.modifier = one_place.modifier
)
select rvu_release_id, hcpcs_code, modifier, work, one as work_gpci, one as pe_gpci, one as mp_gpci,
  conversion_factor_basis, {_INPUTS}, nonfacility_fee, facility_fee, opps_nonfacility_cap, opps_facility_cap,
  allowed(nonfacility_fee, opps_nonfacility_cap) as nonfacility_allowed,
  allowed(facility_fee, opps_facility_cap) as facility_allowed,
  nonparticipating(allowed(nonfacility_fee, opps_nonfacility_cap)) as nonfacility_nonpar_allowed,
  nonparticipating(allowed(facility_fee, opps_facility_cap)) as facility_nonpar_allowed,
  limiting_charge(allowed(nonfacility_fee, opps_nonfacility_cap)) as nonfacility_limiting_charge,
  limiting_charge(allowed(facility_fee, opps_facility_cap)) as facility_limiting_charge
from amount
"""


@dataclass(frozen=True)
class Question:
    """What a claim is priced with.

    `place`: (mac, locality), None for the nation. `day`: date of service whose rules hold. `is_dated`: amounts are those of the
    day (the law's factor), else those of the release with its own factor. `known_on`, `corrected`: see macro dated_payment.
    """

    release: Row
    qp_status: str
    place: tuple[str, str] | None
    day: date
    is_dated: bool = False
    known_on: date | None = None
    corrected: bool = False


def amounts(con: Any, question: Question, codes: list[str]) -> dict[tuple[str, str], Row]:
    """The amounts and inputs of codes by (code, modifier); codes without a price are left out."""
    place = list(question.place or ())
    if question.is_dated:
        source = "payment_corrected_on" if question.corrected else "payment_on"
        query = (_OF_DAY if place else _OF_DAY_NATIONAL).format(source=source)
        values = [question.day, question.known_on, question.qp_status, *place, codes]
    else:
        query = _OF_RELEASE if place else _OF_RELEASE_NATIONAL
        values = [question.release["release_id"], question.qp_status, *place, codes]
    return {(row["hcpcs_code"], row["modifier"]): row for row in rows(con, query, values)}


def rates(con: Any, question: Question, lines: list[Line]) -> dict[str, dict[int, Rate | str]]:
    """For each setting the rate of every line by its number, or why it has none."""
    codes = sorted({line.code for line in lines})
    printed = _rvu(con, question.release["release_id"], codes)
    others = {row["endoscopic_base_code"] for row in printed.values()}
    others |= {part for code in codes for component in ("technical", "professional") for part in component_codes(code, component)}
    more = sorted(others - {"", *codes})
    printed |= _rvu(con, question.release["release_id"], more)
    found = amounts(con, question, codes + more)
    return {setting: {line.number: _rate(con, question, line, setting, printed, found) for line in lines} for setting in SETTINGS}


def _rvu(con: Any, release_id: str, codes: list[str]) -> dict[tuple[str, str], Row]:
    query = "select * from rvu where release_id = ? and hcpcs_code in (select unnest(?))"
    return {(row["hcpcs_code"], row["modifier"]): row for row in rows(con, query, [release_id, codes])}


def _rate(
    con: Any,
    question: Question,
    line: Line,
    setting: str,
    printed: dict[tuple[str, str], Row],
    found: dict[tuple[str, str], Row],
) -> Rate | str:
    release_id, key = question.release["release_id"], (line.code, line.row_modifier)
    if key not in printed:
        return _no_row(release_id, line, [modifier for code, modifier in printed if code == line.code], question.day)
    if key not in found:
        return unpriced_reason(con, release_id, *key) or f"{release_id} has no amount for it at this place"
    rvu, row = printed[key], found[key]
    base = (rvu["endoscopic_base_code"], "")
    return Rate(
        rvu=rvu,
        fee=row[f"{setting}_fee"],
        cap=row[f"opps_{setting}_cap"],
        practice_expense=row[f"{setting}_pe_rvu"],
        technical=_component(rvu, row, found, setting, "TC"),
        professional=_component(rvu, row, found, setting, "26"),
        base_fee=found[base][f"{setting}_fee"] if base in found else None,
        base_rvu=printed.get(base),
        reduced_fee=_reduced(con, question.day, rvu, row, setting),
        inputs=tuple(_steps(row, setting, rvu[f"{setting}_na"])),
    )


def _no_row(release_id: str, line: Line, known: list[str], day: date) -> str:
    """Why a line has no row: a reason for a modifier, an error for a code that is not there at all."""
    if not known:
        raise PfsError(
            f"{release_id} has no code {line.code}. 'pfs code {line.code} --release RELEASE' looks into another release."
        )
    rule = modifier_rule(line.row_modifier, {}, day)
    if rule is not None and rule.note:
        return rule.note
    names = ", ".join(name or "none" for name in sorted(known))
    return f"{release_id} has {line.code}, but not with modifier {line.row_modifier or '(none)'}; it has: {names}"


def _component(rvu: Row, row: Row, found: dict[tuple[str, str], Row], setting: str, modifier: str) -> Decimal | None:
    """The fee of the technical (TC) or professional (26) component of a row; None where it has none of its own."""
    whole, component = {"TC": ("3", "technical"), "26": ("2", "professional")}[modifier]
    if rvu["modifier"] == modifier or (not rvu["modifier"] and rvu["pctc_indicator"] == whole):
        return Decimal(row[f"{setting}_fee"])
    if not rvu["modifier"] and rvu["pctc_indicator"] == "4":
        # A global test: its components are codes of their own.
        fees = [found.get((code, "")) for code in component_codes(rvu["hcpcs_code"], component)]
        known = [fee[f"{setting}_fee"] for fee in fees if fee is not None]
        return sum(known, Decimal(0)) if fees and len(known) == len(fees) else None
    part = found.get((rvu["hcpcs_code"], modifier)) if not rvu["modifier"] else None
    return part[f"{setting}_fee"] if part else None


def _reduced(con: Any, day: date, rvu: Row, row: Row, setting: str) -> Decimal | None:
    """The fee with the part of the practice expense that further units of therapy keep on the day."""
    rule = multiple_rule("5", "practice_expense", 2, day)
    if rvu["multiple_procedure_indicator"] != "5" or rule is None:
        return None
    inputs = [row[name] for name in ("work", f"{setting}_pe_rvu", "mp_rvu", "work_gpci", "pe_gpci", "mp_gpci")]
    query = """
      select therapy_fee(cast(? as decimal(7, 2)), cast(? as decimal(7, 2)), cast(? as decimal(7, 2)), cast(? as decimal(4, 3)),
        cast(? as decimal(4, 3)), cast(? as decimal(4, 3)), cast(? as decimal(8, 4)), cast(? as decimal(7, 4)))
    """
    return Decimal(con.execute(query, [*inputs, row["conversion_factor"], rule.factor]).fetchone()[0])


def _steps(row: Row, setting: str, is_na: bool) -> list[Step]:
    """From RVUs to the fee schedule amount, as the macros compute it; a setting that CMS marks NA is said to be."""
    found, total = [], Decimal(0)
    parts = (("work", "work", "work"), ("practice expense", f"{setting}_pe_rvu", "pe"), ("malpractice", "mp_rvu", "mp"))
    for name, column, index in parts:
        rvu, gpci = row[column], row[f"{index}_gpci"]
        total += rvu * gpci
        mark = f" ({NOT_DONE})" if is_na and index == "pe" else ""
        found.append(Step(f"{name}: {rvu} RVU x index {gpci}{mark}", gpci, rvu * gpci, _FORMULA, "RVU"))
    found.append(Step("sum of the three", None, total, _FORMULA, "RVU"))
    factor, flag = row["conversion_factor"], row["calculation_factor"]
    basis = "the law's on the day" if row["conversion_factor_basis"] == "law" else "the release's own"
    extra = "" if flag == 1 else f" and the factor of the calculation flag {flag.normalize()}"
    what = f"fee schedule amount: x conversion factor {factor} ({basis}){extra}, rounded half up to the cent"
    found.append(Step(what, factor if flag == 1 else factor * flag, row[f"{setting}_fee"], _FORMULA))
    return found
