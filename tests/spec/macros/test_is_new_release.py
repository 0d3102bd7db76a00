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
