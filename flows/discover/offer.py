"""What a source offers, and what of it is wanted: the vocabulary of stage discover. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flows.catalog import releases

if TYPE_CHECKING:
    from warehouse.raw import ManifestEntry

REFERENCES = ("rbcs", "utilisation")
KNOWN, NEW, RECUT, GONE = "known", "new", "re-cut", "gone"
FOUND = {
    KNOWN: "the catalogue has it and the source lists it",
    NEW: "the catalogue has never heard of it; its dates follow from its name",
    RECUT: "the source has another cut than the one had before",
    GONE: "the catalogue has it and the source no longer lists it",
}

# In names of archives: -updated-12-29-2025, -updated-05-1-2026, -updated-04/01/2024, -updated-01312020, -updated-6302021.
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{1,2})[-_/](\d{1,2})[-_/](20\d\d)(?!\d)|(?<!\d)(\d{1,2})(\d\d)(20\d\d)(?!\d)")


@dataclass(frozen=True)
class Wanted:
    """Which releases are wanted: labels, years, or all. Nothing given means this year's and next year's (`by_default`).

    `reference` names a reference file instead (rbcs, utilisation), of these years.
    """

    labels: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    all: bool = False
    by_default: bool = False
    reference: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], years: Iterable[int], is_all: bool) -> Wanted:
        """What names on the command line or parameters of a flow ask for: labels, or the name of one reference file."""
        given = tuple(names)
        if len(given) == 1 and given[0] in REFERENCES:
            return cls((), tuple(years), is_all, reference=given[0])
        return cls(given, tuple(years), is_all)

    @property
    def names(self) -> tuple[str, ...]:
        """What `of` takes as names."""
        return (self.reference,) if self.reference else self.labels

    def settled(self, today: date) -> Wanted:
        """The same with the years spelled out when nothing was given, so that it no longer depends on the day."""
        is_given = self.all or self.labels or self.years
        return self if is_given else replace(self, years=(today.year, today.year + 1), by_default=True)

    def includes(self, label: str) -> bool:
        """Whether a release is wanted. `settled` comes first: without labels and years nothing is, unless all are.

        A ZIP code file (ZIP25D) serves until the next one comes, so it is left out only when something else is named.
        """
        is_zip_file = label.startswith("ZIP") and self.by_default
        return self.all or is_zip_file or label in self.labels or year_of(label) in self.years

    def may_include(self, years: Iterable[int]) -> bool:
        """Whether something of these years, whose label is not told yet, may turn out to be wanted."""
        asked = {*self.years, *(year_of(label) for label in self.labels)}
        return self.all or not asked.isdisjoint(years)


@dataclass(frozen=True)
class Candidate:
    """An archive that a source offers: its file, or the addresses to try in turn.

    `label` is the release it is offered as, None when its content has to tell; it is then held against `wanted`.
    `reference` names the kind of a reference file (flows/catalog/reference_kinds.toml), None for releases and ZIP code files.
    `found` is one of known, new, re-cut and gone, None for a file. `stored` is the hash of an archive of the raw store that
    this one is known to be, so that nothing is fetched. `fault` says why there is nothing to fetch. `arrival` is how a file of a
    raw store came in there.
    """

    name: str
    label: str | None
    path: Path | None = None
    urls: tuple[str, ...] = ()
    is_sample: bool = False
    found: str | None = None
    note: str | None = None
    stored: str | None = None
    fault: str | None = None
    wanted: Wanted | None = None
    reference: str | None = None
    arrival: ManifestEntry | None = None

    @property
    def where(self) -> str:
        """The file or the first address, for messages."""
        return str(self.path) if self.path else next(iter(self.urls), self.name)


@dataclass(frozen=True)
class Discovered:
    """The wanted archives of a source, oldest release first, and what is to be said about the source as a whole."""

    candidates: list[Candidate]
    notes: tuple[str, ...] = ()


def year_of(label: str) -> int:
    """The calendar year of a label."""
    return 2000 + int(label[3:5])


def label_of(address: str) -> str | None:
    """The release that an address names; CMS's archives may have slashes in their names, so all of the path counts."""
    return releases.parse_label(unquote(urlsplit(address).path))


def posted_on(name: str) -> date | None:
    """The date in the name or address of an archive (`rvu24a-updated-04/01/2024.zip`); None when there is none."""
    for match in _DATE_IN_NAME.finditer(name):
        month, day, year = (int(part) for part in match.groups() if part)
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return None
