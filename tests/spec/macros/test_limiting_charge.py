"""Macro limiting_charge: 109.25 % (115 % of 95 %) of the rounded allowed amount, rounded half up to the cent."""

from __future__ import annotations

import pytest

from tests.warehouse import tiny_warehouse, value


@pytest.mark.parametrize(
    ("allowed", "amount"),
    [
        ("289.62", "316.41"),  # 316.40985: 88366 in Marin, 2015, as Noridian printed it
        ("100.00", "109.25"),
        ("2.00", "2.19"),  # 2.185, half a cent, goes up
        ("null", None),
    ],
)
def test_it_is_109_and_a_quarter_percent(allowed: str, amount: str | None) -> None:
    """A non-participating physician may charge at most 115 % of the 95 % allowed to them."""
    assert value(tiny_warehouse(), f"limiting_charge({allowed}::decimal(18,2))") == amount


def test_it_starts_from_the_rounded_amount() -> None:
    """CMS multiplies the amount that it prints: 100.0049 is 100.00, so 109.25. The unrounded amount would give 109.26."""
    con = tiny_warehouse()
    assert value(con, "round(100.0049 * 1.0925, 2)") == "109.26"
    assert value(con, "limiting_charge(100.0049)") == "109.25"


def test_it_does_not_go_through_the_nonparticipating_amount() -> None:
    """0.10 x 1.0925 is 0.11; by way of the rounded 95 % (0.10) it would be 0.115 and so 0.12."""
    con = tiny_warehouse()
    assert value(con, "round(nonparticipating(0.10) * 1.15, 2)") == "0.12"
    assert value(con, "limiting_charge(0.10)") == "0.11"
