"""Checks reference_rows_held and reference_rows_enough: a reference file that was cut exactly at the end of a line is found."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from tests.spec.checks.test_reference_files import account
from tests.spec.views.test_code_class import assignment
from tests.spec.views.test_code_class import edition as rbcs
from tests.spec.views.test_code_specialty import count
from tests.spec.views.test_code_specialty import edition as psps
from tests.warehouse import Row, broken_rows, insert, tiny_warehouse

BOUNDS = {
    f"{reference}_{name}": least
    for reference in ("rbcs", "utilisation")
    for name, least in (("rows", "100"), ("rows_ratio", "0.80"), ("codes_ratio", "0.80"))
}


def with_bounds(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    con = tiny_warehouse(**tables)
    con.execute("delete from release_bound")
    none = {"years_apart_to": None, "is_per_year": False, "most": None, "reason": "files grow", "source": "counted"}
    insert(con, "release_bound", [{"diff_measure": name, "least": least, **none} for name, least in BOUNDS.items()])
    return con


def loaded(*editions: tuple[Row, int]) -> duckdb.DuckDBPyConnection:
    """Editions with so many rows of their files, and one code in each."""
    ids = [str(row["reference_release_id"]) for row, _ in editions]
    return with_bounds(
        reference_release=[row for row, _ in editions],
        reference_file=[account(str(row["reference_release_id"]), rows + 1, rows) for row, rows in editions],
        rbcs_assignment=[assignment("17340", of=name) for name in ids if name.startswith("RBCS")],
        utilisation_count=[count("07", 20, of=name) for name in ids if name.startswith("PSPS")],
    )


def accept(con: duckdb.DuckDBPyConnection, release_id: str, measure: str, value: str) -> None:
    entry = {"release_id": release_id, "diff_measure": measure, "accepted_value": Decimal(value)}
    insert(con, "accepted_difference", [{**entry, "accepted_on": "2026-11-25", "reason": "seen", "declared_in": "home"}])


def test_a_year_with_as_many_rows_as_the_bound_asks_passes() -> None:
    """80 of 100 are 0.8; more are no matter, whatever their number; RBCS is not held against the procedure summary."""
    con = loaded((psps(2021), 100), (psps(2022), 80), (psps(2023), 900), (rbcs(2025), 5))
    assert broken_rows(con, "reference_rows_held") == []


def test_a_year_that_lost_more_rows_stops_with_a_sentence_that_says_what_to_do() -> None:
    (row,) = broken_rows(loaded((psps(2021), 1000), (psps(2023), 799)), "reference_rows_held")
    assert (row["reference_release_id"], row["compared_release_id"]) == ("PSPS2023", "PSPS2021")
    assert row["sentence"] == (
        "PSPS2023 has 799 rows, and PSPS2021 before it 1,000: utilisation_rows_ratio is 0.799000, and at least 0.800000 was "
        "expected: files grow. The file may have been cut off: fetch it again. If the difference is real, add this line to "
        "accepted_differences.csv in the home folder, whose heading is release_id,diff_measure,accepted_value,accepted_on,reason:"
        ' PSPS2023,utilisation_rows_ratio,0.799000,YYYY-MM-DD,"your reason"'
    )


def test_a_second_edition_is_held_against_the_first_of_its_year() -> None:
    """And where it mends a first one that was cut, only the newest counts."""
    (row,) = broken_rows(loaded((rbcs(2024), 90), (rbcs(2025), 100), (rbcs(2025, 2), 79)), "reference_rows_held")
    assert (row["reference_release_id"], row["compared_release_id"]) == ("RBCS2025.2", "RBCS2025")
    mended = loaded((rbcs(2024), 90), (rbcs(2025), 5), (rbcs(2025, 2), 100))
    assert broken_rows(mended, "reference_rows_held") == []


def test_codes_are_counted_too() -> None:
    """A file in the order of codes loses few rows and many codes at its end."""
    names = {"PSPS2022": ["11111", "22222", "A0001"], "PSPS2023": ["11111", "22222"]}
    con = with_bounds(
        reference_release=[psps(2022), psps(2023)],
        reference_file=[account("PSPS2022", 101, 100), account("PSPS2023", 96, 95)],
        utilisation_count=[count("07", 20, of=name, code=code) for name, codes in names.items() for code in codes],
    )
    (row,) = broken_rows(con, "reference_rows_held")
    assert "PSPS2023 has 2 codes, and PSPS2022 before it 3: utilisation_codes_ratio is 0.666667" in row["sentence"]


@pytest.mark.parametrize(("accepted", "found"), [("0.5", 0), ("0.4", 0), ("0.51", 1)])
def test_an_accepted_difference_passes_down_to_its_value(accepted: str, found: int) -> None:
    con = loaded((psps(2022), 100), (psps(2023), 50))
    accept(con, "PSPS2023", "utilisation_rows_ratio", accepted)
    assert len(broken_rows(con, "reference_rows_held")) == found


def test_the_sample_is_held_against_nothing() -> None:
    con = loaded(({**psps(2021), "is_sample": True}, 1000), (psps(2022), 100), ({**psps(2023), "is_sample": True}, 1))
    assert broken_rows(con, "reference_rows_held") == []
    assert broken_rows(con, "reference_rows_enough") == []


def test_a_first_file_has_the_least_rows_that_are_known() -> None:
    assert broken_rows(loaded((rbcs(2025), 100)), "reference_rows_enough") == []
    con = loaded((rbcs(2023), 50))
    (row,) = broken_rows(con, "reference_rows_enough")
    assert row["sentence"] == (
        "RBCS2023 has 50 rows, and at least 100 were expected: files grow. The file may have been cut off, or be a part: fetch it"
        " again. If it is whole, add this line to accepted_differences.csv in the home folder, whose heading is "
        'release_id,diff_measure,accepted_value,accepted_on,reason: RBCS2023,rbcs_rows,50,YYYY-MM-DD,"your reason"'
    )
    accept(con, "RBCS2023", "rbcs_rows", "50")
    assert broken_rows(con, "reference_rows_enough") == []


def test_the_first_year_is_held_against_the_year_after_it() -> None:
    """An older year that is loaded later: 1,000 rows in 2023 let 640 be expected two years before."""
    assert broken_rows(loaded((psps(2021), 640), (psps(2023), 1000)), "reference_rows_enough") == []
    (row,) = broken_rows(loaded((psps(2021), 639), (psps(2023), 1000)), "reference_rows_enough")
    assert "PSPS2021 has 639 rows, and at least 640 were expected: PSPS2023 has 1,000. files grow." in row["sentence"]
