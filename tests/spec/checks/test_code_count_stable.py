"""Check code_count_stable: from one release to the next the number of codes changes by a tenth at most."""

from __future__ import annotations

from tests.slow import slow
from tests.warehouse import Row, broken_rows, release, rvu, tiny_warehouse


def codes(label: str, number: int) -> list[Row]:
    return [rvu(f"{10000 + i}", release_id=label) for i in range(number)]


@slow
def test_selects_a_release_with_far_fewer_or_more_codes() -> None:
    """Twenty codes after thirty, and thirty after twenty, point to a file that was cut or is not what it seems."""
    con = tiny_warehouse(
        release=[release("RVU24D", "2024-10-01"), release("RVU25A", "2025-01-01"), release("RVU25B", "2025-04-01")],
        rvu=codes("RVU24D", 30) + codes("RVU25A", 20) + codes("RVU25B", 30),
    )
    found = broken_rows(con, "code_count_stable")
    assert sorted(tuple(row.values()) for row in found) == [("RVU25A", 20, "RVU24D", 30), ("RVU25B", 30, "RVU25A", 20)]


def test_leaves_a_tenth_more_or_less() -> None:
    """Ten percent is the limit and lies within it; components count as rows of their own in both releases."""
    con = tiny_warehouse(
        release=[release("RVU24D", "2024-10-01"), release("RVU25A", "2025-01-01"), release("RVU25B", "2025-04-01")],
        rvu=codes("RVU24D", 30) + codes("RVU25A", 33) + codes("RVU25B", 30),
    )
    assert broken_rows(con, "code_count_stable") == []


def test_leaves_releases_that_lie_far_apart() -> None:
    """A warehouse may hold 2020 and 2025 and nothing between them; that says nothing about either file."""
    con = tiny_warehouse(
        release=[release("RVU20A", "2020-01-01"), release("RVU25A", "2025-01-01")],
        rvu=codes("RVU20A", 20) + codes("RVU25A", 30),
    )
    assert broken_rows(con, "code_count_stable") == []


def test_leaves_the_sample() -> None:
    """The sample holds a selection of codes on purpose."""
    con = tiny_warehouse(
        release=[release("RVU24D", "2024-10-01"), release("RVU25A", "2025-01-01", is_sample=True)],
        rvu=codes("RVU24D", 30) + codes("RVU25A", 2),
    )
    assert broken_rows(con, "code_count_stable") == []
