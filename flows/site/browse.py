"""Browsing by section: sections, ranges of codes in them, and tables of codes. Pure: what the site has gathered in, pages out.

A page holds at most `MOST` codes, so that it stays light: a larger section is split by the first characters of its codes, which
are also how coders speak of a series ("17xxx").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flows import catalog
from flows.site.shown import MINUS, dollars, slug

Document = dict[str, Any]
MOST = 250
OTHER = "Other codes"


@dataclass(frozen=True)
class Entry:
    """A code as lists show it: national amounts, and their change with the newest release."""

    code: str
    name: str
    section: str
    is_priced: bool
    work: str
    nonfacility: str | None
    facility: str | None
    change: Decimal | None
    in_picture: bool


@dataclass(frozen=True)
class Range:
    """The codes of a section that begin alike; `prefix` is empty where the section is one page."""

    section: str
    prefix: str
    entries: tuple[Entry, ...]

    @property
    def slug(self) -> str:
        """The file name of the page, without its ending."""
        return f"{slug(self.section)}-{self.prefix.lower()}" if self.prefix else slug(self.section)

    @property
    def series(self) -> str:
        """How coders call it: 17xxx."""
        return self.prefix.ljust(5, "x") if self.prefix else self.section


@dataclass
class Section:
    """A section of the code set with its ranges."""

    name: str
    meaning: str
    ranges: list[Range]
    entries: list[Entry] = field(repr=False)

    @property
    def slug(self) -> str:
        """The file name of the page, without its ending."""
        return slug(self.name)

    @property
    def count(self) -> int:
        """How many codes it has."""
        return len(self.entries)


def sections(entries: list[Entry]) -> list[Section]:
    """The sections that have codes, in the order of the catalogue."""
    meanings = {row["section"]: row["meaning"] for row in catalog.rows("sections.csv")}
    by_name: dict[str, list[Entry]] = {name: [] for name in [*meanings, OTHER]}
    for entry in entries:
        by_name.setdefault(entry.section, []).append(entry)
    return [
        Section(name, meanings.get(name, name), list(_ranges(name, found)), found) for name, found in by_name.items() if found
    ]


def _ranges(section: str, entries: list[Entry]) -> Iterator[Range]:
    if len(entries) <= MOST:
        yield Range(section, "", tuple(entries))
    else:
        yield from _split(section, entries, 2)


def _split(section: str, entries: list[Entry], length: int) -> Iterator[Range]:
    by_prefix: dict[str, list[Entry]] = {}
    for entry in entries:
        by_prefix.setdefault(entry.code[:length], []).append(entry)
    for prefix, found in by_prefix.items():
        if len(found) > MOST and length < 5:
            yield from _split(section, found, length + 1)
        else:
            yield Range(section, prefix, tuple(found))


def shown(entry: Entry) -> Document:
    """A code as a row of a table."""
    change = entry.change
    sign = "" if not change else "up" if change > 0 else "down"
    return {
        "code": entry.code,
        "name": entry.name,
        "work": entry.work,
        "nonfacility": dollars(entry.nonfacility),
        "facility": dollars(entry.facility),
        "change": "" if change is None else f"{'+' if change > 0 else MINUS if change < 0 else ''}{abs(change):,.2f}",
        "sign": sign,
    }
