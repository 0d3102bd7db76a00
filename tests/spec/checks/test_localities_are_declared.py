"""Checks locality_known, locality_state_agrees and locality_id_unique leave good rows alone (bad rows: test_locality_view)."""

from __future__ import annotations

from tests.warehouse import broken_rows, gpci, release, tiny_warehouse


def test_declared_localities_pass_all_three() -> None:
    """Alabama under its numbers of three years, with the state where the file prints one, and two localities of a state."""
    con = tiny_warehouse(
        release=[release("RVU09A", "2009-01-01"), release("RVU16A", "2016-01-01"), release("RVU26B", "2026-04-01")],
        gpci=[
            gpci("00510", "00", release_id="RVU09A"),
            gpci("10102", "00", release_id="RVU16A"),
            gpci("10112", "00", state="AL", release_id="RVU26B"),
            gpci("10212", "01", state="GA", release_id="RVU26B"),
            gpci("10212", "99", state="GA", release_id="RVU26B"),
        ],
    )
    assert broken_rows(con, "locality_known") == []
    assert broken_rows(con, "locality_state_agrees") == []
    assert broken_rows(con, "locality_id_unique") == []
