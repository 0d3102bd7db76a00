"""View national_payment: what Medicare would pay for a code where every geographic index is 1."""

from __future__ import annotations

from tests.warehouse import answer, factor, gpci, rvu, tiny_warehouse


def test_every_index_is_one() -> None:
    """17340 and 99213 in 2026: 52.77 and 42.09, 95.19 and 57.45 in the two settings."""
    rows = [
        rvu("17340", work="0.75", pe="0.76", facility_pe="0.44", mp="0.07"),
        rvu("99213", work="1.30", pe="1.46", facility_pe="0.33", mp="0.09"),
    ]
    con = tiny_warehouse(rvu=rows, conversion_factor=[factor("33.4009")])
    found = answer(con, "select hcpcs_code, nonfacility_fee, facility_fee from national_payment order by all")
    assert found == [("17340", "52.77", "42.09"), ("99213", "95.19", "57.45")]


def test_it_has_one_row_a_factor_whatever_the_localities() -> None:
    """The number of localities does not multiply the rows; the number of conversion factors does."""
    con = tiny_warehouse(
        rvu=[rvu("99213", work="1.00")],
        gpci=[gpci("10112", "00"), gpci("02102", "01", "1.500")],
        conversion_factor=[factor("33.4009", "non_qp"), factor("33.5675", "qp")],
    )
    found = answer(con, "select qp_status, nonfacility_fee from national_payment order by all")
    assert found == [("non_qp", "33.40"), ("qp", "33.57")]


def test_it_equals_payment_in_a_locality_whose_indices_are_one() -> None:
    """Amounts, caps and derived charges agree column by column with those of such a locality."""
    rows = [
        rvu("70496", work="1.75", pe="5.80", facility_pe="5.70", mp="0.11", opps_pe="5.10", opps_mp="0.10"),
        rvu("93925", work="0.80", pe="6.18", mp="0.10", opps_pe="7.66", opps_mp="0.11", facility_na=True),
        rvu("99213", work="1.30", pe="1.46", facility_pe="0.33", mp="0.09"),
    ]
    con = tiny_warehouse(rvu=rows, gpci=[gpci("10112", "00")], conversion_factor=[factor("33.4009"), factor("33.5675", "qp")])
    national = answer(con, "from national_payment order by all")
    assert national == answer(con, "select columns(lambda c: c not in ('mac', 'locality')) from payment order by all")
    assert len(national) == 6


def test_unpriced_codes_are_left_out() -> None:
    """The national amount is an amount of priced codes only."""
    con = tiny_warehouse(rvu=[rvu("99213", status="C", work="1.00"), rvu("D0120", status="R")], conversion_factor=[factor()])
    assert answer(con, "from national_payment") == []
