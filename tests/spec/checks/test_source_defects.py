"""Checks on defects of the source: one that is declared is found, and lost zeros are declared."""

from __future__ import annotations

import duckdb
import pytest

from flows import catalog
from tests.warehouse import Row, broken_rows, release, tiny_warehouse

MEMBER: Row = {"release_id": "RVU17A", "member_name": "17LOCCO.csv", "kind": "locality_county", "lines": 100, "lines_end_mark": 0}
REPAIR: Row = {"release_id": "RVU17A", "kind": "locality_county", "member_name": "17LOCCO.csv", "column_name": "mac"}
REPAIR |= {"repair": "leading_zeros", "rows_repaired": 40}
REPEATED: Row = {"release_id": "RVU17A", "kind": "locality_county", "member_name": "17LOCCO.csv", "line_number": 9}
REPEATED |= {"reason": "the row repeats line 8 word for word"}
DEFECTS = (("leading_zeros", "mac"), ("repeated_row", ""), ("end_mark", ""))
AS_DECLARED: dict[str, list[Row]] = {
    "archive_member": [MEMBER | {"lines_end_mark": 1}],
    "member_repair": [REPAIR],
    "rejected_row": [REPEATED],
}


def warehouse(**more: list[Row]) -> duckdb.DuckDBPyConnection:
    """RVU17A with its county member, for which the three defects are declared and nothing else."""
    tables: dict[str, list[Row]] = {"release": [release("RVU17A", "2017-01-01")], "archive_member": [MEMBER]} | more
    con = tiny_warehouse(**tables)
    con.execute("delete from source_defect")
    for defect, column in DEFECTS:
        row = ["RVU17A", "locality_county", "17LOCCO.csv", defect, column, 100, 1, "a test"]
        con.execute("insert into source_defect values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return con


def test_each_defect_that_the_source_has_mended_is_selected() -> None:
    found = broken_rows(warehouse(), "source_defects_match")
    assert {(row["release_id"], row["defect"], row["column_name"]) for row in found} == {
        ("RVU17A", *defect) for defect in DEFECTS
    }


def test_the_member_is_the_same_in_a_folder_and_in_small_letters() -> None:
    renamed = warehouse(archive_member=[MEMBER | {"member_name": "RVU17A/17locco.csv"}])
    assert len(broken_rows(renamed, "source_defects_match")) == len(DEFECTS)
    repaired = warehouse(member_repair=[REPAIR | {"member_name": "RVU17A/17locco.csv"}])
    assert broken_rows(repaired, "source_defects_declared") == []


def test_a_defect_of_another_column_does_not_count() -> None:
    tables = AS_DECLARED | {"member_repair": [REPAIR | {"column_name": "locality"}]}
    assert [row["defect"] for row in broken_rows(warehouse(**tables), "source_defects_match")] == ["leading_zeros"]


@pytest.mark.parametrize(
    "tables",
    [
        AS_DECLARED,
        {"release": [release("RVU17B", "2017-04-01")]},
        {"release": [release("RVU17A", "2017-01-01", edition=2)]},
        {"release": [release("RVU17A", "2017-01-01", is_sample=True)]},
        {"archive_member": [MEMBER | {"lines": 50}]},
        {"archive_member": [MEMBER | {"lines": None}]},
    ],
    ids=["found", "another release", "a later edition", "the sample", "a part of the member", "a member that was not read"],
)
def test_what_is_found_or_could_not_be_is_left(tables: dict[str, list[Row]]) -> None:
    assert broken_rows(warehouse(**tables), "source_defects_match") == []


def test_a_member_in_a_folder_is_the_same_member() -> None:
    folder = {"member_name": "RVU17A/17LOCCO.csv"}
    found = {name: [row | folder for row in rows] for name, rows in AS_DECLARED.items()}
    assert broken_rows(warehouse(**found), "source_defects_match") == []
    assert broken_rows(warehouse(**found), "source_defects_declared") == []
    assert len(broken_rows(warehouse(archive_member=[MEMBER | folder]), "source_defects_match")) == len(DEFECTS)


def test_zeros_that_were_lost_anew_are_selected() -> None:
    lost = REPAIR | {"column_name": "locality", "rows_repaired": 7}
    (found,) = broken_rows(warehouse(member_repair=[REPAIR, lost]), "source_defects_declared")
    assert (found["member_name"], found["column_name"], found["rows_repaired"]) == ("17LOCCO.csv", "locality", 7)


def test_declared_zeros_and_other_repairs_are_left() -> None:
    implied = REPAIR | {"column_name": "conversion_factor", "repair": "implied_decimals"}
    assert broken_rows(warehouse(member_repair=[REPAIR, implied]), "source_defects_declared") == []


def test_every_declared_defect_is_of_a_known_release_and_column() -> None:
    kinds, columns = catalog.kinds(), catalog.columns()
    for row in catalog.rows("source_defects.csv"):
        assert row["kind"] in kinds
        assert row["defect"] in ("leading_zeros", "repeated_row", "end_mark")
        assert (row["column_name"] in columns) == (row["defect"] == "leading_zeros")
        assert int(row["defect_rows"]) > 0
        assert row["reason"]
