"""Whatever fails, and wherever: yesterday's warehouse is there byte for byte, and the next run finds nothing in its way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows import bring
from flows import plan as planning
from flows import steps as stages
from flows.discover.discover import Wanted
from flows.raw_archive import Archive
from flows.refresh import refresh
from flows.steps import Steps
from tests.members import changed, replaced, sample_archives, write_archive, zipped
from tests.refreshing import LIGHT, TODAY, bytes_of, content_of, folder_of, labels, leftovers, query, run
from tests.slow import slow
from warehouse import check, load
from warehouse.errors import CheckError, LayoutError, ReleaseError, WarehouseError
from warehouse.home import CODE, Home, writing
from warehouse.kept import kept_warehouses
from warehouse.load import ReleaseContent

RELEASE = "RVU24AR"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module", autouse=True)
def same_definitions() -> Iterator[None]:
    """A file of the catalogue that somebody saves while the tests run shall not change what they find."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "definition_hash", lambda: "the same")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one release in it."""
    home = Home(tmp_path_factory.mktemp("made"))
    result = run(home, folder_of(tmp_path_factory.mktemp("source"), [RELEASE]), LIGHT)
    assert result.published == home.published
    return home


@pytest.fixture
def place(made: Home, tmp_path: Path) -> Home:
    """A copy of that home, to do harm to."""
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def recut(tmp_path: Path) -> Path:
    """A folder with the same release and one figure changed."""
    members = changed(RELEASE, {"GPCI2024.csv": replaced("0.869,0.575", "0.869,0.576")})
    return write_archive(tmp_path / "recut", f"{RELEASE}.zip", members).parent


# --- failures ------------------------------------------------------------------------------------------------------------


def fails(fault: BaseException) -> Callable[..., object]:
    def step(*_: object, **__: object) -> object:
        raise fault

    return step


def after_loading(fault: BaseException) -> Callable[[duckdb.DuckDBPyConnection, ReleaseContent], str]:
    def step(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> str:
        load.load_release(con, content)
        raise fault

    return step


FAILING: dict[str, Callable[[pytest.MonkeyPatch], Steps]] = {
    "fetch": lambda patch: Steps(fetch=fails(ZeroDivisionError())),  # type: ignore[arg-type]
    "read": lambda patch: Steps(read=fails(ZeroDivisionError())),  # type: ignore[arg-type]
    "load": lambda patch: Steps(load=after_loading(ZeroDivisionError())),
    "load, by the user": lambda patch: Steps(load=after_loading(KeyboardInterrupt())),
    "derive": lambda patch: _patched(patch, stages, "derive", WarehouseError("sql/views/payment.sql does not run")),
    "check": lambda patch: _no_check(patch),
    "publish": lambda patch: _no_rename(patch),
}


def _patched(patch: pytest.MonkeyPatch, module: object, name: str, fault: BaseException) -> Steps:
    patch.setattr(module, name, fails(fault))
    return Steps()


def _no_check(patch: pytest.MonkeyPatch) -> Steps:
    """A rule is broken; which one, and what is derived before, does not matter."""
    patch.setattr(stages, "derive", lambda con, **_: None)
    return _patched(patch, check, "check", CheckError("a rule is broken"))


def _no_rename(patch: pytest.MonkeyPatch) -> Steps:
    """The disk refuses to put the new warehouse in its place; the raw store can still be written."""
    usual = os.replace

    def rename(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        if Path(target).name == "pfs.duckdb":
            raise OSError(5, "Input/output error")
        usual(source, target)

    patch.setattr(os, "replace", rename)
    return LIGHT


@pytest.mark.parametrize(
    "stage", [stage if stage in ("load", "derive") else pytest.param(stage, marks=slow) for stage in FAILING]
)
def test_a_failure_leaves_the_published_warehouse_as_it_was(
    place: Home, recut: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before = bytes_of(place)
    with monkeypatch.context() as patch, pytest.raises((ZeroDivisionError, KeyboardInterrupt, WarehouseError, CheckError)):
        run(place, recut, FAILING[stage](patch))
    assert bytes_of(place) == before
    assert leftovers(place) == []
    assert kept_warehouses(place) == []
    if stage in ("load", "publish"):
        again = run(place, recut, LIGHT)
        assert [(outcome.status, outcome.release_id) for outcome in again.outcomes] == [("new_edition", f"{RELEASE}.2")]


def test_a_release_that_cannot_be_loaded_is_an_outcome_and_the_others_are_loaded(place: Home, recut: Path) -> None:
    fault = ReleaseError("RVU25A: the rows break a rule.")

    def refuses(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> str:
        if content.label == "RVU25A":
            raise fault
        return load.load_release(con, content)

    result = run(place, folder_of(recut, ["RVU25A"]), replace(LIGHT, load=refuses))
    found = {outcome.name: outcome.status for outcome in result.outcomes}
    assert found == {f"{RELEASE}.zip": "new_edition", "RVU25A.zip": "failed"}
    assert (result.failed[0].error, result.failed[0].detail) == (fault, str(fault))
    assert labels(place) == [RELEASE, f"{RELEASE}.2"]


KILLED = """
import sys, time
from dataclasses import replace
from tests.refreshing import LIGHT, run
from pathlib import Path
from warehouse.home import Home
from warehouse.load import load_release
def hang(con, content):
    load_release(con, content)
    print("loaded", flush=True)
    time.sleep(60)
run(Home(Path(sys.argv[1])), sys.argv[2], replace(LIGHT, load=hang))
"""


def test_a_killed_run_leaves_the_published_warehouse_and_no_lock(place: Home, recut: Path) -> None:
    before = bytes_of(place)
    command = [sys.executable, "-c", KILLED, str(place.root), str(recut)]
    environment = os.environ | {"PYTHONPATH": str(CODE)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "loaded\n"
        process.kill()
    assert bytes_of(place) == before
    assert leftovers(place) != []
    result = run(place, recut, LIGHT)
    assert [outcome.status for outcome in result.outcomes] == ["new_edition"]
    assert leftovers(place) == []


def test_a_disk_without_room_is_said_before_anything_is_built(place: Home, recut: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bytes_of(place)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 2**20))
    with pytest.raises(WarehouseError, match=r"has 1 MB free; a refresh needs about \d+ MB there\."):
        run(place, recut)
    assert bytes_of(place) == before
    assert leftovers(place) == []


def test_a_second_refresh_is_refused_while_one_is_writing(place: Home, recut: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bytes_of(place)
    with writing(place), pytest.raises(WarehouseError, match=rf"Another refresh is writing to .* \(process {os.getpid()} on "):
        refresh(place, str(recut), Wanted(all=True), TODAY, wait_seconds=0)
    assert bytes_of(place) == before


def damaged(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def of_somebody_else(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("create table own as select 1 as value")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (damaged, r"pfs\.duckdb cannot be read: .* run 'pfs rollback'; .* move it away"),
        (of_somebody_else, r"pfs\.duckdb is a DuckDB file without the tables of a warehouse.* Move it away"),
    ],
)
def test_what_is_no_warehouse_is_not_built_upon(place: Home, recut: Path, make: Callable[[Path], None], said: str) -> None:
    make(place.published)
    before = bytes_of(place)
    with pytest.raises(WarehouseError, match=said):
        run(place, recut)
    assert bytes_of(place) == before


def test_a_file_in_the_place_of_the_builds_is_told(place: Home, recut: Path) -> None:
    place.building.rmdir()
    place.building.write_text("a file")
    before = bytes_of(place)
    with pytest.raises(WarehouseError, match=r"No warehouse can be built in .*building: File exists"):
        run(place, recut)
    assert bytes_of(place) == before


def test_a_setting_that_is_none_is_told_before_anything_is_loaded(
    place: Home, recut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFS_KEEP", "-1")
    with pytest.raises(WarehouseError, match=r"PFS_KEEP=-1: .* was expected, 0 or more"):
        run(place, recut, replace(LIGHT, load=fails(AssertionError("it was loaded"))))


# --- checks that stop the publication ----------------------------------------------------------------------------------


@slow
def test_an_rvu_that_the_qp_member_has_otherwise_stops_the_publication(place: Home, tmp_path: Path) -> None:
    def other_work(content: bytes) -> bytes:
        line = next(line for line in content.split(b"\r\n") if line.startswith(b"99213  "))
        return content.replace(line, line[:59] + b"  9.99" + line[65:])

    members = changed("RVU26B", {"PPRRVU2026_Apr_QPP.txt": other_work})
    before = bytes_of(place)
    with pytest.raises(CheckError) as caught:
        run(place, write_archive(tmp_path / "source", "RVU26B.zip", members).parent)
    said = str(caught.value)
    assert "qp_agrees" in said and "sql/checks/qp_agrees.sql" in said
    assert "row_key=99213, column_name=work_rvu" in said
    assert said.endswith("Nothing was published.")
    assert bytes_of(place) == before
    assert leftovers(place) == []


# --- again ---------------------------------------------------------------------------------------------------------------


def test_the_same_archive_again_changes_nothing_and_says_so(place: Home, tmp_path: Path) -> None:
    before = bytes_of(place)
    result = run(place, folder_of(tmp_path / "source", [RELEASE]))
    assert [(outcome.status, outcome.detail) for outcome in result.outcomes] == [
        ("unchanged", f"{RELEASE} holds this archive already.")
    ]
    assert (result.published, result.failed, result.loaded) == (None, (), ())
    assert bytes_of(place) == before


def test_the_same_members_zipped_again_change_nothing_and_it_says_so(place: Home, tmp_path: Path) -> None:
    members = sample_archives()[RELEASE]
    again = {name: members[name] for name in sorted(members, reverse=True)}
    assert zipped(again) != zipped(members)
    before = bytes_of(place)
    result = run(place, write_archive(tmp_path / "source", f"{RELEASE}.zip", again).parent)
    assert [(outcome.status, outcome.detail) for outcome in result.outcomes] == [
        ("unchanged", f"{RELEASE} has the same members; only the zip differs.")
    ]
    assert bytes_of(place) == before
    assert leftovers(place) == []
    assert len(list(place.raw.glob("*.zip"))) == 2


@slow
def test_one_archive_under_two_names_is_loaded_once(place: Home, recut: Path) -> None:
    shutil.copyfile(recut / f"{RELEASE}.zip", recut / f"{RELEASE}-0.zip")
    result = run(place, recut, LIGHT)
    assert sorted(outcome.status for outcome in result.outcomes) == ["new_edition", "unchanged"]
    assert any(outcome.detail.startswith("the same bytes as RVU24AR") for outcome in result.outcomes)
    assert labels(place) == [RELEASE, f"{RELEASE}.2"]


@slow
def test_another_content_under_the_label_is_a_new_edition_beside_the_old_one_and_names_what_changed(
    place: Home, recut: Path
) -> None:
    before = content_of(place)["gpci"]
    result = run(place, recut, LIGHT)
    ((outcome),) = result.outcomes
    assert (outcome.status, outcome.release_id, outcome.label) == ("new_edition", f"{RELEASE}.2", RELEASE)
    assert "changed: GPCI2024.csv" in outcome.detail
    assert f"beside {RELEASE}" in outcome.detail
    assert labels(place) == [RELEASE, f"{RELEASE}.2"]
    after = content_of(place)["gpci"]
    assert [row for row in after if row[0] == RELEASE] == before
    changed_rows = {row[1:] for row in after if row[0] == f"{RELEASE}.2"} - {row[1:] for row in before}
    assert [row[:2] for row in changed_rows] == [("10112", "00")]


# --- changed definitions -----------------------------------------------------------------------------------------------


@pytest.fixture
def redefined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue or the SQL is another one than when the warehouse was built."""
    monkeypatch.setattr(planning, "definition_hash", lambda: "another")


@slow
def test_with_other_definitions_every_loaded_archive_is_read_again_from_the_raw_store(
    place: Home, tmp_path: Path, redefined: None
) -> None:
    before, loaded_at = content_of(place), query(place, "select loaded_at from release")
    result = run(place, folder_of(tmp_path / "source", [RELEASE]), LIGHT)
    assert "read again" in " ".join(result.notes)
    assert result.published == place.published
    after = content_of(place)
    assert ("definition_hash", "the same") in before.pop("warehouse_fact")
    assert ("definition_hash", "another") in after.pop("warehouse_fact")
    assert after == before
    assert query(place, "select loaded_at from release") == loaded_at


@slow
def test_a_loaded_archive_that_can_no_longer_be_read_keeps_the_new_warehouse_from_being_published(
    place: Home, tmp_path: Path, redefined: None
) -> None:
    """Else a release would be missing from it without a word."""

    def reads_no_more(archive: Archive) -> ReleaseContent:
        if archive.name.startswith(RELEASE):
            raise LayoutError("GPCI2024.csv: no declared layout.")
        return bring.read_archive(archive)

    before = bytes_of(place)
    with pytest.raises(WarehouseError) as caught:
        run(place, folder_of(tmp_path / "source", ["RVU25A"]), replace(LIGHT, read=reads_no_more))
    assert str(caught.value).startswith(
        "1 of 1 archives that are loaded cannot be read with the definitions of now: GPCI2024.csv"
    )
    assert bytes_of(place) == before
    assert leftovers(place) == []


def test_a_raw_archive_that_is_gone_is_said_and_changes_nothing(place: Home, tmp_path: Path, redefined: None) -> None:
    before = bytes_of(place)
    for path in place.raw.glob("*.zip"):
        path.unlink()
    folder_of(tmp_path / "source", ["RVU25A"])
    with pytest.raises(WarehouseError, match=r"The raw archive .* is missing\. Fetch its release again"):
        run(place, tmp_path / "source", LIGHT)
    assert bytes_of(place) == before
    assert leftovers(place) == []
