"""Macro allowed: the lower of the fee schedule amount and the outpatient cap, if there is a cap."""

from __future__ import annotations

import pytest

from tests.warehouse import tiny_warehouse, value


@pytest.mark.parametrize(
    ("fee_amount", "cap_amount", "allowed"),
    [
        ("201.45", "null", "201.45"),  # no cap
        ("201.45", "243.24", "201.45"),  # a cap above the fee does not bind: 93925 in Alabama, 2025
        ("223.49", "208.41", "208.41"),  # a cap below the fee does
        ("223.49", "223.49", "223.49"),
        ("null", "243.24", None),  # a cap is no price
        ("null", "null", None),
    ],
)
def test_the_lower_amount_is_allowed(fee_amount: str, cap_amount: str, allowed: str | None) -> None:
    """A cap only ever lowers an amount, and where there is no fee there is no amount."""
    assert value(tiny_warehouse(), f"allowed({fee_amount}::decimal(18,2), {cap_amount}::decimal(18,2))") == allowed
