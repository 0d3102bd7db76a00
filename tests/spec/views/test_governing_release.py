"""Stored tables governing_release and release_pair: the chain of governing releases, and which two are compared."""

from __future__ import annotations

import duckdb

from tests.chain import dated
from tests.warehouse import answer, tiny_warehouse


def chain(*labels: str) -> duckdb.DuckDBPyConnection:
    return tiny_warehouse(release=[dated(label) for label in labels])


def pairs(con: duckdb.DuckDBPyConnection, basis: str) -> list[tuple[str, str]]:
    query = "select from_release_id, to_release_id from release_pair where basis = ? order by to_service_date, to_release_id"
    return answer(con, query, basis)  # type: ignore[return-value]


def test_the_chain_has_the_days_that_each_release_governs() -> None:
    """RVU24A ends on 8 March 2024, when the factor of RVU24AR began; the chain follows the days, not the order of loading."""
    found = answer(chain("RVU24AR", "RVU25A", "RVU24A"), "select * from governing_release order by chain_position")
    days = [(row[0], str(row[3]), str(row[4]), row[5]) for row in found]
    assert days == [
        ("RVU24A", "2024-01-01", "2024-03-08", 1),
        ("RVU24AR", "2024-03-09", "2024-03-31", 2),
        ("RVU25A", "2025-01-01", "2025-03-31", 3),
    ]


def test_a_release_that_never_governed_is_not_in_the_chain() -> None:
    """RVU12A was replaced before its first day."""
    con = chain("RVU09A", "RVU12A", "RVU15A")
    assert answer(con, "select release_id from governing_release order by 1") == [("RVU09A",), ("RVU15A",)]


def test_a_release_whose_days_another_one_took_over_is_not_in_the_chain() -> None:
    """RVU18AR restored the work floor from 1 January 2018, so RVU18A governs no day once both are loaded, and governs alone."""
    assert answer(chain("RVU18A", "RVU18AR"), "select release_id from governing_release") == [("RVU18AR",)]
    assert answer(chain("RVU18A"), "select release_id from governing_release") == [("RVU18A",)]


def test_a_later_edition_takes_the_place_of_the_first() -> None:
    """Of two editions of one label the newer is in the chain, once."""
    second = dated("RVU25D", edition=2, known_from="2025-10-20") | {"release_id": "RVU25D.2"}
    con = tiny_warehouse(release=[dated("RVU25D"), second])
    assert answer(con, "select release_id from governing_release") == [("RVU25D.2",)]


def test_years_are_compared_by_their_first_and_by_their_last_release() -> None:
    """Basis year compares January with January, basis year_end the last release of a year with the last of the next."""
    con = chain("RVU24A", "RVU24AR", "RVU24B", "RVU24C", "RVU24D", "RVU25A", "RVU25D")
    assert pairs(con, "year") == [("RVU24A", "RVU25A")]
    assert pairs(con, "year_end") == [("RVU24D", "RVU25D")]


def test_each_release_is_compared_with_the_governing_one_before_it() -> None:
    """Basis release follows the chain."""
    con = chain("RVU24A", "RVU24AR", "RVU24B", "RVU25A")
    assert pairs(con, "release") == [("RVU24A", "RVU24AR"), ("RVU24AR", "RVU24B"), ("RVU24B", "RVU25A")]


def test_a_pair_says_which_years_and_releases_it_spans() -> None:
    """From RVU20A to RVU22A: two years, and seven governing releases between them (20B to 21D) that are not loaded."""
    con = chain("RVU20A", "RVU22A")
    found = answer(con, "select from_year, to_year, years_apart, releases_not_loaded from release_pair where basis = 'year'")
    assert found == [(2020, 2022, 2, 7)]


def test_january_that_is_not_loaded_is_not_claimed() -> None:
    """With RVU26B as the first release of 2026, the year is compared by its dates from 1 April, and the pair says so."""
    con = chain("RVU25A", "RVU26B")
    found = answer(con, "select from_service_date, to_service_date from release_pair where basis = 'year'")
    assert [[str(day) for day in row] for row in found] == [["2025-01-01", "2026-04-01"]]


def test_each_loaded_release_is_compared_with_the_governing_one_loaded_before_it() -> None:
    """Basis loaded, for the release diff: RVU12A never governed and is compared, but nothing is compared with it."""
    con = chain("RVU09A", "RVU12A", "RVU15A")
    assert pairs(con, "loaded") == [("RVU09A", "RVU12A"), ("RVU09A", "RVU15A")]


def test_any_two_releases_can_be_compared_both_ways() -> None:
    assert len(pairs(chain("RVU09A", "RVU12A", "RVU15A"), "any")) == 6


def test_one_release_alone_makes_no_pair() -> None:
    assert answer(chain("RVU25D"), "select * from release_pair") == []
