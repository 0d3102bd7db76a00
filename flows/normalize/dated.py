"""When an archive is from: the date in its name or address, else the date of its newest data member.

Belongs to stage normalize. Reads names and the dates in the archive's directory; writes nothing. A wrong date cannot be
told from a right one, so a date before CMS posted any of these files counts as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from flows.catalog.releases import FIRST_DAY
from flows.extract.members import Member

# CMS marks a re-cut in the name of the archive: rvu20a-updated-01312020, rvu21c-updated-6302021, rvu24ar-posted-04/01/2024.
_MARKED = re.compile(
    r"(?:updated|posted|revised)[-_ ]?(1[0-2]|0?[1-9])[-_/]?(3[01]|[12]\d|0?[1-9])[-_/]?(20\d\d)(?!\d)", re.IGNORECASE
)


def archive_date(names: Iterable[str | None], members: Iterable[Member]) -> date | None:
    """The date in the first of `names` that has one, else the newest date of the data members; None when there is none."""
    for name in names:
        if name and (marked := _MARKED.search(name)) and (day := _date(*(int(part) for part in marked.groups()))):
            return day
    dates = [member.modified_on for member in members if member.form in ("csv", "text", "excel") and member.modified_on]
    return max((day for day in dates if day >= FIRST_DAY), default=None)


def _date(month: int, day: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
