"""Stable localities: which area a (contractor, locality) pair of a GPCI file stands for, in every year.

Reads `localities.csv` (a row: one pair in one span of years) and `locality_areas.csv` (a row: one area, its life, and what
became of it). A file that contradicts itself raises `CatalogError`, which names the file and the entry.

The rule of `locality_id`: the state's postal code, a hyphen, and CMS's locality number (AL-00, CA-18). Contractors were
renumbered in 2006 to 2019 and their localities kept state and number throughout, so that this joins all years. Where two
contractors printed the same state and number in one release, each for its part of the area, a letter tells the parts apart:
CA-99N and CA-99S (to 2016), MO-99E beside MO-99 (to 2010). No number of a state was ever given to another area; an area
that grew (CA-05 and CA-18 in 2024) keeps its id, and the areas that went into it name it as their successor.

Spans of years are wider than the use of a number by a year on both sides, since quarterly files change within a year: they
tell meanings apart, they do not date a contractor.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flows import catalog
from warehouse.errors import CatalogError

PAIRS_FILE = f"{catalog.PLACE}/localities.csv"
AREAS_FILE = f"{catalog.PLACE}/locality_areas.csv"


@dataclass(frozen=True)
class Identity:
    """What a pair stands for from `valid_from_year` to `valid_to_year` (both included; None: no bound)."""

    mac: str
    locality: str
    valid_from_year: int | None
    valid_to_year: int | None
    state: str
    locality_id: str
    note: str
    source: str

    def covers(self, year: int) -> bool:
        """Whether the pair has this meaning in a year."""
        return (self.valid_from_year or year) <= year <= (self.valid_to_year or year)

    def overlaps(self, other: Identity) -> bool:
        """Whether two rows are about the same pair in a common year."""
        if (self.mac, self.locality) != (other.mac, other.locality):
            return False
        begins = max(self.valid_from_year or 0, other.valid_from_year or 0)
        return begins <= min(self.valid_to_year or 9999, other.valid_to_year or 9999)


@dataclass(frozen=True)
class Area:
    """One area: first and last year of its life (None: it still exists), and the ids of the areas that took its place."""

    locality_id: str
    state: str
    area_name: str
    first_year: int
    last_year: int | None
    successors: tuple[str, ...]
    note: str


@cache
def areas() -> dict[str, Area]:
    """Every area by id. Raises CatalogError for a repeated id, a wrong state, or a succession that does not add up."""
    found: dict[str, Area] = {}
    for row in catalog.rows("locality_areas.csv"):
        name, successors = row["locality_id"], tuple(row["successors"].split())
        if name in found:
            raise CatalogError(f"{AREAS_FILE} has the area {name} twice. Keep one row.")
        first, last = _year(row["first_year"], AREAS_FILE, name), _year(row["last_year"], AREAS_FILE, name)
        found[name] = Area(name, row["state"], row["area_name"], first or 0, last, successors, row["note"])
    for area in found.values():
        if fault := _area_fault(area, found):
            raise CatalogError(f"{AREAS_FILE}, area {area.locality_id}: {fault}")
    return found


@cache
def identities() -> tuple[Identity, ...]:
    """Every row of the mapping. Raises CatalogError for an unknown area or a pair with two meanings in one year."""
    known = areas()
    found: dict[tuple[str, str], list[Identity]] = {}
    for row in catalog.rows("localities.csv"):
        where = f"{row['mac']} {row['locality']}"
        item = Identity(
            row["mac"],
            row["locality"],
            _year(row["valid_from_year"], PAIRS_FILE, where),
            _year(row["valid_to_year"], PAIRS_FILE, where),
            row["state"],
            row["locality_id"],
            row["note"],
            row["source"],
        )
        others = found.setdefault((item.mac, item.locality), [])
        if fault := _identity_fault(item, others, known):
            raise CatalogError(f"{PAIRS_FILE}, {where}: {fault}")
        others.append(item)
    return tuple(item for items in found.values() for item in items)


def identify(mac: str, locality: str, year: int) -> Identity | None:
    """The row for a pair in a year; None when the mapping does not know it."""
    return next((item for item in identities() if (item.mac, item.locality) == (mac, locality) and item.covers(year)), None)


def _year(text: str, file: str, where: str) -> int | None:
    if text and not (text.isdigit() and len(text) == 4):
        raise CatalogError(f"{file}, {where}: {text!r} is no year. Write four digits, or nothing where there is no bound.")
    return int(text) if text else None


def _identity_fault(item: Identity, others: list[Identity], known: dict[str, Area]) -> str | None:
    area = known.get(item.locality_id)
    if area is None:
        return f"{AREAS_FILE} has no area {item.locality_id!r}. Add it there first."
    if item.state != area.state:
        return f"the state {item.state!r} is not that of {item.locality_id}."
    if (item.valid_to_year or 9999) > (area.last_year or 9999):
        return f"{item.locality_id} has no year after {area.last_year} ({AREAS_FILE}). Bound valid_to_year."
    if any(item.overlaps(other) for other in others):
        return "two rows cover the same year. Bound their years."
    return None


def _area_fault(area: Area, known: dict[str, Area]) -> str | None:
    if not area.locality_id.startswith(f"{area.state}-"):
        return f"its state is {area.state!r}. An id begins with the state."
    if area.successors and area.last_year is None:
        return "it has successors and no last year."
    for name in area.successors:
        if name not in known:
            return f"its successor {name} has no row."
        later = known[name]
        if later.first_year > (area.last_year or 0) + 1 or (later.last_year or 9999) <= (area.last_year or 0):
            return f"its successor {name} does not exist in the year after {area.last_year}."
    return None


def area_rows() -> list[tuple[object, ...]]:
    """The rows of table locality_area: an area with its successors as one text."""
    return [
        (a.locality_id, a.state, a.area_name, a.first_year, a.last_year, " ".join(a.successors), a.note) for a in areas().values()
    ]
