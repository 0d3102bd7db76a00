"""View priced_rvu: the codes that RVUs price, which are those of status A, R or T with a total above 0."""

from __future__ import annotations

import pytest

from tests.warehouse import answer, rvu, tiny_warehouse

PRICED = ["A", "R", "T"]
UNPRICED = ["B", "C", "D", "E", "F", "G", "H", "I", "J", "M", "N", "P", "Q", "X"]


@pytest.mark.parametrize("status", PRICED)
def test_rvus_of_these_statuses_price(status: str) -> None:
    """Active, restricted and injection codes are paid by their RVUs."""
    con = tiny_warehouse(rvu=[rvu("99213", status=status, work="1.30")])
    assert answer(con, "select hcpcs_code, status_code, work_rvu from priced_rvu") == [("99213", status, "1.30")]


@pytest.mark.parametrize("status", UNPRICED)
def test_rvus_of_other_statuses_do_not(status: str) -> None:
    """CMS prints RVUs for some codes of status B, I, N and X; Medicare does not pay by them."""
    con = tiny_warehouse(rvu=[rvu("99213", status=status, work="1.30", not_used_for_medicare_payment=True)])
    assert answer(con, "select hcpcs_code from priced_rvu") == []


def test_every_status_is_one_or_the_other() -> None:
    """The list of status codes holds no status that these tests leave out."""
    con = tiny_warehouse()
    assert answer(con, "select status_code from status_code order by status_code") == [(s,) for s in sorted(PRICED + UNPRICED)]


@pytest.mark.parametrize("status", PRICED)
def test_without_rvus_there_is_no_price(status: str) -> None:
    """Most restricted codes have no RVUs; their price is not 0, there is none."""
    con = tiny_warehouse(rvu=[rvu("D0120", status=status)])
    assert answer(con, "select hcpcs_code from priced_rvu") == []


def test_an_unknown_status_does_not_price() -> None:
    """A letter that no record layout explains prices nothing."""
    assert answer(tiny_warehouse(rvu=[rvu("99213", status="Z", work="1.30")]), "select hcpcs_code from priced_rvu") == []


@pytest.mark.parametrize(
    ("opps_pe", "opps_mp", "has_cap"), [("7.66", "0.11", True), ("7.66", "0", True), ("0", "0.11", True), ("0", "0", False)]
)
def test_outpatient_rvus_make_a_cap(opps_pe: str, opps_mp: str, has_cap: bool) -> None:
    """A code has an outpatient cap where CMS gives it outpatient RVUs, also without malpractice ones (four rows of RVU12A)."""
    con = tiny_warehouse(rvu=[rvu("93925", work="0.80", pe="6.18", mp="0.10", opps_pe=opps_pe, opps_mp=opps_mp)])
    assert answer(con, "select has_opps_cap from priced_rvu") == [(has_cap,)]
