"""Check qp_agrees: the QP and the non-QP member of a release agree on every RVU and indicator."""

from __future__ import annotations

from tests.warehouse import Row, broken_rows, tiny_warehouse

DIFFERENCE: Row = {
    "kind": "rvu",
    "member_name": "PPRRVU2026_Apr_nonQPP.csv",
    "other_member_name": "PPRRVU2026_Apr_QPP.csv",
    "row_key": "99213",
    "column_name": "work_rvu",
    "loaded_value": "1.30",
    "other_value": "1.31",
}


def test_selects_a_value_in_which_they_differ() -> None:
    """Both are priced by the RVUs of the non-QP member, which is right only if they are the same."""
    con = tiny_warehouse(
        member_disagreement=[DIFFERENCE],
        archive_member=[{"member_name": "PPRRVU2026_Apr_QPP.csv", "kind": "rvu", "role": "confirmed"}],
    )
    (found,) = broken_rows(con, "qp_agrees")
    assert (found["row_key"], found["loaded_value"], found["other_value"]) == ("99213", "1.30", "1.31")


def test_leaves_differences_of_other_members() -> None:
    """A text member that differs from its csv is the matter of disagreements_decided; another release's member is no twin."""
    text = {"member_name": "PPRRVU2026_Apr_QPP.csv", "kind": "rvu", "role": "cross_checked"}
    elsewhere = {"member_name": "PPRRVU2026_Apr_QPP.csv", "kind": "rvu", "role": "confirmed", "release_id": "RVU26A"}
    con = tiny_warehouse(member_disagreement=[DIFFERENCE], archive_member=[text, elsewhere])
    assert broken_rows(con, "qp_agrees") == []
