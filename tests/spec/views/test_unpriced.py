"""View unpriced: the codes that have no price in a release, each with the reason; together with the priced ones, all codes."""

from __future__ import annotations

import pytest

from tests.warehouse import answer, rvu, tiny_warehouse


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("B", "Bundled (status B)"),
        ("C", "Contractor-priced (status C)"),
        ("E", "by regulation (status E)"),
        ("I", "Not valid for Medicare (status I)"),
        ("J", "Anesthesia (status J)"),
        ("M", "Measurement code for reporting only (status M)"),
        ("N", "Not covered by Medicare (status N)"),
        ("P", "Bundled or excluded (status P)"),
        ("Q", "Therapy functional information code for reporting only (status Q)"),
        ("X", "by statute (status X)"),
    ],
)
def test_the_reason_follows_from_the_status(status: str, words: str) -> None:
    """A code of these statuses has no price, with RVUs or without, and the reason names the status."""
    con = tiny_warehouse(rvu=[rvu("00100", status=status), rvu("99499", status=status, work="1.00")])
    found = answer(con, "select hcpcs_code, status_code, reason from unpriced order by hcpcs_code")
    assert [row[:2] for row in found] == [("00100", status), ("99499", status)]
    assert all(words in row[2] for row in found)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("A", "Active (status A) without RVUs"),
        ("R", "Restricted coverage (status R) without RVUs: priced by the contractor when covered"),
        ("T", "Paid only when nothing else is billed that day (status T); this row has no RVUs"),
    ],
)
def test_a_priced_status_without_rvus_says_so(status: str, reason: str) -> None:
    """Where RVUs could price and there are none, the reason is that there are none."""
    con = tiny_warehouse(rvu=[rvu("D0120", status=status), rvu("99213", status=status, work="1.30")])
    assert answer(con, "select hcpcs_code, reason from unpriced") == [("D0120", reason)]


def test_an_unknown_status_is_not_called_active() -> None:
    """A status that the list lacks leaves the code without a price, and the reason says that the status is unknown."""
    con = tiny_warehouse(rvu=[rvu("99213", status="Z", work="1.30")])
    assert answer(con, "select reason from unpriced") == [("Status Z, whose meaning is not known",)]


def test_every_row_is_priced_or_unpriced_and_none_is_both() -> None:
    """The complement is exact by release, code and modifier: a priced component does not hide its unpriced global row."""
    rows = [
        rvu("76814", "26", work="0.99"),
        rvu("76814", "TC", "C"),
        rvu("76814", "", "C"),
        rvu("99213", work="1.30"),
        rvu("99213", status="I", release_id="RVU09A"),
        rvu("G0101", status="R"),
    ]
    con = tiny_warehouse(rvu=rows)
    priced = answer(con, "select release_id, hcpcs_code, modifier from priced_rvu order by all")
    unpriced = answer(con, "select release_id, hcpcs_code, modifier from unpriced order by all")
    assert priced == [("RVU25D", "76814", "26"), ("RVU25D", "99213", "")]
    assert unpriced == [("RVU09A", "99213", ""), ("RVU25D", "76814", ""), ("RVU25D", "76814", "TC"), ("RVU25D", "G0101", "")]
    assert sorted(priced + unpriced) == answer(con, "select release_id, hcpcs_code, modifier from rvu order by all")
