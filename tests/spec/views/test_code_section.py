"""View code_section: ranges of CPT codes and letters of HCPCS Level II, on the first day of the release."""

from __future__ import annotations

import pytest

from flows import catalog
from tests.warehouse import answer, broken_rows, release, rvu, tiny_warehouse


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("00100", "Anesthesia"),
        ("99140", "Anesthesia"),
        ("10004", "Surgery"),
        ("69990", "Surgery"),
        ("70010", "Radiology"),
        ("80047", "Pathology and laboratory"),
        ("0001U", "Pathology and laboratory"),
        ("0002M", "Pathology and laboratory"),
        ("90281", "Medicine"),
        ("99151", "Medicine"),
        ("99607", "Medicine"),
        ("99202", "Evaluation and management"),
        ("99499", "Evaluation and management"),
        ("0001F", "Category II"),
        ("0446T", "Category III"),
        ("G0101", "HCPCS G"),
        ("GXXX1", "HCPCS G"),
    ],
)
def test_the_ends_of_the_ranges(code: str, section: str) -> None:
    """First and last codes belong to their section; anesthesia has its qualifying circumstances among Medicine's numbers."""
    con = tiny_warehouse(release=[release()], rvu=[rvu(code), rvu(code, "26")])
    assert answer(con, "select hcpcs_code, section from code_section") == [(code, section)]
    assert broken_rows(con, "code_has_section") == []


def test_the_range_is_that_of_the_year() -> None:
    """99201 was evaluation and management until 2020 and is in no section since; surgery begins with 10004 since 2019."""
    con = tiny_warehouse(
        release=[release("RVU18A", "2018-01-01"), release("RVU20A", "2020-01-01"), release("RVU21A", "2021-01-01")],
        rvu=[rvu(code, release_id=label) for label in ("RVU18A", "RVU20A", "RVU21A") for code in ("10004", "99201")],
    )
    assert answer(con, "select release_id, hcpcs_code, section from code_section order by release_id, hcpcs_code") == [
        ("RVU18A", "99201", "Evaluation and management"),
        ("RVU20A", "10004", "Surgery"),
        ("RVU20A", "99201", "Evaluation and management"),
        ("RVU21A", "10004", "Surgery"),
    ]
    broken = {(row["release_id"], row["hcpcs_code"], row["section_count"]) for row in broken_rows(con, "code_has_section")}
    assert broken == {("RVU18A", "10004", 0), ("RVU21A", "99201", 0)}


def test_no_two_ranges_overlap() -> None:
    """A code is in one section on any day: of two ranges of one form, either the codes or the dates do not meet."""
    rows = catalog.rows("sections.csv")
    meeting = [
        (one["section"], one["first_code"], other["first_code"])
        for i, one in enumerate(rows)
        for other in rows[i + 1 :]
        if one["code_form"] == other["code_form"]
        and one["first_code"] <= other["last_code"]
        and other["first_code"] <= one["last_code"]
        and one["effective_from"] <= (other["effective_to"] or "9999")
        and other["effective_from"] <= (one["effective_to"] or "9999")
    ]
    assert meeting == []
