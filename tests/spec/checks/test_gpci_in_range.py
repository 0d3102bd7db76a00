"""Check gpci_in_range: geographic indices lie where they have always lain, and a floor never lowers one."""

from __future__ import annotations

import pytest

from tests.warehouse import Row, broken_rows, gpci, tiny_warehouse


@pytest.mark.parametrize(
    "locality",
    [
        gpci("10112", "00", work="0.499"),
        gpci("10112", "00", work="2.001"),
        gpci("10112", "00", pe="0.399"),
        gpci("10112", "00", pe="2.001"),
        gpci("10112", "00", mp="0.149"),
        gpci("10112", "00", mp="4.001"),
        gpci("10112", "00", work="0.980", work_gpci_unfloored="0.990"),
    ],
)
def test_selects_an_index_out_of_range(locality: Row) -> None:
    """A misread column, or the columns with and without the floor exchanged."""
    (found,) = broken_rows(tiny_warehouse(gpci=[locality, gpci("02102", "01")]), "gpci_in_range")
    assert (found["mac"], found["locality"]) == ("10112", "00")


def test_leaves_the_extremes_that_cms_has_published() -> None:
    """Alaska's work of 1.500, Puerto Rico's practice expense of 0.690, malpractice of 0.250 and 2.600; a floor that raises."""
    con = tiny_warehouse(
        gpci=[
            gpci("02102", "01", work="1.500", pe="1.081"),
            gpci("09202", "20", pe="0.690", mp="0.250"),
            gpci("09102", "04", mp="2.600"),
            gpci("10112", "00", work="1.000", work_gpci_unfloored="0.988"),
            gpci("04112", "01", work="1.000", work_gpci_unfloored="1.000"),
        ]
    )
    assert broken_rows(con, "gpci_in_range") == []
