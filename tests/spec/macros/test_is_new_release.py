"""Macro is_new_release: every release is new, unless the build says which ones are."""

from __future__ import annotations

from tests.warehouse import answer, release, tiny_warehouse
from warehouse.stored import only_new

ASK = "select release_id from release where is_new_release(release_id) order by release_id"


def test_without_a_word_every_release_is_new() -> None:
    con = tiny_warehouse(release=[release("RVU25A"), release("RVU25D")])
    assert answer(con, ASK) == [("RVU25A",), ("RVU25D",)]


def test_a_build_that_continues_names_the_new_ones() -> None:
    con = tiny_warehouse(release=[release("RVU25A"), release("RVU25D")])
    only_new(con, ["RVU25D"])
    assert answer(con, ASK) == [("RVU25D",)]
    only_new(con, [])
    assert answer(con, ASK) == []


def test_of_several_new_ones_none_between_them_counts() -> None:
    """Their first and last name are asked for too, so that rows are passed over unread: that alone would take in the second."""
    con = tiny_warehouse(release=[release("RVU25A"), release("RVU25B"), release("RVU25D"), release("RVU26A")])
    only_new(con, ["RVU25D", "RVU25A"])
    assert answer(con, ASK) == [("RVU25A",), ("RVU25D",)]
    assert answer(con, ASK.replace("where", "where not")) == [("RVU25B",), ("RVU26A",)]
