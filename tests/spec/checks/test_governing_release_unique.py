"""Check governing_release_unique: of two releases that govern a day, one supersedes the other and was published later."""

from __future__ import annotations

from flows.catalog.releases import releases
from tests.warehouse import Row, broken_rows, release, tiny_warehouse


def january(label: str, published_on: str, **more: object) -> Row:
    return release(label, "2027-01-01", valid_to="2027-03-31", published_on=published_on, **more)


def test_the_whole_catalogue_is_unambiguous() -> None:
    rows = [
        release(
            found.label,
            str(found.valid_from),
            valid_to=str(found.valid_to),
            governs=found.governs,
            published_on=str(found.published_on),
            supersedes=found.supersedes,
        )
        for found in releases()
    ]
    con = tiny_warehouse(release=rows)
    assert broken_rows(con, "governing_release_unique") == []


def test_two_releases_without_an_order_are_reported_with_their_first_common_day() -> None:
    other = release("RVU27M", "2027-03-01", valid_to="2027-03-31", published_on="2027-02-20")
    (found,) = broken_rows(tiny_warehouse(release=[january("RVU27A", "2026-12-01"), other]), "governing_release_unique")
    assert (found["release_id"], found["other_release_id"], str(found["first_common_day"])) == ("RVU27M", "RVU27A", "2027-03-01")


def test_a_successor_that_was_published_before_is_reported() -> None:
    """release_on would take the one published last, which is the one that was superseded."""
    con = tiny_warehouse(release=[january("RVU27A", "2026-12-01"), january("RVU27AR", "2026-11-01", supersedes="RVU27A")])
    assert [row["release_id"] for row in broken_rows(con, "governing_release_unique")] == ["RVU27A"]


def test_a_successor_of_the_same_day_and_a_chain_with_a_missing_link_are_in_order() -> None:
    con = tiny_warehouse(release=[january("RVU27A", "2026-12-01"), january("RVU27AR", "2026-12-01", supersedes="RVU27A")])
    assert broken_rows(con, "governing_release_unique") == []
    chain = [found for found in releases() if found.label in ("RVU18A", "RVU18AR1")]
    rows = [
        release(
            found.label, "2018-01-01", valid_to="2018-03-31", published_on=str(found.published_on), supersedes=found.supersedes
        )
        for found in chain
    ]
    con = tiny_warehouse(release=rows)
    assert broken_rows(con, "governing_release_unique") == []


def test_editions_of_one_release_and_releases_that_never_governed_are_no_pair() -> None:
    rows = [
        january("RVU27A", "2026-12-01"),
        {**january("RVU27A", "2026-12-01"), "release_id": "RVU27A.2", "edition": 2, "known_from": "2027-01-10"},
        january("RVU27B", "2026-12-05", governs=False),
    ]
    con = tiny_warehouse(release=rows)
    assert broken_rows(con, "governing_release_unique") == []
