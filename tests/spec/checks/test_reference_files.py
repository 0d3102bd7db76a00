"""Checks on the classification of codes and on the procedure summary."""

from __future__ import annotations

from tests.spec.views.test_code_class import assignment, edition
from tests.spec.views.test_code_specialty import count
from tests.spec.views.test_code_specialty import edition as year_of_services
from tests.warehouse import Row, broken_rows, release, rvu, tiny_warehouse


def account(name: str, lines: int, loaded: int, rejected: int = 0, ignored: int = 1) -> Row:
    return {
        "reference_release_id": name,
        "lines": lines,
        "rows_loaded": loaded,
        "rows_rejected": rejected,
        "lines_ignored": ignored,
    }


def test_lines_of_a_classification_add_up_and_its_rows_are_there() -> None:
    """lines = rows_loaded + rows_rejected + lines_ignored, and as many rows are in the table."""
    rows = {"reference_release": [edition()], "rbcs_assignment": [assignment("17340")]}
    good = tiny_warehouse(**rows, reference_file=[account("RBCS2025", 2, 1)])
    assert broken_rows(good, "reference_lines_accounted") == []
    for wrong in (account("RBCS2025", 3, 1), account("RBCS2025", 3, 2), account("RBCS2025", 3, 1, rejected=1)):
        assert len(broken_rows(tiny_warehouse(**rows, reference_file=[wrong]), "reference_lines_accounted")) == 1


def test_rows_that_were_reduced_are_counted_where_they_went() -> None:
    """A row of the procedure summary is a visible or a hidden one of some code, modifier class and specialty."""
    rows = {
        "reference_release": [year_of_services(2023)],
        "utilisation_count": [count("07", 20, hidden=4), count("02", 0, hidden=3)],
    }
    good = tiny_warehouse(**rows, reference_file=[account("PSPS2023", 9, 8)])
    assert broken_rows(good, "reference_lines_accounted") == []
    bad = tiny_warehouse(**rows, reference_file=[account("PSPS2023", 10, 9)])
    assert [row["stored_rows"] for row in broken_rows(bad, "reference_lines_accounted")] == [8]


def test_a_code_has_one_latest_assignment() -> None:
    good = tiny_warehouse(rbcs_assignment=[assignment("17340", 1, latest=False), assignment("17340", 2)])
    assert broken_rows(good, "class_latest_unique") == []
    bad = tiny_warehouse(rbcs_assignment=[assignment("17340", 1), assignment("17340", 2), assignment("17341", latest=False)])
    assert [row["latest_assignments"] for row in sorted(broken_rows(bad, "class_latest_unique"), key=str)] == [2, 0]


def test_dates_of_a_code_agree_with_the_releases_that_list_it() -> None:
    """Added after a release that lists it, or ended before it: CMS contradicts itself, and a person should look."""
    releases = [release("RVU24A", "2024-01-01", valid_to="2024-03-31"), release("RVU25D")]
    rows = [rvu(code, work="1", release_id=name) for code in ("11111", "22222") for name in ("RVU24A", "RVU25D")]
    good = tiny_warehouse(
        reference_release=[edition()],
        rbcs_assignment=[assignment("11111"), assignment("22222", ended_on="2025-10-01")],
        release=releases,
        rvu=rows,
    )
    assert broken_rows(good, "class_dates_agree") == []
    bad = tiny_warehouse(
        reference_release=[edition()],
        rbcs_assignment=[assignment("11111", added_on="2024-04-01"), assignment("22222", ended_on="2025-09-30")],
        release=releases,
        rvu=rows,
    )
    found = sorted((row["hcpcs_code"], row["listed_in"]) for row in broken_rows(bad, "class_dates_agree"))
    assert found == [("11111", "RVU24A"), ("22222", "RVU25D")]
