"""Which release an archive is: by its hash, by what its RVU member says of itself, and by its name where that does not tell.

Belongs to stage normalize. Reads the catalogue of releases; writes nothing. An archive is what it contains: a name that the
content contradicts loses when the content tells which release it is. Raises `ReleaseError` when the two contradict each
other and the content alone does not tell, or when neither tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from flows.catalog import releases
from flows.catalog.releases import Release
from flows.discover.offer import posted_on
from flows.extract.extract import Extract
from warehouse.errors import ReleaseError

# RVU12M, the release of March 2012, belongs to the first quarter.
_MONTH_QUARTER = {"JAN": "A", "MAR": "A", "APR": "B", "JUL": "C", "OCT": "D"}
_MONTHS = "|".join(_MONTH_QUARTER)
# CMS releases a quarter five to ten weeks ahead; a RELEASED line further off was left standing from another file.
_RELEASED_AHEAD = timedelta(days=120)


@dataclass(frozen=True)
class Clues:
    """What the members say of their release: years in the RVU member's title and name, quarter, RELEASED line, factor."""

    years: frozenset[int]
    quarter: str | None
    title: str | None
    released_line: str | None
    conversion_factor: Decimal

    @property
    def released_on(self) -> date | None:
        """The RELEASED line as a date; None when there is none or it is not a date."""
        try:
            return datetime.strptime(self.released_line or "", "%m/%d/%Y").date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            return None


def clues(rvu: list[Extract], conversion_factor: Decimal, member_names: Iterable[str] = ()) -> Clues:
    """The clues in the headings and names of the RVU members of an archive, and in the names of all its members."""
    head = " ".join(line for found in rvu for line in found.head)
    names = " ".join(found.member.base_name.upper() for found in rvu)
    title = re.search(r"((?:19|20)\d\d) National Physician Fee Schedule[^,\"]*", head, re.IGNORECASE)
    released = re.search(r"RELEASED\s+([0-9/]+)", head, re.IGNORECASE)
    in_name = re.search(r"PPRRVU(?:20)?(\d\d)", names)
    years = {int(title[1])} if title else set()
    if in_name:
        years.add(2000 + int(in_name[1]))
    month = re.search(rf"({_MONTHS})[A-Z]* RELEASE", head.upper()) or re.search(rf"[_-]({_MONTHS})", names)
    found = Clues(
        frozenset(years),
        _MONTH_QUARTER[month[1]] if month else None,
        " ".join(title[0].split()) if title else None,
        released[1] if released else None,
        conversion_factor,
    )
    return found if found.quarter else replace(found, quarter=_quarter_beside(found, member_names))


def _quarter_beside(found: Clues, member_names: Iterable[str]) -> str | None:
    """The quarter when the RVU member does not say it: by the other members' names (OPPSCAP_Apr, RVU17A.pdf), or A when CMS
    released the file before its year began (titles to 2012 name no month)."""
    told = set()
    for name in member_names:
        label = releases.parse_label(name)
        month = re.search(rf"[_-]({_MONTHS})", name.upper())
        if label and 2000 + int(label[3:5]) in found.years:
            told.add((releases.find(label) or releases.provisional(label)).quarter)
        elif month:
            told.add(_MONTH_QUARTER[month[1]])
    if len(told) == 1:
        return told.pop()
    return "A" if found.released_on and found.years and found.released_on.year < min(found.years) else None


def identify(archive_name: str, sha256: str, found: Clues) -> Release:
    """The release that an archive is; a provisional one when it is unheard of. See the module for the errors."""
    if (documented := by_hash(sha256)) is not None:
        return documented
    told = _told(found)
    label = releases.parse_label(archive_name)
    if label is None:
        return _only(told, archive_name, found)
    named = releases.find(label) or unheard_of(label, archive_name, found)
    fault = _contradiction(named, found)
    if fault is None:
        return named
    if len(told) == 1 and found.quarter:
        return told[0]
    raise ReleaseError(
        f"{archive_name}: by its name this is {label}, but {fault}, and the content does not tell which release it is. If the "
        "name is wrong, rename the archive; if CMS changed the release, correct its entry in flows/catalog/releases.csv."
    )


def by_hash(sha256: str) -> Release | None:
    """The release of which the catalogue documents an archive with this hash."""
    return next((release for release in releases.releases() if sha256 in release.sha256), None)


def unheard_of(label: str, archive_name: str, found: Clues) -> Release:
    """A release that the catalogue does not have, with the days that its label tells (flows/catalog/releases.py).

    It was published when its RELEASED line says, else on the date in the archive's name; a revision (RVU27AR) is dated by
    the name only, since revisions often keep the RELEASED line of what they revise. A revision of a release that is
    unheard of itself supersedes that one.
    """
    among, base = list(releases.releases()), label[: len("RVU27A")]
    if label != base and not any(release.label.startswith(base) for release in among):
        among.append(releases.provisional(base))
    release = releases.provisional(label, posted_on(archive_name), among)
    released = found.released_on
    if label == base and released and release.valid_from - _RELEASED_AHEAD <= released <= release.valid_to:
        return replace(release, published_on=released, published_basis="released_line")
    return release


def _contradiction(release: Release, found: Clues) -> str | None:
    if found.years and release.year not in found.years:
        return f"its RVU member is of {', '.join(str(year) for year in sorted(found.years))}"
    if found.quarter and found.quarter != release.quarter:
        return f"its RVU member is of quarter {found.quarter}"
    expected = release.conversion_factor
    if expected is not None and expected != found.conversion_factor:
        return f"its RVU member has the conversion factor {found.conversion_factor} where {expected} was expected"
    return None


def _told(found: Clues) -> list[Release]:
    """The releases that the content may be by year, quarter and factor: one when it tells.

    Among several, the one whose documented RELEASED line is this one. When the catalogue has nothing of the quarter, the
    release that is called after it, with days that follow from that.
    """
    if len(found.years) != 1:
        return []
    year, quarter = min(found.years), found.quarter
    of_quarter = [release for release in releases.releases() if release.year == year and quarter in (release.quarter, None)]
    if not of_quarter and quarter:
        return [unheard_of(f"RVU{year % 100:02}{quarter}", "", found)]
    matches = [release for release in of_quarter if release.conversion_factor == found.conversion_factor]
    dated = [m for m in matches if m.published_basis == "released_line" and m.published_on == found.released_on]
    return dated if len(dated) == 1 else matches


def _only(told: list[Release], archive_name: str, found: Clues) -> Release:
    if len(told) == 1:
        return told[0]
    possible = f"; it may be {' or '.join(release.label for release in told)}" if told else ""
    raise ReleaseError(
        f"{archive_name}: neither the name nor the content tells which release this is (years {sorted(found.years)}, quarter "
        f"{found.quarter or 'unknown'}, conversion factor {found.conversion_factor}){possible}. Name the archive as CMS does, "
        "for example RVU25D.zip."
    )
