"""How figures of a feed are shown on a page. Pure: text in, text out; no figure passes through a binary fraction."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def dollars(amount: str | None) -> str:
    """An amount of dollars as text ("1961.97") with a sign and groups of thousands; a dash where there is none."""
    return NONE if amount is None else f"${Decimal(amount):,.2f}"


def signed_dollars(amount: str | None) -> str:
    """A change of dollars with its sign."""
    if amount is None:
        return NONE
    value = Decimal(amount)
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}${abs(value):,.2f}"


def cents(amount: int | None) -> str:
    """Cents as dollars without the sign, as tables of many amounts show them."""
    return NONE if amount is None else f"{amount // 100:,}.{amount % 100:02d}"


def per_cent(part: Decimal, whole: Decimal) -> str:
    """The change of a part against a whole in per cent with one decimal and its sign; empty where the whole is 0."""
    if not whole:
        return ""
    change = (100 * (part - whole) / whole).quantize(Decimal("0.1"))
    return f"{'+' if change > 0 else MINUS if change < 0 else ''}{abs(change)} %"


def na_before(values: str | None, setting: str, is_na: bool) -> bool:
    """Whether a setting was not applicable before a change ("nonfacility_na yes → no; ..."): else as it is now."""
    found = re.search(rf"\b{setting}_na (yes|no)", values or "")
    return found[1] == "yes" if found else is_na


@cache
def day(text: str) -> str:
    """A date in ISO form as people write it: 1 January 2026."""
    found = date.fromisoformat(text)
    return f"{found.day} {found:%B %Y}"


@cache
def short_day(text: str) -> str:
    """A date as tables show it: 1 Jan 2026."""
    found = date.fromisoformat(text)
    return f"{found.day} {found:%b %Y}"


def sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def slug(name: str) -> str:
    """A name as a part of an address: lower case, hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
