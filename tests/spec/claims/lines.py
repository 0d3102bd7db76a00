"""Literal lines and rates for the rules of a claim."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.claim import price_claim
from warehouse.claim_item import Line, Priced, Rate

DAY = date(2025, 11, 3)
# An operation to which every modifier applies.
OPERATION = {
    "modifier": "",
    "status_code": "A",
    "global_days": "090",
    "pctc_indicator": "0",
    "multiple_procedure_indicator": "2",
    "bilateral_surgery_indicator": "1",
    "assistant_surgery_indicator": "2",
    "co_surgery_indicator": "2",
    "team_surgery_indicator": "2",
    "endoscopic_base_code": "",
    "imaging_family": "99",
    "preoperative_fraction": Decimal("0.10"),
    "intraoperative_fraction": Decimal("0.69"),
    "postoperative_fraction": Decimal("0.21"),
}
_SHORT = {
    "multiple": "multiple_procedure_indicator",
    "bilateral": "bilateral_surgery_indicator",
    "assistant": "assistant_surgery_indicator",
    "co": "co_surgery_indicator",
    "team": "team_surgery_indicator",
    "base": "endoscopic_base_code",
    "family": "imaging_family",
}


def rate(fee: str, *, cap: str | None = None, pe: str = "0", **more: Any) -> Rate:
    """A rate with a fee; `technical`, `professional`, `base_fee`, `reduced_fee` in dollars, other names are indicators."""
    dollars = {name: Decimal(more.pop(name)) for name in ("technical", "professional", "base_fee", "reduced_fee") if name in more}
    base_rvu = more.pop("base_rvu", None)
    rvu = OPERATION | {_SHORT.get(name, name): value for name, value in more.items()}
    return Rate(
        rvu=rvu,
        fee=Decimal(fee),
        cap=None if cap is None else Decimal(cap),
        practice_expense=Decimal(pe),
        base_rvu=base_rvu,
        **dollars,
    )


def claim(*asked: tuple[str, Rate | str], day: date = DAY, practitioner: str = "physician") -> list[Priced]:
    """Prices lines written as on the command line, each with its rate."""
    lines, rates = [], {}
    for number, (text, found) in enumerate(asked, 1):
        name, _, units = text.partition("x")
        code, *modifiers = name.split("-")
        lines.append(Line(number, code, tuple(modifiers), int(units or 1)))
        rates[number] = found
    return price_claim(lines, rates, day, practitioner)


def allowed(*asked: tuple[str, Rate | str], day: date = DAY, practitioner: str = "physician") -> list[str]:
    """What is allowed for each line in dollars, or the reason why nothing is."""
    return [
        str(answer.allowed) if answer.reason is None else answer.reason
        for answer in claim(*asked, day=day, practitioner=practitioner)
    ]
