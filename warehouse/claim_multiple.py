"""How several procedures of one practitioner, patient and day reduce each other.

Pure functions on the items of warehouse/claim.py, which they change in place: an amount, a step, or a reason for no price. The
parts that are paid stand in table multiple_procedure_rule. Families of endoscopies come before the ranking of operations. Codes
with indicator 0 or 9 (add-on codes and those exempt from modifier 51 among them) are neither ranked nor reduced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from warehouse.claim_item import ASSISTANTS, Item
from warehouse.claim_rules import modifier_rule, multiple_rule


def reduce_multiple(items: list[Item], day: date) -> None:
    """Applies every rule for several procedures to the units of a claim."""
    for role in (True, False):
        surgery = [item for item in items if bool(ASSISTANTS & set(item.line.modifiers)) is role]
        _rank_operations(_families(surgery, day), day)
    for indicator, same in (("4", _imaging_family), ("6", _nothing), ("7", _nothing)):
        for group in _grouped([item for item in items if item.indicator == indicator], same):
            _reduce_components(group, indicator, day)
    _reduce_therapy([item for item in items if item.indicator == "5"], day)


def _imaging_family(item: Item) -> str:
    return str(item.rate.rvu["imaging_family"])


def _nothing(_: Item) -> str:
    return ""


def _grouped(items: list[Item], key: Callable[[Item], str]) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _highest_first(items: Iterable[Item], amount: Callable[[Item], Decimal]) -> list[Item]:
    """Items from the highest amount down; equal ones in the order of the claim."""
    return sorted(items, key=lambda item: -amount(item))


# --- operations and endoscopies -------------------------------------------------------------------------------------------


def _families(items: list[Item], day: date) -> list[list[Item]]:
    """Items of indicators 2 and 3 as procedures to rank: each by itself, the endoscopies of a family together."""
    bases = {item.rate.rvu["endoscopic_base_code"] for item in items if item.indicator == "3"} - {""}

    def family(item: Item) -> str:
        if item.line.code in bases:
            return str(item.line.code)
        return str(item.rate.rvu["endoscopic_base_code"]) if item.indicator == "3" else ""

    procedures = [[item] for item in items if item.indicator in ("2", "3") and not family(item)]
    for group in _grouped([item for item in items if family(item)], family):
        _reduce_family(group, family(group[0]), day)
        procedures.append(group)
    return procedures


def _reduce_family(group: list[Item], base: str, day: date) -> None:
    """The highest endoscopy in full, of each other one what exceeds the base; the base itself is in the others."""
    others = _highest_first((item for item in group if item.line.code != base), lambda item: item.amount)
    rule = multiple_rule("3", "base", 2, day)
    if not others or len(group) < 2 or rule is None:
        return
    for item in others[1:]:
        if item.rate.base_fee is None:
            item.reason = f"the base endoscopy {base} has no price to take off"
            continue
        sides = _base_sides(item, day)
        rest = max(item.amount - item.rate.base_fee * sides, Decimal(0))
        item.reduce(rest, f"less the base endoscopy {base} ({item.rate.base_fee * sides:.2f})", None, rule.source)
    for item in group:
        if item.line.code == base:
            item.reduce(Decimal(0), "base endoscopy: its payment is in that of the others of its family", Decimal(0), rule.source)


def _base_sides(item: Item, day: date) -> Decimal:
    """What modifier 50 makes of the base endoscopy, by the indicator of the base."""
    if "50" not in item.line.modifiers or item.rate.base_rvu is None:
        return Decimal(1)
    rule = modifier_rule("50", item.rate.base_rvu, day)
    return rule.factor if rule is not None and rule.factor is not None else Decimal(1)


def _rank_operations(procedures: list[list[Item]], day: date) -> None:
    """Ranks procedures by their amount and pays each rank its part."""
    if len(procedures) < 2:
        return
    ranked = sorted(procedures, key=lambda group: -sum(item.amount for item in group))
    for rank, group in enumerate(ranked, 1):
        for item in group:
            rule = multiple_rule("2", "service", rank, day)
            if rule is None:
                continue
            if rule.factor is None:
                item.reason = f"by report: ranked {rank} of {len(ranked)} operations, and the rule ends with the fifth"
                continue
            what = f"ranked {rank} of {len(ranked)} {'families and operations' if len(group) > 1 else 'operations'}"
            item.reduce(item.amount * rule.factor, f"{what}: {rule.factor:.0%}", rule.factor, rule.source)


# --- components -----------------------------------------------------------------------------------------------------------


def _reduce_components(group: list[Item], indicator: str, day: date) -> None:
    """Ranks technical and professional components apart; all but the highest of each are reduced."""
    if len(group) < 2 or multiple_rule(indicator, "technical", 2, day) is None:
        return
    whole = [item for item in group if item.rate.technical is None and item.rate.professional is None]
    technical = [item for item in group if item.rate.technical is not None]
    if whole and len(whole + technical) > 1:
        for item in whole + technical:
            item.reason = (
                f"the rule for several procedures needs the technical component of {whole[0].line.code}, "
                "whose components have codes of their own"
            )
        return
    for component in ("technical", "professional"):
        _reduce_component(group, indicator, component, day)


def _reduce_component(group: list[Item], indicator: str, component: str, day: date) -> None:
    def amount(item: Item) -> Decimal:
        return (getattr(item.rate, component) or Decimal(0)) * item.sides

    ranked = _highest_first((item for item in group if getattr(item.rate, component) is not None), amount)
    for rank, item in enumerate(ranked, 1):
        rule = multiple_rule(indicator, component, rank, day)
        if rule is None or rule.factor is None:
            continue
        off = amount(item) * (1 - rule.factor)
        # The cap holds for the technical component only, so that it is lowered with the professional one.
        if component == "professional" and item.cap is not None:
            item.cap -= off
        what = f"{component} component ({amount(item):.2f}) ranked {rank} of {len(ranked)}: {rule.factor:.0%} of it"
        item.reduce(item.amount - off, what, rule.factor, rule.source)


# --- therapy --------------------------------------------------------------------------------------------------------------


def _reduce_therapy(items: list[Item], day: date) -> None:
    """The unit with the highest practice expense in full; of all others a part of it."""
    for rank, item in enumerate(_highest_first(items, lambda item: item.rate.practice_expense), 1):
        rule = multiple_rule("5", "practice_expense", rank, day)
        if rule is None or rule.factor is None:
            continue
        if item.rate.reduced_fee is None:
            item.reason = "the fee with a reduced practice expense is not known"
            continue
        what = f"practice expense ranked {rank} of {len(items)}: {rule.factor:.0%} of it"
        item.reduce(item.rate.reduced_fee * item.sides, what, rule.factor, rule.source)
