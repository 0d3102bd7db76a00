"""Values as text, for a terminal and for programs: nothing from a file printed raw, no digit lost."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal


def clean(value: object) -> str:
    """A value as text for a terminal: control characters, which could move the cursor or change colours, are shown as '?'."""
    text = "" if value is None else str(value)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", text)


def amount(value: Decimal | None) -> str:
    """Dollars with two decimals; an absent amount is a dash, never 0."""
    return "-" if value is None else f"${value:,.2f}"


def as_json(value: object) -> str:
    """A document for programs: decimals as text, so that no digit is lost; dates in ISO form; control characters escaped."""
    text = json.dumps(value, default=_plain, indent=2, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text)  # those that JSON lets stand


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)
