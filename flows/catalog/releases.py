"""The catalogue of CMS's physician fee schedule relative value file releases, and which one governs a day.

reads   releases.csv, release_urls.csv, coverage_gaps.csv beside this module
writes  nothing
fails   a fact that does not hold together (double label, dates in the wrong order, unknown predecessor) stops the
        load with a sentence naming the file and the line

A release has two clocks: the dates of service that it prices (`valid_from` to `valid_to`, both included) and the day
on which CMS first said so (`published_on`). A re-cut under the same label is the same release with another sha256.

published_basis   released_line: the RELEASED line of the RVU member. file_slug: a date in the archive's name, or
                  beside its link. member_date: a date or version in the name of a member. rule: the Federal Register.
                  estimated: five weeks before the first day, CMS's habit, or what the note says.
url source        release_page, index: seen on CMS's pages. public_pin, public_list: used by public projects.
                  pattern: built from CMS's naming habit, never seen.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise

from flows.catalog.announced_ends import last_day
from warehouse.errors import PfsError

FIRST_DAY = date(2003, 1, 1)
"""CMS's index lists nothing older than 2003."""

PUBLISHED_BASES = frozenset({"released_line", "file_slug", "member_date", "rule", "estimated"})
URL_KINDS = frozenset({"zip", "page"})
PUBLICATION_LEAD = timedelta(days=35)
ONE_DAY = timedelta(days=1)
PROVISIONAL_NOTE = "provisional: derived from the label alone; add the release to releases.csv with its source."

# quarter letter -> (first month and day, last month and day)
QUARTER_DAYS = {
    "A": ((1, 1), (3, 31)),
    "B": ((4, 1), (6, 30)),
    "C": ((7, 1), (9, 30)),
    "D": ((10, 1), (12, 31)),
}
# Letters that are no quarter, by precedent: RVU05E revised the October release, RVU12M was March alone.
ODD_LETTERS = {"E": ("D", ((10, 1), (12, 31))), "M": ("A", ((3, 1), (3, 31)))}

# PRREV05D is RVU05D. The lookbehind keeps members (PPRRVU24_JAN) apart from archives; `again` is either part of the
# label (RVU11B_2) or the mark of a second copy (RVU24A_1, page rvu25d-0), which only the catalogue can tell.
LABEL = re.compile(
    r"(?<![A-Z0-9])(?:RVU|PRREV)[ _-]?(?:20)?(?P<year>\d\d)[ _-]?(?P<quarter>[A-EM])"
    r"(?P<revision>B(?![A-Z])|_?R\d?(?![A-Z0-9])|\d(?!\d))?"
    r"(?:[_-]?(?P<percent>PCT_?\d+))?(?:[_-](?P<again>\d)(?!\d))?(?![A-Z])"
)


@dataclass(frozen=True, slots=True)
class Release:
    """One release, whatever the number of its cuts. `governs`: in force for some day, if only until a revision came."""

    label: str
    year: int
    quarter: str
    valid_from: date
    valid_to: date
    governs: bool
    supersedes: str | None
    published_on: date
    published_basis: str
    conversion_factor: Decimal | None
    sha256: tuple[str, ...]
    title: str
    source: str
    note: str

    def covers(self, day: date) -> bool:
        """Whether `day` is one of the dates of service that the release was made for."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class ReleaseUrl:
    """Where a release may be found; rank 1 is tried first. A `page` leads to the archive, a `zip` is one."""

    label: str
    rank: int
    url: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """Dates of service that no listed release prices, with the reason."""

    first: date
    last: date
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a catalogue file, which knows where it stands when something is wrong with it."""

    file: str
    number: int
    cells: Mapping[str, str]

    def fault(self, message: str) -> PfsError:
        return PfsError(f"{self.file}, line {self.number}: {message}")

    def text(self, column: str) -> str:
        if not self.cells[column]:
            raise self.fault(f"{column} is empty; fill it in.")
        return self.cells[column]

    def choice(self, column: str, allowed: Collection[str]) -> str:
        value = self.text(column)
        if value not in allowed:
            raise self.fault(f"{column} is {value!r}, expected one of {', '.join(sorted(allowed))}.")
        return value

    def day(self, column: str) -> date:
        value = self.text(column)
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.fault(f"{column} is {value!r}, expected a date such as 2025-01-31.") from None

    def integer(self, column: str) -> int:
        value = self.text(column)
        if not value.isdecimal():
            raise self.fault(f"{column} is {value!r}, expected a whole number.")
        return int(value)

    def factor(self, column: str) -> Decimal | None:
        value = self.cells[column]
        if value and not re.fullmatch(r"[1-9]\d\.\d{4}", value):
            raise self.fault(f"{column} is {value!r}, expected dollars with four decimals such as 33.4009.")
        return Decimal(value) if value else None

    def hashes(self, column: str) -> tuple[str, ...]:
        found = tuple(part for part in self.cells[column].split(";") if part)
        for value in found:
            if not re.fullmatch(r"[0-9a-f]{64}", value):
                raise self.fault(f"{column} holds {value!r}, expected 64 hexadecimal digits, joined by ';'.")
        return found


def _lines(text: str, file: str, columns: Sequence[str]) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(text))
    heading = next(reader, [])
    if heading != list(columns):
        raise PfsError(f"{file}, line 1: expected the columns {', '.join(columns)}; found {', '.join(heading)}.")
    for cells in reader:
        if len(cells) != len(columns):
            raise PfsError(f"{file}, line {reader.line_num}: expected {len(columns)} cells, found {len(cells)}.")
        yield _Line(file, reader.line_num, dict(zip(columns, cells, strict=True)))


def _packaged(file: str) -> str:
    return files("flows.catalog").joinpath(file).read_text(encoding="utf-8")


def _release(line: _Line) -> Release:
    release = Release(
        label=line.text("label"),
        year=line.integer("year"),
        quarter=line.choice("quarter", QUARTER_DAYS.keys()),
        valid_from=line.day("valid_from"),
        valid_to=line.day("valid_to"),
        governs=line.choice("governs", ("true", "false")) == "true",
        supersedes=line.cells["supersedes"] or None,
        published_on=line.day("published_on"),
        published_basis=line.choice("published_basis", PUBLISHED_BASES),
        conversion_factor=line.factor("conversion_factor"),
        sha256=line.hashes("sha256"),
        title=line.text("title"),
        source=line.text("source"),
        note=line.cells["note"],
    )
    if release.valid_to < release.valid_from:
        raise line.fault(f"valid_to {release.valid_to} is before valid_from {release.valid_from}.")
    if {release.valid_from.year, release.valid_to.year} != {release.year}:
        raise line.fault(f"{release.valid_from} to {release.valid_to} is not inside the year {release.year}.")
    return release


def parse_releases(text: str, file: str = "flows/catalog/releases.csv") -> tuple[Release, ...]:
    """The releases in `text` (the whole csv file), sorted by valid_from, then published_on. Raises PfsError."""
    parsed = [(line, _release(line)) for line in _lines(text, file, [field.name for field in fields(Release)])]
    by_label: dict[str, Release] = {}
    for line, release in parsed:
        if release.label in by_label:
            raise line.fault(f"{release.label} is listed twice; a re-cut is another sha256, not another line.")
        by_label[release.label] = release
    for line, release in parsed:
        if _label_in(release.label, by_label) != release.label:
            raise line.fault(f"{release.label!r} is not a label as archives are recognised by (such as RVU24AR).")
        _check_predecessor(line, release, by_label)
    return tuple(sorted(by_label.values(), key=lambda release: (release.valid_from, release.published_on)))


def _check_predecessor(line: _Line, release: Release, by_label: Mapping[str, Release]) -> None:
    if release.supersedes is None:
        return
    predecessor = by_label.get(release.supersedes)
    if predecessor is None:
        raise line.fault(f"supersedes names {release.supersedes}, which is not in the file.")
    if release.label in _predecessors(release, by_label):
        raise line.fault(f"{release.label} supersedes itself, by way of {release.supersedes}.")
    if release.published_on < predecessor.published_on:
        raise line.fault(f"it was published before {predecessor.label}, which it supersedes.")


def _predecessors(release: Release, by_label: Mapping[str, Release]) -> set[str]:
    """Labels that `release` supersedes, directly or through others."""
    found: set[str] = set()
    label = release.supersedes
    while label is not None and label not in found:
        found.add(label)
        label = by_label[label].supersedes if label in by_label else None
    return found


def parse_urls(
    text: str, labels: Collection[str], file: str = "flows/catalog/release_urls.csv"
) -> dict[str, tuple[ReleaseUrl, ...]]:
    """The URLs in `text` by label, rank 1 first. Raises PfsError, also for a label that is not among `labels`."""
    found: dict[str, dict[int, ReleaseUrl]] = {}
    for line in _lines(text, file, [field.name for field in fields(ReleaseUrl)]):
        label, rank, url = line.choice("label", labels), line.integer("rank"), line.text("url")
        if not url.startswith("https://"):
            raise line.fault(f"url is {url!r}, expected an address that begins with https://.")
        ranked = found.setdefault(label, {})
        if rank in ranked:
            raise line.fault(f"{label} has two addresses of rank {rank}.")
        ranked[rank] = ReleaseUrl(label, rank, url, line.choice("kind", URL_KINDS), line.text("source"))
    return {label: tuple(ranked[rank] for rank in sorted(ranked)) for label, ranked in found.items()}


def parse_gaps(text: str, file: str = "flows/catalog/coverage_gaps.csv") -> tuple[CoverageGap, ...]:
    """The declared gaps in `text`. Raises PfsError."""
    gaps = []
    for line in _lines(text, file, ("from", "to", "reason", "source")):
        gap = CoverageGap(line.day("from"), line.day("to"), line.text("reason"), line.text("source"))
        if gap.last < gap.first:
            raise line.fault(f"to {gap.last} is before from {gap.first}.")
        gaps.append(gap)
    return tuple(gaps)


@cache
def releases() -> tuple[Release, ...]:
    """Every release known to the catalogue, sorted by valid_from, then published_on."""
    return parse_releases(_packaged("releases.csv"))


@cache
def coverage_gaps() -> tuple[CoverageGap, ...]:
    """The dates of service since 2003 that no release prices, with reasons."""
    return parse_gaps(_packaged("coverage_gaps.csv"))


@cache
def _by_label() -> dict[str, Release]:
    return {release.label: release for release in releases()}


@cache
def _urls() -> dict[str, tuple[ReleaseUrl, ...]]:
    return parse_urls(_packaged("release_urls.csv"), _by_label().keys())


def find(label: str) -> Release | None:
    """The catalogued release with exactly this label, or None."""
    return _by_label().get(label)


def release_urls(label: str) -> tuple[ReleaseUrl, ...]:
    """Where to look for a release, best first; empty for a label that the catalogue does not know."""
    return _urls().get(label, ())


def governing_on(day: date, releases: Iterable[Release], known_on: date | None = None) -> list[Release]:
    """The releases in force on a date of service, as known on `known_on` (None: as known today).

    One in a sound catalogue; none in a gap, or before CMS published anything for the day. A release yields to one
    that supersedes it, directly or through others, if that one governs, covers the day and was known.
    """
    by_label = {release.label: release for release in releases}
    candidates = [
        release
        for release in by_label.values()
        if release.governs
        and release.valid_from <= day <= last_day(release.label, release.valid_to, known_on)
        and (known_on is None or release.published_on <= known_on)
    ]
    superseded = {label for release in candidates for label in _predecessors(release, by_label)}
    return [release for release in candidates if release.label not in superseded]


def calendar_faults(
    among: Sequence[Release] | None = None,
    gaps: Sequence[CoverageGap] | None = None,
    first: date = FIRST_DAY,
    last: date | None = None,
) -> list[str]:
    """Sentences naming each date range with no governing release or several, or with one inside a declared gap.

    `among` and `gaps` default to the catalogue, `last` to the last day of the newest release.
    """
    among = releases() if among is None else among
    gaps = coverage_gaps() if gaps is None else gaps
    last = last or max((release.valid_to for release in among), default=first)
    # Between two neighbouring edges nothing begins or ends, so the first day speaks for all of them.
    edges = {first, last + ONE_DAY}
    for begin, end in [(r.valid_from, r.valid_to) for r in among] + [(gap.first, gap.last) for gap in gaps]:
        edges |= {edge for edge in (begin, end + ONE_DAY) if first < edge <= last}
    spans = [(begin, end - ONE_DAY, _fault_on(begin, among, gaps)) for begin, end in pairwise(sorted(edges))]
    faults = []
    for fault, group in groupby(spans, key=lambda span: span[2]):
        if fault is not None:
            run = list(group)
            faults.append(fault.format(days=f"{run[0][0]} to {run[-1][1]}"))
    return faults


def _fault_on(day: date, among: Sequence[Release], gaps: Sequence[CoverageGap]) -> str | None:
    governing = " and ".join(release.label for release in governing_on(day, among))
    declared = any(gap.first <= day <= gap.last for gap in gaps)
    if declared and governing:
        return f"{{days}}: declared as a gap, but {governing} governs; remove the gap from coverage_gaps.csv."
    if not declared and not governing:
        return "{days}: no release governs; add it to releases.csv, or the reason to coverage_gaps.csv."
    if " and " in governing:
        return f"{{days}}: {governing} all govern; state in releases.csv which one supersedes the other."
    return None


def parse_label(text: str) -> str | None:
    """The canonical label in the name of an archive, a page or a link, whatever its era: `rvu05a_r.zip` is RVU05AR.

    Also for releases that the catalogue has never heard of (`RVU27A.zip`); None when there is no label in it.
    """
    return _label_in(text, _by_label())


def _label_in(text: str, known: Collection[str]) -> str | None:
    match = LABEL.search(text.upper())
    if match is None:
        return None
    revision = (match["revision"] or "").removeprefix("_")
    percent = "_" + match["percent"].replace("_", "") if match["percent"] else ""
    label = f"RVU{match['year']}{match['quarter']}{revision}{percent}"
    numbered = f"{label}_{match['again']}"
    return numbered if numbered in known else label


def provisional(label: str, published_on: date | None = None, among: Sequence[Release] | None = None) -> Release:
    """A release that the catalogue (`among`) has never heard of, with what its label tells.

    Year, quarter and dates of service follow from the letter. A revision (RVU27AR) takes over the days of the release
    that governs its quarter and supersedes it; a plain label whose days another one governs already (RVU18C beside
    RVU18C1) does not govern. Raises PfsError for a text that is no label.
    """
    match = LABEL.fullmatch(label)
    if match is None or _label_in(label, {label}) != label:
        raise PfsError(f"{label!r} is not a release label; expected a form such as RVU27A, RVU27AR or RVU27C1.")
    year, letter = 2000 + int(match["year"]), match["quarter"]
    quarter, days = ODD_LETTERS.get(letter) or (letter, QUARTER_DAYS[letter])
    valid_from, valid_to = (date(year, month, day) for month, day in days)
    among = releases() if among is None else among
    others = governing_on(valid_from, [release for release in among if release.label != label])
    revises = bool(others) and (len(label) > len("RVU27A") or letter in ODD_LETTERS)
    if revises and letter not in ODD_LETTERS:
        valid_from, valid_to = others[0].valid_from, others[0].valid_to
    earliest = others[0].published_on + ONE_DAY if revises else date.min
    return Release(
        label=label,
        year=year,
        quarter=quarter,
        valid_from=valid_from,
        valid_to=valid_to,
        governs=revises or not others,
        supersedes=others[0].label if revises else None,
        published_on=published_on or max(valid_from - PUBLICATION_LEAD, earliest),
        published_basis="file_slug" if published_on else "estimated",
        conversion_factor=None,
        sha256=(),
        title=f"{label}, not in the catalogue yet",
        source="derived from the label",
        note=PROVISIONAL_NOTE + (f" Its days are governed by {others[0].label} so far." if others else ""),
    )
