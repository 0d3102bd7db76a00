"""The classification of codes: layouts of its years, days, the latest assignment, the year of a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.reference_files import RBCS_12, RBCS_13, RBCS_17, read_rbcs, write
from warehouse.errors import LayoutError, ReleaseError

SKIN = "17340,PS000O,P,Procedure,PS,Skin,000,No RBCS Family,O,01/01/1985,12/31/9999"
BONE = "25690,PM000{},P,Procedure,PM,Musculoskeletal,000,No RBCS Family,{},01/01/1984,12/31/9999"
VACCINE = (
    '0001A,RI035N,R,Treatment,RI,"Injections and Infusions (nononcologic)",035,"COVID-19 Vaccine Administration",N,'
    "12/11/2020,10/31/2023"
)
ROWS_17 = [
    f"{VACCINE},1,2023,12/11/2020,10/31/2023,1,0",
    f"{SKIN},1,2020,01/01/2014,12/31/9999,0,0",
    f"{BONE.format('M', 'M')},1,2025,01/01/2014,12/31/9999,0,1",
    f"{BONE.format('O', 'O')},0,2024,01/01/2014,12/31/2023,0,1",
    f"{BONE.format('M', 'M')},0,2020,01/01/2014,12/31/2022,0,1",
]
ROWS_13 = [
    f"{VACCINE},12/11/2020,10/31/2023",
    f"{SKIN},01/01/2014,12/31/9999",
    f"{BONE.format('M', 'M')},01/01/2024,12/31/9999",
    f"{BONE.format('O', 'O')},01/01/2023,12/31/2023",
    f"{BONE.format('M', 'M')},01/01/2014,12/31/2022",
]
ROWS_12 = [line.rpartition(",")[0] for line in ROWS_13]
COLUMNS = (
    "hcpcs_code",
    "assignment_number",
    "is_latest_assignment",
    "rbcs_id",
    "category",
    "subcategory",
    "family",
    "major_indicator",
    "added_on",
    "ended_on",
    "assigned_to",
)
EXPECTED = [
    (
        "0001A",
        1,
        True,
        "RI035N",
        "Treatment",
        "Injections and Infusions (nononcologic)",
        "COVID-19 Vaccine Administration",
        "N",
        date(2020, 12, 11),
        date(2023, 10, 31),
        date(2023, 10, 31),
    ),
    ("17340", 1, True, "PS000O", "Procedure", "Skin", None, "O", date(1985, 1, 1), None, None),
    ("25690", 1, False, "PM000M", "Procedure", "Musculoskeletal", None, "M", date(1984, 1, 1), None, date(2022, 12, 31)),
    ("25690", 2, False, "PM000O", "Procedure", "Musculoskeletal", None, "O", date(1984, 1, 1), None, date(2023, 12, 31)),
    ("25690", 3, True, "PM000M", "Procedure", "Musculoskeletal", None, "M", date(1984, 1, 1), None, None),
]


def rbcs(folder: Path, heading: str, rows: list[str], name: str = "RBCS_RY_2025.csv") -> Path:
    return write(folder / name, [heading, *rows])


LAYOUTS = [(RBCS_17, ROWS_17), (RBCS_13, ROWS_13), (RBCS_12, ROWS_12)]


@pytest.mark.parametrize(("heading", "rows"), LAYOUTS, ids=["17", "13", "12"])
def test_the_layouts_of_its_years_give_the_same_table(tmp_path: Path, heading: str, rows: list[str]) -> None:
    """The older ones have no mark of the latest assignment and no release year: the one that holds is the latest.

    The oldest does not print when an assignment ended either: with the day before the next one, or with the code.
    """
    content = read_rbcs(rbcs(tmp_path, heading, rows))
    assert content.frames["rbcs_assignment"].select(COLUMNS).rows() == EXPECTED
    assert content.label == "RBCS2025"
    assert content.frames["reference_file"].select("lines", "rows_loaded", "lines_ignored").rows() == [(6, 5, 1)]


def test_fifteen_columns_are_known_too(tmp_path: Path) -> None:
    heading, rows = RBCS_17.rsplit(",", 2)[0], [line.rsplit(",", 2)[0] for line in ROWS_17]
    frame = read_rbcs(rbcs(tmp_path, heading, rows)).frames["rbcs_assignment"]
    assert frame.select(COLUMNS).rows() == EXPECTED
    assert frame["was_reassigned"].null_count() == 5


def test_the_content_tells_the_release_year_and_the_name_where_it_does_not(tmp_path: Path) -> None:
    assert read_rbcs(rbcs(tmp_path, RBCS_17, ROWS_17, "x.csv")).label == "RBCS2025"
    assert read_rbcs(rbcs(tmp_path, RBCS_13, ROWS_13, "rbcs_ry2022.csv")).label == "RBCS2022"
    with pytest.raises(ReleaseError, match="neither the file nor its name tells which year"):
        read_rbcs(rbcs(tmp_path, RBCS_13, ROWS_13, "x.csv"))


def test_a_name_of_another_year_than_the_rows_is_said(tmp_path: Path) -> None:
    content = read_rbcs(rbcs(tmp_path, RBCS_17, ROWS_17, "RBCS_RY_2026.csv"))
    assert content.label == "RBCS2025"
    assert "RBCS2025: the file is called that of 2026, and its newest rows are of 2025" in " ".join(content.notes)


def test_a_file_that_ends_within_a_row_is_refused(tmp_path: Path) -> None:
    path = rbcs(tmp_path, RBCS_17, ROWS_17)
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(ReleaseError, match=r"RBCS_RY_2025.csv ends within a row: .* has 1 of the 17 cells"):
        read_rbcs(path)


def test_a_day_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"line 2: '02/31/1985' is no day of the calendar"):
        read_rbcs(rbcs(tmp_path, RBCS_17, [ROWS_17[1].replace("01/01/1985", "02/31/1985")]))


def test_a_row_outside_its_domain_is_kept_out_and_many_stop_the_file(tmp_path: Path) -> None:
    bad = ROWS_17[1].replace("17340,PS000O", "17341,PS00OO")
    content = read_rbcs(rbcs(tmp_path, RBCS_17, [*ROWS_17, bad]))
    assert content.frames["reference_rejected_row"]["line_number"].to_list() == [7]
    with pytest.raises(LayoutError, match="rows do not fit the layout rbcs_csv_17"):
        read_rbcs(rbcs(tmp_path, RBCS_17, [*ROWS_17, bad, bad.replace("17341", "17342")]))
