"""Check january_revalues_codes: a release that has the values of the year before is warned of, and published all the same."""

from __future__ import annotations

import duckdb
import pytest

from tests.chain import dated
from tests.warehouse import broken_rows, factor, gpci, insert, rvu, stored, tiny_warehouse


def warehouse(before: str, after: str, revalued: int) -> duckdb.DuckDBPyConnection:
    """Two releases of the same 100 codes, so many of which have another work RVU in the later one; the project's own bounds."""
    con = tiny_warehouse(release=[dated(before), dated(after)])
    for label, count in ((before, 0), (after, revalued)):
        works = ["1.10" if number < count else "1.00" for number in range(100)]
        insert(con, "rvu", [rvu(f"{10000 + n}", work=work, release_id=label) for n, work in enumerate(works)])
        insert(con, "conversion_factor", [factor("32.3465", release_id=label)])
        insert(con, "gpci", [gpci("10112", "00", release_id=label)])
    return stored(con, "release_diff_measure")


@pytest.mark.parametrize(
    ("before", "after", "revalued", "is_warned"),
    [
        ("RVU25D", "RVU26A", 0, True),
        ("RVU25D", "RVU26A", 19, True),
        ("RVU25D", "RVU26A", 20, False),
        ("RVU25A", "RVU25D", 0, False),
    ],
)
def test_too_few_new_values_in_january_are_a_warning(before: str, after: str, revalued: int, is_warned: bool) -> None:
    con = warehouse(before, after, revalued)
    found = broken_rows(con, "january_revalues_codes")
    assert [(row["release_id"], row["compared_release_id"]) for row in found] == [(after, before)] * is_warned
    assert broken_rows(con, "release_diff_within_bounds") == []


def test_too_many_new_values_stop_all_the_same() -> None:
    con = warehouse("RVU25A", "RVU25D", 6)
    assert broken_rows(con, "january_revalues_codes") == []
    (row,) = broken_rows(con, "release_diff_within_bounds")
    assert "codes_revalued_fraction is 0.060000, and at most 0.050000 was expected" in row["sentence"]
