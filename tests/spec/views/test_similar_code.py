"""Table similar_codes, view similar_code: same section and global period, then the indicators, then the RVUs, then the code."""

from __future__ import annotations

from tests.warehouse import answer, release, rvu, tiny_warehouse

QUERY = """select similar_rank, similar_hcpcs_code, unlike_indicators, rvu_distance
from similar_code where hcpcs_code = '10060' order by similar_rank"""


def test_indicators_come_before_rvus() -> None:
    """10061 has far other RVUs and the same indicators; 10080 has the same RVUs and another assistant indicator."""
    con = tiny_warehouse(
        release=[release()],
        rvu=[
            rvu("10060", work="1", pe="1", mp="0.1"),
            rvu("10061", work="9", pe="5", facility_pe="4", mp="0.9"),
            rvu("10080", work="1", pe="1", mp="0.1", assistant_surgery_indicator="1"),
        ],
    )
    assert answer(con, QUERY) == [(1, "10061", 0, "15.80"), (2, "10080", 1, "0.00")]
    listed = "select list_transform(similar_codes, lambda other: other.hcpcs_code) from similar_codes where hcpcs_code = '10060'"
    assert answer(con, listed) == [(["10061", "10080"],)]


def test_nearest_rvus_first_and_the_code_decides_between_equals() -> None:
    """With six companions of equal indicators, five are given: by the sum of four differences, then by code."""
    works = {"10061": "1.3", "10080": "0.9", "10081": "1.1", "10120": "5", "10121": "1", "10140": "1.2"}
    con = tiny_warehouse(
        release=[release()], rvu=[rvu("10060", work="1"), *(rvu(code, work=work) for code, work in works.items())]
    )
    assert answer(con, QUERY) == [
        (1, "10121", 0, "0.00"),
        (2, "10080", 0, "0.10"),
        (3, "10081", 0, "0.10"),
        (4, "10140", 0, "0.20"),
        (5, "10061", 0, "0.30"),
    ]


def test_a_pool_of_like_indicators_loses_none_of_the_five() -> None:
    """Six codes are alike, a seventh is not: for the six it can never be among the five, and for itself all six are looked at."""
    like = [rvu(f"1006{i}", work=str(i + 1)) for i in range(6)]
    con = tiny_warehouse(release=[release()], rvu=[*like, rvu("10080", work="1", bilateral_surgery_indicator="1")])
    assert answer(con, QUERY) == [(i, f"1006{i}", 0, f"{i}.00") for i in range(1, 6)]
    assert answer(
        con, "select similar_hcpcs_code, unlike_indicators from similar_code where hcpcs_code = '10080' order by similar_rank"
    ) == [(f"1006{i}", 1) for i in range(5)]
    assert answer(con, "select distinct similar_pool from code_profile order by 1") == [
        ("Surgery XXX",),
        ("Surgery XXX 00000009--",),
    ]


def test_other_sections_global_periods_and_releases_are_never_similar() -> None:
    """Whatever their RVUs; nor are codes without a price, nor the code itself."""
    con = tiny_warehouse(
        release=[release(), release("RVU26A", "2026-01-01")],
        rvu=[
            rvu("10060", work="1"),
            rvu("10060", "26", work="1"),
            rvu("10061", work="1", global_days="010"),
            rvu("70450", work="1"),
            rvu("10080", work="1", status="B"),
            rvu("10081", work="1", release_id="RVU26A"),
        ],
    )
    assert answer(con, "select count(*) from similar_code") == [(0,)]


def test_only_the_neighbours_by_total_are_looked_at() -> None:
    """Six above and six below by the sum of both totals: 10067 is the seventh above."""
    near = [rvu(f"1006{i}", pe=str(i)) for i in range(1, 7)]
    con = tiny_warehouse(release=[release()], rvu=[rvu("10060", work="0.5"), *near, rvu("10067", work="6.5")])
    assert [row[1] for row in answer(con, QUERY)] == ["10061", "10062", "10063", "10064", "10065"]
