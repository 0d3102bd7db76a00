"""How answers look in the terminal: tables and lines, with nothing from a file printed raw (plain.py)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.plain import clean


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
