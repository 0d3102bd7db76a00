"""The catalogue of releases: one governing release for every date of service, and facts that hold together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catalog.announced_ends import announced_ends, last_day
from flows.catalog.releases import (
    Release,
    calendar_faults,
    coverage_gaps,
    find,
    governing_on,
    parse_gaps,
    parse_releases,
    parse_urls,
    releases,
)
from warehouse.errors import PfsError

FIRST, LAST = date(2003, 1, 1), date(2026, 12, 31)
ALL_DAYS = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
NEVER_IN_FORCE = {"RVU07A2", "RVU07A3", "RVU10C_PCT0", "RVU10D_PCT0", "RVU11A", "RVU12A", "RVU13A"}


def labels(found: Sequence[Release]) -> list[str]:
    return [release.label for release in found]


def get(label: str) -> Release:
    release = find(label)
    assert release is not None, label
    return release


def without(label: str) -> list[Release]:
    return [release for release in releases() if release.label != label]


def changed(label: str, **values: Any) -> list[Release]:
    return [replace(release, **values) if release.label == label else release for release in releases()]


def test_every_day_since_2003_has_exactly_one_governing_release_or_a_declared_gap() -> None:
    gaps = coverage_gaps()
    for day in ALL_DAYS:
        expected = 0 if any(gap.first <= day <= gap.last for gap in gaps) else 1
        assert len(governing_on(day, releases())) == expected, day
    assert calendar_faults(last=LAST) == []


def test_only_january_and_february_2003_are_a_declared_gap() -> None:
    assert [(gap.first, gap.last) for gap in coverage_gaps()] == [(date(2003, 1, 1), date(2003, 2, 28))]


GOVERNING = """
2003-03-01 RVU03A 36.7856        the 2003 schedule began in March
2003-06-30 RVU03A 36.7856        no B release
2003-07-01 RVU03C 36.7856
2005-01-01 RVU05AR 37.8975
2005-10-01 RVU05E 37.8975        revises PRREV05D
2006-01-01 RVU06AR2 37.8975      the cut was undone retroactively
2007-01-01 RVU07A4 37.8975
2008-03-31 RVU08AR 38.0870
2008-04-01 RVU08AB 38.0870
2009-01-01 RVU09AR 36.0666
2009-12-31 RVU09C 36.0666        no D release
2010-05-31 RVU10AR1 36.0791      no B release
2010-06-01 RVU10C_PCT22 36.8729  the 2.2 percent update
2010-12-31 RVU10D_PCT22 36.8729
2011-01-01 RVU11AR 33.9764
2011-04-01 RVU11B_2 33.9764
2012-02-29 RVU12AR 34.0376
2012-03-01 RVU12M 34.0376
2012-04-01 RVU12B 34.0376
2013-01-01 RVU13AR 34.0230
2015-06-30 RVU15B 35.7547
2015-07-01 RVU15C 35.9335
2018-01-01 RVU18AR1 35.9996
2018-09-30 RVU18C1 35.9996
2024-03-08 RVU24A 32.7442
2024-03-09 RVU24AR 33.2875
2024-04-01 RVU24B 33.2875
2026-12-31 RVU26D 33.4009
""".strip().splitlines()


@pytest.mark.parametrize("line", GOVERNING, ids=lambda line: " ".join(line.split()[:2]))
def test_governing_release_of_the_odd_days_and_its_conversion_factor(line: str) -> None:
    day, label, factor = line.split()[:3]
    (release,) = governing_on(date.fromisoformat(day), releases())
    assert (release.label, release.conversion_factor) == (label, Decimal(factor))


def test_releases_that_never_took_effect_govern_nothing_however_early_one_asks() -> None:
    assert {release.label for release in releases() if not release.governs} == NEVER_IN_FORCE
    for label in NEVER_IN_FORCE:
        release = get(label)
        assert label not in labels(governing_on(release.valid_from, releases(), known_on=release.published_on))


def test_an_announced_end_is_later_than_the_present_one_which_became_known_after_the_release() -> None:
    assert announced_ends()
    for end in announced_ends():
        release = get(end.label)
        assert release.governs and release.valid_to < end.announced_valid_to and release.published_on < end.changed_on
        successor = governing_on(end.announced_valid_to, releases())
        assert [found.published_on for found in successor] == [end.changed_on], "known when what governs those days was posted"
        assert end.reason and end.source


def test_every_governing_release_governed_some_day_at_some_moment() -> None:
    for release in releases():
        found = governing_on(release.valid_from, releases(), known_on=release.published_on)
        assert (release.label in labels(found)) == release.governs, release.label


@pytest.mark.parametrize(
    ("day", "known_on", "expected"),
    [
        ("2018-01-15", "2018-01-20", ["RVU18A"]),
        ("2018-01-15", "2018-03-01", ["RVU18AR"]),
        ("2018-01-15", "2018-12-31", ["RVU18AR1"]),
        ("2006-01-15", "2006-01-20", ["RVU06A"]),
        ("2024-03-12", "2024-02-01", ["RVU24A"]),  # which was for the whole quarter until 1 April
        ("2024-03-12", "2024-04-01", ["RVU24AR"]),
        ("2011-01-01", "2010-11-20", []),  # only RVU11A was known, which never governed
    ],
)
def test_what_was_known_before_a_correction(day: str, known_on: str, expected: list[str]) -> None:
    found = governing_on(date.fromisoformat(day), releases(), known_on=date.fromisoformat(known_on))
    assert labels(found) == expected


def test_a_missing_release_is_a_fault_that_names_its_days() -> None:
    assert calendar_faults(without("RVU19C")) == [
        "2019-07-01 to 2019-09-30: no release governs; add it to releases.csv, or the reason to coverage_gaps.csv."
    ]
    (fault,) = calendar_faults(without("RVU26D"), last=LAST)
    assert fault.startswith("2026-10-01 to 2026-12-31: no release governs")


def test_an_overlap_is_a_fault_that_names_the_releases_and_the_common_days() -> None:
    (fault,) = calendar_faults(changed("RVU24A", valid_to=date(2024, 3, 31)))
    assert fault.startswith("2024-03-09 to 2024-03-31: RVU24A and RVU24AR all govern")
    (fault,) = calendar_faults(changed("RVU18AR", supersedes=None))
    assert fault.startswith("2018-01-01 to 2018-03-31: RVU18A and RVU18AR1 all govern")


def test_gaps_must_be_declared_and_declared_gaps_must_be_gaps() -> None:
    (fault,) = calendar_faults(gaps=[])
    assert fault.startswith("2003-01-01 to 2003-02-28: no release governs")
    too_long = [replace(coverage_gaps()[0], last=date(2003, 3, 31))]
    assert calendar_faults(gaps=too_long) == [
        "2003-03-01 to 2003-03-31: declared as a gap, but RVU03A governs; remove the gap from coverage_gaps.csv."
    ]


def made_up(label: str, supersedes: str | None = None, **values: Any) -> Release:
    return replace(replace(get("RVU19A"), label=label, supersedes=supersedes), **values)


def test_supersession_reaches_through_a_release_that_does_not_cover_the_day() -> None:
    first, middle = made_up("A"), made_up("AR", "A", valid_from=date(2019, 3, 1))
    last = made_up("AR2", "AR")
    assert labels(governing_on(date(2019, 1, 1), [first, middle, last])) == ["AR2"]


@pytest.mark.parametrize("values", [{"governs": False}, {"valid_from": date(2019, 2, 1)}, {"published_on": date(2019, 6, 1)}])
def test_a_successor_that_is_not_in_force_displaces_nothing(values: dict[str, Any]) -> None:
    found = governing_on(date(2019, 1, 1), [made_up("A"), made_up("AR", "A", **values)], known_on=date(2019, 5, 1))
    assert labels(found) == ["A"]


days = st.dates(FIRST, LAST)


@given(day=days, known_on=st.dates(date(2002, 1, 1), date(2027, 1, 1)), later=st.timedeltas(timedelta(), timedelta(900)))
def test_as_known_then_there_is_at_most_one_and_knowledge_never_shrinks(day: date, known_on: date, later: timedelta) -> None:
    found = governing_on(day, releases(), known_on)
    assert len(found) <= 1
    assert all(release.governs and release.published_on <= known_on for release in found)
    assert all(release.valid_from <= day <= last_day(release.label, release.valid_to, known_on) for release in found)
    after = governing_on(day, releases(), known_on + later)
    assert len(after) >= len(found)
    assert all(release.published_on <= other.published_on for release in found for other in after)


@st.composite
def catalogues(draw: st.DrawFn) -> list[Release]:
    """Up to six releases of one quarter; each may supersede any earlier one of the list."""
    made: list[Release] = []
    for number in range(draw(st.integers(1, 6))):
        begin, end = sorted(draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
        older = draw(st.none() | st.sampled_from(made)) if made else None
        span = {"valid_from": date(2019, 1, 1 + begin), "valid_to": date(2019, 1, 1 + end)}
        known = {"published_on": date(2019, 1, draw(st.integers(1, 6))), "governs": draw(st.booleans())}
        made.append(made_up(f"R{number}", older.label if older else None, **span, **known))
    return made


@given(catalogue=catalogues(), day=st.integers(1, 6), known=st.none() | st.integers(1, 6))
def test_governing_on_agrees_with_the_rule_spelled_out(catalogue: list[Release], day: int, known: int | None) -> None:
    """In force, and no other that is in force reaches it along `supersedes`."""
    on, known_on = date(2019, 1, day), date(2019, 1, known) if known else None
    by_label = {release.label: release for release in catalogue}

    def in_force(release: Release) -> bool:
        known_then = known_on is None or release.published_on <= known_on
        return release.governs and release.valid_from <= on <= release.valid_to and known_then

    def reaches(newer: Release, older: Release) -> bool:
        return newer.supersedes is not None and (newer.supersedes == older.label or reaches(by_label[newer.supersedes], older))

    expected = [r for r in catalogue if in_force(r) and not any(in_force(o) and reaches(o, r) for o in catalogue)]
    assert governing_on(on, catalogue, known_on) == expected
    if any(in_force(release) for release in catalogue):
        assert expected, "somebody in force is always left"


HEADING = (
    "label,year,quarter,valid_from,valid_to,governs,supersedes,published_on,published_basis,"
    "conversion_factor,sha256,title,source,note\n"
)
GOOD = "RVU27A,2027,A,2027-01-01,2027-03-31,true,,2026-12-01,rule,33.0000,,t,s,\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,year\n", "releases.csv, line 1: expected the columns"),
        (HEADING + GOOD + GOOD, "line 3: RVU27A is listed twice"),
        (HEADING + GOOD.replace("2027-03-31", "2026-12-31"), "line 2: valid_to 2026-12-31 is before"),
        (HEADING + GOOD.replace("2027-01-01", "2026-12-01"), "line 2: 2026-12-01 to 2027-03-31 is not inside"),
        (HEADING + GOOD.replace("2027-01-01", "1 Jan"), "line 2: valid_from is '1 Jan', expected a date"),
        (HEADING + GOOD.replace("true", "yes"), "line 2: governs is 'yes', expected one of false, true"),
        (HEADING + GOOD.replace(",A,", ",E,"), "line 2: quarter is 'E'"),
        (HEADING + GOOD.replace("rule", "hearsay"), "line 2: published_basis is 'hearsay'"),
        (HEADING + GOOD.replace("33.0000", "33"), "line 2: conversion_factor is '33'"),
        (HEADING + GOOD.replace(",t,", ",,"), "line 2: title is empty"),
        (HEADING + GOOD.replace(",,t,", ",abc,t,"), "line 2: sha256 holds 'abc'"),
        (HEADING + GOOD.replace("RVU27A", "rvu27a"), "line 2: 'rvu27a' is not a label"),
        (HEADING + GOOD.replace("true,,", "true,RVU26Z,"), "line 2: supersedes names RVU26Z"),
        (HEADING + GOOD.replace("true,,", "true,RVU27A,"), "line 2: RVU27A supersedes itself"),
        (
            HEADING + GOOD + GOOD.replace("RVU27A", "RVU27AR").replace("true,,2026-12", "true,RVU27A,2026-11"),
            "line 3: it was published before RVU27A",
        ),
        (HEADING + GOOD.replace(",t,", ","), "line 2: expected 14 cells, found 13"),
    ],
)
def test_a_fact_that_does_not_hold_together_is_named_with_its_line(text: str, message: str) -> None:
    assert labels(parse_releases(HEADING + GOOD)) == ["RVU27A"], "the line that is spoilt below"
    with pytest.raises(PfsError) as caught:
        parse_releases(text)
    assert str(caught.value).startswith("flows/catalog/releases.csv") and message in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("RVU99A,1,https://x/y.zip,zip,s\n", "line 2: label is 'RVU99A'"),
        ("RVU26A,1,http://x/y.zip,zip,s\n", "line 2: url is 'http://x/y.zip'"),
        ("RVU26A,1,https://x/y.zip,ftp,s\n", "line 2: kind is 'ftp'"),
        ("RVU26A,1,https://x,zip,s\nRVU26A,1,https://y,zip,s\n", "line 3: RVU26A has two addresses of rank 1"),
    ],
)
def test_addresses_are_checked(lines: str, message: str) -> None:
    with pytest.raises(PfsError, match=message):
        parse_urls("label,rank,url,kind,source\n" + lines, {"RVU26A"})


def test_gaps_are_checked() -> None:
    with pytest.raises(PfsError, match="line 2: to 2003-01-01 is before from 2003-02-28"):
        parse_gaps("from,to,reason,source\n2003-02-28,2003-01-01,r,s\n")


def test_the_catalogue_is_complete_and_in_order() -> None:
    found = releases()
    assert len(found) == 109 and len(set(labels(found))) == 109
    text = files("flows.catalog").joinpath("releases.csv").read_text(encoding="utf-8")
    assert labels(found) == [line.split(",")[0] for line in text.splitlines()[1:]], "the file is kept in this order"
    no_factor = {release.label for release in found if release.conversion_factor is None}
    assert no_factor == {"RVU06A", "RVU07A2", "RVU07A3"}


def test_no_archive_is_claimed_by_two_releases() -> None:
    hashes = [value for release in releases() for value in release.sha256]
    assert len(hashes) == len(set(hashes)) == 14


ORIGINALS = ["RVU09A", "RVU12A", "RVU15A", "RVU17A", "RVU19A", "RVU20A", "RVU22A", "RVU24A", "RVU25A"]
REBUILT = ["RVU24AR", "RVU25D", "RVU26B"]


@pytest.mark.parametrize("label", [*ORIGINALS, *REBUILT])
def test_documented_hashes_are_those_of_the_original_archives_only(shared: Path, label: str) -> None:
    digest = hashlib.sha256((shared / "cms" / f"{label}.zip").read_bytes()).hexdigest()
    assert (digest in get(label).sha256) == (label in ORIGINALS)
