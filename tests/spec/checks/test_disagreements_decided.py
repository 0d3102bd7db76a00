"""Check disagreements_decided: every difference between two members of a kind is covered by a declared decision."""

from __future__ import annotations

from tests.warehouse import Row, broken_rows, tiny_warehouse


def difference(column: str, row_key: str, decision: str | None) -> Row:
    return {
        "kind": "rvu",
        "member_name": "PPRRVU25.txt",
        "other_member_name": "PPRRVU25.csv",
        "row_key": row_key,
        "column_name": column,
        "loaded_value": "1.30",
        "other_value": "1.31",
        "decision": decision,
    }


def test_selects_each_column_with_undecided_differences() -> None:
    """One row for each member and column, with the number of values and a key as an example."""
    rows = [
        difference("work_rvu", "99213", None),
        difference("work_rvu", "99214", None),
        difference("mp_rvu", "99213", None),
        difference("status_code", "99213", "csv_is_stale"),
    ]
    found = broken_rows(tiny_warehouse(member_disagreement=rows), "disagreements_decided")
    assert sorted((row["column_name"], row["values_found"], row["example_key"][:4]) for row in found) == [
        ("mp_rvu", 1, "9921"),
        ("work_rvu", 2, "9921"),
    ]


def test_leaves_decided_differences() -> None:
    """A difference that a decision covers is known, and stays listed in member_disagreement."""
    con = tiny_warehouse(member_disagreement=[difference("work_rvu", "99213", "csv_is_stale")])
    assert broken_rows(con, "disagreements_decided") == []
