"""The dated rules of a claim: what a modifier does to a line, how several procedures reduce each other, which setting a place is.

Reads modifier_rules.csv, multiple_procedure_rules.csv, practitioner_rules.csv, global_test_parts.csv and places_of_service.csv of
the catalogue; the same rows stand in the tables of these names. Writes nothing. Raises UsageError, in a sentence, for a place
of service without a rule on the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from flows import catalog
from warehouse.errors import UsageError

Row = dict[str, Any]


@dataclass(frozen=True)
class ModifierRule:
    """What a modifier does, for one value of an indicator (`applies_to` empty: for every row). See table modifier_rule."""

    modifier: str
    applies_to: str
    value: str
    effect: str
    factor: Decimal | None
    effective_from: date
    effective_to: date | None
    note: str
    law: str
    source: str


@dataclass(frozen=True)
class MultipleRule:
    """What is paid of a part from one rank on. `factor` None: by report. See table multiple_procedure_rule."""

    indicator: str
    component: str
    first_rank: int
    last_rank: int | None
    factor: Decimal | None
    effective_from: date
    effective_to: date | None
    law: str
    source: str


@dataclass(frozen=True)
class PractitionerRule:
    """The part of the amount that a practitioner who is no physician is paid. See table practitioner_rule."""

    practitioner: str
    name: str
    factor: Decimal
    effective_from: date
    effective_to: date | None
    law: str
    source: str


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def _modifier_rules() -> tuple[ModifierRule, ...]:
    return tuple(
        ModifierRule(
            **{name: row[name] for name in ("modifier", "applies_to", "value", "effect", "note", "law", "source")},
            factor=_number(row["factor"]),
            effective_from=date.fromisoformat(row["effective_from"]),
            effective_to=_day(row["effective_to"]),
        )
        for row in catalog.rows("modifier_rules.csv")
    )


@cache
def _multiple_rules() -> tuple[MultipleRule, ...]:
    return tuple(
        MultipleRule(
            row["multiple_procedure_indicator"],
            row["component"],
            int(row["first_rank"]),
            int(row["last_rank"]) if row["last_rank"] else None,
            _number(row["factor"]),
            date.fromisoformat(row["effective_from"]),
            _day(row["effective_to"]),
            row["law"],
            row["source"],
        )
        for row in catalog.rows("multiple_procedure_rules.csv")
    )


def _holds(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


def modifier_rule(modifier: str, rvu: Row, day: date) -> ModifierRule | None:
    """The rule of a modifier for a row of rvu on a day; None when there is none."""
    for rule in _modifier_rules():
        if rule.modifier == modifier and _holds(rule.effective_from, rule.effective_to, day):
            is_for_all = not rule.applies_to or rule.effect == "part"
            if is_for_all or rvu.get(rule.applies_to) == rule.value:
                return rule
    return None


def part_rules(modifier: str, day: date) -> list[ModifierRule]:
    """The parts of a global package that a modifier stands for on a day; none for most modifiers."""
    return [
        rule
        for rule in _modifier_rules()
        if rule.modifier == modifier and rule.effect == "part" and _holds(rule.effective_from, rule.effective_to, day)
    ]


@cache
def _practitioner_rules() -> tuple[PractitionerRule, ...]:
    return tuple(
        PractitionerRule(
            row["practitioner"],
            row["practitioner_name"],
            Decimal(row["factor"]),
            date.fromisoformat(row["effective_from"]),
            _day(row["effective_to"]),
            row["law"],
            row["source"],
        )
        for row in catalog.rows("practitioner_rules.csv")
    )


def practitioners() -> dict[str, str]:
    """The practitioners who have a rule: short name and name in words."""
    return {rule.practitioner: rule.name for rule in _practitioner_rules()}


def practitioner_rule(practitioner: str, day: date) -> PractitionerRule | None:
    """The rule of a practitioner on a day; None when there is none."""
    found = [rule for rule in _practitioner_rules() if rule.practitioner == practitioner]
    return next((rule for rule in found if _holds(rule.effective_from, rule.effective_to, day)), None)


def component_codes(code: str, component: str) -> list[str]:
    """The codes that together are the technical or professional component of a global test; none when that is not known."""
    rows = catalog.rows("global_test_parts.csv")
    return [row["part_code"] for row in rows if (row["hcpcs_code"], row["component"]) == (code, component)]


def row_modifiers() -> frozenset[str]:
    """The modifiers that choose a row of RVUs of their own: 26, TC, 53."""
    return frozenset(rule.modifier for rule in _modifier_rules() if rule.effect == "row")


def multiple_rule(indicator: str, component: str, rank: int, day: date) -> MultipleRule | None:
    """The rule for a part of a procedure at a rank (1: the highest) on a day; None where nothing is reduced."""
    for rule in _multiple_rules():
        is_ranked = rule.first_rank <= rank and (rule.last_rank is None or rank <= rule.last_rank)
        is_wanted = (rule.indicator, rule.component) == (indicator, component) and is_ranked
        if is_wanted and _holds(rule.effective_from, rule.effective_to, day):
            return rule
    return None


def setting_of(place_of_service: str, day: date) -> Row:
    """The row of table place_of_service for a code on a day: its name, setting and source."""
    known = [row for row in catalog.rows("places_of_service.csv") if row["place_of_service"] == place_of_service]
    for row in known:
        if _holds(date.fromisoformat(row["effective_from"]), _day(row["effective_to"]), day):
            return dict(row)
    if known:
        raise UsageError(
            f"Place of service {place_of_service} ({known[0]['place_name']}) has a rule from {known[0]['effective_from']} only, "
            f"not on {day}. Leave out --pos to see both settings."
        )
    codes = ", ".join(sorted({row["place_of_service"] for row in catalog.rows("places_of_service.csv")}))
    raise UsageError(f"--pos {place_of_service}: there is no rule for this place of service. Known are: {codes}.")
