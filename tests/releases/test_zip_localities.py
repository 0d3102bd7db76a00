"""CMS's ZIP code file of October 2025, loaded and counted again by other means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.references.zip_localities import load_zip_localities
from tests.warehouse import answer, broken_rows, settled, tiny_warehouse


@pytest.fixture(scope="module")
def lines(shared: Path) -> list[str]:
    """The file, cut by nothing but its line ends."""
    path = shared / "zip_localities" / "ZIP5_OCT2025.txt"
    if not path.exists():
        pytest.skip(f"no ZIP code file at {path}")
    return path.read_bytes().decode("ascii").split("\r\n")[:-1]


@pytest.fixture(scope="module")
def con(shared: Path, lines: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    with settled(tiny_warehouse()) as opened:
        load_zip_localities(opened, shared / "zip_localities" / "ZIP5_OCT2025.txt")
        yield opened


def test_every_line_is_a_row_of_the_quarter(con: duckdb.DuckDBPyConnection, lines: list[str]) -> None:
    account = answer(con, "select zip_release_id, lines, rows_loaded, rows_rejected, lines_ignored from zip_release_file")
    assert account == [("ZIP25D", len(lines), 42956, 0, 0)]
    assert broken_rows(con, "zip_lines_accounted") == broken_rows(con, "zip_keys_unique") == []


@pytest.mark.parametrize(
    ("column", "first", "last"),
    [
        ("printed_state", 0, 2),
        ("mac", 7, 12),
        ("mac || locality", 7, 14),
        ("rural_indicator", 14, 15),
        ("lab_locality", 15, 17),
        ("rural_indicator_2006", 17, 18),
        ("case when needs_plus_four then '1' else '0' end", 20, 21),
        ("part_b_payment_indicator", 22, 23),
    ],
)
def test_totals_equal_a_count_of_the_characters(
    con: duckdb.DuckDBPyConnection, lines: list[str], column: str, first: int, last: int
) -> None:
    found = dict(answer(con, f"select {column}, count(*) from zip_locality group by 1"))
    assert found == Counter(line[first:last].strip() for line in lines)


def test_the_figures_of_the_file(con: duckdb.DuckDBPyConnection) -> None:
    """580 ZIP codes need four more digits; 109 pairs, 59 states and territories, Kansas and Missouri under two names each."""
    figures = answer(
        con,
        "select count(*), count(*) filter (where needs_plus_four), count(distinct (mac, locality)), count(distinct state), "
        "count(distinct printed_state) from zip_locality",
    )
    assert figures == [(42956, 580, 109, 59, 61)]
    assert answer(con, "select state, count(*) from zip_locality where state <> printed_state group by 1 order by 1") == [
        ("KS", 775),
        ("MO", 1200),
    ]


def test_each_row_stands_on_its_line(con: duckdb.DuckDBPyConnection, lines: list[str]) -> None:
    rows = answer(con, "select line_number, printed_state || zip_code || mac || locality from zip_locality")
    assert all(lines[number - 1].startswith(key) for number, key in rows)


def test_every_zip_code_lies_in_a_known_area(con: duckdb.DuckDBPyConnection) -> None:
    assert answer(con, "select count(*), count(distinct locality_id) from zip_area where locality_id is not null") == [
        (42956, 109)
    ]
