"""Check locality_count_stable: localities change in January only, so the releases of one year have the same number."""

from __future__ import annotations

from tests.warehouse import Row, broken_rows, gpci, release, tiny_warehouse


def localities(label: str, number: int) -> list[Row]:
    return [gpci("01112", f"{i:02d}", release_id=label) for i in range(number)]


def test_selects_a_change_within_a_year() -> None:
    """Two localities in January, one in April: the April file lost one."""
    con = tiny_warehouse(
        release=[release("RVU25A", "2025-01-01"), release("RVU25B", "2025-04-01"), release("RVU25C", "2025-07-01")],
        gpci=localities("RVU25A", 2) + localities("RVU25B", 1) + localities("RVU25C", 1),
    )
    assert broken_rows(con, "locality_count_stable") == [
        {"release_id": "RVU25B", "localities": 1, "earlier_release_id": "RVU25A", "earlier_localities": 2}
    ]


def test_leaves_a_change_of_year() -> None:
    """Three localities of California were retired in January 2024."""
    con = tiny_warehouse(
        release=[release("RVU23D", "2023-10-01"), release("RVU24A", "2024-01-01"), release("RVU24B", "2024-04-01")],
        gpci=localities("RVU23D", 4) + localities("RVU24A", 1) + localities("RVU24B", 1),
    )
    assert broken_rows(con, "locality_count_stable") == []
