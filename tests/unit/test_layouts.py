"""Declared layouts: every column map loads, headings are compared in both directions, an unknown one says what to edit."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from flows import catalog
from flows.extract import layouts
from flows.extract.csv_advice import unknown_heading
from flows.extract.layouts import Layout, Place, differences, match_headings, normal_heading
from warehouse.errors import CatalogError

KINDS = tuple(catalog.kinds())
ALL = [layout for kind in KINDS for layout in layouts.layouts(kind)]
GPCI_2024 = [
    "MEDICARE ADMINISTRATIVE CONTRACTOR (MAC)",
    "STATE",
    "LOCALITY NUMBER",
    "LOCALITY NAME",
    "PW GPCI (WITH 1.0 FLOOR)",
    "PE GPCI",
    "MP GPCI",
]


def layout_named(name: str) -> Layout:
    return next(layout for layout in ALL if layout.name == name)


# --- the column maps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ALL, ids=lambda layout: layout.name)
def test_every_layout_has_the_key_and_known_columns_only(layout: Layout) -> None:
    names = [place.column for place in layout.places]
    assert len(names) == len(set(names))
    assert set(names) <= set(catalog.columns())
    assert set(catalog.kinds()[layout.kind].row_key) <= set(names)


@pytest.mark.parametrize("layout", [x for x in ALL if x.form == "csv"], ids=lambda layout: layout.name)
def test_csv_places_are_the_positions_from_1_each_once(layout: Layout) -> None:
    positions = [place.position for place in layout.places if not place.joined]
    assert sorted(positions) == list(range(1, layout.width + 1))
    assert all(any(p.position == place.position and not p.joined for p in layout.places) for place in layout.places)


@pytest.mark.parametrize("layout", [x for x in ALL if x.form == "fixed"], ids=lambda layout: layout.name)
def test_fixed_places_lie_in_the_record_and_do_not_overlap(layout: Layout) -> None:
    spans = sorted((place.first, place.last) for place in layout.places)
    assert all(first <= last for first, last in spans)
    assert all(last < following for (_, last), (following, _) in pairwise(spans))
    assert spans[0][0] == 1
    assert spans[-1][1] == layout.record_length


@pytest.mark.parametrize("layout", [x for x in ALL if x.form == "pattern"], ids=lambda layout: layout.name)
def test_pattern_groups_are_the_columns(layout: Layout) -> None:
    assert set(re.compile(layout.row_pattern).groupindex) == {place.column for place in layout.places}
    assert set(layout.truncated) <= layout.columns


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_csv_layouts_with_the_same_headings_mean_different_columns(kind: str) -> None:
    """Else the heading would not tell which one a member has, and the first one would be taken."""
    found = [layout for layout in layouts.layouts(kind) if layout.form == "csv" and layout.has_headings]
    for layout in found:
        first = [layout.place_at(position).headings[0] for position in range(1, layout.width + 1)]
        same = match_headings(kind, first)
        assert layout in same
        assert {tuple((p.column, p.position) for p in other.places) for other in same} == {
            tuple((p.column, p.position) for p in layout.places)
        }


def test_a_cell_that_is_no_place_is_a_fault_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**row, "pe_gpci": "sixth"} for row in catalog.rows("column_maps/gpci.csv")]
    monkeypatch.setattr(catalog, "rows", lambda name: rows)
    with pytest.raises(CatalogError, match=r"column_maps/gpci.csv, layout gpci_csv_6: 'sixth' is not a place in a csv layout"):
        layouts.layouts.__wrapped__("gpci")


def test_a_name_without_spelling_is_a_fault_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**row, "mac": "1:@carrier"} for row in catalog.rows("column_maps/gpci.csv")]
    layouts._spellings()
    monkeypatch.setattr(catalog, "rows", lambda name: rows)
    with pytest.raises(CatalogError, match=r"'@carrier' has no spelling in flows/catalog/column_maps/headings.csv"):
        layouts.layouts.__wrapped__("gpci")


def test_a_column_of_a_map_without_a_meaning_is_a_fault_of_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when CMS added one, and only the map was edited."""
    rows = [{**row, "short_name": "-1"} for row in catalog.rows("column_maps/gpci.csv")]
    catalog.columns()
    monkeypatch.setattr(catalog, "rows", lambda name: rows)
    with pytest.raises(
        CatalogError, match=r"column_maps/gpci\.csv has the column 'short_name', which .*columns\.csv does not define"
    ):
        layouts.layouts.__wrapped__("gpci")


# --- headings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("2024 PW GPCI (with 1.0 Floor)", "PW GPCI (WITH 1.0 FLOOR)"),
        ("CY 2019 PE GPCI", "PE GPCI"),
        ("Work  GPCI**", "WORK GPCI"),
        ("MP GPCI 2", "MP GPCI"),
        ("National Anes CF of 20.3178", "NATIONAL ANES CF OF #"),
        (" Locality\tName ", "LOCALITY NAME"),
        ("Medicare\nAdministrative\nContractor", "MEDICARE ADMINISTRATIVE CONTRACTOR"),
        ("CO-", "CO-"),
        ("", ""),
    ],
)
def test_a_heading_without_years_marks_and_blanks(printed: str, normal: str) -> None:
    assert normal_heading(printed) == normal


def test_a_heading_that_fits_differs_in_nothing() -> None:
    assert differences(layout_named("gpci_csv_state"), GPCI_2024) == []
    assert [layout.name for layout in match_headings("gpci", GPCI_2024)] == ["gpci_csv_state"]


@pytest.mark.parametrize(
    ("heading", "fault"),
    [
        ([*GPCI_2024[:5], "EXPENSES", "MP GPCI"], "column 6 should be 'PE' and is 'EXPENSES'"),
        (GPCI_2024[:6], "column 7 should be 'MP' and is ''"),
        ([*GPCI_2024, "AREA"], "column 8 has the heading 'AREA', beyond the layout's 7 columns"),
    ],
    ids=["renamed", "missing at the end", "extra at the end"],
)
def test_a_heading_is_compared_in_both_directions(heading: list[str], fault: str) -> None:
    assert differences(layout_named("gpci_csv_state"), heading) == [fault]
    assert match_headings("gpci", heading) == ()


def test_two_swapped_headings_are_two_differences() -> None:
    swapped = [*GPCI_2024[:5], "MP GPCI", "PE GPCI"]
    assert len(differences(layout_named("gpci_csv_state"), swapped)) == 2


def test_a_column_missing_in_the_middle_fits_nothing_but_a_declared_layout() -> None:
    without_name = [*GPCI_2024[:3], *GPCI_2024[4:]]
    assert match_headings("gpci", without_name) == ()


def test_the_error_of_an_unknown_heading_names_member_heading_layout_differences_and_file() -> None:
    said = str(unknown_heading("GPCI2031.csv", "gpci", [*GPCI_2024[:5], "EXPENSES", "MP GPCI"]))
    assert said.startswith("GPCI2031.csv: no declared layout of kind gpci has this heading. Found: MEDICARE ADMIN")
    assert " | LOCALITY NAME | PW GPCI (WITH 1.0 FLOOR) | EXPENSES | MP GPCI. " in said
    assert "The nearest layout is gpci_csv_state; column 6 should be 'PE' and is 'EXPENSES'." in said
    assert "add a row for the new layout to flows/catalog/column_maps/gpci.csv" in said
    assert "flows/catalog/column_maps/headings.csv" in said


def test_a_column_that_was_put_in_is_the_only_one_that_is_new() -> None:
    """Whatever stands after it has moved by one, and is neither new nor missing."""
    heading = [place.headings[0] for place in layout_named("rvu_csv_31").places]
    heading.insert(2, "SHORT NAME")
    error = unknown_heading("PPRRVU31.csv", "rvu", heading)
    assert "The nearest layout is rvu_csv_31; column 3 should be 'DESCRIPTION' and is 'SHORT NAME'" in str(error)
    assert " New are 'SHORT NAME' (column 3); missing are none. If CMS changed" in str(error)
    assert error.advice is not None
    assert ",1:HCPCS,2:MOD,4:DESCRIPTION,5:STATUS CODE," in error.advice
    said, needed, _ = error.advice.split("\n")[-3:]
    assert said == "  headings without a column of ours: 3:SHORT NAME; columns of ours without a heading: none"
    assert "none of ours under another name needs a column: define it in flows/catalog/columns.csv, add it to " in needed
    assert "flows/catalog/column_maps/rvu.csv (-1 in the other rows)" in needed


def test_a_column_that_was_taken_out_is_the_only_one_that_is_missing() -> None:
    heading = [place.headings[0] for place in layout_named("rvu_csv_31").places if place.column != "status_code"]
    said = str(unknown_heading("PPRRVU31.csv", "rvu", heading))
    assert " New are none; missing are 'STATUS CODE' (status_code). If CMS changed" in said


def test_the_row_for_a_joined_cell_keeps_it_joined() -> None:
    heading = ["HCPCS", "PROCSTAT", "CARRIER", "REGION", "LOCALITY", "NON-FACILITY PRICE", "FACILITY PRICE"]
    advice = unknown_heading("OPPSCAP_31.csv", "opps_cap", heading).advice
    assert advice is not None
    assert advice.split("\n")[0].endswith(",1:HCPCS,1+:,2:PROCSTAT,3:CARRIER,5:LOCALITY,6:NON-FACILITY PRICE,7:FACILITY PRICE")


def test_the_error_of_an_unknown_heading_shows_five_differences_at_most() -> None:
    said = str(unknown_heading("PPRRVU31.csv", "rvu", ["CODE", "M", "WORDS"]))
    assert len(re.findall(r"column \d+ (?:should|has)", said)) == 5
    assert re.search(r"; and 2[0-9] more\.", said)


# --- years ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "known", "unknown"),
    [
        ("2009-2020", ["2009A", "2015C", "2020D"], ["2008D", "2021A"]),
        ("2009, 2013", ["2009D", "2013A"], ["2010A", "2012D", "2014A"]),
        ("2026-", ["2026A", "2031D"], ["2025D"]),
        ("2026A-2026B", ["2026A", "2026B"], ["2025D", "2026C"]),
        ("2014", ["2014A", "2014D"], ["2013D", "2015A"]),
    ],
)
def test_the_years_of_a_layout(years: str, known: list[str], unknown: list[str]) -> None:
    layout = Layout("made_up", "gpci", "csv", (Place("mac", 1),), years=years)
    assert all(layout.is_known_of(int(when[:4]), when[4]) for when in known)
    assert not any(layout.is_known_of(int(when[:4]), when[4]) for when in unknown)


def test_the_years_of_every_layout_can_be_read() -> None:
    assert all(any(layout.is_known_of(year, "A") for year in range(2003, 2032)) for layout in ALL)


@pytest.mark.parametrize("at", [3, 4])
def test_a_second_heading_that_may_be_the_same_column_is_for_a_person_to_decide(at: int) -> None:
    """An inserted `CF` beside `National Anes CF`: both are spellings of the factor, and a guess would load the wrong dollars."""
    heading = ["CONTRACTOR", "LOCALITY", "LOCALITY NAME", "NATIONAL ANES CF OF #"]
    heading.insert(at, "CF")
    error = unknown_heading("ANES2027.csv", "anesthesia", heading)
    first, second = heading[3:]
    assert f"New are none; missing are none. Several headings may be conversion_factor: {first!r} (column 4), " in str(error)
    row, choice, rest = str(error.advice).split("\n")
    assert row.endswith(",3:LOCALITY NAME,?,-1")
    assert choice == f"  in the place of ? for conversion_factor, one of: 4:{first}, 5:{second}"
    assert rest == "  headings without a column of ours: none; columns of ours without a heading: none"


def test_an_inserted_column_moves_the_known_ones_and_is_the_only_new_one() -> None:
    error = unknown_heading("ANES2027.csv", "anesthesia", ["CONTRACTOR", "LOCALITY", "LOCALITY NAME", "NOTE", "CF"])
    assert "New are 'NOTE' (column 4); missing are none. If CMS" in str(error)
    assert str(error.advice).split("\n")[0].endswith(",3:LOCALITY NAME,5:CF,-1")
