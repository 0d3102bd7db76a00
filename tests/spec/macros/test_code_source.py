"""Macro code_source: the release that a page of a code cites, the first one since which its figures stand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse import answer, factor, gpci, release, rvu, tiny_warehouse

A, B, C = "RVU25A", "RVU25B", "RVU25C"
RELEASES = [
    release(A, "2025-01-01", published_on="2024-12-01"),
    release(B, "2025-04-01", published_on="2025-03-01"),
    release(C, "2025-07-01", published_on="2025-06-01"),
]


def cited(of_release: str = C, releases: list[dict[str, Any]] = RELEASES, **changes: dict[str, Any]) -> dict[str, str]:
    """What 99213 cites, and 99214 beside it, when the tables of a release differ as `changes` says: RVU25B={"work": "2"}."""
    rows: dict[str, list[dict[str, Any]]] = {"rvu": [], "gpci": [], "conversion_factor": [], "hcpcs_descriptor": []}
    for label in (entry["release_id"] for entry in releases):
        change = {"work": "1", "pe": "1", "words": "Some words", "factor": "32", **changes.get(label, {})}
        if not change.get("is_absent"):
            rows["rvu"].append(rvu("G0001", work=change["work"], release_id=label, line_number=len(label) + len(rows["rvu"])))
        rows["rvu"].append(rvu("99214", work="9", release_id=label))
        rows["gpci"].append(gpci("10112", "00", pe=change["pe"], release_id=label))
        rows["conversion_factor"].append(factor(change["factor"], release_id=label))
        rows["hcpcs_descriptor"].append({"hcpcs_code": "G0001", "description": change["words"], "release_id": label})
    con = tiny_warehouse(release=releases, **rows)
    return dict(answer(con, "select hcpcs_code, source_release_id from code_source(?)", of_release))


def test_figures_that_stand_still_are_cited_from_the_first_release() -> None:
    assert cited() == {"G0001": A, "99214": A}


@pytest.mark.parametrize("change", [{"work": "2"}, {"words": "Other words"}])
def test_what_changed_is_cited_from_the_release_that_changed_it(change: dict[str, Any]) -> None:
    """Only the code that it concerns; the release before still cites what it had."""
    assert cited(RVU25B=change, RVU25C=change) == {"G0001": B, "99214": A}
    assert cited(B, RVU25C=change) == {"G0001": A, "99214": A}


def test_a_value_that_returns_is_cited_anew() -> None:
    assert cited(RVU25B={"work": "2"}) == {"G0001": C, "99214": A}


def test_a_code_that_was_away_is_cited_from_its_return() -> None:
    assert cited(RVU25B={"is_absent": True}) == {"G0001": C, "99214": A}
    assert cited(B, RVU25B={"is_absent": True}) == {"99214": A}


@pytest.mark.parametrize("change", [{"pe": "1.1"}, {"factor": "33"}])
def test_prices_that_changed_concern_every_code(change: dict[str, Any]) -> None:
    """An index of one locality or the conversion factor."""
    assert cited(RVU25C=change) == {"G0001": C, "99214": C}


def test_a_release_that_never_governed_cites_itself_and_is_not_cited() -> None:
    releases = [RELEASES[0], {**RELEASES[1], "governs": False}, RELEASES[2]]
    assert cited(releases=releases, RVU25B={"work": "2"}) == {"G0001": A, "99214": A}
    assert cited(B, releases=releases, RVU25B={"work": "2"})["G0001"] == B
