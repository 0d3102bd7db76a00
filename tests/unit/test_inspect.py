"""`pfs inspect`: what a file is, and a row to add that makes an unknown layout known."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from flows import catalog
from flows.commands.inspect import command
from flows.extract import layouts
from flows.extract.extract import extract
from flows.extract.members import Member
from flows.inspect.inspect import inspect
from flows.inspect.report import Report
from tests.members import changed, csv_edit, sample_archives, write_archive, zipped
from tests.unit.test_payment_files import TRAILERS, record
from tests.zip_files import archive, text, zip5, zip9
from warehouse.errors import ArchiveError, SourceError

Edit = Callable[[bytes], bytes]


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def kinds(report: Report) -> dict[str, tuple[str | None, str | None]]:
    return {finding.member: (finding.kind, finding.layout) for finding in report.findings}


# --- archives of relative value files ------------------------------------------------------------------------------------


def test_an_archive_is_its_release_and_the_layouts_of_its_members(tmp_path: Path) -> None:
    report = inspect(write_archive(tmp_path, "saved by hand (1).zip", sample_archives()["RVU26B"]))
    assert report.release == "RVU26B"
    assert report.is_sound
    assert report.notes[0] == (
        "RVU26B (in the catalogue) for services from 2026-04-01 to 2026-06-30, published 2026-03-10 (file_slug)."
    )
    assert kinds(report)["PPRRVU2026_Apr_QPP.txt"] == ("rvu", "rvu_text_171_pricing")
    assert kinds(report)["GPCI2026.csv"] == ("gpci", "gpci_csv_two_work")
    assert {finding.member: finding.rows for finding in report.findings}["ANES2026.csv"] == 109


def test_what_is_wrong_with_an_archive_as_a_whole_is_said_though_each_member_has_a_layout(tmp_path: Path) -> None:
    members = {name: content for name, content in sample_archives()["RVU24AR"].items() if "GPCI" not in name}
    report = inspect(write_archive(tmp_path, "RVU24AR.zip", members))
    assert not any(finding.problem for finding in report.findings)
    assert report.problem is not None
    assert "holds no gpci member" in report.problem
    assert not report.is_sound


def test_a_member_that_no_layout_fits_is_named_with_the_difference_and_a_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit = csv_edit(lambda rows: [[*row[:6], "SOMETHING NEW" if row[0] == rows[2][0] else "7", *row[6:]] for row in rows])
    path = write_archive(tmp_path, "RVU24AR.zip", changed("RVU24AR", {"GPCI2024.csv": edit}))
    assert command(str(path), json=False) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "GPCI2024.csv: no declared layout of kind gpci has this heading." in shown
    assert "column 7 should be 'MP' and is" in shown
    assert (
        "A row to start from, for flows/catalog/column_maps/gpci.csv (-1: the file lacks the column): gpci_csv_state_new,csv"
        in shown
    )


def test_the_report_is_one_document_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "GPCI2025.csv", sample_archives()["RVU25A"]["GPCI2025.csv"])
    assert command(str(path), json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["what"] == "a member of kind gpci"
    assert [(each["layout"], each["rows"]) for each in found["findings"]] == [("gpci_csv_state", 109)]


# --- the row to add ------------------------------------------------------------------------------------------------------


def inserted(at: int, characters: bytes) -> Edit:
    return lambda content: b"\r\n".join(
        line[:at] + characters + line[at:] if len(line) > 30 and not line.startswith(b"HDR") else line
        for line in content.split(b"\r\n")
    )


def without_state(content: bytes) -> bytes:
    """The states of a GPCI member after the names of the localities, in its heading and its rows."""
    return csv_edit(lambda rows: [[row[0], *row[2:4], row[1], *row[4:]] if len(row) > 4 else row for row in rows])(content)


@pytest.mark.parametrize(
    ("release", "name", "edit"),
    [
        ("RVU25A", "PPRRVU25_JAN.txt", inserted(120, b" ")),
        ("RVU25A", "PPRRVU25_JAN.txt", inserted(90, b"     ")),
        ("RVU24A", "OPPSCAP_JAN.txt", inserted(10, b"  ")),
        ("RVU25A", "GPCI2025.csv", without_state),
    ],
    ids=["a character after the indicators", "five before the totals", "two before the contractor", "a column moved"],
)
def test_the_row_that_it_gives_makes_the_member_known(
    release: str, name: str, edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = extract(Member(name, sample_archives()[release][name]))
    path = written(tmp_path, name, edit(sample_archives()[release][name]))
    finding = inspect(path).findings[0]
    assert before is not None
    assert finding.advice is not None
    with Added(monkeypatch, before.kind, finding.advice.split("\n")[0]):
        after = extract(Member(name, path.read_bytes()))
    assert after is not None
    assert after.layout.name.endswith("_new")
    columns = [column for column in before.rows.columns if column not in ("line_number", "text") and column in after.rows.columns]
    assert {"hcpcs_code", "modifier"} < set(columns) or {"mac", "locality", "pe_gpci"} < set(columns)
    assert after.rows.select(columns).equals(before.rows.select(columns))


@pytest.mark.parametrize(
    ("renamed", "rows"),
    [
        ({b"2025 PE GPCI": b"2025 Practice Index"}, "pe_gpci,PRACTICE INDEX"),
        (
            {b"2025 PE GPCI": b"Practice, per cent", b"2025 MP GPCI": b"Liability"},
            'pe_gpci,"PRACTICE, PER CENT"\nmp_gpci,LIABILITY',
        ),
    ],
    ids=["one", "two, each with the column in whose place it stands"],
)
def test_a_renamed_heading_is_known_with_the_spelling_that_is_printed(
    renamed: dict[bytes, bytes], rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = sample_archives()["RVU25A"]["GPCI2025.csv"]
    before = extract(Member("GPCI2025.csv", content))
    for name, other in renamed.items():
        content = content.replace(name, b'"' + other + b'"' if b"," in other else other)
    path = written(tmp_path, "GPCI2025.csv", content)
    assert command(str(path), json=False) == 1
    assert f"to add, to flows/catalog/column_maps/headings.csv:\n{rows}\n" in capsys.readouterr().out
    with Added(monkeypatch, "headings", *rows.split("\n")):
        after = extract(Member(path.name, content))
    assert before is not None
    assert after is not None
    assert after.layout.name == before.layout.name
    assert after.rows.drop("text", strict=False).equals(before.rows.drop("text", strict=False))


class Added:
    """Rows more in a kind's column map, or in headings.csv."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str, *added: str) -> None:
        self.file, self.added, self.monkeypatch, self.rows = f"column_maps/{kind}.csv", added, monkeypatch, catalog.rows

    def __enter__(self) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            found = self.rows(name)
            if name == self.file:
                found = [*found, *(dict(zip(found[0], cells, strict=True)) for cells in csv.reader(self.added))]
            return found

        self.monkeypatch.setattr(catalog, "rows", rows)
        self._forget()

    def __exit__(self, *_: object) -> None:
        self.monkeypatch.setattr(catalog, "rows", self.rows)
        self._forget()

    def _forget(self) -> None:
        layouts.layouts.cache_clear()
        layouts._spellings.cache_clear()


def test_a_filled_character_that_no_column_claims_is_counted_out(tmp_path: Path) -> None:
    lines = sample_archives()["RVU25A"]["PPRRVU25_JAN.txt"].split(b"\r\n")
    content = b"\r\n".join(line[:124] + b"Q" + line[125:] if len(line) > 170 else line for line in lines)
    finding = inspect(written(tmp_path, "PPRRVU27_JAN.txt", content)).findings[0]
    assert finding.advice is not None
    assert finding.advice.endswith("characters without a column of ours that are filled: 125")


def test_a_print_style_text_with_more_figures_gets_a_pattern_that_fits_its_rows(tmp_path: Path) -> None:
    content = sample_archives()["RVU25A"]["GPCI2025.txt"]
    lines = [line + b"    1.234   2.345" if line[:5].isdigit() else line for line in content.split(b"\r\n")]
    finding = inspect(written(tmp_path, "GPCI2027.txt", b"\r\n".join(lines))).findings[0]
    assert finding.advice is not None
    pattern = re.search(r"row = '(.*)'", finding.advice)
    assert pattern is not None
    rows = pl.Series([line.decode() for line in lines if line[:5].isdigit()])
    assert rows.str.contains(pattern[1]).all()
    assert pattern[1].count("(?P<FIGURE_") == 5
    assert "109 of 109 lines that look like rows have 5 figures" in finding.advice


# --- ZIP code files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def zip_lines() -> list[str]:
    return [zip5(f"{35000 + i}", flag="1" if i == 7 else "0") for i in range(60)]


def test_a_zip_code_file_is_its_quarter(tmp_path: Path, zip_lines: list[str]) -> None:
    report = inspect(written(tmp_path, "ZIP5_OCT2025.txt", text(zip_lines)))
    assert (report.release, report.is_sound) == ("ZIP25D", True)
    assert report.notes[0] == "ZIP25D, for services from 2025-10-01 to 2025-12-31."
    assert "1 ZIP codes need four more digits" in report.notes[1]
    assert [(f.kind, f.layout, f.lines, f.rows) for f in report.findings] == [("zip_locality", "zip5_text_80", 60, 60)]


def test_an_archive_of_both_zip_code_files(tmp_path: Path, zip_lines: list[str]) -> None:
    nine = text([zip9("35007", f"{i:04}") for i in range(40)])
    report = inspect(archive(tmp_path / "zip-codes.zip", ZIP5_OCT2025=text(zip_lines), ZIP9_OCT2025=nine, ZIP5lyout=b"a layout"))
    assert report.release == "ZIP25D"
    assert {f.member: (f.kind, f.rows) for f in report.findings} == {
        "ZIP5_OCT2025.txt": ("zip_locality", 60),
        "ZIP9_OCT2025.txt": ("zip4_locality", 40),
    }


def test_a_zip_code_file_of_another_length_gets_a_row(tmp_path: Path, zip_lines: list[str]) -> None:
    longer = text([f"{line[:14]}   {line[14:]}" for line in zip_lines])
    finding = inspect(written(tmp_path, "ZIP5_JAN2027.txt", longer)).findings[0]
    assert finding.advice is not None
    assert finding.advice.startswith("zip5_text_80_new,fixed,,,1,83,,1-2,3-7,8-12,13-14,18-18,")
    assert "its columns from character 15 on moved by +3" in finding.advice


# --- published amounts ---------------------------------------------------------------------------------------------------


def test_a_payment_amount_file_is_the_release_that_it_was_computed_from(tmp_path: Path) -> None:
    content = "\r\n".join([record(), record("99214"), ""]) + TRAILERS
    report = inspect(written(tmp_path, "PFREV25D.txt", content.encode()))
    assert (report.what, report.release, report.is_sound) == ("published payment amounts: 1 file", "RVU25D", True)
    assert [(f.form, f.lines, f.rows, f.rejected) for f in report.findings] == [("payment amount file, non_qp", 4, 2, 0)]
    assert "'pfs verify PFREV25D.txt' compares every amount with the warehouse." in report.notes


def test_an_archive_inside_an_archive_as_cms_posts_it(tmp_path: Path) -> None:
    inner = zipped({"PFALL26AR.txt": record(year="2026").encode()})
    report = inspect(written(tmp_path, "pfrev26a.zip", zipped({"PFREV26A /PFREV26AR_nonQP.zip": inner})))
    assert report.release == "RVU26A"
    assert [f.member for f in report.findings] == ["pfrev26a.zip > PFREV26AR_nonQP.zip > PFALL26AR.txt"]


def test_a_payment_amount_file_that_ends_before_the_fees_is_said(tmp_path: Path) -> None:
    """Records with more or fewer cells after both fees are read up to these; without them nothing can be compared."""
    content = "\r\n".join(record().rsplit(",", 11)[0] for _ in range(5))
    report = inspect(written(tmp_path, "PFREV27A.txt", content.encode()))
    problem = report.findings[0].problem
    assert problem is not None
    assert "5 of 5 rows cannot be compared, the first on line 1: the line has 5 cells, 16 were expected" in problem
    assert "correct `columns` in flows/catalog/payment_files.toml" in problem


# --- reference files -----------------------------------------------------------------------------------------------------


def first_heading(kind: str) -> str:
    """A heading that the first declared layout of a kind accepts."""
    places = sorted(layouts.layouts(kind)[0].places, key=lambda place: place.position)
    return ",".join(place.headings[0] for place in places)


@pytest.mark.parametrize(
    ("kind", "name", "label"), [("rbcs", "RBCS_RY_2025.csv", "RBCS2025"), ("utilisation", "PSPS 2023.csv", "PSPS2023")]
)
def test_a_reference_file_is_told_by_its_heading_and_its_year_by_its_name(
    kind: str, name: str, label: str, tmp_path: Path
) -> None:
    report = inspect(written(tmp_path, name, f"{first_heading(kind)}\r\n\r\n".encode()))
    assert (report.what, report.release, report.is_sound) == (f"CMS's reference file {kind}", label, True)
    assert [(finding.kind, finding.lines) for finding in report.findings] == [(kind, 2)]
    assert report.findings[0].layout


def test_a_reference_file_of_another_heading_gets_a_row(tmp_path: Path) -> None:
    heading = first_heading("rbcs").split(",")
    heading.insert(1, "SOMETHING NEW")
    finding = inspect(written(tmp_path, "RBCS_RY_2031.csv", ",".join(heading).encode())).findings[0]
    assert finding.problem is not None
    assert "New are 'SOMETHING NEW' (column 2); missing are none" in finding.problem
    assert finding.advice is not None


# --- what it is not ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["RVU27A.zip", "notes.txt", "notes.csv"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    content = zipped({"readme.txt": b"Nothing here.\r\n"}) if request.param.endswith(".zip") else b"Nothing here.\r\n"
    return written(tmp_path, request.param, content)


def test_what_is_none_of_these_is_said_to_be_none(nothing: Path) -> None:
    report = inspect(nothing)
    assert not report.is_sound
    assert report.problem is not None
    assert (
        "has neither the heading" in report.problem
        or "holds no relative value, ZIP code or payment amount file" in report.problem
    )


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("RVU27A.pdf", b"%PDF-1.4", SourceError, "is neither an archive nor a member"),
        ("RVU27A.zip", b"<html>License</html>", ArchiveError, "is an HTML page, not a zip archive"),
        ("RVU27A.zip", b"PK\x03\x04cut", ArchiveError, "RVU27A.zip"),
    ],
)
def test_what_cannot_be_read_is_an_error(name: str, content: bytes, error: type[Exception], said: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=re.escape(said)):
        inspect(written(tmp_path, name, content))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is no file\. Name an archive"):
        inspect(tmp_path / "RVU27A.zip")
