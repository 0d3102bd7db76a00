"""Sections, percentiles, ranges and pages over the real archives: figures that users know, and identities over all rows."""

from __future__ import annotations

import duckdb

from tests.slow import slow
from tests.warehouse import answer, value


def test_the_reference_page_of_17340(whole: duckdb.DuckDBPyConnection) -> None:
    """2nd percentile of Surgery, median 8.00, 10.7 times below it, highest 106.19 (39503): computed from RVU26B, n = 5,716."""
    assert answer(
        whole,
        "select n, below, ties, percentile, median, maximum, ratio_to_median from code_percentile "
        "where release_id = 'RVU26B' and section = 'Surgery' and measure = 'work_rvu' and hcpcs_code = '17340'",
    ) == [(5716, 136, 7, "2.38", "8.0000", "106.19", "0.093750")]
    assert value(
        whole,
        "(select hcpcs_code from code_percentile where release_id = 'RVU26B' and section = 'Surgery' "
        "and measure = 'work_rvu' and rank = 1)",
    ) == ("39503")
    (page,) = answer(
        whole,
        "select comparison, nonfacility_total_rvu, facility_total_rvu, nonfacility_allowed, facility_allowed, global_days "
        "from code_page where release_id = 'RVU26B' and hcpcs_code = '17340'",
    )
    assert page == (
        "Work RVU 0.75: 2nd percentile of the 5716 codes of Surgery that Medicare prices, 10.7 times below the median of 8.00; "
        "the highest is 106.19.",
        "1.58",
        "1.26",
        "52.77",
        "42.09",
        "010",
    )


def test_every_code_of_every_release_has_a_section_and_a_page(whole: duckdb.DuckDBPyConnection) -> None:
    """No code is lost on the way to its page, whatever its form."""
    counted = "select release_id, count({}) from {} group by release_id order by release_id"
    codes = answer(whole, counted.format("distinct hcpcs_code", "rvu"))
    assert answer(whole, counted.format("*", "code_section")) == codes
    assert answer(whole, counted.format("*", "page_fact")) == codes
    assert len(codes) == 12


def test_the_range_over_the_localities_is_that_of_every_locality(whole: duckdb.DuckDBPyConnection) -> None:
    """payment_range looks at some localities only; view payment has them all, and no amount lies outside."""
    differing = answer(
        whole,
        """
        with spread as (
          select qp_status, hcpcs_code, modifier, count(*) as localities, min(nonfacility_allowed) as nonfacility_lowest,
            max(nonfacility_allowed) as nonfacility_highest, min(facility_allowed) as facility_lowest,
            max(facility_allowed) as facility_highest
          from payment where release_id = $1 group by all
        )
        select count(*), count(*) filter (
          where (localities, spread.nonfacility_lowest, spread.nonfacility_highest, spread.facility_lowest,
            spread.facility_highest)
            is distinct from (locality_count, range.nonfacility_lowest, range.nonfacility_highest, range.facility_lowest,
              range.facility_highest)
        )
        from spread join payment_range as range using (qp_status, hcpcs_code, modifier) where range.release_id = $1
        """,
        "RVU26B",
    )
    assert differing == [(value(whole, "(select count(*) from payment_range where release_id = 'RVU26B')"), 0)]


def test_national_amounts_of_the_range_are_those_of_the_view(whole: duckdb.DuckDBPyConnection) -> None:
    """To the cent, for every row of every release."""
    assert answer(
        whole,
        """
        select count(*) - (select count(*) from payment_range), count(*) filter (
          where national.nonfacility_fee <> range.nonfacility_fee or national.facility_fee <> range.facility_fee
            or national.nonfacility_allowed <> range.nonfacility_allowed or national.facility_allowed <> range.facility_allowed
        )
        from national_payment as national
        join payment_range as range using (release_id, qp_status, hcpcs_code, modifier)
        """,
    ) == [(0, 0)]


def test_places_add_up_in_every_group(whole: duckdb.DuckDBPyConnection) -> None:
    """below + ties + this code + above are the group, and extremes and quartiles are in order, for every row there is."""
    assert answer(
        whole,
        "select count(*) from code_standing where below + ties + rank <> n "
        "or not (minimum <= p25 and p25 <= median and median <= p75 and p75 <= maximum and value between minimum and maximum)",
    ) == [(0,)]


@slow
def test_the_latest_page_of_a_code_is_its_page_in_the_last_governing_release_that_lists_it(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    """Every code of a governing release has one, of the release that the rows of RVUs name. All columns are those of code_page:
    of the newest release, and of codes that went after 2025."""
    latest = "select hcpcs_code, release_id from latest_code_page order by hcpcs_code"
    listed = (
        "select hcpcs_code, arg_max(governing_release.release_id, chain_position) from rvu "
        "join governing_release using (release_id) group by hcpcs_code order by hcpcs_code"
    )
    assert answer(whole, latest) == answer(whole, listed)
    for release_id, least in (("RVU26B", 17_000), ("RVU25D", 200)):
        pages = f"select {{}} from {{}} where release_id = '{release_id}'"
        differing = f"({pages.format('*', 'latest_code_page')} except {pages.format('*', 'code_page')})"
        assert value(whole, f"(select count(*) from {differing})") == 0
        assert value(whole, f"({pages.format('count(*)', 'latest_code_page')})") >= least
