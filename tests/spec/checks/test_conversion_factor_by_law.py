"""Check conversion_factor_by_law: a file's factor that contradicts the law's is reported."""

from __future__ import annotations

import pytest

from flows.catalog.releases import releases
from tests.warehouse import Row, broken_rows, factor, release, tiny_warehouse


def one(label: str, valid_from: str, published_on: str, cf: str, governs: bool = True, qp_status: str = "non_qp") -> list[Row]:
    con = tiny_warehouse(
        release=[release(label, valid_from, published_on=published_on, governs=governs)],
        conversion_factor=[factor(cf, qp_status, release_id=label)],
    )
    return broken_rows(con, "conversion_factor_by_law")


def test_factors_of_the_law_are_not_reported() -> None:
    """Every governing release of the catalogue with its own factor."""
    known = [found for found in releases() if found.conversion_factor is not None]
    con = tiny_warehouse(
        release=[
            release(found.label, str(found.valid_from), published_on=str(found.published_on), governs=found.governs)
            for found in known
        ],
        conversion_factor=[factor(str(found.conversion_factor), release_id=found.label) for found in known],
    )
    assert broken_rows(con, "conversion_factor_by_law") == []


@pytest.mark.parametrize(
    ("label", "valid_from", "published_on", "cf", "law"),
    [
        ("RVU21B", "2021-04-01", "2021-03-02", "32.4085", "34.8931"),  # the rule's factor
        ("RVU15B", "2015-04-01", "2015-05-01", "28.1872", "35.7547"),
        ("RVU24AR", "2024-03-09", "2024-04-01", "32.7442", "33.2875"),  # the factor of the days before
        ("RVU15C", "2015-07-01", "2015-05-27", "35.7547", "35.9335"),
    ],
)
def test_a_factor_that_is_not_law_is_reported(label: str, valid_from: str, published_on: str, cf: str, law: str) -> None:
    (found,) = one(label, valid_from, published_on, cf)
    assert (found["release_id"], found["conversion_factor"], found["legal_factor_now"]) == (label, cf, law)


def test_the_two_factors_of_2026_are_not_mixed_up() -> None:
    assert len(one("RVU26A", "2026-01-01", "2025-12-29", "33.5675")) == 1
    assert len(one("RVU26A", "2026-01-01", "2025-12-29", "33.4009", qp_status="qp")) == 1
    assert one("RVU26A", "2026-01-01", "2025-12-29", "33.5675", qp_status="qp") == []


def test_a_file_may_carry_what_was_law_when_it_was_published() -> None:
    """RVU06A was issued with the cut, which a law undid in February 2006."""
    assert one("RVU06A", "2006-01-01", "2005-11-21", "36.1770") == []
    assert len(one("RVU06B", "2006-04-01", "2006-02-25", "36.1770")) == 1, "by then the cut was undone"


def test_releases_that_never_took_effect_and_years_without_a_law_are_not_compared() -> None:
    assert one("RVU12A", "2012-01-01", "2011-11-01", "24.6712", governs=False) == []
    assert one("RVU27A", "2027-01-01", "2026-12-01", "34.1234") == []
