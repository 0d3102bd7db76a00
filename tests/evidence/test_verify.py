"""`pfs verify` on amounts that CMS published, and the evidence page that is written from it."""

from __future__ import annotations

import json
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows import cli
from flows.commands.verify import Verified, evidence_page, verify_caps, verify_files
from flows.outcome import Result
from tests.evidence.test_payment_amount_files import STILL_RIGHT
from tests.slow import slow
from warehouse.evidence import FORMULAS
from warehouse.home import Home
from warehouse.sql_file import sql_files

PAGE = Path(__file__).resolve().parents[2] / "docs" / "EVIDENCE.md"
SOURCES = ("PFREV25C.txt", "PFREV4.txt", "published_amounts.tsv")


@pytest.fixture(scope="module")
def everything(whole: duckdb.DuckDBPyConnection, shared: Path) -> list[Verified]:
    """What the evidence page is written from."""
    return verify_files(whole, [shared / "published" / name for name in SOURCES], "RVU25D", None, has_scores=True)


def test_every_row_of_the_payment_amount_files_matches(everything: list[Verified]) -> None:
    """All localities, both settings; PFREV25C's amounts are those of RVU25D too."""
    reports = {item.name: item.report for item in everything}
    assert (reports["PFREV25C.txt"].rows, reports["PFREV25C.txt"].matched) == (109, 109)
    assert (reports["PFREV4.txt"].rows, reports["PFREV4.txt"].matched) == (1526, 1526)
    assert reports["PFREV4.txt"].measures == {"nonfacility_fee": [1526, 1526], "facility_fee": [1526, 1526]}
    assert all(item.lines == item.report.rows + item.trailers + item.headings + item.blank for item in everything)


def test_single_amounts_match_and_wrong_ones_differ(everything: list[Verified]) -> None:
    """251 to test and 2 of a release that never governed match, 7 wrong ones differ; the rest needs releases not there."""
    report = everything[2].report
    assert (report.matched, report.differing, report.wrong_differing, report.wrong_matched) == (253, 0, 7, 0)
    assert dict(report.reasons) == {
        "RVU21A is not loaded": 24,
        "no loaded release governs 2021-01-01 to 2021-12-31": 1,
        "no loaded release governs 2023-01-01 to 2023-12-31": 2,
    }
    assert report.is_right


def test_a_file_for_a_release_that_is_not_loaded_says_so(whole: duckdb.DuckDBPyConnection, shared: Path) -> None:
    """PFREV25C goes with RVU25C, and nothing is compared with a neighbour unasked."""
    (item,) = verify_files(whole, [shared / "published" / "PFREV25C.txt"], None, None)
    assert (item.report.matched, item.report.not_comparable) == (0, 109)
    assert list(item.report.reasons) == ["RVU25C is not loaded (loaded of 2025: RVU25A, RVU25D; --release compares with another)"]


@slow
def test_cap_tables_are_reproduced_but_for_the_two_stale_ones(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU12A (another set of indices) and thirteen California localities of RVU19A, 1,250 rows of status A; nothing else."""
    caps = verify_caps(whole)
    assert caps["findings"] == []
    stale = {row["release_id"]: row["declared_stale"] for row in caps["tables"] if row["declared_stale"]}
    assert stale == {"RVU12A": 11524, "RVU19A": 2560}
    assert sum(row["rows"] for row in caps["tables"]) == 205_784
    assert all(row["reproduced"] == row["rows"] for row in caps["tables"] if row["release_id"] not in stale)
    active = whole.execute(
        "select count(*), count(distinct mac || locality) from opps_cap_comparison "
        "where release_id = 'RVU19A' and not is_reproduced and status_code = 'A' and gpci_mac = mac"
    ).fetchone()
    assert active == (1250, 13)


def test_the_wrong_formulas_score_what_warehouses_with_the_same_mistakes_score(everything: list[Verified]) -> None:
    """The page computes the mistakes in one query; the negative controls build them into warehouses. Both count alike."""
    names = {
        "GPCI by locality number, without the contractor": "locality without its contractor",
        "RVUs by code, without the modifier": "code without its modifier",
        "cut off after the cent": "cutting off after the cent",
        "each part rounded": "rounding each part",
        "each adjusted RVU rounded": "rounding each adjusted RVU",
    }
    a_year = "one conversion factor a year, the last"
    assert {*names, "one rounding, at the end", a_year} == set(FORMULAS)
    scored = {name: everything[0].scores[name] + everything[1].scores[name] for name in FORMULAS}
    assert scored["one rounding, at the end"] == everything[0].amounts + everything[1].amounts == 3270
    assert {names[name]: scored[name] for name in names} == STILL_RIGHT
    # 2025 had one factor, so that this mistake shows in the single amounts only: in those of the start of 2024.
    assert scored[a_year] == 3270
    assert everything[2].amounts - everything[2].scores[a_year] == 8


@slow
def test_the_evidence_page_is_current(
    whole: duckdb.DuckDBPyConnection, everything: list[Verified], shared: Path, tmp_path: Path
) -> None:
    """Written anew from the same files and archives, it is the page in docs/, and names no path of this machine."""
    page = evidence_page(whole, everything, "RVU25D")
    assert page == PAGE.read_text(encoding="utf-8"), "docs/EVIDENCE.md is not current; its first lines say how it is written"
    assert str(shared) not in page
    assert str(tmp_path.anchor + "tmp") not in page


# --- the command -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def published_home(first_refresh: tuple[Home, Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    """A home of one's own with the same warehouse: DuckDB opens one file of a process in one way only."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    shutil.copyfile(first_refresh[0].published, home.published)
    monkeypatch.setenv("PFS_HOME", str(home.root))
    return home


def run(*arguments: object) -> int:
    return cli.main(["verify", *map(str, arguments)])


@slow
def test_the_exit_code_says_what_came_out(
    published_home: Home, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 all match, 3 a row differs, 1 nothing could be compared or there is no such file."""
    right, changed = shared / "published" / "PFREV4.txt", tmp_path / "PFREV25D.txt"
    changed.write_text(right.read_text(encoding="cp1252").replace("0001339.81", "0001339.80", 1), encoding="cp1252")
    assert run(right) == 0
    assert "matched" in capsys.readouterr().out
    assert run(changed) == 3
    shown = capsys.readouterr().out
    assert "published 1339.80, warehouse 1339.81 (-0.01)" in shown
    assert "the exact amount, cut off instead of rounded" in shown
    assert run(shared / "published" / "PFREV25C.txt") == 1
    assert "RVU25C is not loaded" in capsys.readouterr().out
    assert run(tmp_path / "nothing") == 1
    assert "does not exist" in capsys.readouterr().err


def test_programs_read_the_same_as_people(published_home: Home, shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shared / "published" / "PFREV25C.txt", "--release", "rvu25d", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert (found["matched"], found["releases"], found["lines"]["trailers"]) == (109, {"RVU25D": 109}, 4)


def test_a_release_that_is_not_loaded_cannot_be_asked_for(
    published_home: Home, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shared / "published" / "PFREV4.txt", "--release", "RVU25C") == 1
    assert "Release RVU25C is not loaded" in capsys.readouterr().err


@slow
def test_without_files_it_shows_cms_cap_tables(published_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0: everything that differs is declared."""
    assert run("--json") == 0
    caps = json.loads(capsys.readouterr().out)["opps_caps"]
    assert len(caps["tables"]) == 11
    assert run() == 0
    assert "11,524" in capsys.readouterr().out


def test_the_archive_as_posted_gives_the_same(
    published_home: Home, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An archive inside an archive, in a folder whose name ends in a blank."""
    inner = tmp_path / "PFREV25D_nonQP.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.write(shared / "published" / "PFREV4.txt", "PFALL25D.TXT")
    outer = tmp_path / "pfrev25d-updated-09-11-2025.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "PFREV25D /PFREV25D_nonQP.zip")
    assert run(outer, "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert (found["matched"], found["file"]) == (1526, "pfrev25d-updated-09-11-2025.zip > PFREV25D_nonQP.zip > PFALL25D.TXT")


@slow
def test_qp_amounts_are_compared_with_the_qp_factor(
    published_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From 2026 there are two files; 99213 in Alabama is 87.79 for one and 88.23 for the other kind of participant."""
    with duckdb.connect(str(published_home.published)) as con:
        con.execute("insert into conversion_factor select release_id, 'qp', 33.5675, null, 'QPP' from release where year = 2026")
        con.execute(next(file.statement for file in sql_files("stored") if file.name == "payment_input"))
        expected = con.execute(
            "select qp_status, nonfacility_fee from payment where release_id = 'RVU26B' and hcpcs_code = '99213' "
            "and modifier = '' and mac = '10112' and locality = '00' order by qp_status"
        ).fetchall()
    assert expected == [("non_qp", Decimal("87.79")), ("qp", Decimal("88.23"))]
    nothing = '"0000000.00","0000000.00"'
    line = f'"2026","10112","00","99213","  ","0000088.23","0000055.04"," ","0","A","0",{nothing},"9",{nothing}\n'
    for name, code in (("PFALL26B_QP.TXT", 0), ("PFALL26B_nonQP.TXT", 3)):
        (tmp_path / name).write_text(line, encoding="cp1252")
        assert run(tmp_path / name) == code
    assert run(tmp_path / "PFALL26B_nonQP.TXT", "--qp") == 0
    assert "the amount of qp" in capsys.readouterr().out
