"""Layouts of members, declared as data in flows/catalog/column_maps, and how to find the one that a member has.

A layout says for each of our columns where it stands in a member: `position:heading` in a csv file, `first-last` character
in a fixed-width text, the name of a group in a print-style text. `-1` says that the layout lacks the column. Reads the
catalogue only; an unknown layout raises `LayoutError`, which says how the nearest layout differs and which file to edit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from flows import catalog
from warehouse.errors import CatalogError

MAP_FOLDER = f"{catalog.PLACE}/column_maps"
_PATTERN = "~"
DECLARED = ("layout", "form", "years", "seen", "preference", "record_length", "implied_decimals")


@dataclass(frozen=True)
class Place:
    """Where one column stands: `position` and `headings` for csv, `first` and `last` character (from 1) for fixed text.

    `spelling` is the name in headings.csv whose spellings the headings are; empty where the column map has the heading itself.
    `joined` marks a csv cell that holds two columns: the code in its first five characters, the modifier after them.
    """

    column: str
    position: int = 0
    headings: tuple[str, ...] = ()
    joined: bool = False
    spelling: str = ""
    first: int = 0
    last: int = 0

    def accepts(self, heading: str) -> bool:
        """Whether a normalised heading is one of this column's: a declared spelling, or one that a declared pattern fits."""
        return _key(heading) in _keys(self.headings) or any(
            re.fullmatch(text[1:], heading) for text in self.headings if text.startswith(_PATTERN)
        )


@dataclass(frozen=True)
class Layout:
    """One declared layout of one kind.

    `form` is csv, fixed (text by character) or pattern (text by a regular expression). Of several members of a kind the one
    whose layout has the lowest `preference` is loaded.
    """

    name: str
    kind: str
    form: str
    places: tuple[Place, ...]
    preference: int = 1
    record_length: int | None = None
    implied_decimals: int = 0
    row_pattern: str = ""
    heading_pattern: str = ""
    truncated: tuple[str, ...] = ()
    years: str = ""
    seen: str = ""

    def is_seen_in(self, year: int) -> bool:
        """Whether the layout was measured on real files of a year or of one before it, and is not only described."""
        return self.seen.isdecimal() and int(self.seen) <= year

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns that the layout has."""
        return frozenset(place.column for place in self.places)

    def is_known_of(self, year: int, quarter: str) -> bool:
        """Whether the column map's `years` (2009-2020 · 2009, 2013 · 2026- · 2026A-2026B) cover a release."""
        spans = (part.strip().partition("-") for part in self.years.split(","))
        when = f"{year}{quarter}"
        return any(f"{first:A<5}" <= when <= f"{(last or ('9999' if dash else first)):D<5}" for first, dash, last in spans)

    @property
    def width(self) -> int:
        """Number of csv cells that the layout declares."""
        return max(place.position for place in self.places)

    @property
    def map_file(self) -> str:
        """The file to edit when this layout no longer fits."""
        return f"{MAP_FOLDER}/{self.kind}.csv"

    def place_at(self, position: int) -> Place | None:
        """The column whose csv cell is at a position, counted from 1."""
        return next((p for p in self.places if p.position == position and not p.joined), None)

    @property
    def has_headings(self) -> bool:
        """False for a csv layout whose file has no heading."""
        return any(heading for place in self.places for heading in place.headings)


def normal_heading(text: str) -> str:
    """A heading in comparable form: capitals, single blanks, without footnote marks and years, long decimals as #."""
    text = re.sub(r"\*+", "", text.upper())
    text = re.sub(r"\d+\.\d{3,}|\d\d\.\d+", "#", text)
    text = re.sub(r"\b(CY )?(19|20)\d\d\b", " ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<=GPCI) ?\d$", "", text)


def _key(heading: str) -> str:
    """What two headings are compared by: blanks, hyphens, full stops and brackets come and go from year to year."""
    return re.sub(r"[ .()-]", "", heading)


@cache
def _keys(headings: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_key(text) for text in headings if not text.startswith(_PATTERN))


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in catalog.rows("column_maps/headings.csv"):
        found[row["name"]] = (*found.get(row["name"], ()), row["heading"])
    return found


def _place(column: str, cell: str, form: str, where: str) -> Place | None:
    if cell == "-1":
        return None
    if form == "pattern":
        return Place(column)
    if form == "fixed" and (span := re.fullmatch(r"(\d+)-(\d+)", cell)):
        return Place(column, first=int(span[1]), last=int(span[2]))
    if form == "csv" and (spot := re.fullmatch(r"(\d+)(\+?):(.*)", cell)):
        spelling = spot[3].removeprefix("@") if spot[3].startswith("@") else ""
        return Place(column, int(spot[1]), _headings(spot[3], where), bool(spot[2]), spelling)
    raise CatalogError(f"{where}: {cell!r} is not a place in a {form} layout.")


def _headings(text: str, where: str) -> tuple[str, ...]:
    if not text.startswith("@"):
        return (text,)
    if text[1:] not in _spellings():
        raise CatalogError(f"{where}: {text!r} has no spelling in {MAP_FOLDER}/headings.csv.")
    return _spellings()[text[1:]]


@cache
def layouts(kind: str) -> tuple[Layout, ...]:
    """All declared layouts of a kind, in the order of its column map. Raises CatalogError for what a map cannot say."""
    patterns = catalog.settings("text_patterns.toml")
    found = []
    _require_defined(kind)
    for row in catalog.rows(f"column_maps/{kind}.csv"):
        name, form = row["layout"], row["form"]
        where = f"{MAP_FOLDER}/{kind}.csv, layout {name}"
        places = [_place(column, cell, form, where) for column, cell in row.items() if column not in DECLARED]
        pattern = patterns.get(name, {}) if form == "pattern" else {}
        found.append(
            Layout(
                name,
                kind,
                form,
                tuple(place for place in places if place),
                int(row["preference"]),
                int(row["record_length"]) if row["record_length"] else None,
                int(row["implied_decimals"] or 0),
                pattern.get("row", ""),
                pattern.get("heading", ""),
                tuple(pattern.get("truncated", ())),
                row["years"],
                row["seen"],
            )
        )
    return tuple(found)


def _require_defined(kind: str) -> None:
    rows = catalog.rows(f"column_maps/{kind}.csv")
    names = rows[0].keys() if rows else ()
    for column in [name for name in names if name not in DECLARED and name not in catalog.columns()]:
        raise CatalogError(
            f"{MAP_FOLDER}/{kind}.csv has the column {column!r}, which {catalog.PLACE}/columns.csv does not define. "
            "Add its type and meaning there."
        )


def differences(layout: Layout, headings: list[str]) -> list[str]:
    """How a heading differs from a csv layout, one sentence part a cell; empty when it fits in every cell, both ways."""
    faults = []
    for position in range(1, max(layout.width, len(headings)) + 1):
        place = layout.place_at(position)
        found = headings[position - 1] if position <= len(headings) else ""
        if place is None and found:
            beyond = f", beyond the layout's {layout.width} columns" if position > layout.width else ""
            faults.append(f"column {position} has the heading {found!r}{beyond}")
        elif place and not place.accepts(found):
            faults.append(f"column {position} should be {place.headings[0]!r} and is {found!r}")
    return faults


def match_headings(kind: str, headings: list[str]) -> tuple[Layout, ...]:
    """The csv layouts of a kind whose headings equal these cell by cell (several when only the content tells them apart)."""
    candidates = [layout for layout in layouts(kind) if layout.form == "csv" and layout.has_headings]
    return tuple(layout for layout in candidates if not differences(layout, headings))


def claims(layout: Layout, headings: list[str]) -> dict[str, int]:
    """Which heading (from 1) each column of a csv layout finds, wherever it stands; a column that finds none is left out."""
    found: dict[str, int] = {}
    for place in sorted((place for place in layout.places if not place.joined), key=lambda place: place.position):
        free = (i for i, text in enumerate(headings, start=1) if i not in found.values() and place.accepts(text))
        if (position := next(free, None)) is not None:
            found[place.column] = position
    return found


def rivals(layout: Layout, headings: list[str]) -> dict[str, list[int]]:
    """Columns of ours for which several headings stand (from 1), the claimed one first; only the rows tell which one is meant."""
    found = claims(layout, headings)
    free = {i: text for i, text in enumerate(headings, start=1) if text and i not in found.values()}
    others = {place.column: [i for i, text in free.items() if place.accepts(text)] for place in layout.places if not place.joined}
    return {column: [found[column], *others[column]] for column in found if others[column]}


def distance(layout: Layout, headings: list[str]) -> int:
    """How far a heading is from a layout: the cells that differ in their place, or, if fewer, those that are new or missing."""
    found = claims(layout, headings)
    new = sum(1 for i, text in enumerate(headings, start=1) if text and i not in found.values())
    return min(len(differences(layout, headings)), new + layout.width - len(found))
