"""Check total_is_sum: total RVUs are work + practice expense + malpractice, in both settings."""

from __future__ import annotations

import pytest

from tests.warehouse import Row, broken_rows, rvu, tiny_warehouse

FULL: Row = {
    "full_nonfacility_pe_rvu": "1.40",
    "full_nonfacility_total_rvu": "2.80",
    "full_facility_pe_rvu": "0.60",
    "full_facility_total_rvu": "2.00",
}


def visit(**more: str) -> Row:
    return rvu("99213", work="1.30", pe="1.35", facility_pe="0.57", mp="0.10", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonfacility_total_rvu": "2.74"},
        {"facility_total_rvu": "1.30"},
        FULL | {"full_nonfacility_total_rvu": "2.75"},
        FULL | {"full_facility_total_rvu": "1.97"},
    ],
)
def test_selects_a_total_that_is_not_the_sum(wrong: Row) -> None:
    """A cent's difference is a misread column. The fully implemented columns of 2009 to 2012 have totals of their own."""
    (found,) = broken_rows(tiny_warehouse(rvu=[visit(line_number=7, **wrong), visit(modifier="26")]), "total_is_sum")
    assert (found["hcpcs_code"], found["modifier"], found["line_number"]) == ("99213", "", 7)


def test_leaves_sums() -> None:
    """Also of rows without the fully implemented columns, and of rows without RVUs."""
    con = tiny_warehouse(rvu=[visit(), visit(release_id="RVU12A", **FULL), rvu("D0120", status="R")])
    assert broken_rows(con, "total_is_sum") == []
