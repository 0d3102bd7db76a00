"""Where a code stands: code_profile, code_group, group_summary, code_place, code_standings, code_standing, code_percentile."""

from __future__ import annotations

import duckdb

from tests.warehouse import Row, answer, release, rvu, stored, tiny_warehouse

# Five codes of Surgery with work 1, 2, 2, 4 and 10, of which two have a global period of 10 days.
WORK = {"10060": "1", "10061": "2", "10080": "2", "10081": "4", "10120": "10"}


def ranked(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    return stored(tiny_warehouse(**tables), "code_percentile")


def five_codes() -> duckdb.DuckDBPyConnection:
    return ranked(
        release=[release()],
        rvu=[
            rvu(code, work=work, pe="1", facility_pe="0.5", global_days="010" if code < "10080" else "000")
            for code, work in WORK.items()
        ],
    )


def test_the_percentile_is_the_share_strictly_below() -> None:
    """Codes of one value share percentile and rank, rank 1 is the highest, and ties counts the others of the same value."""
    found = answer(
        five_codes(),
        "select hcpcs_code, value, n, below, ties, rank, percentile from code_percentile "
        "where section = 'Surgery' and measure = 'work_rvu' order by hcpcs_code",
    )
    assert found == [
        ("10060", "1.00", 5, 0, 0, 5, "0.00"),
        ("10061", "2.00", 5, 1, 1, 3, "20.00"),
        ("10080", "2.00", 5, 1, 1, 3, "20.00"),
        ("10081", "4.00", 5, 3, 0, 2, "60.00"),
        ("10120", "10.00", 5, 4, 0, 1, "80.00"),
    ]


def test_quartiles_are_exact() -> None:
    """Of work 0.01, 0.02, 0.04 and 0.08 the median is 0.03 and the quartiles 0.0175 and 0.05: not cut to cents."""
    con = ranked(
        release=[release()],
        rvu=[rvu(f"1006{i}", work=work) for i, work in enumerate(["0.01", "0.02", "0.04", "0.08"])],
    )
    assert answer(
        con,
        "select median, p25, p75, minimum, maximum, ratio_to_median from code_percentile "
        "where hcpcs_code = '10060' and measure = 'work_rvu'",
    ) == [("0.0300", "0.0175", "0.0500", "0.01", "0.08", "0.333333")]


def test_totals_are_measures_too() -> None:
    """Each code has a row for work and for each total, of the same population."""
    found = answer(
        five_codes(), "select measure, value, n, median from code_percentile where hcpcs_code = '10081' order by measure"
    )
    assert found == [
        ("facility_total_rvu", "4.50", 5, "2.5000"),
        ("nonfacility_total_rvu", "5.00", 5, "3.0000"),
        ("work_rvu", "4.00", 5, "2.0000"),
    ]


def test_the_family_has_the_same_global_period() -> None:
    """10061 is at the top of the two codes with 10 days, and 10080 at the bottom of the three with none."""
    found = answer(
        five_codes(),
        "select hcpcs_code, global_days, family_n, family_below, family_ties, family_rank, family_percentile, family_median, "
        "family_p25, family_p75, family_minimum, family_maximum, family_ratio_to_median from code_percentile "
        "where measure = 'work_rvu' and hcpcs_code in ('10061', '10080') order by hcpcs_code",
    )
    assert found == [
        ("10061", "010", 2, 1, 0, 1, "50.00", "1.5000", "1.2500", "1.7500", "1.00", "2.00", "1.333333"),
        ("10080", "000", 3, 0, 0, 3, "0.00", "4.0000", "3.0000", "7.0000", "2.00", "10.00", "0.500000"),
    ]


def test_the_population_is_what_rvus_price_without_modifier() -> None:
    """Rows of modifiers, of status C and B, and without any RVU are left out; work 0 with a total above 0 counts."""
    con = ranked(
        release=[release()],
        rvu=[
            rvu("70450", work="1", pe="2"),
            rvu("70450", "26", work="1"),
            rvu("70450", "TC", pe="2"),
            rvu("70460", pe="2"),
            rvu("70470", status="C", work="5"),
            rvu("70480", status="B", work="5"),
            rvu("70481", status="R"),
            rvu("70482", status="T", pe="0", facility_pe="0.2"),
        ],
    )
    assert answer(con, "select hcpcs_code from code_profile order by 1") == [("70450",), ("70460",), ("70482",)]
    assert answer(con, "select distinct grouping, group_name, n from group_summary order by 1") == [
        ("section", "Radiology", 3),
        ("section_global_period", "Radiology, XXX", 3),
    ]
    assert answer(con, "select n, below from code_percentile where hcpcs_code = '70450' and measure = 'work_rvu'") == [(3, 2)]


def test_a_place_counts_the_codes_below_and_beside_by_each_measure() -> None:
    """Of 10061: one code has less work, one as much; so it is by both totals, since one practice expense is that of all."""
    con = five_codes()
    places = answer(con, "select group_name, work_below, work_ties, nonfacility_total_below, nonfacility_total_ties, "
        "facility_total_below, facility_total_ties from code_place where hcpcs_code = '10061' order by grouping")  # fmt: skip
    assert places == [("Surgery", 1, 1, 1, 1, 1, 1), ("Surgery, 010", 1, 0, 1, 0, 1, 0)]
    assert answer(con, "select count(*) from code_place") == [(10,)]


def test_without_a_median_there_is_no_ratio() -> None:
    """Where the median is 0 nothing is so many times of it."""
    con = ranked(release=[release()], rvu=[rvu("70450", pe="1"), rvu("70460", pe="1"), rvu("70470", work="1")])
    assert answer(
        con, "select median, ratio_to_median from code_percentile where hcpcs_code = '70470' and measure = 'work_rvu'"
    ) == [("0.0000", None)]


def test_sections_and_releases_are_apart() -> None:
    """A code is compared with codes of its section and its release only, and belongs to one group of each grouping."""
    con = ranked(
        release=[release(), release("RVU26A", "2026-01-01")],
        rvu=[rvu("10060", work="1"), rvu("70450", work="2"), rvu("10060", work="3", release_id="RVU26A")],
    )
    assert answer(con, "select release_id, group_name, hcpcs_code, value, n from code_standing where measure = 'work_rvu' "
        "and grouping = 'section' order by 1, 2") == [
        ("RVU25D", "Radiology", "70450", "2.00", 1),
        ("RVU25D", "Surgery", "10060", "1.00", 1),
        ("RVU26A", "Surgery", "10060", "3.00", 1),
    ]  # fmt: skip
    assert answer(con, "select count(*) from code_group") == [(6,)]
    assert answer(con, "select distinct standings[3].below + standings[3].ties from code_standings") == [(0,)]


def test_a_list_of_standings_is_in_the_order_of_measures() -> None:
    """code_standings has one list for a code and grouping; its third element is that of the work RVU, which pages quote."""
    con = ranked(release=[release()], rvu=[rvu("10060", work="1"), rvu("10061", work="3")])
    measures = answer(con, "select distinct list_transform(standings, lambda place: place.measure) from code_standings")
    assert measures == [(["facility_total_rvu", "nonfacility_total_rvu", "work_rvu"],)]
    found = answer(
        con,
        "select place.below, place.ties, place.rank, place.percentile, place.median, place.ratio_to_median from (select "
        "standing('section', 'Surgery', 'work_rvu', 2.00, 1, 1, {'n': 4, 'median': 2.5, 'p25': 1, 'p75': 3, 'minimum': 1, "
        "'maximum': 9}) as place)",
    )
    assert found == [(1, 1, 2, "25.00", "2.5", "0.800000")]
