"""Macros adjusted_rvu, dollars and flagged_dollars: the halves of the formula, before and after the conversion factor."""

from __future__ import annotations

import duckdb
import pytest

from tests.warehouse import tiny_warehouse, value

# 99213 in Alabama, 2025: work 1.30 x 1.000, practice expense 1.35 x 0.869, malpractice 0.10 x 0.575.
_FIGURES = "1.30, 1.35, 0.10, 1.000, 0.869, 0.575"


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return tiny_warehouse()


def test_adjusted_rvus_keep_every_digit(con: duckdb.DuckDBPyConnection) -> None:
    """1.30 + 1.17315 + 0.0575 = 2.53065: an adjusted RVU is not rounded, neither as a part nor as a sum."""
    assert value(con, f"adjusted_rvu({_FIGURES})") == "2.53065"


def test_an_unknown_part_makes_no_sum(con: duckdb.DuckDBPyConnection) -> None:
    """Without a practice expense there is nothing to add up; it does not count as 0."""
    assert value(con, "adjusted_rvu(1.30, null, 0.10, 1.000, 0.869, 0.575)") is None


@pytest.mark.parametrize(("rvus", "amount"), [("2.53065", "81.86"), ("0.50000", "16.17"), ("0.00000", "0.00")])
def test_dollars_are_rounded_half_up_to_the_cent(con: duckdb.DuckDBPyConnection, rvus: str, amount: str) -> None:
    """Times the factor 32.3465: 81.8576... is 81.86, 16.17325 is 16.17."""
    assert value(con, f"dollars(cast({rvus} as decimal(12, 5)), cast(32.3465 as decimal(6, 4)))") == amount


def test_the_halves_make_the_fee(con: duckdb.DuckDBPyConnection) -> None:
    """Macro fee is dollars of adjusted RVUs, to the type."""
    halves = f"dollars(adjusted_rvu({_FIGURES}), 32.3465)"
    assert value(con, f"{halves} = fee({_FIGURES}, 32.3465)") is True
    assert value(con, f"typeof({halves})") == value(con, f"typeof(fee({_FIGURES}, 32.3465))") == "DECIMAL(18,2)"


@pytest.mark.parametrize(("factor", "amount"), [("1", "87.64"), ("1.05", "92.02"), ("0.98", "85.89")])
def test_a_flag_multiplies_before_the_rounding(con: duckdb.DuckDBPyConnection, factor: str, amount: str) -> None:
    """2.43 x 36.0666 = 87.641838; x 1.05 = 92.0239299; x 0.98 = 85.88900124."""
    rvus, of_2009 = "cast(2.43 as decimal(12, 5))", "cast(36.0666 as decimal(6, 4))"
    assert value(con, f"flagged_dollars({rvus}, {of_2009}, cast({factor} as decimal(7, 4)))") == amount
