"""The lines of one claim, from fee schedule amounts to what is allowed, step by step.

Pure functions on Decimal: fee schedule amounts come from the warehouse (warehouse/claim_amounts.py), rules from
warehouse/claim_rules.py; nothing is read or written. A line that has no price has a reason instead; nothing is raised.

Order of steps, as CMS gives it: the row of RVUs; both sides (50); several procedures of the day; the outpatient cap; two
surgeons, assistants; parts of the global package; the practitioner. Amounts stay exact from the first step to the last, and a
line is rounded once at its end, half up to the cent.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from warehouse.claim_item import ASSISTANTS, ONE, Item, Line, Priced, Rate, Row, Step, cents
from warehouse.claim_multiple import reduce_multiple
from warehouse.claim_rules import ModifierRule, modifier_rule, part_rules, practitioner_rule, practitioners, row_modifiers


def price_claim(lines: list[Line], rates: dict[int, Rate | str], day: date, practitioner: str = "physician") -> list[Priced]:
    """Prices the lines of one practitioner, patient and day. `rates` holds a rate by line number, or why there is none."""
    priced, items = [], []
    halves = _split_sides(lines)
    for line in lines:
        answer, rate = Priced(line), rates[line.number]
        priced.append(answer)
        if isinstance(rate, str):
            answer.reason = rate
            continue
        rules, answer.reason = _rules(line, rate.rvu, day)
        answer.reason = answer.reason or _no_practitioner(practitioner, day)
        if line.code in halves and rate.rvu["bilateral_surgery_indicator"] in ("0", "1", "2"):
            answer.reason = "LT and RT of one code on one day are one procedure on both sides: give one line with modifier 50"
        if answer.reason is None:
            answer.notes += _notes(line, rules, day)
            items += _items(line, rate, rules, answer)
    reduce_multiple(items, day)
    for answer in priced:
        mine = [item for item in items if item.line == answer.line]
        if mine:
            _finish(answer, mine, day, practitioner)
    return priced


def _no_practitioner(practitioner: str, day: date) -> str | None:
    """Why a practitioner is paid nothing on a day; None for those who are."""
    if practitioner == "physician" or practitioner_rule(practitioner, day):
        return None
    return f"there is no rule here for a {practitioners().get(practitioner, practitioner)} on {day}"


def _notes(line: Line, rules: list[ModifierRule], day: date) -> list[str]:
    """Conditions that a claim must meet, by the rules of its modifiers."""
    parts = [rule for modifier in line.modifiers for rule in part_rules(modifier, day)]
    found = [rule.note for rule in rules if rule.effect not in ("row", "part")] + [rule.note for rule in parts]
    return [note for note in dict.fromkeys(found) if note]


def _split_sides(lines: list[Line]) -> set[str]:
    """Codes that stand on one line with LT and on another with RT."""
    left, right = ({line.code for line in lines if side in line.modifiers} for side in ("LT", "RT"))
    return left & right


def _rules(line: Line, rvu: Row, day: date) -> tuple[list[ModifierRule], str | None]:
    """The rules of the modifiers of a line, or why it has no price."""
    found = []
    for modifier in line.modifiers:
        rule = modifier_rule(modifier, rvu, day)
        if rule is None:
            return [], f"there is no rule here for modifier {modifier} with this code on {day}"
        if rule.effect == "refuse":
            return [], rule.note
        found.append(rule)
    for one_of in (row_modifiers(), ASSISTANTS | {"62", "66"}):
        clashing = [modifier for modifier in line.modifiers if modifier in one_of]
        if len(clashing) > 1:
            return [], f"modifiers {' and '.join(clashing)} exclude each other"
    parts = _parts(line, day)
    if parts and not sum(rvu[column] for column in parts):
        first = next(rule.modifier for rule in found if rule.effect == "part")
        return [], f"the code has no such part (global days {rvu['global_days']}): modifier {first} does not apply"
    if len({rule.modifier for rule in found}) < len(found):
        return [], "a modifier is given twice"
    return found, None


def _parts(line: Line, day: date) -> dict[str, ModifierRule]:
    """The parts of the global package that a line stands for, each once, by the column with its fraction."""
    return {rule.applies_to: rule for modifier in line.modifiers for rule in part_rules(modifier, day)}


def _items(line: Line, rate: Rate, rules: list[ModifierRule], answer: Priced) -> list[Item]:
    """The units of a line with both sides paid where modifier 50 says so."""
    answer.steps += rate.inputs
    sides = ONE
    for rule in rules:
        if rule.modifier == "50" and rule.factor is not None:
            sides = rule.factor
            answer.steps.append(Step(rule.law, sides, rate.fee * sides, rule.source))
    cap = None if rate.cap is None else rate.cap * sides
    return [Item(line, rate, sides, rate.fee * sides, cap) for _ in range(line.units)]


def _finish(answer: Priced, items: list[Item], day: date, practitioner: str) -> None:
    """From the reduced units of a line to what is allowed."""
    answer.reason = next((item.reason for item in items if item.reason), None)
    if answer.reason:
        return
    for number, item in enumerate(items, 1):
        if item.cap is not None and item.cap < item.amount:
            item.reduce(item.cap, "outpatient (OPPS) cap, which is lower", None, "Deficit Reduction Act of 2005, section 5102(b)")
        prefix = f"unit {number}: " if len(items) > 1 else ""
        answer.steps += [Step(prefix + step.what, step.factor, step.amount, step.citation) for step in item.steps]
    amount = sum((item.amount for item in items), Decimal(0))
    if len(items) > 1:
        is_alike = not any(item.steps for item in items)
        factor = Decimal(len(items)) if is_alike else None
        answer.steps.append(Step(f"{len(items)} units", factor, amount, "one amount a unit"))
    for what, factor, citation in _shares(answer.line, items[0].rate.rvu, day, practitioner):
        amount *= factor
        answer.steps.append(Step(what, factor, amount, citation))
    answer.allowed = cents(amount)
    answer.steps.append(Step("allowed, rounded half up to the cent", None, answer.allowed, "42 CFR 414.20 and 414.22"))


def _shares(line: Line, rvu: Row, day: date, practitioner: str) -> list[tuple[str, Decimal, str]]:
    """The factors on the amount of a line after several procedures: roles, parts of the global package, the practitioner."""
    rules = [rule for modifier in line.modifiers if (rule := modifier_rule(modifier, rvu, day)) is not None]
    found = [(r.law, r.factor, r.source) for r in rules if r.effect == "multiply" and r.modifier != "50" and r.factor is not None]
    if parts := _parts(line, day):
        share = sum((Decimal(rvu[column]) for column in parts), Decimal(0))
        found.append(("; ".join(rule.law for rule in parts.values()), share, next(iter(parts.values())).source))
    paid = practitioner_rule(practitioner, day)
    if paid is not None and "AS" not in line.modifiers:
        found.append((f"{paid.factor * 100:.0f} %: {paid.name}", paid.factor, f"{paid.law}; {paid.source}"))
    return found
