"""Views code_change_summary and biggest_code_change: what changed between two releases in numbers, and where most."""

from __future__ import annotations

import duckdb

from tests.chain import dated, loaded, visit
from tests.warehouse import Row, answer, factor, insert, rvu, tiny_warehouse

ADJUSTED = "select work_compared, work_adjusted, work_rounded_away, work_unchanged, work_revalued from code_change_summary"


def of_2026(before: list[Row], after: list[Row]) -> duckdb.DuckDBPyConnection:
    return loaded({"RVU25D": "32.3465", "RVU26B": "33.4009"}, {"RVU25D": before, "RVU26B": after})


def test_each_code_counts_once() -> None:
    """One code of each kind: the counts add up to the rows of both releases."""
    kept = [visit(code=code) for code in ("99211", "99212", "99213", "99214")]
    after = [kept[0], visit(code="99212", work="1.00"), visit(code="99213", status="C"), visit(code="99214", global_days="010")]
    con = of_2026([*kept, visit(code="99201")], [*after, visit(code="99417")])
    columns = "codes_before, codes_after, codes_unchanged, codes_revalued, codes_status_changed, codes_indicator_changed"
    found = answer(con, f"select {columns}, codes_added, codes_deleted from code_change_summary where basis = 'release'")
    assert found == [(5, 5, 1, 1, 1, 1, 1, 1)]


def test_what_the_efficiency_adjustment_did() -> None:
    """2.5 % off, rounded half up: 0.77 becomes 0.75, 0.18 rounds back, 1.30 was exempt, 2.00 was valued anew."""
    before = [visit(code=code, work=work) for code, work in (("17340", "0.77"), ("1", "0.18"), ("99213", "1.30"), ("2", "2.00"))]
    after = [visit(code=code, work=work) for code, work in (("17340", "0.75"), ("1", "0.18"), ("99213", "1.30"), ("2", "1.50"))]
    con = of_2026(before, after)
    assert answer(con, f"{ADJUSTED} where basis = 'release'") == [(4, 1, 1, 1, 1)]


def test_codes_that_are_not_active_on_both_sides_are_not_compared() -> None:
    """Contractors price status C, and a code without work cannot lose any."""
    before = [visit(code="1", status="C", work="0.77"), visit(code="2", work="0")]
    assert answer(of_2026(before, before), f"{ADJUSTED} where basis = 'release'") == [(0, 0, 0, 0, 0)]


def test_without_an_efficiency_adjustment_between_the_dates_none_is_counted() -> None:
    """From 2024 to 2025 there was none: work RVUs stayed or were valued anew, also where 0.975 times the old one comes out."""
    con = loaded(
        {"RVU24A": "32.7442", "RVU25A": "32.3465"},
        {"RVU24A": [visit(work="0.77")], "RVU25A": [visit(work="0.75")]},
    )
    assert answer(con, f"{ADJUSTED} where basis = 'year'") == [(1, None, None, 0, 1)]


def test_the_median_change_is_over_codes_with_a_price_on_both_sides() -> None:
    """At one factor, RVUs of 1 that become 1.1, 1.2 and 2: the median rose by a fifth; a code without price has no part in it."""
    codes = ("1.00", "1.00", "1.00", "1.00")
    before = [rvu(f"9921{i}", work=work) for i, work in enumerate(codes)]
    after = [rvu(f"9921{i}", work=work) for i, work in enumerate(("1.10", "1.20", "2.00"))] + [rvu("99213", status="C")]
    con = loaded({"RVU25A": "10.0000", "RVU25D": "10.0000"}, {"RVU25A": before, "RVU25D": after})
    columns = "codes_priced_in_both, codes_paid_more, codes_paid_less, median_fee_change_fraction, codes_corrected"
    assert answer(con, f"select {columns} from code_change_summary where basis = 'release'") == [(3, 3, 0, "0.200000", 3)]


def test_any_two_releases_have_a_summary() -> None:
    con = of_2026([visit()], [visit(work="2.00")])
    query = "select to_release_id, codes_revalued from code_change_summary where basis = 'any' and from_release_id = 'RVU26B'"
    assert answer(con, query) == [("RVU25D", 1)]


def biggest(before: dict[str, str], after: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """Codes with these work RVUs at 100 dollars each, without other RVUs."""
    return loaded(
        {"RVU25A": "50.0000", "RVU26B": "50.0000"},
        {
            "RVU25A": [rvu(code, work=work) for code, work in before.items()],
            "RVU26B": [rvu(code, work=work) for code, work in after.items()],
        },
    )


RANKED = (
    "select section, direction, change_rank, hcpcs_code, fee_change from biggest_code_change "
    "where basis = 'year' and ranked_by = ? "
)


def test_winners_and_losers_are_ranked_within_their_section() -> None:
    """Surgery and radiology have ranks of their own; the code whose amount stayed has none."""
    con = biggest(
        {"10040": "1.00", "10060": "1.00", "10061": "1.00", "10080": "1.00", "70010": "9.00"},
        {"10040": "2.00", "10060": "4.00", "10061": "0.50", "10080": "1.00", "70010": "8.00"},
    )
    assert answer(con, RANKED + "order by all", "dollars") == [
        ("Radiology", "down", 1, "70010", "-50.00"),
        ("Surgery", "down", 1, "10061", "-25.00"),
        ("Surgery", "up", 1, "10060", "150.00"),
        ("Surgery", "up", 2, "10040", "50.00"),
    ]


def test_the_fraction_ranks_otherwise_than_the_dollars() -> None:
    """From 1 to 2 is more of a change than from 10 to 12; an amount below 5 dollars is left out."""
    con = biggest({"10040": "1.00", "10060": "10.00", "10061": "0.05"}, {"10040": "2.00", "10060": "12.00", "10061": "0.20"})
    found = answer(con, RANKED + "order by change_rank", "fraction")
    assert [row[3] for row in found] == ["10040", "10060"]
    assert [row[3] for row in answer(con, RANKED + "order by change_rank", "dollars")] == ["10060", "10040", "10061"]


def test_components_have_no_rank() -> None:
    """They move with their global service, and would crowd it out."""
    con = tiny_warehouse(release=[dated("RVU25A"), dated("RVU26B")])
    insert(con, "conversion_factor", [factor("50.0000", release_id=label) for label in ("RVU25A", "RVU26B")])
    insert(
        con, "rvu", [rvu("70450", "26", work="1.00", release_id="RVU25A"), rvu("70450", "26", work="2.00", release_id="RVU26B")]
    )
    assert answer(con, "select * from biggest_code_change") == []
