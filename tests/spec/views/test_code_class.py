"""What kind of service a code is: the newest RBCS file, its latest assignment, and the priced codes that it does not know."""

from __future__ import annotations

from typing import Any

from tests.warehouse import answer, factor, release, rvu, tiny_warehouse

Row = dict[str, Any]


def edition(year: int = 2025, number: int = 1) -> Row:
    name = f"RBCS{year}" + (f".{number}" if number > 1 else "")
    return {"reference_release_id": name, "label": f"RBCS{year}", "edition": number, "reference": "rbcs", "year": year}


def assignment(code: str, number: int = 1, *, latest: bool = True, of: str = "RBCS2025", **more: Any) -> Row:
    return {
        "reference_release_id": of,
        "hcpcs_code": code,
        "assignment_number": number,
        "is_latest_assignment": latest,
        "category": "Procedure",
        "subcategory": "Skin",
        "added_on": "1985-01-01",
        "assigned_from": "2014-01-01",
        **more,
    }


def test_a_code_whose_class_was_changed_has_a_row_an_assignment_and_one_of_them_is_the_latest() -> None:
    """Without asking for is_latest_assignment a join doubles such codes."""
    con = tiny_warehouse(
        reference_release=[edition()],
        rbcs_assignment=[
            assignment("17340"),
            assignment("25690", 1, latest=False, assigned_to="2022-12-31"),
            assignment("25690", 2),
        ],
    )
    found = answer(
        con, "select hcpcs_code, assignment_number, is_latest_assignment, assigned_to is null from code_class order by 1, 2"
    )
    assert found == [("17340", 1, True, True), ("25690", 1, False, False), ("25690", 2, True, True)]


def test_the_newest_edition_of_the_newest_year_answers() -> None:
    """A file of an older year that is loaded later, and the first edition of a year, are kept and not shown."""
    con = tiny_warehouse(
        reference_release=[edition(2024), edition(2025), edition(2025, 2)],
        rbcs_assignment=[
            assignment("17340", of="RBCS2024", subcategory="of 2024"),
            assignment("17340", of="RBCS2025", subcategory="first"),
            assignment("17340", of="RBCS2025.2", subcategory="second"),
        ],
    )
    assert answer(con, "select reference_release_id, year, subcategory from code_class") == [("RBCS2025.2", 2025, "second")]


def test_the_sample_answers_only_while_nothing_else_is_loaded() -> None:
    """A selection of codes must not stand before CMS's whole file, whatever its year."""
    sample = {**edition(2025), "is_sample": True}
    rows = [assignment("17340"), assignment("17340", of="RBCS2024")]
    found = "select reference_release_id, year from code_class"
    assert answer(tiny_warehouse(reference_release=[sample], rbcs_assignment=rows), found) == [("RBCS2025", 2025)]
    con = tiny_warehouse(reference_release=[sample, edition(2024)], rbcs_assignment=rows)
    assert answer(con, found) == [("RBCS2024", 2024)]
    assert answer(con, "select reference, year from reference_edition") == [("rbcs", 2024)]


def test_without_an_rbcs_file_there_is_no_class_and_nothing_is_said_to_lack_one() -> None:
    con = tiny_warehouse(release=[release()], rvu=[rvu("17340", work="1")], conversion_factor=[factor()])
    assert answer(con, "select count(*) from code_class") == [(0,)]
    assert answer(con, "select count(*) from unclassified_code") == [(0,)]


def test_a_priced_code_that_rbcs_lacks_is_listed_with_what_may_be_the_reason() -> None:
    """RBCS of a year is made from claims to the year before: a newer code cannot be in it. Codes without a price are left out."""
    con = tiny_warehouse(
        reference_release=[edition(2025)],
        rbcs_assignment=[assignment("17340")],
        release=[release("RVU24A", "2024-01-01"), release("RVU26B", "2026-04-01")],
        rvu=[
            rvu("17340", work="1", release_id="RVU26B"),
            rvu("37254", work="1", release_id="RVU26B"),
            rvu("37254", "26", work="1", release_id="RVU26B"),
            rvu("99999", status="I", release_id="RVU26B"),
            rvu("11111", work="1", release_id="RVU24A"),
        ],
    )
    assert answer(con, "select * from unclassified_code order by release_id") == [
        ("RVU24A", "11111", "RBCS 2025 does not have the code."),
        ("RVU26B", "37254", "RBCS 2025 is made from claims to 2024; the release is of 2026."),
    ]
