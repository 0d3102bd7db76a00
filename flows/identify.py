"""Which release an archive is: by its hash, its name and what its RVU member says of itself.

Belongs to stage normalize. Reads the catalogue of releases; writes nothing. Raises `ReleaseError` when the name and the
content contradict each other, or when neither tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from flows.catalog import releases
from flows.catalog.releases import Release
from flows.extract import Extract
from warehouse.errors import ReleaseError

_MONTH_QUARTER = {"JAN": "A", "APR": "B", "JUL": "C", "OCT": "D"}


@dataclass(frozen=True)
class Clues:
    """What the RVU member says of its release: years in its title and name, quarter, the RELEASED line, the factor."""

    years: frozenset[int]
    quarter: str | None
    title: str | None
    released_line: str | None
    conversion_factor: Decimal


def clues(rvu: list[Extract], conversion_factor: Decimal) -> Clues:
    """The clues in the headings and names of the RVU members of an archive."""
    head = " ".join(line for found in rvu for line in found.head)
    names = " ".join(found.member.base_name.upper() for found in rvu)
    title = re.search(r"((?:19|20)\d\d) National Physician Fee Schedule[^,\"]*", head, re.IGNORECASE)
    released = re.search(r"RELEASED\s+([0-9/]+)", head, re.IGNORECASE)
    in_name = re.search(r"PPRRVU(?:20)?(\d\d)", names)
    years = {int(title[1])} if title else set()
    if in_name:
        years.add(2000 + int(in_name[1]))
    month = re.search(r"(JAN|APR|JUL|OCT)[A-Z]* RELEASE", head.upper()) or re.search(r"[_-](JAN|APR|JUL|OCT)", names)
    return Clues(
        frozenset(years),
        _MONTH_QUARTER[month[1]] if month else None,
        " ".join(title[0].split()) if title else None,
        released[1] if released else None,
        conversion_factor,
    )


def identify(archive_name: str, sha256: str, found: Clues) -> Release:
    """The release that an archive is; a provisional one when its label is unheard of. See the module for the errors."""
    for release in releases.releases():
        if sha256 in release.sha256:
            return release
    if (label := releases.parse_label(archive_name)) is not None:
        named = releases.find(label) or releases.provisional(label)
        if fault := _contradiction(named, found):
            if (other := _only_match(found)) is not None and other.year == named.year and other.quarter == named.quarter:
                return other
            raise ReleaseError(
                f"{archive_name}: by its name this is {label}, but {fault}. If the name is wrong, rename the archive; if CMS "
                "changed the release, correct its entry in flows/catalog/releases.csv."
            )
        return named
    if (match := _only_match(found)) is not None:
        return match
    raise ReleaseError(
        f"{archive_name}: neither the name nor the content tells which release this is (years {sorted(found.years)}, quarter "
        f"{found.quarter or 'unknown'}, conversion factor {found.conversion_factor}). Name the archive as CMS does, for "
        "example RVU25D.zip."
    )


def _contradiction(release: Release, found: Clues) -> str | None:
    if found.years and release.year not in found.years:
        return f"its RVU member is of {', '.join(str(year) for year in sorted(found.years))}"
    if found.quarter and found.quarter != release.quarter:
        return f"its RVU member is of quarter {found.quarter}"
    expected = release.conversion_factor
    if expected is not None and expected != found.conversion_factor:
        return f"its RVU member has the conversion factor {found.conversion_factor} where {expected} was expected"
    return None


def _only_match(found: Clues) -> Release | None:
    """The one catalogued release that has the year, the quarter and the factor of the content; None when not one."""
    if not found.years or not found.quarter:
        return None
    matches = [
        release
        for release in releases.releases()
        if _contradiction(release, found) is None and release.conversion_factor == found.conversion_factor
    ]
    return matches[0] if len(matches) == 1 else None
