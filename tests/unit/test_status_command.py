"""`pfs status`: what is loaded and stands for which days, the ZIP code files, and the calendar of every release since 2003."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from flows.cli import main
from tests.slow import slow
from tests.warehouse import release, rvu, tiny_warehouse
from warehouse import read
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.sql_file import check_place

Run = Callable[..., str]
RELEASES = [
    release("RVU09A", "2009-01-01", valid_to="2009-03-31", published_on="2008-11-01"),
    release("RVU12A", "2012-01-01", valid_to="2012-03-31", published_on="2011-11-01", governs=False),
    release("RVU25D", "2025-10-01", valid_to="2025-12-31", published_on="2025-09-11"),
]
ZIP_FILE = {"zip_release_id": "ZIP25D", "label": "ZIP25D", "year": 2025, "quarter": "D", "valid_from": "2025-10-01"}
ZIP_MEMBER = {"zip_release_id": "ZIP25D", "kind": "zip_locality", "member_name": "ZIP5_OCT2025.txt", "layout": "zip5_text_80"}
ZIP_CODES = [
    {"zip_release_id": "ZIP25D", "zip_code": f"3520{i}", "mac": "10112", "locality": "00", "needs_plus_four": i == 3}
    for i in range(5)
]
LOADED = {
    "release": RELEASES,
    "rvu": [rvu("99213", release_id="RVU25D")],
    "zip_release": [ZIP_FILE],
    "zip_release_file": [ZIP_MEMBER | {"lines": 7, "rows_loaded": 5, "rows_rejected": 1, "lines_ignored": 1}],
    "zip_locality": ZIP_CODES,
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `pfs status` on a tiny warehouse with these tables; gives what it prints, without line breaks."""
    monkeypatch.setenv("PFS_HOME", str(tmp_path))
    Home(tmp_path).published.touch()  # without it the calendar is all that is shown

    def runner(*arguments: str, **tables: list[dict[str, object]]) -> str:
        monkeypatch.setattr(read, "open_published", lambda _: _open(tables))
        assert main(["status", *arguments]) == 0
        return " ".join(capsys.readouterr().out.split())

    return runner


def _open(tables: dict[str, list[dict[str, object]]]) -> duckdb.DuckDBPyConnection:
    return tiny_warehouse(**tables)


def test_a_release_stands_as_the_catalogue_says_also_where_its_successor_is_not_loaded(run: Run) -> None:
    shown = run(**LOADED)
    assert "RVU09A 2009-01-01 to 2009-03-31 superseded by RVU09AR, not loaded" in shown
    assert "RVU12A 2012-01-01 to 2012-03-31 never governed" in shown
    assert "RVU25D 2025-10-01 to 2025-12-31 governs" in shown


def test_zip_code_files_are_listed_with_the_account_of_their_lines(run: Run) -> None:
    assert "ZIP25D 2025-10-01 to 2025-12-31 ZIP5_OCT2025.txt 7 5 1 1 1" in run(**LOADED)
    (file,) = json.loads(run("--json", **LOADED))["zip_files"]
    assert (file["zip_release_id"], file["kind"], file["rows_loaded"], file["needing_plus_four"]) == (
        "ZIP25D",
        "zip_locality",
        5,
        1,
    )


def test_what_a_check_found_is_not_mistaken_for_its_rule(run: Run) -> None:
    found = {"check_name": "pe_repeats_where_na", "severity": "warning", "meaning": "Both settings have one figure."}
    shown = run(**LOADED, check_result=[found | {"rows_found": 1, "example": "hcpcs_code=76775"}])
    said = "warning, check pe_repeats_where_na: 1 row breaks the rule: Both settings have one figure. First: hcpcs_code=76775. "
    assert said + "All of them: pfs sql < sql/checks/pe_repeats_where_na.sql" in shown


def test_an_installed_wheel_names_the_files_of_checks_where_they_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert check_place("total_is_sum") == "sql/checks/total_is_sum.sql"
    monkeypatch.setattr("warehouse.sql_file.CODE", tmp_path)
    assert check_place("total_is_sum") == str(tmp_path / "sql" / "checks" / "total_is_sum.sql")


@slow
def test_a_reader_that_stops_reading_is_no_error() -> None:
    """As in `pfs words | head -1`."""
    with subprocess.Popen([sys.executable, "-m", "flows", "words"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        assert process.wait(60) == 0


def test_that_there_is_no_zip_code_file_is_said(run: Run) -> None:
    assert "No ZIP code file is loaded" in run(release=RELEASES)


def test_the_calendar_says_for_each_span_which_release_governs_and_whether_it_is_loaded(run: Run) -> None:
    calendar = json.loads(run("--all", "--json", **LOADED))["calendar"]
    spans = {entry["first"]: entry for entry in calendar}
    assert (spans["2003-01-01"]["release"], spans["2003-01-01"]["last"]) == (None, "2003-02-28")
    assert (spans["2009-01-01"]["release"], spans["2009-01-01"]["displaced"], spans["2009-01-01"]["loaded"]) == (
        "RVU09AR",
        ["RVU09A"],
        [],
    )
    assert spans["2025-10-01"]["loaded"] == ["RVU25D"]
    assert [spans[day]["release"] for day in ("2010-06-01", "2012-03-01", "2024-03-09")] == ["RVU10C_PCT22", "RVU12M", "RVU24AR"]
    assert all(one["last"] < following["first"] for one, following in pairwise(calendar))


def test_only_of_a_reference_file_that_is_not_there_is_it_said_that_nothing_is_told(run: Run) -> None:
    """The sample's own is loaded and answers; CMS's takes its place."""
    rbcs = {"reference_release_id": "RBCS2025", "label": "RBCS2025", "edition": 1, "reference": "rbcs", "year": 2025}
    shown = run(**LOADED, reference_release=[rbcs | {"is_sample": True}])
    assert "Only the sample's rbcs is loaded, for what kind of service a code is: 'pfs refresh rbcs' brings CMS's in." in shown
    assert "CMS's rbcs is not loaded" not in shown
    assert "CMS's utilisation is not loaded, so nothing is said of which specialties use a code" in shown
    again = rbcs | {"reference_release_id": "RBCS2025.2", "edition": 2}
    assert "sample's rbcs" not in run(**LOADED, reference_release=[rbcs | {"is_sample": True}, again])
    assert "CMS's rbcs is not loaded, so nothing is said of what kind" in run(**LOADED)


def test_the_calendar_needs_no_warehouse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PFS_HOME", str(tmp_path))
    assert main(["status", "--all"]) == 0
    assert "Never governed a day: RVU07A2, RVU07A3, RVU10C_PCT0, RVU10D_PCT0, RVU11A, RVU12A, RVU13A." in capsys.readouterr().out
    with pytest.raises(WarehouseError):
        read.open_published(Home(tmp_path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no warehouse at"),
        ("not a database" * 1000, "cannot be opened: IO Error"),
        ("", "is a DuckDB file without the tables of a warehouse"),
    ],
    ids=["none", "damaged", "another database"],
)
def test_without_a_warehouse_a_monitor_still_learns_how_the_last_refresh_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None, said: str
) -> None:
    monkeypatch.setenv("PFS_HOME", str(tmp_path))
    note = {"at": "2026-11-26T05:30:00+00:00", "status": "source_unreachable", "text": "The site is down.", "error": "down"}
    (tmp_path / "last_refresh.json").write_text(json.dumps(note))
    (tmp_path / "write.holder").write_text("process 4711 on elsewhere since 2026-11-26T05:30:00+00:00\n")
    if content:
        Home(tmp_path).published.write_text(content)
    elif content is not None:
        duckdb.connect(str(Home(tmp_path).published)).close()
    assert main(["status", "--json"]) == 1
    ended = capsys.readouterr()
    found = json.loads(ended.out)
    assert (found["warehouse"], found["published_at"], found["age_days"], found["last_refresh"]) == (None, None, None, note)
    assert said in found["error"] and ended.err == f"pfs: {found['error']}\n"
    assert main(["status"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "source unreachable. The site is down." in shown and "A refresh is writing: process 4711 on elsewhere" in shown


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hold.json", "{"),
        ("hold.json", '{"at": "2026-01-01", "archives": {"a": "RVU24A", "b": 5}, "definition_hash": 7}'),
        ("last_refresh.json", '{"status": "published"}'),
        ("last_refresh.json", '{"at": "x", "status": null, "text": null}'),
        ("last_refresh.json", '{"at": "x", "status": "failed", "text": "a\\ud800"}'),
        (None, ""),
    ],
)
def test_what_else_is_damaged_does_not_take_the_place_of_the_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str | None, content: str
) -> None:
    """A note, or the home itself, which is a file."""
    home = tmp_path / "home"
    if name:
        home.mkdir()
        (home / name).write_text(content)
    else:
        home.write_text(content)
    monkeypatch.setenv("PFS_HOME", str(home))
    for arguments in (["status", "--json"], ["status"]):
        assert main(arguments) == 1
        ended = capsys.readouterr()
        assert ended.err.startswith(f"pfs: There is no warehouse at {home}")
        assert "--json" not in arguments or json.loads(ended.out)["last_refresh"] is None


def test_a_damaged_note_of_a_rollback_hides_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PFS_HOME", str(tmp_path))
    note = {"at": "2026-11-26T05:30:00+00:00", "status": "failed", "text": "The disk was full.", "error": "full"}
    (tmp_path / "last_refresh.json").write_text(json.dumps(note))
    (tmp_path / "hold.json").write_text("{")
    assert main(["status", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["last_refresh"], found["held_back"], found["held_since"]) == (note, None, None)
    assert main(["status"]) == 1
    shown = capsys.readouterr().out
    assert "The disk was full." in shown and "What a rollback holds back is not known: hold.json cannot be read." in shown
