"""Check corrections_match: a declared correction of a loaded release found what it expects to find."""

from __future__ import annotations

import duckdb
import pytest

from tests.warehouse import Row, broken_rows, release, tiny_warehouse

MEMBER: Row = {"release_id": "RVU12A", "member_name": "12LOCCO.csv", "kind": "locality_county", "lines": 151}
IN_A_FOLDER = MEMBER | {"member_name": "RVU12A/12locco.CSV"}
CORRECTION: Row = {
    "correction": "a_test",
    "label": "RVU12A",
    "member_name": "12LOCCO.csv",
    "row_key": "03102 99",
    "found_value": "99",
}
APPLIED: Row = {"release_id": "RVU12A", "correction": "a_test", "member_name": "12LOCCO.csv", "line_number": 12}


def warehouse(**more: list[Row]) -> duckdb.DuckDBPyConnection:
    """A warehouse in which CORRECTION is the only one that is declared."""
    tables = {"release": [release("RVU12A", "2012-01-01")], "archive_member": [MEMBER], "correction": [CORRECTION]} | more
    con = tiny_warehouse(**tables)
    con.execute("delete from correction where correction <> 'a_test'")
    return con


@pytest.mark.parametrize("applied", [[], [APPLIED | {"correction": "another"}], [APPLIED | {"release_id": "RVU12AR"}]])
def test_selects_a_correction_that_was_not_applied(applied: list[Row]) -> None:
    """CMS has mended the file, or the row has moved; another correction or release does not count."""
    (found,) = broken_rows(warehouse(correction_applied=applied), "corrections_match")
    assert (found["release_id"], found["correction"], found["found_value"]) == ("RVU12A", "a_test", "99")


def test_selects_it_also_where_the_member_lies_in_a_folder_under_a_name_in_small_letters() -> None:
    (found,) = broken_rows(warehouse(archive_member=[IN_A_FOLDER]), "corrections_match")
    assert found["correction"] == "a_test"


@pytest.mark.parametrize(
    "tables",
    [
        {"correction_applied": [APPLIED]},
        {"archive_member": [IN_A_FOLDER], "correction_applied": [APPLIED | {"member_name": "RVU12A/12locco.CSV"}]},
        {"release": [release("RVU12B", "2012-04-01")]},
        {"release": [release("RVU12A", "2012-01-01", edition=2)]},
        {"archive_member": [MEMBER | {"lines": None}]},
        {"archive_member": []},
    ],
)
def test_leaves_what_was_applied_or_could_not_be(tables: dict[str, list[Row]]) -> None:
    """Also another release, a later edition (which CMS may have mended), and a member that is not there or was not read."""
    assert broken_rows(warehouse(**tables), "corrections_match") == []
