"""Check lines_accounted: every line of a member is a row, a rejected row or no row, and the loaded rows are in the tables."""

from __future__ import annotations

import pytest

from tests.warehouse import Row, broken_rows, factor, gpci, rvu, tiny_warehouse

COUNTS: Row = {"lines": 12, "rows_loaded": 2, "rows_matched": 0, "rows_rejected": 1, "lines_ignored": 9}
SORTS: Row = {"lines_blank": 3, "lines_heading": 4, "lines_note": 1, "lines_end_mark": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": 13},
        {"rows_loaded": 1},
        {"rows_rejected": 0},
        {"rows_matched": 1},
        {"lines_ignored": 8},
        {"lines_note": 2},
        {"lines_end_mark": 0},
    ],
)
def test_selects_a_member_with_a_line_too_many_or_too_few(wrong: Row) -> None:
    """lines = rows_loaded + rows_matched + rows_rejected + lines_ignored, and lines_ignored is the sum of its sorts."""
    member = {"member_name": "PPRRVU25.txt", "kind": "rvu"} | COUNTS | SORTS | wrong
    (found,) = broken_rows(tiny_warehouse(archive_member=[member]), "lines_accounted")
    assert found["member_name"] == "PPRRVU25.txt"


@pytest.mark.parametrize("kind", ["rvu", "gpci", "anesthesia", "opps_cap", "locality_county"])
def test_selects_a_kind_whose_rows_are_not_in_the_table(kind: str) -> None:
    """A member is said to have given two rows, and its table holds none of its release."""
    file = {"kind": kind, "qp_status": "non_qp", "member_name": "a member"} | COUNTS
    (found,) = broken_rows(tiny_warehouse(release_file=[file]), "lines_accounted")
    assert (found["member_name"], found["rows_loaded"]) == ("a member", 2)


def test_leaves_members_that_are_accounted_for() -> None:
    """Also those that were not read, which have no counts, and the second anesthesia factor of a line (from 2026)."""
    names = {"rvu": "PPRRVU25.txt", "gpci": "GPCI25.csv", "anesthesia": "ANES25.csv"}
    con = tiny_warehouse(
        archive_member=[
            *[{"member_name": name, "kind": kind} | COUNTS | SORTS for kind, name in names.items()],
            {"member_name": "RVU25.pdf", "role": "document"},
        ],
        release_file=[{"member_name": name, "kind": kind} | COUNTS for kind, name in names.items()],
        rvu=[rvu("76814", "26"), rvu("76814", "TC")],
        gpci=[gpci("10112", "00"), gpci("02102", "01")],
        anesthesia_cf=[
            factor(mac=mac, locality="00", qp_status=qp_status) for mac in ("10112", "03102") for qp_status in ("non_qp", "qp")
        ],
    )
    assert broken_rows(con, "lines_accounted") == []
