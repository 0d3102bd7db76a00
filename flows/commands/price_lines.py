"""The lines of a claim as they are typed or stand in a csv file, checked: `27447-50`, `99213-25-57`, `97110-GPx3`."""

from __future__ import annotations

import re
from pathlib import Path

from flows.commands.arguments import hcpcs
from warehouse.claim_item import Line
from warehouse.errors import UsageError
from warehouse.hand_csv import read_rows

_LINE = re.compile(r"(?P<code>[^-]*?)(?P<modifiers>(?:-[^-]*?)*)(?:[xX](?P<units>\d+))?")
_HEADINGS = ["code", "modifiers", "units"]
_MOST_UNITS = 999


def typed(texts: tuple[str, ...], modifier: str) -> list[Line]:
    """Lines from the command line. `modifier` (option --modifier) belongs to a single line only."""
    if modifier and len(texts) != 1:
        raise UsageError("--modifier goes with one code. With several, write the modifiers with the codes: 27447-50 70450-TC.")
    found: list[Line] = []
    for number, text in enumerate(texts, 1):
        parts = _LINE.fullmatch(text)
        # A code of five characters may itself end in x and a digit, which regular expressions cannot know.
        if parts is None or len(text) == 5:
            code, modifiers, units = text, "", "1"
        else:
            code, modifiers, units = parts["code"], parts["modifiers"], parts["units"] or "1"
        given = [*modifiers.split("-")[1:], *([modifier] if modifier else [])]
        found.append(_line(number, code, given, units, repr(text)))
    return found


def from_file(path: Path, first: int = 1) -> list[Line]:
    """Lines of a csv file with the columns code, modifiers (parted by spaces or hyphens) and units (empty: 1).

    Raises UsageError, naming the line of the file, for anything else, and PfsError where the file cannot be read.
    """
    found: list[Line] = []
    for number, (code, modifiers, units) in read_rows(path, _HEADINGS, UsageError):
        where = f"{path}, line {number}"
        found.append(_line(first + len(found), code, re.split(r"[\s-]+", modifiers) if modifiers else [], units or "1", where))
    if not found:
        raise UsageError(f"{path} holds no line below its headings.")
    return found


def _line(number: int, code: str, modifiers: list[str], units: str, where: str) -> Line:
    try:
        code = hcpcs(code)
    except UsageError as fault:
        raise UsageError(f"{where}: {fault}") from fault
    for modifier in modifiers:
        if not re.fullmatch(r"[0-9A-Za-z]{2}", modifier):
            raise UsageError(f"{where}: modifier {modifier!r} is none; two letters or digits were expected, as in 27447-50.")
    if not re.fullmatch(r"\d{1,3}", units) or not 1 <= int(units) <= _MOST_UNITS:
        raise UsageError(f"{where}: units from 1 to {_MOST_UNITS} were expected, found {units!r}.")
    return Line(number, code, tuple(modifier.upper() for modifier in modifiers), int(units))
