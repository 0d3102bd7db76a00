"""Csv files that people write: every reader of one refuses what it cannot cut, in a sentence with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.commands import price_lines
from warehouse import accepted, anesthesia
from warehouse.errors import PfsError
from warehouse.hand_csv import read_rows
from warehouse.home import Home

LONG = "9" * 131_073

# Each reader with the name of its file, its headings, and a row that it accepts.
READERS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "claim.csv": (price_lines.from_file, "code,modifiers,units", "99213,25,1"),
    anesthesia.FILE_NAME: (
        anesthesia.read_base_units,
        "hcpcs_code,base_units,valid_from,valid_to,source",
        "00840,6,2009-01-01,,ASA",
    ),
    accepted.FILE_NAME: (
        lambda path: accepted.read_accepted(Home(path.parent)),
        ",".join(accepted.COLUMNS),
        "RVU27A,codes_deleted_fraction,0.12,2027-01-04,told",
    ),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("bad", "encoding", "said"),
    [
        ("caf\u00e9", "cp1252", "line 3: text in UTF-8 was expected, found the byte 0xE9. Save it as CSV in UTF-8"),
        ("plain", "utf-16", "line 1: text in UTF-8 was expected, found the byte 0xFF"),
        ("plain", "utf-16-le", "line 1: text in UTF-8 was expected, found a NUL character"),
        (LONG, "utf-8", "line 3: the row that begins here cannot be cut into cells (field larger than field limit (131072))"),
        ('"never closed', "utf-8", "line 3: the row that begins here cannot be cut into cells (unexpected end of data)"),
    ],
    ids=["cp1252", "utf-16", "utf-16 without its mark", "long cell", "unclosed quote"],
)
def test_what_cannot_be_cut_is_told_with_file_and_line(tmp_path: Path, name: str, bad: str, encoding: str, said: str) -> None:
    read, headings, row = READERS[name]
    path = tmp_path / name
    path.write_bytes("\n".join((headings, row, bad, row, "")).encode(encoding))
    with pytest.raises(PfsError) as caught:
        read(path)
    assert f"{path}, {said}" in str(caught.value)


@pytest.mark.parametrize("name", READERS)
def test_a_good_file_is_read_as_spreadsheets_leave_it(tmp_path: Path, name: str) -> None:
    """With the mark of UTF-8, CRLF, and rows of nothing but commas."""
    read, headings, row = READERS[name]
    path = tmp_path / name
    path.write_bytes(f"{headings}\r\n{row}\r\n,,\r\n\r\n".encode("utf-8-sig"))
    assert row.split(",")[0] in str(read(path))


def test_rows_have_the_line_on_which_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,B\n1,"two\nlines"\n\n3,4\n', encoding="utf-8")
    assert read_rows(path, ["a", "b"]) == [(2, ["1", "two\nlines"]), (5, ["3", "4"])]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PfsError, match=r"cannot be read: Is a directory\. Name a csv file"):
        read_rows(tmp_path, ["a"])
