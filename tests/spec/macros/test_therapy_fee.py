"""Macro therapy_fee: the formula with a part of the practice expense, rounded once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import duckdb
import pytest

from tests.warehouse import tiny_warehouse, value


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return tiny_warehouse()


def typed(*figures: str, kept: str) -> str:
    """A call with the types that the tables have."""
    types = ["7, 2"] * 3 + ["4, 3"] * 3 + ["8, 4"]
    cells = [f"cast({figure} as decimal({kind}))" for figure, kind in zip(figures, types, strict=True)]
    return f"therapy_fee({', '.join(cells)}, cast({kept} as decimal(7, 4)))"


@pytest.mark.parametrize(("kept", "expected"), [("1", "25.99"), ("0.8", "23.74"), ("0.75", "23.17"), ("0.5", "20.36")])
def test_only_the_practice_expense_is_reduced(con: duckdb.DuckDBPyConnection, kept: str, expected: str) -> None:
    """0.45 + kept x 0.40 x 0.869 + 0.01 x 0.575, times 32.3465."""
    assert value(con, typed("0.45", "0.40", "0.01", "1.000", "0.869", "0.575", "32.3465", kept=kept)) == expected


def test_it_is_exact_and_rounded_once(con: duckdb.DuckDBPyConnection) -> None:
    """As Python's decimals give it, for odd practice expenses that halves leave with a third decimal."""
    random = Random(5)
    for _ in range(200):
        work, pe, mp = (Decimal(random.randrange(300)) / 100 for _ in range(3))
        gpcis = [Decimal(random.randrange(500, 1900)) / 1000 for _ in range(3)]
        factor = Decimal(random.randrange(320000, 380000)) / 10000
        kept = random.choice([Decimal("0.5"), Decimal("0.75"), Decimal("0.8")])
        exact = (work * gpcis[0] + kept * pe * gpcis[1] + mp * gpcis[2]) * factor
        expected = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        figures = [str(figure) for figure in (work, pe, mp, *gpcis, factor)]
        assert value(con, typed(*figures, kept=str(kept))) == str(expected), figures
