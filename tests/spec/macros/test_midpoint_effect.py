"""Macros midpoint_effect, flagged_rvu, national_fee and changed_from_to: what a change is made of."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.slow import cases
from tests.warehouse import tiny_warehouse, value

RVUS = st.decimals("0", "400", places=2)
FACTORS = st.decimals("20", "50", places=4)


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    """One for all: macros of arguments only read nothing."""
    return tiny_warehouse()


def effect(before: str, after: str, other_before: str, other_after: str) -> str:
    numbers = ", ".join(f"cast('{number}' as decimal(9, 4))" for number in (before, after, other_before, other_after))
    return value(warehouse(), f"midpoint_effect({numbers})")  # type: ignore[no-any-return]


def test_an_effect_is_the_change_of_a_factor_times_the_mean_of_the_other() -> None:
    """99213, 2009 to 2015: 0.34 RVUs at the mean of 36.0666 and 35.7547; 0.3119 dollars less on the mean of 1.70 and 2.04."""
    assert effect("1.70", "2.04", "36.0666", "35.7547") == "12.209621000"
    assert effect("36.0666", "35.7547", "1.70", "2.04") == "-0.583253000"


def test_what_did_not_change_has_no_effect() -> None:
    assert Decimal(effect("1.70", "1.70", "36.0666", "35.7547")) == 0


@settings(max_examples=cases(25))
@given(RVUS, RVUS, FACTORS, FACTORS)
def test_the_two_effects_are_the_change_of_the_product_exactly(
    rvu: Decimal, later: Decimal, cf: Decimal, next_cf: Decimal
) -> None:
    """Nothing is left over, whatever the numbers; and the way back has the same parts with the opposite sign."""
    by_rvu = Decimal(effect(f"{rvu}", f"{later}", f"{cf}", f"{next_cf}"))
    by_factor = Decimal(effect(f"{cf}", f"{next_cf}", f"{rvu}", f"{later}"))
    assert by_rvu + by_factor == later * next_cf - rvu * cf
    assert Decimal(effect(f"{later}", f"{rvu}", f"{next_cf}", f"{cf}")) == -by_rvu


def test_a_calculation_flag_counts_among_the_rvus() -> None:
    """Chiropractic was paid 0.98 times (flag 3): 1.00 RVU counts as 0.98."""
    assert value(warehouse(), "flagged_rvu(0.45, 0.50, 0.05, 0.98)") == "0.9800"
    assert value(warehouse(), "flagged_rvu(0.45, 0.50, 0.05, 1.0000)") == "1.0000"


def test_the_national_fee_is_the_fee_where_every_index_is_1() -> None:
    """99213 outside facilities in 2026: 2.85 RVUs at 33.4009 are 95.19 dollars."""
    assert value(warehouse(), "national_fee(1.30, 1.46, 0.09, 33.4009)") == "95.19"


def test_a_change_of_an_indicator_is_written_with_both_values() -> None:
    con = warehouse()
    assert value(con, "changed_from_to('global_days', '090', '010')") == "global_days 090 → 010"
    assert value(con, "changed_from_to('facility_na', false, true)") == "facility_na no → yes"
    assert value(con, "changed_from_to('endoscopic_base_code', '', '43235')") == "endoscopic_base_code none → 43235"


def test_a_value_that_stayed_or_is_not_known_is_no_change() -> None:
    """Files before 2006 lack some columns: that is no change of the code."""
    con = warehouse()
    assert value(con, "changed_from_to('global_days', '010', '010')") is None
    assert value(con, "changed_from_to('imaging_family', null, '99')") is None
