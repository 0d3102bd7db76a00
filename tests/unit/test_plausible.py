"""Content checks of one archive: figures under the heading of another column stop the release, in each kind of member."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from flows import catalog
from flows.catalog import releases
from flows.extract.members import Member
from flows.normalize.choose import choose
from flows.normalize.normalize import Normalized
from flows.normalize.plausible import require_plausible
from tests.members import Cells, csv_edit, normal, replaced, sample_archives, sample_member
from warehouse.errors import LayoutError

HEADING_LINES = {"PPRRVU": 10, "GPCI": 3, "ANES": 1, "OPPSCAP": 1, "LOCCO": 4}


def swapped(name: str, first: int, second: int) -> Callable[[bytes], bytes]:
    """An edit that swaps the figures of two columns and leaves the headings as they are."""
    begin = next(lines for hint, lines in HEADING_LINES.items() if hint in name)

    def edit(rows: Cells) -> Cells:
        for row in rows[begin:]:
            if len(row) > max(first, second):
                row[first], row[second] = row[second], row[first]
        return rows

    return csv_edit(edit)


@cache
def as_it_is(release: str, name: str) -> Normalized:
    return normal(sample_member(release, name))


def judge(release: str, edits: dict[str, Callable[[bytes], bytes]], only: tuple[str, ...] = ()) -> None:
    """Reads the members of a release of the sample, some of them changed, and checks what they hold."""
    members = {name: content for name, content in sample_archives()[release].items() if not only or name in only}
    found = [
        normal(Member(name, edits[name](content))) if name in edits else as_it_is(release, name)
        for name, content in members.items()
    ]
    known = releases.find(release)
    assert known is not None
    require_plausible(known, choose(release, found))


def refused(release: str, edits: dict[str, Callable[[bytes], bytes]], only: tuple[str, ...] = ()) -> str:
    with pytest.raises(LayoutError) as caught:
        judge(release, edits, only)
    return str(caught.value)


@pytest.mark.parametrize("release", list(sample_archives()))
def test_the_sample_is_plausible(release: str) -> None:
    judge(release, {})


def test_the_orderings_name_columns_of_their_kind_and_give_a_reason() -> None:
    kinds = {row["kind"] for row in catalog.rows("orderings.csv")}
    assert {"rvu", "gpci", "anesthesia", "locality_county"} == kinds
    for row in catalog.rows("orderings.csv"):
        assert {row["larger"], row["smaller"]} <= set(catalog.columns())
        assert float(row["ratio"]) >= 1
        assert row["reason"]


# --- figures under the heading of another column, in the only member of a kind -----------------------------------------


@pytest.mark.parametrize(
    ("release", "name", "first", "second", "columns"),
    [
        ("RVU24AR", "PPRRVU24_JAN.csv", 5, 6, ("work_rvu", "facility_total_rvu")),
        ("RVU24AR", "PPRRVU24_JAN.csv", 6, 8, ("nonfacility_pe_rvu", "nonfacility_total_rvu")),
        ("RVU24AR", "PPRRVU24_JAN.csv", 11, 12, ("nonfacility_total_rvu",)),
        ("RVU24AR", "PPRRVU24_JAN.csv", 5, 10, ("work_rvu", "mp_rvu")),
        ("RVU24AR", "PPRRVU24_JAN.csv", 7, 9, ("facility_na", "nonfacility_na")),
        ("RVU24AR", "PPRRVU24_JAN.csv", 15, 16, ("intraoperative_fraction",)),
        ("RVU24AR", "PPRRVU24_JAN.csv", 15, 17, ("preoperative_fraction", "postoperative_fraction")),
        ("RVU24AR", "PPRRVU24_JAN.csv", 28, 30, ("opps_nonfacility_pe_rvu", "opps_mp_rvu")),
        ("RVU24AR", "GPCI2024.csv", 4, 5, ("work_gpci", "pe_gpci")),
        ("RVU24AR", "GPCI2024.csv", 4, 6, ("pe_gpci",)),
        ("RVU24AR", "GPCI2024.csv", 5, 6, ("mp_gpci", "pe_gpci")),
        ("RVU26B", "GPCI2026.csv", 4, 5, ("work_gpci", "work_gpci_unfloored")),
        ("RVU26B", "ANES2026.csv", 3, 4, ("qp_conversion_factor", "conversion_factor")),
        ("RVU26B", "26LOCCO.csv", 2, 3, ("fee_schedule_area", "state_name")),
        ("RVU26B", "26LOCCO.csv", 3, 4, ("county_names", "fee_schedule_area")),
    ],
)
def test_figures_of_another_column_are_noticed_without_a_second_member(
    release: str, name: str, first: int, second: int, columns: tuple[str, ...]
) -> None:
    said = refused(release, {name: swapped(name, first, second)}, only=(name,))
    assert name in said
    assert all(column in said for column in columns)
    assert f"flows/catalog/column_maps/{as_it_is(release, name).extract.kind}.csv" in said


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("PPRRVU24_JAN.csv", 5, 10),
        ("PPRRVU24_JAN.csv", 20, 21),
        ("PPRRVU24_JAN.csv", 13, 18),
        ("GPCI2024.csv", 5, 6),
        ("24LOCCO.csv", 3, 4),
    ],
)
def test_figures_of_another_column_are_noticed_by_the_other_member(name: str, first: int, second: int) -> None:
    """Also where no rule tells one column from the other, such as two indicators."""
    said = refused("RVU24A", {name: swapped(name, first, second)})
    assert name in said
    assert "flows/catalog/column_maps/" in said


# --- how far an error goes -----------------------------------------------------------------------------------------------


def test_totals_that_are_no_sums_name_the_headings_and_the_first_line() -> None:
    said = refused("RVU24AR", {"PPRRVU24_JAN.csv": swapped("PPRRVU24_JAN.csv", 5, 6)}, only=("PPRRVU24_JAN.csv",))
    assert "rows have another facility_total_rvu than the sum of its parts, the first on line " in said
    assert "work_rvu ('WORK RVU' in PPRRVU24_JAN.csv)" in said
    assert "Compare the member with its layout rvu_csv_31 in flows/catalog/column_maps/rvu.csv." in said


def test_members_that_differ_all_over_a_column_are_named_both_with_a_value_of_each() -> None:
    said = refused("RVU24A", {"GPCI2024.csv": raised})
    assert said.startswith("GPCI2024.txt and GPCI2024.csv differ in 109 rows in mp_gpci: the first has 0.575 where line 4 of the")
    assert "where line 4 of the second has 9.575." in said
    assert "mp_gpci ('MP' in GPCI2024.csv)" in said
    assert said.endswith("If the difference is CMS's own, decide it in flows/catalog/disagreements.csv.")


def raised(content: bytes) -> bytes:
    def edit(rows: Cells) -> Cells:
        for row in rows[3:]:
            if len(row) > 6 and row[6]:
                row[6] = f"9{row[6][1:]}"
        return rows

    return csv_edit(edit)(content)


def test_a_few_values_that_differ_are_listed_and_stop_nothing() -> None:
    judge("RVU24A", {"GPCI2024.csv": replaced("0.869,0.575", "0.869,0.576")})


def test_a_few_totals_that_are_no_sums_are_left_to_the_checks_which_show_the_rows() -> None:
    judge("RVU24AR", {"PPRRVU24_JAN.csv": replaced("99213,,,A,,1.30,", "99213,,,A,,1.31,")})


def test_descriptors_are_not_shown() -> None:
    """Those of CPT codes are the AMA's."""

    def reworded(rows: Cells) -> Cells:
        for row in rows[10:]:
            if len(row) > 2:
                row[2] = f"somebody's words {row[0]}"
        return rows

    said = refused("RVU24A", {"PPRRVU24_JAN.csv": csv_edit(reworded)})
    assert "rows in description" in said
    assert "somebody" not in said


# --- columns of another year -------------------------------------------------------------------------------------------


def without_state(rows: Cells) -> Cells:
    return [[row[0], *row[2:]] if len(row) > 2 else row for row in rows]


def test_a_layout_of_other_years_with_fewer_columns_is_a_changed_file() -> None:
    """The GPCI file without the state has exactly the layout of 2009 to 2020."""
    said = refused("RVU24AR", {"GPCI2024.csv": csv_edit(without_state)})
    assert said.startswith("GPCI2024.csv: its layout is gpci_csv_6 (2009-2020)")
    assert "in 2024, it lacks the column state. " in said
    assert "The heading found is: MEDICARE ADMINISTRATIVE CONTRACTOR (MAC) | LOCALITY NUMBER | LOCALITY NAME | " in said
    assert said.endswith("correct `years` in flows/catalog/column_maps/gpci.csv.")


def test_a_layout_of_other_years_with_more_columns_is_one_too() -> None:
    known = releases.find("RVU24A")
    assert known is not None
    found = as_it_is("RVU26B", "GPCI2026.csv")
    with pytest.raises(LayoutError, match="it has in addition the column work_gpci_unfloored"):
        require_plausible(known, choose("RVU24A", [found]))


def test_a_year_for_which_no_layout_is_declared_may_have_any() -> None:
    found = as_it_is("RVU24A", "GPCI2024.csv")
    require_plausible(releases.provisional("RVU31A"), choose("RVU31A", [found]))
