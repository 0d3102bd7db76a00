"""Table code_event and view code_history: the life of a code in periods in which nothing of it changed."""

from __future__ import annotations

import duckdb

from tests.chain import loaded, visit
from tests.warehouse import Row, answer, stored

FACTOR = "32.3465"
PERIODS = "select life, period, change_kind, first_release_id, last_release_id, work_rvu from code_history order by all"


def history(**codes: list[Row]) -> duckdb.DuckDBPyConnection:
    """A warehouse with these releases, all with one factor: history is about the code, not about the dollars of the year."""
    return stored(loaded(dict.fromkeys(codes, FACTOR), codes), "code_history")


def test_a_code_that_stands_still_has_one_period() -> None:
    """Three releases, one row: from the first day of the first to the last day of the last."""
    con = history(RVU20A=[visit()], RVU22A=[visit()], RVU24A=[visit()])
    assert answer(con, PERIODS) == [(1, 1, "first_seen", "RVU20A", "RVU24A", "0.97")]
    found = answer(con, "select effective_from, effective_to, releases_seen from code_history")
    assert [str(cell) for cell in found[0]] == ["2020-01-01", "2024-03-08", "3"]


def test_a_change_begins_a_period_and_says_what_it_was() -> None:
    """The period names the release that brought the change, and the values before and after."""
    con = history(RVU20A=[visit()], RVU22A=[visit()], RVU24A=[visit(work="1.30", global_days="010")], RVU25A=[visit(work="1.30")])
    assert answer(con, PERIODS) == [
        (1, 1, "first_seen", "RVU20A", "RVU22A", "0.97"),
        (1, 2, "revalued", "RVU24A", "RVU24A", "1.30"),
        (1, 3, "indicator_changed", "RVU25A", "RVU25A", "1.30"),
    ]
    assert answer(con, "select values_changed from code_history order by period") == [
        (None,),
        ("work_rvu 0.97 → 1.30; global_days XXX → 010",),
        ("global_days 010 → XXX",),
    ]


def test_a_period_by_itself_is_that_of_the_history() -> None:
    """View code_period: the columns that both have are the same, a correction that was noted later changes none of them."""
    con = history(
        RVU20A=[visit()], RVU22A=[], RVU24A=[visit(work="1.30")], RVU25A=[visit()], RVU25B=[visit(work="1.10", opps_pe="3.10")]
    )
    names = ", ".join(name for name, *_ in answer(con, "select column_name from (describe code_period)"))
    found = answer(con, f"select {names} from code_period order by all")
    assert len(found) == 3
    assert found == answer(con, f"select {names} from code_history order by all")


def test_a_code_that_is_new_later_is_added() -> None:
    """Only a code of the first loaded release may be older than the warehouse knows."""
    con = history(RVU20A=[visit(code="99214")], RVU22A=[visit(), visit(code="99214")])
    found = answer(con, "select hcpcs_code, change_kind, first_seen_release_id, first_seen_on from code_history order by 1")
    assert [(*row[:3], str(row[3])) for row in found] == [
        ("99213", "added", "RVU22A", "2022-01-01"),
        ("99214", "first_seen", "RVU20A", "2020-01-01"),
    ]


def test_a_code_that_disappears_and_returns_has_two_lives() -> None:
    """Each life knows when it was first and last seen, and which release ended it."""
    con = history(RVU20A=[visit()], RVU22A=[visit(code="99214")], RVU24A=[visit(), visit(code="99214")])
    life = "life, change_kind, first_seen_release_id, last_seen_release_id, ended_by_release_id"
    assert answer(con, f"select {life} from code_history where hcpcs_code = '99213' order by life") == [
        (1, "first_seen", "RVU20A", "RVU20A", "RVU22A"),
        (2, "reactivated", "RVU24A", "RVU24A", None),
    ]


def test_periods_are_numbered_anew_in_each_life() -> None:
    """99213 lives three times, with two periods in the first two; another code with a single life goes on counting."""
    other = visit(code="99214")
    con = history(
        RVU20A=[visit(), other],
        RVU21A=[visit(work="1.10"), other],
        RVU22A=[visit(code="99214", work="1.20")],
        RVU23A=[visit(work="1.30"), other],
        RVU24A=[visit(work="1.40"), other],
        RVU25A=[other],
        RVU26B=[visit(work="1.50"), other],
    )
    numbered = "select life, period, change_kind, work_rvu from code_period where hcpcs_code = '{}' order by all"
    assert answer(con, numbered.format("99213")) == [
        (1, 1, "first_seen", "0.97"),
        (1, 2, "revalued", "1.10"),
        (2, 1, "reactivated", "1.30"),
        (2, 2, "revalued", "1.40"),
        (3, 1, "reactivated", "1.50"),
    ]
    assert [row[:2] for row in answer(con, numbered.format("99214"))] == [(1, 1), (1, 2), (1, 3)]


def test_a_correction_within_a_year_is_no_history() -> None:
    """RVU25D prints other RVUs than RVU25A: one period with the corrected values from 1 January, which names RVU25D."""
    con = history(RVU24A=[visit()], RVU25A=[visit(work="1.10")], RVU25D=[visit(work="1.20")], RVU26B=[visit(work="1.20")])
    assert answer(con, PERIODS) == [
        (1, 1, "first_seen", "RVU24A", "RVU24A", "0.97"),
        (1, 2, "revalued", "RVU25A", "RVU26B", "1.20"),
    ]
    found = answer(con, "select values_changed, corrected_by_release_id, effective_from from code_history where period = 2")
    assert (found[0][0], found[0][1], str(found[0][2])) == ("work_rvu 0.97 → 1.20", "RVU25D", "2025-01-01")


def test_the_release_that_corrects_is_the_first_that_printed_the_corrected_values() -> None:
    """RVU25B corrects RVU25A; that C and D print the same again corrects nothing."""
    con = history(
        RVU25A=[visit(work="1.10")], RVU25B=[visit(work="1.20")], RVU25C=[visit(work="1.20")], RVU25D=[visit(work="1.20")]
    )
    assert answer(con, "select first_release_id, corrected_by_release_id from code_history") == [("RVU25A", "RVU25B")]


def test_a_correction_back_to_the_old_value_leaves_no_trace_of_a_change() -> None:
    """RVU25A misprints, RVU25B prints the value of 2024 again: the value stood still throughout."""
    con = history(RVU24A=[visit()], RVU25A=[visit(work="9.70")], RVU25B=[visit()])
    assert answer(con, PERIODS) == [(1, 1, "first_seen", "RVU24A", "RVU25B", "0.97")]
    assert answer(con, "select corrected_by_release_id from code_history") == [("RVU25B",)]


def test_a_new_status_within_a_year_is_history() -> None:
    """A code that gets RVUs and status A in October was contractor-priced until then; that is not corrected back to January."""
    con = history(RVU25A=[visit("0", "0", "0", "0", status="C")], RVU25D=[visit()])
    found = answer(con, "select period, change_kind, status_code, work_rvu, values_changed from code_history order by 1")
    assert found[0] == (1, "first_seen", "C", "0.00", None)
    assert found[1][:4] == (2, "status_changed", "A", "0.97")
    assert found[1][4].startswith("status_code C → A; work_rvu 0.00 → 0.97")


def test_the_conversion_factor_is_no_history_of_a_code() -> None:
    con = loaded({"RVU24A": "32.7442", "RVU24AR": "33.2875"}, {"RVU24A": [visit()], "RVU24AR": [visit()]})
    assert answer(con, PERIODS) == [(1, 1, "first_seen", "RVU24A", "RVU24AR", "0.97")]


def test_a_release_that_never_governed_is_no_part_of_a_life() -> None:
    """RVU12A printed 1.50 and stood for no day; RVU09A and RVU15A print 0.97."""
    con = history(RVU09A=[visit()], RVU12A=[visit(work="1.50")], RVU15A=[visit()])
    assert answer(con, PERIODS) == [(1, 1, "first_seen", "RVU09A", "RVU15A", "0.97")]


def test_totals_are_those_of_the_values_that_hold() -> None:
    """The totals of a corrected period are the sums of its corrected parts."""
    con = history(RVU25A=[visit(work="1.10")], RVU25D=[visit(work="1.20")])
    found = answer(con, "select nonfacility_total_rvu, facility_total_rvu from code_history")
    assert found == [("2.27", "1.66")]


def test_outpatient_rvus_that_a_file_lacks_are_no_change() -> None:
    """Files before 2007 have no such column: the period goes on, with what its later releases say."""
    unknown = {"opps_nonfacility_pe_rvu": None, "opps_facility_pe_rvu": None, "opps_mp_rvu": None}
    con = history(RVU20A=[visit() | unknown], RVU22A=[visit(opps_pe="2.00", opps_mp="0.10")])
    found = answer(con, "select period, releases_seen, values_changed, opps_nonfacility_pe_rvu, opps_mp_rvu from code_history")
    assert [(*row[:3], str(row[3]), str(row[4])) for row in found] == [(1, 2, None, "2.00", "0.10")]


EVENTS = (
    "select release_id, hcpcs_code, begins_life, ends_life, begins_period, corrected_by_release_id from code_event order by all"
)


def test_only_what_happens_is_an_event() -> None:
    """99213 begins, stands still and ends; 99214 begins later. A release in which nothing happens to a code has no row of it."""
    con = history(
        RVU20A=[visit()],
        RVU22A=[visit(), visit(code="99214")],
        RVU24A=[visit(), visit(code="99214")],
        RVU25A=[visit(code="99214", work="1.92")],
    )
    assert answer(con, EVENTS) == [
        ("RVU20A", "99213", True, False, True, None),
        ("RVU22A", "99214", True, False, True, None),
        ("RVU25A", "99213", False, True, False, None),
        ("RVU25A", "99214", False, False, True, None),
    ]
    assert answer(con, "select values_changed, work_rvu from code_event where ends_life") == [(None, None)]


def test_that_a_corrected_year_has_passed_is_no_event() -> None:
    """RVU25D takes the misprint of RVU25A back, and RVU26A prints the same: only the year that was corrected has a row."""
    con = history(RVU24A=[visit()], RVU25A=[visit(work="1.10")], RVU25D=[visit()], RVU26A=[visit()])
    assert answer(con, EVENTS) == [
        ("RVU24A", "99213", True, False, True, None),
        ("RVU25A", "99213", False, False, False, "RVU25D"),
    ]
    assert answer(con, "select first_release_id, last_release_id, corrected_by_release_id from code_history") == [
        ("RVU24A", "RVU26A", "RVU25D")
    ]


def test_a_corrected_year_in_the_middle_of_a_period_is_noted() -> None:
    """RVU25A printed another work RVU and RVU25D the old one again: no period begins, and the one that there is says so."""
    con = history(RVU24A=[visit()], RVU25A=[visit(work="1.10")], RVU25D=[visit()], RVU26A=[visit()], RVU26B=[visit(work="1.5")])
    assert answer(con, EVENTS) == [
        ("RVU24A", "99213", True, False, True, None),
        ("RVU25A", "99213", False, False, False, "RVU25D"),
        ("RVU26A", "99213", False, False, True, "RVU26B"),
    ]
    assert answer(
        con, "select period, first_release_id, last_release_id, corrected_by_release_id from code_history order by period"
    ) == [
        (1, "RVU24A", "RVU25D", "RVU25D"),
        (2, "RVU26A", "RVU26B", "RVU26B"),
    ]
