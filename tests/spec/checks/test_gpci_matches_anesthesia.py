"""Check gpci_matches_anesthesia: the GPCI file and the anesthesia file of a release list the same localities."""

from __future__ import annotations

from tests.warehouse import Row, broken_rows, factor, gpci, tiny_warehouse


def anesthesia(mac: str, locality: str, qp_status: str = "non_qp") -> Row:
    return factor("20.3178", qp_status, mac=mac, locality=locality)


def test_selects_localities_that_one_file_lacks() -> None:
    """The same number under another contractor is another locality."""
    con = tiny_warehouse(
        gpci=[gpci("10112", "00"), gpci("02102", "01")], anesthesia_cf=[anesthesia("10112", "00"), anesthesia("03202", "01")]
    )
    found = broken_rows(con, "gpci_matches_anesthesia")
    assert sorted((row["mac"], row["not_in_gpci"], row["not_in_anesthesia"]) for row in found) == [
        ("02102", False, True),
        ("03202", True, False),
    ]


def test_leaves_equal_lists_and_a_release_without_an_anesthesia_file() -> None:
    """Two anesthesia factors of one locality (from 2026) are one locality; nothing to compare is nothing wrong."""
    con = tiny_warehouse(
        gpci=[gpci("10112", "00"), gpci("10112", "00", release_id="RVU24AR")],
        anesthesia_cf=[anesthesia("10112", "00"), anesthesia("10112", "00", "qp")],
    )
    assert broken_rows(con, "gpci_matches_anesthesia") == []
