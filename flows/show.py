"""How answers look in the terminal: tables and lines, with nothing from a file printed raw."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


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


class _Console(Console):
    """A console whose reader may stop reading (`| head`), which is no error of the command."""

    def on_broken_pipe(self) -> None:
        """Leaves it to `main`, which ends with 0; without this rich ends the process with 1."""
        raise BrokenPipeError


def console() -> Console:
    """The console for answers; wide enough for tables when no person looks."""
    return _Console(highlight=False, width=None if sys.stdout.isatty() else 160, soft_wrap=False)


def table(headings: Sequence[str], lines: Iterable[Sequence[Any]], right: Iterable[str] = ()) -> Table:
    """A plain table; the columns named in `right` are aligned to the right."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    aligned = set(right)
    for heading in headings:
        is_number = heading in aligned
        made.add_column(heading, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for line in lines:
        made.add_row(*[Text(clean(cell)) for cell in line])
    return made


def line(text: object) -> Text:
    """A line of text, taken as it is."""
    return Text(clean(text))
