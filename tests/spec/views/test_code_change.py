"""Views code_change, code_comparison and code_correction: what became of a code, and what its dollars changed by."""

from __future__ import annotations

import duckdb
import pytest

from tests.chain import dated, loaded, visit
from tests.slow import slow
from tests.warehouse import Row, answer, factor, rvu, tiny_warehouse

KINDS = "select from_release_id, to_release_id, change_kind from code_change where basis = 'release' order by to_service_date"


def two_years(before: list[Row], after: list[Row]) -> duckdb.DuckDBPyConnection:
    """RVU24A and RVU25A with these codes."""
    return loaded({"RVU24A": "32.7442", "RVU25A": "32.3465"}, {"RVU24A": before, "RVU25A": after})


def kind(before: list[Row], after: list[Row]) -> str:
    (found,) = answer(two_years(before, after), "select change_kind from code_change where basis = 'year'")
    return found[0]  # type: ignore[no-any-return]


CASES: list[tuple[list[Row], list[Row], str]] = [
    ([], [visit()], "added"),
    ([visit()], [], "deleted"),
    ([visit(status="C")], [visit(status="A")], "status_changed"),
    ([visit()], [visit(work="1.30")], "revalued"),
    ([visit()], [visit(pe="1.02")], "revalued"),
    ([visit()], [visit(facility_pe="0.41")], "revalued"),
    ([visit()], [visit(mp="0.07")], "revalued"),
    ([visit()], [visit(global_days="010")], "indicator_changed"),
    ([visit()], [visit(facility_na=True)], "indicator_changed"),
    ([visit()], [visit(opps_pe="3.10")], "cap_revalued"),
    ([visit()], [visit()], "unchanged"),
    ([visit()], [visit(line_number=77)], "unchanged"),
    ([visit(status="C")], [visit(status="A", work="1.30", global_days="010")], "status_changed"),
    ([visit()], [visit(work="1.30", global_days="010")], "revalued"),
]


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """What became of each case, which is a code of its own in one warehouse."""

    def coded(side: int) -> list[Row]:
        return [row | {"hcpcs_code": str(number)} for number, case in enumerate(CASES, 10000) for row in case[side]]

    return dict(answer(two_years(coded(0), coded(1)), "select hcpcs_code, change_kind from code_change where basis = 'year'"))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_kind_of_change(kinds: dict[str, str], number: int) -> None:
    """The first that applies: in or out, status, RVUs, indicators, the outpatient cap. A line number is no change."""
    assert kinds[str(10000 + number)] == CASES[number][2]


@slow
def test_what_is_different_stands_once_and_its_dollars_once_for_each_factor() -> None:
    """View code_difference knows no factor: a code that nothing prices has its row, and one with two prices has one row too."""
    con = tiny_warehouse(
        release=[dated("RVU25A"), dated("RVU26A")],
        conversion_factor=[
            factor("32.3465", release_id="RVU25A"),
            factor("33.4009", release_id="RVU26A"),
            factor("33.5675", release_id="RVU26A", qp_status="qp"),
        ],
        rvu=[
            row | {"release_id": label}
            for label, work in (("RVU25A", "0.97"), ("RVU26A", "0.95"))
            for row in (visit(work=work), visit(work=work, code="99499", status="C"))
        ],
    )
    kinds = "hcpcs_code, change_kind, work_rvu_before, work_rvu_after from"
    found = [("99213", "revalued", "0.97", "0.95"), ("99499", "revalued", "0.97", "0.95")]
    assert answer(con, f"select {kinds} code_difference where basis = 'year' order by all") == found
    assert answer(con, f"select {kinds} code_comparison where basis = 'year' and qp_status = 'qp' order by all") == found
    priced = "hcpcs_code, qp_status, fee_before is not null, fee_after is not null"
    assert answer(con, f"select {priced} from code_comparison where basis = 'year' order by all") == [
        ("99213", "non_qp", True, True),
        ("99213", "qp", True, True),
        ("99499", "non_qp", False, False),
        ("99499", "qp", False, False),
    ]


def test_all_that_changed_is_flagged_beside_the_kind() -> None:
    con = two_years([visit(status="C")], [visit(work="1.30", global_days="010", opps_pe="3.10")])
    flags = "is_status_changed, is_revalued, is_indicator_changed, is_cap_revalued, indicators_changed"
    found = answer(con, f"select {flags} from code_change where basis = 'year'")
    assert found == [(True, True, True, True, "global_days XXX → 010")]


def test_a_column_that_a_file_lacks_is_no_change() -> None:
    """The pricing indicator came in 2026 and says which payment a file is for; the imaging family is null before 2006."""
    before, after = visit(imaging_family=None), visit(pricing_indicator="9", imaging_family="99")
    assert kind([before], [after]) == "unchanged"


def test_a_code_that_returns_is_reactivated() -> None:
    """In RVU22A, gone in RVU24A, back in RVU25A: not added, since an earlier governing release had it."""
    con = loaded(
        {"RVU22A": "34.6062", "RVU24A": "32.7442", "RVU25A": "32.3465"},
        {"RVU22A": [visit()], "RVU24A": [visit(code="99214")], "RVU25A": [visit(), visit(code="99214")]},
    )
    assert answer(con, f"{KINDS}, hcpcs_code") == [
        ("RVU22A", "RVU24A", "deleted"),
        ("RVU22A", "RVU24A", "added"),
        ("RVU24A", "RVU25A", "reactivated"),
        ("RVU24A", "RVU25A", "unchanged"),
    ]


def test_what_a_release_printed_that_never_governed_does_not_count() -> None:
    """RVU12A stood for no day: the code that it had first is added by RVU15A, and not in between."""
    con = loaded({"RVU09A": "36.0666", "RVU12A": "24.6712", "RVU15A": "35.7547"}, {"RVU12A": [visit()], "RVU15A": [visit()]})
    assert answer(con, KINDS) == [("RVU09A", "RVU15A", "added")]


def test_modifiers_are_codes_of_their_own() -> None:
    """The professional component is revalued, the global service is not."""
    before = [rvu("70450", "26", work="0.85"), rvu("70450", work="0.85", pe="3.00")]
    after = [rvu("70450", "26", work="0.83"), rvu("70450", work="0.85", pe="3.00")]
    found = answer(two_years(before, after), "select modifier, change_kind from code_change where basis = 'year' order by 1")
    assert found == [("", "unchanged"), ("26", "revalued")]


def split(con: duckdb.DuckDBPyConnection, basis: str) -> list[tuple[str | None, ...]]:
    """Fees before and after, their difference, and its three parts; plain decimals as text."""
    (row,) = con.execute(
        "select nonfacility_fee_before, nonfacility_fee_after, nonfacility_fee_change, nonfacility_rvu_effect, "
        "nonfacility_conversion_factor_effect, nonfacility_rounding from code_change where basis = ?",
        [basis],
    ).fetchall()
    return [tuple(None if cell is None else f"{cell:f}" for cell in row)]


def test_a_change_in_dollars_is_split_exactly() -> None:
    """99213 from 2009 to 2015, by hand: 1.70 x 36.0666 = 61.31322, 2.04 x 35.7547 = 72.939588.

    0.34 x 35.91065 = 12.209621; -0.3119 x 1.87 = -0.583253; what is left of 11.63 is rounding, 0.003632.
    """
    con = loaded(
        {"RVU09A": "36.0666", "RVU15A": "35.7547"},
        {"RVU09A": [visit("0.92", "0.75", "0.29", "0.03")], "RVU15A": [visit("0.97", "1.01", "0.40", "0.06")]},
    )
    assert split(con, "year") == [("61.31", "72.94", "11.63", "12.209621000", "-0.583253000", "0.003632000")]


def test_the_conversion_factor_alone_moves_a_code_that_did_not_change() -> None:
    """RVU24A to RVU24AR: nothing but the factor, 32.7442 to 33.2875, on 2.72 RVUs."""
    office = visit("1.30", "1.33", "0.55", "0.09")
    con = loaded({"RVU24A": "32.7442", "RVU24AR": "33.2875"}, {"RVU24A": [office], "RVU24AR": [office]})
    found = split(con, "release")
    assert found == [("89.06", "90.54", "1.48", "0.000000000", "1.477776000", "0.002224000")]
    assert answer(con, KINDS) == [("RVU24A", "RVU24AR", "unchanged")]


def test_a_calculation_flag_that_ends_is_a_change_of_the_rvus() -> None:
    """Psychotherapy lost its factor of 1.05: with the same RVUs and the same factor, all of the change is rvu_effect."""
    con = loaded(
        {"RVU09A": "36.0666", "RVU09C": "36.0666"},
        {
            "RVU09A": [visit(code="90806", calculation_flag="2")],
            "RVU09C": [visit(code="90806", calculation_flag="0")],
        },
    )
    found = split(con, "release")
    # 2.04 x 1.05 = 2.142 RVUs become 2.04: 77.2546572 and 73.575864 dollars.
    assert found == [("77.25", "73.58", "-3.67", "-3.678793200", "0.000000000", "0.008793200")]


def test_without_a_price_on_either_side_there_is_no_change_in_dollars() -> None:
    """A code that becomes contractor-priced has no fee, so no difference: null, never 0 and never the whole fee."""
    found = split(two_years([visit()], [visit(status="C")]), "year")
    assert found == [("66.80", None, None, None, None, None)]


def test_the_headline_amount_is_that_of_the_setting_in_which_the_service_is_done() -> None:
    """Where CMS marks the non-facility setting NA, fee_change and its parts are those of facilities."""
    operation = rvu("33510", work="35.00", pe="15.00", facility_pe="14.00", mp="8.00", nonfacility_na=True)
    con = two_years([operation, visit()], [operation, visit()])
    same = (
        "fee_change = {0}_fee_change and rvu_effect = {0}_rvu_effect and rounding = {0}_rounding and fee_before = {0}_fee_before"
    )
    found = answer(
        con,
        f"select hcpcs_code, setting, {same.format('facility')}, {same.format('nonfacility')} from code_change "
        "where basis = 'year' order by 1",
    )
    assert found == [("33510", "facility", True, False), ("99213", "nonfacility", False, True)]


def test_qualifying_participants_are_compared_with_the_one_factor_of_the_year_before() -> None:
    """2025 had one factor for all; 2026 has 33.4009, and 33.5675 for qualifying participants. code_change has the others."""
    con = tiny_warehouse(
        release=[dated("RVU25D"), dated("RVU26B")],
        conversion_factor=[
            factor("32.3465", release_id="RVU25D"),
            factor("33.4009", release_id="RVU26B"),
            factor("33.5675", "qp", release_id="RVU26B"),
        ],
        rvu=[{**visit(), "release_id": label} for label in ("RVU25D", "RVU26B")],
    )
    query = "select {} conversion_factor_before, conversion_factor_after, nonfacility_fee_change from {} where basis = 'release'"
    assert answer(con, query.format("qp_status,", "code_comparison") + " order by 1") == [
        ("non_qp", "32.3465", "33.4009", "2.15"),
        ("qp", "32.3465", "33.5675", "2.49"),
    ]
    assert answer(con, query.format("", "code_change")) == [("32.3465", "33.4009", "2.15")]


def test_any_two_releases_can_be_compared() -> None:
    """Also backwards, and with one that never governed."""
    con = loaded({"RVU09A": "36.0666", "RVU12A": "24.6712"}, {"RVU09A": [visit()], "RVU12A": [visit(work="1.00")]})
    query = "select work_rvu_before, work_rvu_after from code_comparison where basis = 'any' and from_release_id = ?"
    assert answer(con, query, "RVU12A") == [("1.00", "0.97")]


def test_new_rvus_within_a_year_correct_the_year() -> None:
    """RVUs are set for a calendar year: what RVU25D changes against RVU25A is a correction, what RVU26B changes is not."""
    con = loaded(
        {"RVU25A": "32.3465", "RVU25D": "32.3465", "RVU26B": "33.4009"},
        {"RVU25A": [visit(pe="1.00")], "RVU25D": [visit(pe="2.00")], "RVU26B": [visit(pe="2.10")]},
    )
    found = answer(con, "select to_release_id, change_kind, is_correction from code_change where basis = 'release' order by 1")
    assert found == [("RVU25D", "revalued", True), ("RVU26B", "revalued", False)]
    columns = "hcpcs_code, year, from_release_id, to_release_id, nonfacility_pe_rvu_before, nonfacility_pe_rvu_after"
    assert answer(con, f"select {columns} from code_correction") == [("99213", 2025, "RVU25A", "RVU25D", "1.00", "2.00")]


def test_rvus_that_come_with_another_status_are_no_correction() -> None:
    """A code that is priced by contractors in January and by RVUs from October was given a price, not corrected."""
    con = loaded(
        {"RVU25A": "32.3465", "RVU25D": "32.3465"},
        {"RVU25A": [visit("0", "0", "0", "0", status="C")], "RVU25D": [visit()]},
    )
    assert answer(con, "select * from code_correction") == []
    assert answer(con, KINDS) == [("RVU25A", "RVU25D", "status_changed")]
