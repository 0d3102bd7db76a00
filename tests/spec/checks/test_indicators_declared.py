"""Check indicators_declared: every status code and indicator has a value that the catalogue explains."""

from __future__ import annotations

import pytest

from tests.warehouse import broken_rows, rvu, tiny_warehouse

INDICATORS = [
    "pctc_indicator",
    "global_days",
    "multiple_procedure_indicator",
    "bilateral_surgery_indicator",
    "assistant_surgery_indicator",
    "co_surgery_indicator",
    "team_surgery_indicator",
    "diagnostic_supervision",
    "calculation_flag",
    "imaging_family",
]


@pytest.mark.parametrize("column", INDICATORS)
def test_selects_a_value_that_nobody_explains(column: str) -> None:
    """One row for each release, column and value, however many codes carry it."""
    rows = [rvu("99213", **{column: "?"}), rvu("99214", **{column: "?"}), rvu("99215")]
    found = broken_rows(tiny_warehouse(rvu=rows), "indicators_declared")
    assert found == [{"release_id": "RVU25D", "applies_to": column, "value": "?"}]


def test_selects_an_unknown_status() -> None:
    """A status decides whether a code is priced, so an unknown one must not be published."""
    found = broken_rows(tiny_warehouse(rvu=[rvu("99213", status="Z")]), "indicators_declared")
    assert found == [{"release_id": "RVU25D", "applies_to": "status_code", "value": "Z"}]


def test_leaves_the_values_of_the_record_layouts() -> None:
    """An office visit, a surgery with a global period, a diagnostic test with components."""
    surgery = {"global_days": "090", "multiple_procedure_indicator": "2", "bilateral_surgery_indicator": "1"}
    test = {"pctc_indicator": "1", "diagnostic_supervision": "6A", "imaging_family": "88", "multiple_procedure_indicator": "4"}
    con = tiny_warehouse(rvu=[rvu("99213"), rvu("27447", **surgery), rvu("76814", **test), rvu("17340", status="T")])
    assert broken_rows(con, "indicators_declared") == []
