"""The as-of calendar: which release governs each date of service since 2003, as known today. Pure.

Reads the catalogue of releases and its declared gaps, and releases beyond the catalogue that the caller adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from flows.catalog.releases import FIRST_DAY, ONE_DAY, CoverageGap, Release, coverage_gaps, governing_on, releases


@dataclass(frozen=True)
class Span:
    """Dates of service from `first` to `last`, both included, with the release that governs them.

    `release` is None in a gap, and `reason` says why. `displaced` are the labels of the releases that were made for these
    days too and governed them until the release displaced them.
    """

    first: date
    last: date
    release: Release | None
    displaced: tuple[str, ...]
    reason: str | None


def calendar(among: Sequence[Release] | None = None, gaps: Sequence[CoverageGap] | None = None) -> list[Span]:
    """The spans from 2003-01-01 to the last day of the newest release, in order, without a hole between them.

    `among` and `gaps` default to the catalogue. Where nothing governs and no gap is declared, `reason` says so.
    """
    among = releases() if among is None else among
    gaps = coverage_gaps() if gaps is None else gaps
    edges = {FIRST_DAY}
    for begin, end in [(r.valid_from, r.valid_to) for r in among] + [(gap.first, gap.last) for gap in gaps]:
        edges |= {edge for edge in (begin, end + ONE_DAY) if edge > FIRST_DAY}
    found: list[Span] = []
    for begin, end in pairwise(sorted(edges)):
        span = _span(begin, end - ONE_DAY, among, gaps)
        if found and _is_same(found[-1], span):
            found[-1] = Span(found[-1].first, span.last, span.release, span.displaced, span.reason)
        else:
            found.append(span)
    return found


def _span(first: date, last: date, among: Sequence[Release], gaps: Sequence[CoverageGap]) -> Span:
    """What governs on the first day governs to the last: nothing begins or ends in between."""
    governing = governing_on(first, among)
    if not governing:
        declared = next((gap.reason for gap in gaps if gap.first <= first <= gap.last), None)
        return Span(first, last, None, (), declared or "No release is known for these days, and no gap is declared.")
    displaced = tuple(r.label for r in among if r.governs and r.covers(first) and r not in governing)
    reason = f"{' and '.join(r.label for r in governing)} all claim these days." if len(governing) > 1 else None
    return Span(first, last, governing[0], displaced, reason)


def _is_same(one: Span, other: Span) -> bool:
    return (one.release, one.displaced, one.reason) == (other.release, other.displaced, other.reason)
