"""Browsing: sections of the code set and kinds of service (RBCS), ranges of codes in them, tables of codes.

Pure: what the site has gathered in, groups of codes out. A page holds at most `MOST` codes, so that it stays light: a larger
group is split by the first characters of its codes, which are also how coders speak of a series ("17xxx").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from flows import catalog
from flows.site.shown import MINUS, dollars, slug

Document = dict[str, Any]
MOST = 250
OTHER = "Other codes"
UNCLASSIFIED = "Not classified"
_NOT = "Newer than the classification, or left out of it by CMS"


@dataclass(frozen=True)
class Entry:
    """A code as lists show it: national amounts, and their change with the newest release.

    `kind` is its category and subcategory in CMS's classification; None where that lacks the code or is not loaded.
    """

    code: str
    name: str
    section: str
    is_priced: bool
    work: str
    nonfacility: str | None
    facility: str | None
    change: Decimal | None
    in_picture: bool
    kind: tuple[str, str] | None = None


@dataclass(frozen=True)
class Range:
    """The codes of a group that begin alike; `prefix` is empty where the group is one page.

    It is first and last ("10-17") where a page has several beginnings. `slug` is the file name of the page, without its ending.
    """

    section: str
    prefix: str
    slug: str
    entries: tuple[Entry, ...]

    @property
    def series(self) -> str:
        """How coders call it: 17xxx."""
        return " to ".join(prefix.ljust(5, "x") for prefix in self.prefix.split("-")) if self.prefix else self.section


@dataclass
class Section:
    """A group of codes with its ranges: a section of the code set, or a subcategory of the kinds of service.

    `folder` and `slug` are where its page lies; `is_joined`: short ranges share a page, since a kind has codes of every series.
    """

    name: str
    meaning: str
    folder: str
    slug: str
    entries: list[Entry] = field(repr=False)
    is_joined: bool = False

    @property
    def path(self) -> str:
        """Its page, from the site's folder."""
        return f"{self.folder}/{self.slug}.html"

    @cached_property
    def ranges(self) -> list[Range]:
        """Its codes by page."""
        found = _ranges(self, self.entries)
        return list(_joined(self, found) if self.is_joined else found)

    @property
    def count(self) -> int:
        """How many codes it has."""
        return len(self.entries)


@dataclass
class Category:
    """A category of the kinds of service with its subcategories; one of a single subcategory is that page.

    `name` is CMS's label, `title` spells it out, `note` says more where there is more to say.
    """

    name: str
    title: str
    note: str
    subcategories: list[Section]

    @property
    def path(self) -> str:
        """Its page, from the site's folder."""
        return f"classes/{slug(self.name)}.html"

    @property
    def count(self) -> int:
        """How many codes it has."""
        return sum(subcategory.count for subcategory in self.subcategories)


def sections(entries: list[Entry]) -> list[Section]:
    """The sections that have codes, in the order of the catalogue."""
    meanings = {row["section"]: row["meaning"] for row in catalog.rows("sections.csv")}
    by_name: dict[str, list[Entry]] = {name: [] for name in [*meanings, OTHER]}
    for entry in entries:
        by_name.setdefault(entry.section, []).append(entry)
    return [Section(name, meanings.get(name, name), "sections", slug(name), found) for name, found in by_name.items() if found]


def classes(entries: list[Entry]) -> list[Category]:
    """The kinds of service that have codes, by name, the codes without one last; none where no code has any."""
    meanings = {row["category"]: row["meaning"] for row in catalog.rows("class_meanings.csv")}
    found: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        category, subcategory = entry.kind or (UNCLASSIFIED, UNCLASSIFIED)
        found.setdefault(category, {}).setdefault(subcategory, []).append(entry)
    if found.keys() <= {UNCLASSIFIED}:
        return []
    return [
        Category(name, meanings.get(name, name), _NOT if name == UNCLASSIFIED else "", _subcategories(name, found[name]))
        for name in sorted(found, key=lambda name: (name == UNCLASSIFIED, name))
    ]


def _subcategories(category: str, found: dict[str, list[Entry]]) -> list[Section]:
    start = slug(category)
    if len(found) == 1:
        return [Section(name, name, "classes", start, entries, True) for name, entries in found.items()]
    return [
        Section(name, name, "classes", f"{start}-{slug(name).removeprefix(f'{start}-')}", entries, True)
        for name, entries in sorted(found.items())
    ]


def _ranges(section: Section, entries: list[Entry]) -> Iterator[Range]:
    if len(entries) <= MOST:
        yield Range(section.name, "", section.slug, tuple(entries))
    else:
        yield from _split(section, entries, 2)


def _split(section: Section, entries: list[Entry], length: int) -> Iterator[Range]:
    by_prefix: dict[str, list[Entry]] = {}
    for entry in entries:
        by_prefix.setdefault(entry.code[:length], []).append(entry)
    for prefix, found in by_prefix.items():
        if len(found) > MOST and length < 5:
            yield from _split(section, found, length + 1)
        else:
            yield Range(section.name, prefix, f"{section.slug}-{prefix.lower()}", tuple(found))


def _joined(section: Section, ranges: Iterator[Range]) -> Iterator[Range]:
    """The same codes on as few pages as hold at most `MOST` each, in order."""
    kept: list[Range] = []
    for part in [*ranges, None]:
        if kept and (part is None or sum(len(one.entries) for one in [*kept, part]) > MOST):
            first, last = kept[0].prefix, kept[-1].prefix
            prefix = first if first == last else f"{first}-{last}"
            name = f"{section.slug}-{prefix.lower()}" if prefix else section.slug
            yield Range(section.name, prefix, name, tuple(entry for one in kept for entry in one.entries))
            kept = []
        kept += [part] if part else []


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
