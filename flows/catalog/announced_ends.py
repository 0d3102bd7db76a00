"""Releases whose last day CMS changed after it had published them: what it had said before, and until when.

Reads `announced_ends.csv` (a row: one release, and one day on which its end changed). `valid_to` of releases.csv is what CMS
says now; whoever asks what was known before `changed_on` must get the end that held then, or a day that was covered at the
time would look as if nothing had governed it. A row whose dates are none raises `CatalogError`, naming file and line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from flows import catalog
from warehouse.errors import CatalogError

FILE = "announced_ends.csv"


@dataclass(frozen=True, slots=True)
class AnnouncedEnd:
    """Until the day before `changed_on`, CMS meant `label` for dates of service to `announced_valid_to`."""

    label: str
    announced_valid_to: date
    changed_on: date
    reason: str
    source: str


@cache
def announced_ends() -> tuple[AnnouncedEnd, ...]:
    """Every declared change, the earliest first. Raises CatalogError."""
    found = []
    for number, row in enumerate(catalog.rows(FILE), 2):
        try:
            announced, changed = (date.fromisoformat(row[name]) for name in ("announced_valid_to", "changed_on"))
        except ValueError as error:
            raise CatalogError(f"{catalog.PLACE}/{FILE}, line {number}: dates as YYYY-MM-DD were expected; {error}.") from error
        found.append(AnnouncedEnd(row["label"], announced, changed, row["reason"], row["source"]))
    return tuple(sorted(found, key=lambda end: end.changed_on))


def last_day(label: str, valid_to: date, known_on: date | None) -> date:
    """The last date of service of a release as known on `known_on` (None: as known today, `valid_to`)."""
    if known_on is not None:
        for end in announced_ends():
            if end.label == label and known_on < end.changed_on:
                return end.announced_valid_to
    return valid_to
