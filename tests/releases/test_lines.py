"""Nothing lost, nothing invented: every line of every member that was read is a row, a rejected row, or a line that is no row.

The counts of the warehouse are held against counts that this file makes from the bytes of the members, with rules of its own
for what is a row.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from flows.outcome import Result
from tests.releases.raw import RELEASES, is_csv, lines, members
from warehouse.home import Home

# What a row looks like from end to end.
TEXT_ROW = {
    "rvu": r"[0-9A-Z]{5}.{52}[A-Z][ +][ \d]{3}\.\d\d .*\d\d\.\d{4} .*\d\.\d\d",
    "gpci": r"\s*\d{5}\s.*(\d\.\d{3}\s+){2,}\d\.\d{3}\s*",
    "anesthesia": r"\s*\d{5}\s+\d\d\s.*\s\d{2}\.?\d{0,2}\s*",
    "opps_cap": r"[0-9A-Z]{5}.{2} [ACR] \d{5}  \d\d +\d+\.\d\d +\d+\.\d\d",
    "locality_county": r"\s*\d{5}\s+\d\d\s+\S.*",
}
CSV_ROW = {
    "rvu": r"[0-9A-Z]{1,5},\w{0,2},.*,\+?,\d*\.?\d*,.*,\d\d\.\d{4},.*\d",
    "gpci": r"\d{3,5} ?,.*(,\d(\.\d+)?){3},*",
    "anesthesia": r"\d{3,5} ?,\d+ ?,.*,\d[\d.]*[ ,]*",
    "opps_cap": r"[0-9A-Z]{5,7},.*[ACR],\d{4,5},\d+,[\d.]+,[\d.]+",
    "locality_county": r"\d{3,5} ?,\d{1,2} ?,.*",
}
REPEATED = {
    # release: member, line that repeats the line before it
    "RVU09A": {("PPRRVU09.csv", 6792), ("PPRRVU09.txt", 6789)},
    "RVU12A": {("12LOCCO.csv", 79), ("12LOCCO.txt", 79)},
    "RVU15A": {("15LOCCO.csv", 79), ("15LOCCO.txt", 79)},
    "RVU17A": {("17LOCCO.csv", 101), ("17LOCCO.prn", 101)},
    "RVU19A": {("19LOCCO.csv", 101), ("19LOCCO.prn", 101)},
    "RVU20A": {("20LOCCO.csv", 101), ("20LOCCO.prn", 101)},
    "RVU22A": {("22LOCCO.csv", 100), ("22LOCCO.txt", 100)},
    "RVU24A": {("24LOCCO.csv", 97), ("24LOCCO.txt", 97)},
    "RVU24AR": set(),
    "RVU25A": {("25LOCCO.csv", 97), ("25LOCCO.txt", 97)},
    "RVU25D": {("25LOCCO.csv", 97), ("25LOCCO.txt", 97)},
    "RVU26B": {("26LOCCO.csv", 97)},
}


@pytest.fixture(scope="module")
def raw(first_refresh: tuple[Home, Result]) -> Path:
    return first_refresh[0].raw


def archive(con: duckdb.DuckDBPyConnection, raw: Path, release: str) -> dict[str, bytes]:
    ((sha256,),) = con.execute("select archive_sha256 from release where release_id = ?", [release]).fetchall()
    return members(raw, sha256)


def sort_of(line: str, row: re.Pattern[str]) -> str:
    if "\x1a" in line:
        return "mark"
    if not line.strip(' ,"\t\xa0'):
        return "blank"
    return "row" if row.fullmatch(line) else "other"


@pytest.mark.parametrize("release", RELEASES)
def test_every_member_of_the_archive_is_listed(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Also documents and workbooks, each with its size and the reason why it was not read; all csv and text members are read."""
    listed = whole.execute(
        "select member_name, member_bytes, lines is not null, reason is null from archive_member where release_id = ?", [release]
    ).fetchall()
    found = archive(whole, raw, release)
    assert {(name, size) for name, size, _, _ in listed} == {(name, len(content)) for name, content in found.items()}
    for name, _, is_read, has_no_reason in listed:
        assert is_read == has_no_reason == name.lower().endswith((".csv", ".txt", ".prn")), name


@pytest.mark.parametrize("release", RELEASES)
def test_lines_and_rows_are_those_that_the_bytes_hold(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """Lines, rows, blank lines and end-of-file marks of each member are counted anew; the rest are headings and notes."""
    listed = whole.execute(
        "select member_name, kind, lines, rows_loaded + rows_matched + rows_rejected, lines_blank, lines_end_mark, "
        "lines_heading + lines_note from archive_member where release_id = ? and lines is not null",
        [release],
    ).fetchall()
    assert len(listed) == {"RVU24AR": 4, "RVU26B": 4}.get(release, 10)
    for name, kind, *counts in listed:
        text = lines(archive(whole, raw, release)[name])
        row = re.compile((CSV_ROW if is_csv(name) else TEXT_ROW)[kind])
        sorts = Counter(sort_of(line, row) for line in text)
        assert counts == [len(text), sorts["row"], sorts["blank"], sorts["mark"], sorts["other"]], name


@pytest.mark.parametrize("release", RELEASES)
def test_a_rejected_row_is_a_line_that_stands_twice(whole: duckdb.DuckDBPyConnection, raw: Path, release: str) -> None:
    """3491F in 2009, and the rest of Missouri in every county file: each repeats the line before it, blanks apart."""
    rejected = whole.execute(
        "select member_name, line_number, text, reason from rejected_row where release_id = ?", [release]
    ).fetchall()
    assert {(name, number) for name, number, _, _ in rejected} == REPEATED[release]
    for name, number, text, reason in rejected:
        found = lines(archive(whole, raw, release)[name])
        assert text == found[number - 1]
        assert text.replace(" ", "") == found[number - 2].replace(" ", "")
        assert text.lstrip().startswith("3491F" if name.startswith("PPRRVU") else ("05302", "05392", "00740", "5302"))
        assert reason == f"the row repeats line {number - 1} word for word"


def test_the_loaded_rows_are_in_the_tables(whole: duckdb.DuckDBPyConnection) -> None:
    """rows_loaded of each member is the number of rows of its table; 2026 has two anesthesia factors in a line."""
    tables = {
        "rvu": "rvu",
        "gpci": "gpci",
        "anesthesia": "anesthesia_cf",
        "opps_cap": "opps_cap",
        "locality_county": "locality_county",
    }
    for kind, table in tables.items():
        only = " where qp_status = 'non_qp'" if kind == "anesthesia" else ""
        stored = whole.execute(f"select release_id, count(*) from {table}{only} group by release_id order by 1").fetchall()
        counted = whole.execute(
            "select release_id, rows_loaded from release_file where kind = ? order by release_id", [kind]
        ).fetchall()
        assert stored == counted, table
