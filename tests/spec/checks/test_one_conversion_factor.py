"""Check one_conversion_factor: a release has one non-QP factor, from 2026 also a QP factor, between 20 and 50 dollars."""

from __future__ import annotations

import pytest

from tests.warehouse import Row, broken_rows, factor, release, tiny_warehouse

IN_2025 = release("RVU25D", "2025-10-01")
IN_2026 = release("RVU26B", "2026-04-01")


@pytest.mark.parametrize(
    ("of", "factors"),
    [
        (IN_2025, []),
        (IN_2025, [factor("32.3465"), factor("32.7442")]),
        (IN_2025, [factor("32.3465"), factor("33.5675", "qp")]),
        (IN_2025, [factor("19.9999")]),
        (IN_2025, [factor("50.0001")]),
        (IN_2026, [factor("33.5675", "qp")]),
        (IN_2026, [factor("33.4009"), factor("33.5675", "qp"), factor("33.5675", "qp")]),
    ],
)
def test_selects_a_release_with_other_factors(of: Row, factors: list[Row]) -> None:
    """None, two of a kind, a QP factor before 2026, none but a QP factor, or an amount that cannot be one."""
    con = tiny_warehouse(release=[of], conversion_factor=[row | {"release_id": of["release_id"]} for row in factors])
    assert [row["release_id"] for row in broken_rows(con, "one_conversion_factor")] == [of["release_id"]]


def test_leaves_one_factor_and_two_from_2026() -> None:
    """RVU26B is here without its QP member: one factor is enough. RVU12A has the lowest factor of all, 24.6712."""
    con = tiny_warehouse(
        release=[IN_2025, IN_2026, release("RVU26C", "2026-07-01"), release("RVU12A", "2012-01-01")],
        conversion_factor=[
            factor("32.3465"),
            factor("33.4009", release_id="RVU26B"),
            factor("33.4009", release_id="RVU26C"),
            factor("33.5675", "qp", release_id="RVU26C"),
            factor("24.6712", release_id="RVU12A"),
        ],
    )
    assert broken_rows(con, "one_conversion_factor") == []
