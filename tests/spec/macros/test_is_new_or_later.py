"""Macro is_new_or_later: the releases from the year of the first new one on; all of them, unless the build says which are new."""

from __future__ import annotations

from tests.warehouse import answer, release, tiny_warehouse
from warehouse.derive import only_new

ASK = "select release_id from release where is_new_or_later(release_id) order by release_id"
RELEASES = [release("RVU24A", "2024-01-01"), release("RVU25A", "2025-01-01"), release("RVU25D"), release("RVU26A", "2026-01-01")]


def test_without_a_word_every_release_is_meant() -> None:
    con = tiny_warehouse(release=RELEASES)
    assert len(answer(con, ASK)) == 4


def test_a_build_that_continues_goes_on_from_the_year_of_the_first_new_release() -> None:
    """RVU25D is new: RVU25A of the same year is looked at again, RVU24A is not."""
    con = tiny_warehouse(release=RELEASES)
    only_new(con, ["RVU25D"])
    assert answer(con, ASK) == [("RVU25A",), ("RVU25D",), ("RVU26A",)]
    only_new(con, [])
    assert answer(con, ASK) == []
