"""Layouts of members, declared as data in flows/catalog/column_maps, and how to find the one that a member has.

A layout says for each of our columns where it stands in a member: `position:heading` in a csv file, `first-last` character
in a fixed-width text, the name of a group in a print-style text. `-1` says that the layout lacks the column. Reads the
catalogue only; an unknown layout raises `LayoutError`, which says how the nearest layout differs and which file to edit.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache

from flows import catalog
from warehouse.errors import CatalogError, LayoutError

MAP_FOLDER = f"{catalog.PLACE}/column_maps"
_PATTERN = "~"
DECLARED = ("layout", "form", "years", "seen", "preference", "record_length", "implied_decimals")


@dataclass(frozen=True)
class Place:
    """Where one column stands: `position` and `headings` for csv, `first` and `last` character (from 1) for fixed text.

    `joined` marks a csv cell that holds two columns: the code in its first five characters, the modifier after them.
    """

    column: str
    position: int = 0
    headings: tuple[str, ...] = ()
    joined: bool = False
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
        return Place(column, position=int(spot[1]), headings=_headings(spot[3], where), joined=bool(spot[2]))
    raise CatalogError(f"{where}: {cell!r} is not a place in a {form} layout.")


def _headings(text: str, where: str) -> tuple[str, ...]:
    if not text.startswith("@"):
        return (text,)
    if text[1:] not in _spellings():
        raise CatalogError(f"{where}: {text!r} has no spelling in {MAP_FOLDER}/headings.csv.")
    return _spellings()[text[1:]]


@cache
def layouts(kind: str) -> tuple[Layout, ...]:
    """All declared layouts of a kind, in the order of its column map."""
    patterns = catalog.settings("text_patterns.toml")
    found = []
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


def unknown_heading(member: str, kind: str, headings: list[str]) -> LayoutError:
    """The error for a csv member whose heading no layout fits: member, heading, the differences, and the file to edit."""
    nearest = _nearest(kind, headings)
    faults = differences(nearest, headings)
    shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
    new, missing = _new_and_missing(nearest, headings)
    return LayoutError(
        f"{member}: no declared layout of kind {kind} has this heading. Found: {' | '.join(headings)}. "
        f"The nearest layout is {nearest.name}; {shown}. New are {_listed(new)}; missing are {_listed(missing)}."
        f"{_doubtful(nearest, headings)} If CMS changed the file, add a row for the new layout to {nearest.map_file} (a new "
        f"spelling of a known heading: to {MAP_FOLDER}/headings.csv).",
        column_map_row(kind, headings),
    )


def _new_and_missing(layout: Layout, headings: list[str]) -> tuple[list[str], list[str]]:
    """The headings that no column of the layout claims or might claim, and the columns that find no heading."""
    found = claims(layout, headings)
    known = {*found.values(), *(i for places in rivals(layout, headings).values() for i in places)}
    new = [f"{text!r} (column {i})" for i, text in enumerate(headings, start=1) if text and i not in known]
    return new, [
        f"{p.headings[0]!r} ({p.column})" for p in layout.places if p.headings and p.headings[0] and p.column not in found
    ]


def _doubtful(layout: Layout, headings: list[str]) -> str:
    """The columns of ours for which several headings stand, in a sentence each."""
    said = ""
    for column, positions in rivals(layout, headings).items():
        shown = ", ".join(f"{headings[i - 1]!r} (column {i})" for i in positions)
        said += f" Several headings may be {column}: {shown}; look at the rows."
    return said


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "none"


def _nearest(kind: str, headings: list[str]) -> Layout:
    candidates = [layout for layout in layouts(kind) if layout.form == "csv" and layout.has_headings]
    return min(candidates, key=lambda layout: (distance(layout, headings), len(differences(layout, headings))))


def column_map_row(kind: str, headings: list[str]) -> str:
    """The row to add to a kind's column map for a csv heading that no layout has, made from the nearest layout.

    Headings that are known in another place move there. What only a person can decide is said below the row: headings that no
    column of ours claims, and columns of ours that no heading was found for. A column for which several headings stand has `?`
    in the row, which no layout may have, so that nobody adds the row without deciding.
    """
    nearest = _nearest(kind, headings)
    found = claims(nearest, headings)
    cells = {column: f"{position}:{headings[position - 1]}" for column, position in found.items()}
    whole = {place.position: place.column for place in nearest.places if not place.joined}
    for place in nearest.places:
        if place.joined and whole[place.position] in found:
            cells[place.column] = f"{found[whole[place.position]]}+:"
    doubtful = rivals(nearest, headings)
    cells |= dict.fromkeys(doubtful, "?")
    columns = [name for name in catalog.rows(f"column_maps/{kind}.csv")[0] if name not in DECLARED]
    known = {"layout": f"{nearest.name}_new", "form": "csv", "seen": "", "preference": str(nearest.preference)}
    buffer = io.StringIO()
    row = [*(known.get(name, "") for name in DECLARED), *(cells.get(name, "-1") for name in columns)]
    csv.writer(buffer, lineterminator="").writerow(row)
    known_places = {*found.values(), *(i for positions in doubtful.values() for i in positions)}
    unclaimed = [f"{i}:{text}" for i, text in enumerate(headings, start=1) if text and i not in known_places]
    missing = [place.column for place in nearest.places if place.column not in cells]
    choices = "".join(
        f"\n  in the place of ? for {column}, one of: {', '.join(f'{i}:{headings[i - 1]}' for i in positions)}"
        for column, positions in doubtful.items()
    )
    return (
        f"{buffer.getvalue()}{choices}\n  headings without a column of ours: {', '.join(unclaimed) or 'none'}; "
        f"columns of ours without a heading: {', '.join(missing) or 'none'}"
    )
