"""Macro fee: [(work x work GPCI) + (PE x PE GPCI) + (MP x MP GPCI)] x CF, rounded half up to the cent once, at the end."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import duckdb
import pytest

from tests.warehouse import tiny_warehouse, value

CENT = Decimal("0.01")
Figures = tuple[Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return tiny_warehouse()


@pytest.mark.parametrize(
    ("figures", "amount"),
    [
        ("1.30, 1.35, 0.10, 1.000, 0.869, 0.575, 32.3465", "81.86"),  # 99213 in Alabama, 2025
        ("1.30, 1.46, 0.09, 1.000, 1.000, 1.000, 33.4009", "95.19"),  # 99213, national, 2026
        ("0.75, 0.44, 0.07, 1.000, 1.000, 1.000, 33.4009", "42.09"),  # 17340 in a facility, national, 2026
        ("0.00, 0.00, 0.00, 1.000, 1.000, 1.000, 33.4009", "0.00"),
    ],
)
def test_each_index_weighs_its_own_rvu(con: duckdb.DuckDBPyConnection, figures: str, amount: str) -> None:
    """A work, a practice expense and a malpractice part, each by its own index, all by one factor."""
    assert value(con, f"fee({figures})") == amount


@pytest.mark.parametrize(
    ("figures", "amount", "to_even"),
    [
        ("1.00, 0.00, 0.00, 1.000, 1.000, 1.000, 32.3450", "32.35", "32.34"),
        ("0.50, 0.00, 0.00, 1.000, 1.000, 1.000, 33.4100", "16.71", "16.70"),
        ("0.10, 0.20, 0.20, 1.000, 1.500, 0.500, 32.4500", "16.23", "16.22"),
    ],
)
def test_half_a_cent_goes_up(con: duckdb.DuckDBPyConnection, figures: str, amount: str, to_even: str) -> None:
    """An amount of exactly x.xx5 is rounded up. Rounding to even, and many a binary fraction, would go down."""
    assert value(con, f"fee({figures})") == amount != to_even


def test_it_does_not_truncate(con: duckdb.DuckDBPyConnection) -> None:
    """33.337 is 33.34; cutting the third decimal off would make it 33.33."""
    assert value(con, "fee(1.00, 0.00, 0.00, 1.000, 1.000, 1.000, 33.3370)") == "33.34"


def test_the_parts_are_not_rounded(con: duckdb.DuckDBPyConnection) -> None:
    """Three parts of 33.334 are 100.002, which is 100.00; rounded one by one they would be 99.99."""
    assert value(con, "fee(1.00, 1.00, 1.00, 1.000, 1.000, 1.000, 33.3340)") == "100.00"


def test_the_adjusted_rvus_are_not_rounded(con: duckdb.DuckDBPyConnection) -> None:
    """1.00 x 1.004 stays 1.004 and gives 33.13; rounded to 1.00 first it would give 33.00."""
    assert value(con, "fee(1.00, 0.00, 0.00, 1.004, 1.000, 1.000, 33.0000)") == "33.13"


def test_the_sum_of_the_adjusted_rvus_is_not_rounded(con: duckdb.DuckDBPyConnection) -> None:
    """2.00 x 0.502 + 1.00 x 0.503 is 1.507, at 30.0000 it is 45.21; a total of 1.51 would give 45.30."""
    assert value(con, "fee(2.00, 1.00, 0.00, 0.502, 0.503, 1.000, 30.0000)") == "45.21"


def test_money_is_decimal(con: duckdb.DuckDBPyConnection) -> None:
    """The amount is a DECIMAL with two places whatever the precision of the arguments."""
    assert value(con, "typeof(fee(1.3, 1.35, 0.1, 1.0, 0.869, 0.575, 32.3465))") == "DECIMAL(18,2)"
    assert value(con, "typeof(fee(1, 1, 1, 1, 1, 1, 32.3465))") == "DECIMAL(18,2)"


def test_the_largest_values_that_the_columns_hold_do_not_overflow(con: duckdb.DuckDBPyConnection) -> None:
    """Five digits of RVUs, an index of 9.999 and a factor of 99.9999 in every place still give an exact amount."""
    largest = (*[Decimal("99999.99")] * 3, *[Decimal("9.999")] * 3, Decimal("99.9999"))
    typed = [f"{x}::decimal(7,2)" for x in largest[:3]] + [f"{x}::decimal(4,3)" for x in largest[3:6]]
    assert value(con, f"fee({', '.join(typed)}, {largest[6]}::decimal(6,4))") == str(by_hand(largest))


def by_hand(figures: Figures) -> Decimal:
    """The same rule in Python's exact decimals."""
    work, pe, mp, work_gpci, pe_gpci, mp_gpci, conversion_factor = figures
    exact = (work * work_gpci + pe * pe_gpci + mp * mp_gpci) * conversion_factor
    return exact.quantize(CENT, ROUND_HALF_UP)


def drawn(random: Random) -> Figures:
    """RVUs, indices and a factor such as files hold; one in ten gives exactly half a cent."""
    if random.random() < 0.1:
        one = Decimal("1.000")
        odd = Decimal(random.randrange(1, 99, 2))
        return (odd, Decimal(0), Decimal(0), one, one, one, Decimal(random.randrange(24_000, 39_000, 10) + 5).scaleb(-3))
    rvus = [Decimal(random.randrange(0, 20_000)).scaleb(-2) for _ in range(3)]
    indices = [Decimal(random.randrange(250, 2_600)).scaleb(-3) for _ in range(3)]
    return (*rvus, *indices, Decimal(random.randrange(240_000, 390_000)).scaleb(-4))  # type: ignore[return-value]


def test_it_is_exact_for_any_figures(con: duckdb.DuckDBPyConnection) -> None:
    """For 2,000 draws, one in ten of them a tie, the macro gives what exact decimal arithmetic gives."""
    random = Random(2025)
    draws = [drawn(random) for _ in range(2_000)]
    ties = [draw for draw in draws if draw[0] * draw[3] * draw[6] % CENT == CENT / 2 and not draw[1] and not draw[2]]
    assert len(ties) > 100
    rows = ", ".join(f"({', '.join(str(figure) for figure in draw)})" for draw in draws)
    found = con.execute(
        "select fee(w::decimal(7,2), p::decimal(7,2), m::decimal(7,2), gw::decimal(4,3), gp::decimal(4,3), gm::decimal(4,3), "
        f"cf::decimal(6,4)) from (values {rows}) as drawn(w, p, m, gw, gp, gm, cf)"
    ).fetchall()
    assert [row[0] for row in found] == [by_hand(draw) for draw in draws]
