"""What a claim is made of while it is priced: lines as asked, rates from the warehouse, steps, and the priced line.

Amounts are Decimal and exact; only the end of a line is rounded (`cents`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from warehouse.claim_rules import row_modifiers

Row = dict[str, Any]
CENT = Decimal("0.01")
ONE = Decimal(1)
ASSISTANTS = frozenset({"80", "81", "82", "AS"})


@dataclass(frozen=True)
class Line:
    """One line as asked: its number from 1, the code, its modifiers, the units."""

    number: int
    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1

    @property
    def row_modifier(self) -> str:
        """The modifier of the row of RVUs that prices the line: 26, TC, 53, or none."""
        return next((modifier for modifier in self.modifiers if modifier in row_modifiers()), "")

    @property
    def name(self) -> str:
        """The line as it is written: 27447-50, 97110x3."""
        return "-".join([self.code, *self.modifiers]) + (f"x{self.units}" if self.units > 1 else "")


@dataclass(frozen=True)
class Rate:
    """What the warehouse has for one row in one setting.

    `rvu`: the row of table rvu. `fee`, `cap`: dollars. `practice_expense`: its RVU. `technical`, `professional`: fees of the
    components; None where the row is not split into them. `base_fee`, `base_rvu`: of the endoscopic base code. `reduced_fee`: the
    fee with the part of the practice expense that several units of therapy keep on the day. `inputs`: the steps from RVU to fee.
    """

    rvu: Row
    fee: Decimal
    cap: Decimal | None = None
    practice_expense: Decimal = Decimal(0)
    technical: Decimal | None = None
    professional: Decimal | None = None
    base_fee: Decimal | None = None
    base_rvu: Row | None = None
    reduced_fee: Decimal | None = None
    inputs: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a line: what was done, by which factor, the amount after it (exact), and where the rule stands."""

    what: str
    factor: Decimal | None
    amount: Decimal
    citation: str
    unit: str = "dollars"


@dataclass
class Item:
    """One unit of a line while it is priced; rules for several procedures look at items of all lines."""

    line: Line
    rate: Rate
    sides: Decimal
    amount: Decimal
    cap: Decimal | None
    steps: list[Step] = field(default_factory=list)
    reason: str | None = None

    @property
    def indicator(self) -> str:
        """The multiple procedure indicator."""
        return str(self.rate.rvu["multiple_procedure_indicator"])

    def reduce(self, amount: Decimal, what: str, factor: Decimal | None, citation: str) -> None:
        """Sets the amount and writes the step down."""
        self.amount = amount
        self.steps.append(Step(what, factor, amount, citation))


@dataclass
class Priced:
    """A line with its steps and what is allowed, or the reason why nothing is; `notes` are conditions that a claim must meet."""

    line: Line
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    allowed: Decimal | None = None
    reason: str | None = None


def cents(amount: Decimal) -> Decimal:
    """Dollars rounded half up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)
