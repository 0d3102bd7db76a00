"""Check release_diff_within_bounds, with release_diff and release_diff_measure: a release beside the governing one before it."""

from __future__ import annotations

import duckdb
import pytest

from flows.catalog.releases import releases
from tests.chain import dated, loaded
from tests.slow import slow
from tests.warehouse import Row, answer, broken_rows, factor, gpci, insert, rvu, stored, tiny_warehouse
from warehouse.blame import blamed
from warehouse.check import check
from warehouse.errors import CheckError

WITHIN = {
    "codes_added_fraction": (None, "0.03"),
    "codes_deleted_fraction": (None, "0.01"),
    "conversion_factor_ratio": ("0.98", "1.03"),
}


def bounds(years_from: int = 0, years_to: int | None = None, *, is_per_year: bool = False) -> list[Row]:
    return [
        {
            "diff_measure": measure,
            "years_apart_from": years_from,
            "years_apart_to": years_to,
            "is_per_year": is_per_year and measure.startswith("codes"),
            "least": least,
            "most": most,
            "reason": "it was never more",
            "source": "counted",
        }
        for measure, (least, most) in WITHIN.items()
    ]


def codes(count: int, label: str) -> list[Row]:
    return [rvu(f"{10000 + number}", work="1.00", release_id=label) for number in range(count)]


def two(
    before: str, after: str, counts: tuple[int, int], factors: tuple[str, str] = ("32.3465", "32.3465"), **more: bool
) -> duckdb.DuckDBPyConnection:
    con = tiny_warehouse(release=[dated(before), dated(after)])
    con.execute("delete from release_bound")
    insert(con, "release_bound", bounds(**more))
    for label, count, number in zip((before, after), counts, factors, strict=True):
        insert(con, "rvu", codes(count, label))
        insert(con, "conversion_factor", [factor(number, release_id=label)])
    return stored(con, "release_diff_measure")


def test_a_release_within_its_bounds_passes() -> None:
    """100 codes, 3 more: 3 %."""
    con = two("RVU25A", "RVU25D", (100, 103))
    assert broken_rows(con, "release_diff_within_bounds") == []
    counts = "release_id, compared_release_id, years_apart, codes_before, codes_after, codes_added, codes_deleted"
    assert answer(con, f"select {counts} from release_diff") == [("RVU25D", "RVU25A", 0, 100, 103, 3, 0)]


def test_a_cut_file_stops_with_a_sentence_that_says_what_to_do() -> None:
    """A tenth of the codes is missing: the release, the measure, what was expected and why, and the line that accepts it."""
    (row,) = broken_rows(two("RVU25A", "RVU25D", (100, 90)), "release_diff_within_bounds")
    assert row["sentence"] == (
        "RVU25D against RVU25A (0 years apart): codes_deleted_fraction is 0.100000, and at most 0.010000 was expected: it was "
        "never more. If the difference is real, add this line to accepted_differences.csv in the home folder, "
        "whose heading is release_id,diff_measure,accepted_value,accepted_on,reason: "
        'RVU25D,codes_deleted_fraction,0.100000,YYYY-MM-DD,"your reason"'
    )


def test_a_factor_below_its_bound_stops() -> None:
    (row,) = broken_rows(two("RVU25A", "RVU25D", (100, 100), ("32.3465", "28.0000")), "release_diff_within_bounds")
    assert "conversion_factor_ratio is 0.865627, and at least 0.980000 was expected" in row["sentence"]


def law_of(day: str) -> str:
    """The factor that was law for a day as first announced, which is what a file of the days before a law undid it carries."""
    legal = f"legal_conversion_factor where qp_status = 'non_qp' and date '{day}' between effective_from and effective_to"
    return str(answer(tiny_warehouse(), f"select arg_min(conversion_factor, announced_on) from {legal}")[0][0])


@slow
def test_no_release_of_the_catalogue_is_stopped_for_its_own_factor() -> None:
    """RVU06AR is 1.0476 times RVU06A, RVU11A 0.692 times RVU10D_PCT22, RVU10D_PCT0 0.9785 times RVU10C_PCT22: all are real."""
    factors = {found.label: str(found.conversion_factor or law_of(str(found.valid_from))) for found in releases()}
    expected = {found.label: found.conversion_factor for found in releases()}
    con = tiny_warehouse(
        release=[dated(label, expected_conversion_factor=expected[label]) for label in factors],
        conversion_factor=[factor(number, release_id=label) for label, number in factors.items()],
        rvu=[rvu("99213", work="1.00", release_id=label) for label in factors],
    )
    of_factors = ("one_conversion_factor", "conversion_factor_expected", "conversion_factor_by_law")
    for name in (*of_factors, "release_diff_within_bounds"):
        assert broken_rows(con, name) == []
    query = "select release_id, found from release_diff_measure where diff_measure = 'conversion_factor_ratio' "
    beyond = dict(answer(con, f"{query} and is_accepted and not is_within"))
    assert beyond.items() >= {"RVU06AR": "1.047558", "RVU10C_PCT0": "0.978472", "RVU11A": "0.692153"}.items()


@slow
def test_a_factor_that_neither_the_catalogue_nor_the_law_knows_stops_within_a_year() -> None:
    """RVU06AR with 40.0000, where 36.1770 and 37.8975 were law; and RVU10C_PCT22 with the factor of 2011."""
    one = {"RVU06A": "36.1770", "RVU06AR": "40.0000"}
    (row,) = broken_rows(loaded(one, {label: [rvu("99213")] for label in one}), "release_diff_within_bounds")
    assert "RVU06AR,conversion_factor_ratio,1.105675" in row["sentence"]
    two = {"RVU10AR1": "36.8729", "RVU10C_PCT22": "33.9764"}
    (row,) = broken_rows(loaded(two, {label: [rvu("99213")] for label in two}), "release_diff_within_bounds")
    assert "RVU10C_PCT22,conversion_factor_ratio,0.921446" in row["sentence"]


@pytest.mark.parametrize(("accepted", "is_stopped"), [("0.100000", False), ("0.2", False), ("0.09", True)])
def test_an_accepted_difference_passes_up_to_its_value(accepted: str, is_stopped: bool) -> None:
    """What is accepted is this difference and not any: a file that lacks still more stops again."""
    con = two("RVU25A", "RVU25D", (100, 90))
    entry = {"release_id": "RVU25D", "diff_measure": "codes_deleted_fraction", "accepted_value": accepted}
    insert(con, "accepted_difference", [{**entry, "accepted_on": "2025-10-01", "reason": "seen", "declared_in": "home"}])
    stopped = [row["sentence"] for row in broken_rows(con, "release_diff_within_bounds")]
    assert [
        "it was never more. The accepted value of 0.090000 (home) does not reach that far. If" in said for said in stopped
    ] == ([True] * is_stopped)
    found = answer(con, "select is_within, is_accepted from release_diff_measure where diff_measure = 'codes_deleted_fraction'")
    assert found == [(False, not is_stopped)]


def test_another_edition_is_not_accepted_with_the_first() -> None:
    con = two("RVU25A", "RVU25D", (100, 90))
    entry = {"release_id": "RVU25D.2", "diff_measure": "codes_deleted_fraction", "accepted_value": "0.5"}
    insert(con, "accepted_difference", [{**entry, "accepted_on": "2025-10-01", "reason": "seen", "declared_in": "home"}])
    assert len(broken_rows(con, "release_diff_within_bounds")) == 1


@slow
def test_on_a_first_load_the_cut_file_is_told_by_the_two_that_agree() -> None:
    """RVU25A lacks a tenth of the codes, of which RVU25B and RVU25D have all: the oldest is blamed."""
    labels = ["RVU25A", "RVU25B", "RVU25D"]
    con = loaded(dict.fromkeys(labels, "32.3465"), {"RVU25A": codes(90, ""), "RVU25B": codes(100, ""), "RVU25D": codes(100, "")})
    with pytest.raises(CheckError) as caught:
        check(con)
    assert set(caught.value.pairs) == {("RVU25B", "RVU25A"), ("RVU25D", "RVU25B")}
    assert list(blamed(caught.value.broken, labels, caught.value.order, caught.value.pairs)) == ["RVU25A"]


@slow
def test_a_bound_per_year_grows_with_the_years_between() -> None:
    """3 % a year are 18 % from 2009 to 2015, where nothing between is loaded; 19 % are too many."""
    assert broken_rows(two("RVU09A", "RVU15A", (100, 118), is_per_year=True), "release_diff_within_bounds") == []
    assert len(broken_rows(two("RVU09A", "RVU15A", (100, 119), is_per_year=True), "release_diff_within_bounds")) == 1


@slow
def test_the_first_release_is_compared_with_none() -> None:
    con = tiny_warehouse(release=[dated("RVU25A")], rvu=codes(3, "RVU25A"))
    assert answer(con, "select * from release_diff") == []
    assert broken_rows(con, "release_diff_within_bounds") == []


def test_indices_and_localities_are_counted() -> None:
    con = tiny_warehouse(
        release=[dated("RVU25A"), dated("RVU25D")],
        gpci=[
            gpci("10112", "00", pe="0.869", release_id="RVU25A"),
            gpci("10112", "00", pe="0.900", release_id="RVU25D"),
            gpci("02102", "01", release_id="RVU25D"),
        ],
    )
    columns = "localities_before, localities_after, localities_begun, localities_ended, gpcis_changed, largest_gpci_change"
    assert answer(con, f"select {columns} from release_diff") == [(1, 2, 1, 0, 1, "0.031")]


def test_every_measure_has_a_bound_for_any_number_of_years() -> None:
    """Of the project's own bounds: one row a measure for neighbours within a year, and one for each distance after that."""
    con = tiny_warehouse()
    years = "(values (0), (1), (2), (7), (20)) as gap(years)"
    found = answer(
        con,
        f"select diff_measure, years, count(*) from release_bound join {years} on years >= years_apart_from "
        "and years <= coalesce(years_apart_to, years) group by all having count(*) <> 1",
    )
    assert found == []
    measured = {row[0] for row in answer(con, "select distinct diff_measure from release_bound")}
    assert len(measured) == 8 + 6  # of releases, and of reference files
