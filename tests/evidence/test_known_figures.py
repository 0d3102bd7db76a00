"""Figures of single codes that have been checked against CMS's own files and screens, one release after the other."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.warehouse import answer

NATIONAL = (
    "select nonfacility_fee, facility_fee from national_payment "
    "where release_id = ? and hcpcs_code = ? and modifier = '' and qp_status = 'non_qp'"
)


@pytest.mark.parametrize(
    ("release", "amount"),
    [
        ("RVU09A", "61.31"),
        ("RVU17A", "73.93"),
        ("RVU19A", "75.32"),
        ("RVU20A", "76.15"),
        ("RVU22A", "92.05"),
        ("RVU24A", "89.39"),
        ("RVU24AR", "90.87"),
        ("RVU25A", "88.95"),
        ("RVU25D", "88.95"),
        ("RVU26B", "95.19"),
    ],
)
def test_the_office_visit_99213_through_the_years(whole: duckdb.DuckDBPyConnection, release: str, amount: str) -> None:
    """National, outside facilities. 2009 takes the transitioned practice expense, 2024 has two factors."""
    assert [row[0] for row in answer(whole, NATIONAL, release, "99213")] == [amount]


def test_17340_in_2026(whole: duckdb.DuckDBPyConnection) -> None:
    """The example of the reference site: 52.77 and 42.09 in the two settings; 0.75 is its work, not its total."""
    assert answer(whole, NATIONAL, "RVU26B", "17340") == [("52.77", "42.09")]
    found = answer(
        whole,
        "select work_rvu, nonfacility_total_rvu, facility_total_rvu, global_days, assistant_surgery_indicator from rvu "
        "where release_id = 'RVU26B' and hcpcs_code = '17340'",
    )
    assert found == [("0.75", "1.58", "1.26", "010", "1")]


def test_17340_has_had_three_values_of_work(whole: duckdb.DuckDBPyConnection) -> None:
    """0.76 in 2009, 0.77 from 2011 to 2025, 0.75 from 2026 (97.5 % of 0.77)."""
    found: list[tuple[Any, ...]] = answer(
        whole, "select work_rvu, min(release_id), max(release_id) from rvu where hcpcs_code = '17340' group by 1 order by 2"
    )
    assert found == [("0.76", "RVU09A", "RVU09A"), ("0.77", "RVU12A", "RVU25D"), ("0.75", "RVU26B", "RVU26B")]


def test_88366_in_marin_as_2015_began(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU15A gives 181.57. Noridian's 289.62 is of a later release of 2015, which corrects it back to 1 January."""
    found = answer(
        whole,
        "select nonfacility_fee from payment where release_id = 'RVU15A' and mac = '01112' and locality = '03' "
        "and hcpcs_code = '88366' and modifier = ''",
    )
    assert found == [("181.57",)]


def test_a_cap_that_does_not_bind_is_shown(whole: duckdb.DuckDBPyConnection) -> None:
    """93925 in Alabama, 2025: CMS's carrier file prints the fee 201.45 and the cap 243.24."""
    found = answer(
        whole,
        "select nonfacility_fee, opps_nonfacility_cap, nonfacility_allowed from payment "
        "where release_id = 'RVU25A' and mac = '10112' and hcpcs_code = '93925' and modifier = ''",
    )
    assert found == [("201.45", "243.24", "201.45")]


def test_the_most_work_of_2026(whole: duckdb.DuckDBPyConnection) -> None:
    """39503 has 106.19 RVUs of work (and 160.25 in all), more than any other surgical code with a price."""
    found = answer(
        whole,
        "select hcpcs_code, rvu.work_rvu, facility_total_rvu from rvu join priced_rvu using (release_id, hcpcs_code, modifier) "
        "where release_id = 'RVU26B' and hcpcs_code between '10004' and '69990' order by rvu.work_rvu desc limit 1",
    )
    assert found == [("39503", "106.19", "160.25")]
