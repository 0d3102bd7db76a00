"""Which release an archive is: by its hash, by its name, by its content; a contradiction is an error and never a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from flows.catalog import releases
from flows.extract.members import Member
from flows.normalize.identify import Clues, clues, identify
from tests.members import read, replaced, sample_archives, sample_member
from warehouse.errors import ReleaseError

NO_HASH = "0" * 64
JANUARY_2024 = Clues(frozenset({2024}), "A", None, None, Decimal("32.7442"))


# --- clues ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "name", "years", "quarter", "released"),
    [
        ("RVU24A", "PPRRVU24_JAN.csv", {2024}, "A", "12/14/2023"),
        ("RVU25D", "PPRRVU2025_Oct.csv", {2025}, "D", "09/11/2025"),
        ("RVU26B", "PPRRVU2026_Apr_nonQPP.csv", {2026}, "B", "03/10/2026"),
    ],
)
def test_a_csv_member_tells_year_quarter_and_day(release: str, name: str, years: set[int], quarter: str, released: str) -> None:
    found = clues([read(sample_member(release, name))], Decimal("32.0000"))
    assert (found.years, found.quarter, found.released_line) == (years, quarter, released)
    assert found.title is not None and found.title.startswith(f"{max(years)} National Physician Fee Schedule Relative Value")
    assert found.conversion_factor == Decimal("32.0000")


def test_a_text_member_tells_by_its_name_only() -> None:
    found = clues([read(sample_member("RVU24A", "PPRRVU24_JAN.txt"))], Decimal("32.7442"))
    assert found == replace(JANUARY_2024, title=None, released_line=None)


def test_a_member_without_title_and_with_a_plain_name_tells_the_factor_only() -> None:
    text = read(Member("data.txt", sample_archives()["RVU24A"]["PPRRVU24_JAN.txt"]))
    assert clues([text], Decimal("32.7442")) == Clues(frozenset(), None, None, None, Decimal("32.7442"))


def test_a_title_and_a_name_of_two_years_are_both_kept() -> None:
    content = replaced("2024 National Physician", "2023 National Physician")(sample_archives()["RVU24A"]["PPRRVU24_JAN.csv"])
    assert clues([read(Member("PPRRVU24_JAN.csv", content))], Decimal("32.7442")).years == {2023, 2024}


# --- the release ---------------------------------------------------------------------------------------------------------


def test_the_hash_decides_before_anything_else() -> None:
    known = next(release for release in releases.releases() if release.label == "RVU25A")
    wrong = Clues(frozenset({1999}), "C", None, None, Decimal("1.0000"))
    assert identify("holiday.zip", known.sha256[0], wrong).label == "RVU25A"


@pytest.mark.parametrize("name", ["RVU24A.zip", "rvu24a.zip", "RVU24A_1.zip", "https://example.org/files/zip/rvu24a-0.zip"])
def test_the_name_tells_the_release(name: str) -> None:
    assert identify(name, NO_HASH, JANUARY_2024).label == "RVU24A"


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (replace(JANUARY_2024, years=frozenset({2023})), "its RVU member is of 2023"),
        (replace(JANUARY_2024, years=frozenset({2023, 2022})), "its RVU member is of 2022, 2023"),
        (replace(JANUARY_2024, quarter="C"), "its RVU member is of quarter C"),
        (
            replace(JANUARY_2024, conversion_factor=Decimal("32.3465")),
            "its RVU member has the conversion factor 32.3465 where 32.7442 was expected",
        ),
    ],
    ids=["year", "two years", "quarter", "factor"],
)
def test_a_name_that_the_content_contradicts_is_an_error(found: Clues, fault: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        identify("RVU24A.zip", NO_HASH, found)
    said = str(caught.value)
    assert said.startswith(f"RVU24A.zip: by its name this is RVU24A, but {fault}, and the content does not tell which release")
    assert said.endswith("correct its entry in flows/catalog/releases.csv.")


def test_the_factor_tells_24a_from_24ar_whatever_the_name() -> None:
    """CMS put both out as rvu24a; the law of 9 March 2024 raised the factor from 32.7442 to 33.2875."""
    raised = replace(JANUARY_2024, conversion_factor=Decimal("33.2875"))
    assert identify("RVU24A.zip", NO_HASH, JANUARY_2024).label == "RVU24A"
    assert identify("RVU24A.zip", NO_HASH, raised).label == "RVU24AR"
    assert identify("RVU24AR.zip", NO_HASH, raised).label == "RVU24AR"
    assert identify("RVU24AR.zip", NO_HASH, JANUARY_2024).label == "RVU24A"


def test_an_archive_of_another_name_is_told_by_year_quarter_and_factor_together() -> None:
    assert identify("download.zip", NO_HASH, JANUARY_2024).label == "RVU24A"
    assert identify("download.zip", NO_HASH, replace(JANUARY_2024, conversion_factor=Decimal("33.2875"))).label == "RVU24AR"


@pytest.mark.parametrize(
    "found",
    [
        replace(JANUARY_2024, years=frozenset()),
        replace(JANUARY_2024, years=frozenset({2023, 2024})),
        replace(JANUARY_2024, quarter=None, conversion_factor=Decimal("33.2875")),
        replace(JANUARY_2024, conversion_factor=Decimal("30.0000")),
        replace(JANUARY_2024, years=frozenset({2031}), quarter=None),
    ],
    ids=["no year", "two years", "four releases", "unknown factor", "unknown year"],
)
def test_an_archive_that_neither_name_nor_content_tells_is_an_error_that_shows_what_was_found(found: Clues) -> None:
    with pytest.raises(ReleaseError) as caught:
        identify("download.zip", NO_HASH, found)
    said = str(caught.value)
    assert said.startswith("download.zip: neither the name nor the content tells which release this is (years ")
    assert str(found.conversion_factor) in said
    assert "RVU25D.zip" in said


def test_a_release_that_the_catalogue_has_never_heard_of_is_provisional() -> None:
    found = Clues(frozenset({2027}), "A", None, None, Decimal("33.1234"))
    release = identify("RVU27A.zip", NO_HASH, found)
    assert (release.label, release.valid_from, release.valid_to) == ("RVU27A", date(2027, 1, 1), date(2027, 3, 31))
    assert release.conversion_factor is None
    assert release.note.startswith("provisional")


def test_a_provisional_release_is_held_against_its_content_too() -> None:
    """The archive of one release under the name of another is the one that its content says."""
    assert identify("RVU27A.zip", NO_HASH, Clues(frozenset({2026}), "A", None, None, Decimal("33.4009"))).label == "RVU26A"
    with pytest.raises(ReleaseError, match="this is RVU27A, but its RVU member is of 2026"):
        identify("RVU27A.zip", NO_HASH, Clues(frozenset({2026}), "A", None, None, Decimal("33.0000")))
    assert identify("RVU27A.zip", NO_HASH, Clues(frozenset({2027}), "B", None, None, Decimal("33.1234"))).label == "RVU27B"
