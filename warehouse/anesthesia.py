"""Anesthesia: base and time units times the locality's anesthesia conversion factor, by who directs whom.

Reads the table anesthesia_cf, and base units, which CMS's relative value files do not have: the user gives them, or keeps them in
`anesthesia_base_units.csv` in the home folder. Writes nothing. Raises PfsError, naming the line, for a file that is not as
described in docs/PRICING.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from warehouse.claim_item import Line, Priced, Step, cents
from warehouse.claim_rules import ModifierRule, modifier_rule
from warehouse.errors import PfsError
from warehouse.hand_csv import read_rows
from warehouse.read import Row, one

FILE_NAME = "anesthesia_base_units.csv"
_HEADINGS = ["hcpcs_code", "base_units", "valid_from", "valid_to", "source"]
_MINUTES_A_UNIT = Decimal(15)
_LAW = "42 CFR 414.46; CMS Claims Processing Manual (Pub. 100-04), chapter 12, section 50"


@dataclass(frozen=True)
class BaseUnits:
    """The base units of an anesthesia code for some dates of service, with where they come from."""

    code: str
    units: Decimal
    valid_from: date
    valid_to: date | None
    source: str


def is_anesthesia(rvu: Row) -> bool:
    """True for a row that is paid by anesthesia units: status J."""
    return bool(rvu["status_code"] == "J")


# --- base units -------------------------------------------------------------------------------------------------------------


def read_base_units(path: Path) -> list[BaseUnits]:
    """The rows of a file of base units. Raises PfsError with the line for the first one that is not as described."""
    found: list[BaseUnits] = []
    for number, cells in read_rows(path, _HEADINGS):
        found.append(_base_units(path, number, cells))
        _refuse_overlap(path, number, found)
    return found


def _base_units(path: Path, number: int, cells: list[str]) -> BaseUnits:
    where = f"{path}, line {number}"
    code, units, first, last, source = cells
    if not re.fullmatch(r"[0-9]{4}[0-9A-Z]", code):
        raise PfsError(f"{where}: {code!r} is no anesthesia code; five digits were expected, leading zeros included (00840).")
    amount = base_unit_number(units, where)
    try:
        valid_from, valid_to = date.fromisoformat(first), date.fromisoformat(last) if last else None
    except ValueError:
        raise PfsError(
            f"{where}: dates as YYYY-MM-DD were expected, found {first!r} and {last!r}; valid_to may be empty."
        ) from None
    if valid_to is not None and valid_to < valid_from:
        raise PfsError(f"{where}: valid_to {valid_to} is before valid_from {valid_from}.")
    if not source:
        raise PfsError(f"{where}: source is empty. Say where the base units come from.")
    return BaseUnits(code, amount, valid_from, valid_to, source)


def base_unit_number(text: str, where: str) -> Decimal:
    """Base units as a number above 0 and at most 99."""
    try:
        units = Decimal(text)
    except InvalidOperation:
        units = Decimal(0)
    if not units.is_finite() or not 0 < units < 100:
        raise PfsError(f"{where}: base units between 0 and 99 were expected, found {text!r}.")
    return units


def _refuse_overlap(path: Path, number: int, found: list[BaseUnits]) -> None:
    new = found[-1]
    for old in found[:-1]:
        ends_before = old.valid_to is not None and old.valid_to < new.valid_from
        starts_after = new.valid_to is not None and new.valid_to < old.valid_from
        if old.code == new.code and not ends_before and not starts_after:
            raise PfsError(
                f"{path}, line {number}: {new.code} has base units already for some of these dates. Keep one row a day."
            )


def base_units_on(rows: list[BaseUnits], code: str, day: date) -> BaseUnits | None:
    """The base units of a code on a day; None when the file has none."""
    for row in rows:
        if row.code == code and row.valid_from <= day and (row.valid_to is None or day <= row.valid_to):
            return row
    return None


# --- pricing ----------------------------------------------------------------------------------------------------------------


def conversion_factor(con: Any, release_id: str, place: tuple[str, str] | None, qp_status: str) -> Decimal | str:
    """The anesthesia conversion factor of a locality in a release, or why there is none."""
    if place is None:
        return "anesthesia needs a place: give --mac and --locality, or --zip (CMS prints a factor for each locality)"
    row = one(
        con,
        "select conversion_factor from anesthesia_cf where release_id = ? and mac = ? and locality = ? and qp_status = ?",
        [release_id, *place, qp_status],
    )
    return row["conversion_factor"] if row else f"{release_id} has no anesthesia conversion factor for this place"


def price_anesthesia(
    line: Line, rvu: Row, day: date, minutes: int | None, base: BaseUnits | None, factor: Decimal | str
) -> Priced:
    """Prices one anesthesia line: (base units + minutes / 15) x factor x direction, rounded half up to the cent once."""
    answer = Priced(line)
    rules = [modifier_rule(modifier, rvu, day) for modifier in line.modifiers]
    direction = [rule for rule in rules if rule is not None and rule.applies_to and rule.effect in ("multiply", "base_units")]
    answer.reason = _refusal(line, rules, direction, day) or (factor if isinstance(factor, str) else None)
    is_supervised = bool(direction) and direction[0].effect == "base_units"
    if answer.reason is None and not is_supervised:
        answer.reason = _missing(line, minutes, base)
    if answer.reason is None and not isinstance(factor, str):
        answer.notes = [rule.note for rule in direction if rule.note]
        _steps(answer, direction[0], minutes, base, factor)
    return answer


def _refusal(line: Line, rules: list[ModifierRule | None], direction: list[ModifierRule], day: date) -> str | None:
    for modifier, rule in zip(line.modifiers, rules, strict=True):
        if rule is None:
            return f"there is no rule here for modifier {modifier} with anesthesia on {day}"
        if rule.effect in ("refuse", "row", "part"):
            return rule.note or f"modifier {modifier} does not apply to anesthesia"
    if line.units != 1:
        return "anesthesia is given with --minutes, not with units"
    if len(direction) != 1:
        return "anesthesia needs one modifier for who performs or directs it: AA, AD, QK, QX, QY or QZ"
    return None


def _missing(line: Line, minutes: int | None, base: BaseUnits | None) -> str | None:
    if base is None:
        return f"the base units of {line.code} are not known: give --base-units, or add them to {FILE_NAME} in the home folder"
    return "the minutes of anesthesia are not known: give --minutes" if minutes is None else None


def _steps(answer: Priced, direction: ModifierRule, minutes: int | None, base: BaseUnits | None, factor: Decimal) -> None:
    if direction.effect == "base_units" and direction.factor is not None:
        units, share = direction.factor, Decimal(1)
        answer.steps.append(Step(direction.law, None, units, direction.source, "units"))
    else:
        assert base is not None and minutes is not None and direction.factor is not None
        time = (Decimal(minutes) / _MINUTES_A_UNIT).quantize(Decimal("0.1"), ROUND_HALF_UP)
        units, share = base.units + time, direction.factor
        answer.steps.append(Step("base units", None, base.units, base.source, "units"))
        answer.steps.append(Step(f"time units: {minutes} minutes / 15, to one decimal", None, time, _LAW, "units"))
        answer.steps.append(Step("base and time units", None, units, _LAW, "units"))
    amount = units * factor
    answer.steps.append(Step(f"x anesthesia conversion factor {factor} of the locality", factor, amount, _LAW))
    if direction.effect != "base_units":
        amount *= share
        answer.steps.append(Step(direction.law, share, amount, direction.source))
    answer.allowed = cents(amount)
    answer.steps.append(Step("allowed, rounded half up to the cent", None, answer.allowed, _LAW))
