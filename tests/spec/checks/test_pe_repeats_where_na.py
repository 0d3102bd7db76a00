"""Check pe_repeats_where_na: where a setting is marked NA, its practice expense repeats that of the other setting."""

from __future__ import annotations

import pytest

from tests.warehouse import broken_rows, rvu, tiny_warehouse


@pytest.mark.parametrize("flag", ["nonfacility_na", "facility_na"])
def test_selects_an_na_row_with_two_practice_expenses(flag: str) -> None:
    """76775 of RVU09A, one of the few: 2.39 and 2.38."""
    con = tiny_warehouse(rvu=[rvu("76775", pe="2.39", facility_pe="2.38", **{flag: True})])
    (found,) = broken_rows(con, "pe_repeats_where_na")
    assert (found["hcpcs_code"], found["nonfacility_pe_rvu"], found["facility_pe_rvu"]) == ("76775", "2.39", "2.38")


def test_leaves_equal_values_and_rows_without_na() -> None:
    """NA is neither blank nor zero, and where no setting is NA the two values are free."""
    rows = [rvu("33510", pe="15.65", nonfacility_na=True), rvu("99213", pe="1.35", facility_pe="0.57")]
    assert broken_rows(tiny_warehouse(rvu=rows), "pe_repeats_where_na") == []
