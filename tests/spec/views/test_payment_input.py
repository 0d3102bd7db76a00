"""Stored table payment_input: what the payment of a code depends on besides the place."""

from __future__ import annotations

from tests.warehouse import answer, factor, release, rvu, tiny_warehouse


def test_a_code_stands_once_for_each_conversion_factor_of_its_release() -> None:
    """From 2026 qualifying participants have a factor of their own; RVUs are the same."""
    con = tiny_warehouse(
        release=[release("RVU26B", "2026-04-01")],
        rvu=[rvu("99213", work="1.30", release_id="RVU26B")],
        conversion_factor=[factor("33.4009", release_id="RVU26B"), factor("33.5675", "qp", release_id="RVU26B")],
    )
    found = answer(con, "select qp_status, hcpcs_code, payment_work_rvu, payment_factor from payment_input order by all")
    assert found == [("non_qp", "99213", "1.30", "33.400900"), ("qp", "99213", "1.30", "33.567500")]


def test_the_factor_of_a_calculation_flag_is_in_the_payment_factor() -> None:
    """Psychotherapy was paid 1.05 times the fee in 2009 (flag 2): 36.0666 x 1.05; the cap keeps the plain factor."""
    con = tiny_warehouse(
        release=[release("RVU09A", "2009-01-01")],
        rvu=[
            rvu("90806", work="1.86", calculation_flag="2", release_id="RVU09A"),
            rvu("99213", work="0.92", release_id="RVU09A"),
        ],
        conversion_factor=[factor("36.0666", release_id="RVU09A")],
    )
    found = answer(con, "select hcpcs_code, payment_factor, conversion_factor from payment_input order by all")
    assert found == [("90806", "37.869930", "36.0666"), ("99213", "36.066600", "36.0666")]


def test_a_code_without_a_price_has_no_row() -> None:
    """Status B is bundled: its RVUs may be printed and are never paid."""
    con = tiny_warehouse(release=[release()], rvu=[rvu("99358", status="B", work="1.80")], conversion_factor=[factor()])
    assert answer(con, "select hcpcs_code from payment_input") == []
