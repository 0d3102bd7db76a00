"""Macro nonparticipating: 95 % of the allowed amount, rounded half up to the cent."""

from __future__ import annotations

import pytest

from tests.warehouse import tiny_warehouse, value


@pytest.mark.parametrize(
    ("allowed", "amount"),
    [
        ("289.62", "275.14"),  # 275.139: 88366 in Marin, 2015, as Noridian printed it
        ("0.10", "0.10"),  # 0.095, half a cent, goes up
        ("0.30", "0.29"),  # 0.285
        ("100.00", "95.00"),
        ("null", None),
    ],
)
def test_it_is_95_percent(allowed: str, amount: str | None) -> None:
    """A physician who does not participate is allowed 95 % of what one who does is."""
    assert value(tiny_warehouse(), f"nonparticipating({allowed}::decimal(18,2))") == amount


def test_it_starts_from_the_rounded_amount() -> None:
    """0.1149 is allowed as 0.11, and 95 % of that is 0.10. 95 % of the unrounded amount would be 0.11."""
    con = tiny_warehouse()
    assert value(con, "round(0.1149 * 0.95, 2)") == "0.11"
    assert value(con, "nonparticipating(0.1149)") == "0.10"
