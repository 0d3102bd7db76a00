"""The embedded sample gives way to real releases, and to nothing else: not to ZIP code or reference files, nor to what fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flows import sample
from flows.cli import main
from flows.discover.discover import Wanted
from flows.outcome import Result
from flows.raw_archive import Archive
from flows.refresh import refresh
from flows.steps import Steps
from tests.members import sample_archives
from tests.reference_files import HEADING_2020, row, write
from tests.refreshing import LIGHT, TODAY, bytes_of, folder_of, labels, query, run
from tests.slow import slow
from tests.zip_files import text, zip5
from warehouse.errors import LayoutError, WarehouseError
from warehouse.home import Home
from warehouse.kept import kept_warehouses, rollback
from warehouse.load import ReleaseContent

RELEASE = "RVU24AR"


@pytest.fixture(scope="module", autouse=True)
def one_sample() -> Iterator[None]:
    """The sample, with one archive."""
    sample_archives()  # made from the sample as it is
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "write_archives", lambda folder: [folder_of(folder, [RELEASE]) / f"{RELEASE}.zip"])
        patch.setattr("flows.discover.references.sample_references", lambda folder: [])
        yield


@pytest.fixture(scope="module")
def made(one_sample: None, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that holds the sample."""
    home = Home(tmp_path_factory.mktemp("made"))
    run(home, "sample", LIGHT)
    assert query(home, "select distinct is_sample from release") == [(True,)]
    return home


@pytest.fixture
def place(made: Home, tmp_path: Path) -> Home:
    """A copy of that home, to change."""
    return Home(Path(shutil.copytree(made.root, tmp_path / "home")))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a ZIP code file."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "ZIP5_OCT2024.txt").write_bytes(text([zip5("35203", quarter="20244")]))
    return folder


def refuses(_archive: Archive) -> ReleaseContent:
    raise LayoutError("PPRRVU24.csv: no declared layout.")


def zip_codes(home: Home) -> int:
    ((count,),) = query(home, "select count(*) from zip_locality")
    return int(count)


def of_releases(step: Callable[[Archive], ReleaseContent]) -> Callable[[Archive], ReleaseContent]:
    """A step of reading that is taken by releases, where others are read as usual."""
    usual = LIGHT.read
    return lambda archive: step(archive) if archive.name.startswith("RVU") else usual(archive)


@slow
def test_the_sample_is_not_mixed_into_real_releases(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    run(place, folder_of(tmp_path / "source", ["RVU25A"]), LIGHT)
    before = bytes_of(place)
    with pytest.raises(WarehouseError, match=r"holds real releases.* Set PFS_HOME to another folder to try the sample\."):
        run(place, "sample")
    assert bytes_of(place) == before


def test_real_releases_set_the_sample_aside_and_it_is_kept(place: Home, tmp_path: Path) -> None:
    result = run(place, folder_of(tmp_path / "source", ["RVU25A"]), LIGHT)
    assert "set aside" in " ".join(result.notes)
    assert query(place, "select release_id, is_sample from release") == [("RVU25A", False)]
    assert len(kept_warehouses(place)) == 1


@slow
def test_a_zip_code_file_comes_beside_the_sample_and_a_price_by_zip_code_answers(
    place: Home, source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the README has it: `make sample`, then the ZIP code file, then `pfs price --zip`."""
    result = run(place, source / "ZIP5_OCT2024.txt")
    assert result.notes == () and [outcome.release_id for outcome in result.loaded] == ["ZIP24D"]
    assert labels(place) == [RELEASE]
    monkeypatch.setenv("PFS_HOME", str(place.root))
    assert main(["price", "99213", "--zip", "35203"]) == 0
    said = capsys.readouterr().out
    assert "99213, ALABAMA" in said and "by CMS's ZIP code file ZIP24D" in said


def test_a_reference_file_comes_beside_the_sample(place: Home, tmp_path: Path) -> None:
    file = write(tmp_path / "PSPS_2022.csv", [HEADING_2020, row("17000", "02", 20)])
    refresh(place, str(file), Wanted.of(("utilisation",), (), False), TODAY, LIGHT)
    assert labels(place) == [RELEASE]
    assert query(place, "select reference_release_id from reference_release") == [("PSPS2022",)]


@slow
def test_what_is_real_beside_the_sample_stays_when_real_releases_come(place: Home, source: Path) -> None:
    run(place, source, LIGHT)
    result = run(place, folder_of(source, ["RVU25A"]), LIGHT)
    status = [(outcome.name, outcome.status) for outcome in result.outcomes]
    assert ("RVU25A.zip", "loaded") in status and ("ZIP5_OCT2024.txt", "unchanged") in status
    assert labels(place) == ["RVU25A"] and zip_codes(place) == 1


@slow
def test_a_release_that_fails_leaves_the_sample_and_the_zip_codes_come_beside_it(place: Home, source: Path) -> None:
    steps = Steps(read=of_releases(refuses), finish=LIGHT.finish)
    result = run(place, folder_of(source, ["RVU25A"]), steps)
    assert sorted(outcome.status for outcome in result.outcomes) == ["failed", "loaded"]
    assert result.published and "set aside" not in " ".join(result.notes)
    assert labels(place) == [RELEASE] and zip_codes(place) == 1


def test_releases_that_all_fail_leave_the_sample_as_it_was(place: Home, tmp_path: Path) -> None:
    before = bytes_of(place)
    result = run(place, folder_of(tmp_path / "real", ["RVU25A"]), Steps(read=refuses, finish=LIGHT.finish))
    assert (result.published, [outcome.status for outcome in result.outcomes]) == (None, ["failed"])
    assert "set aside" not in " ".join(result.notes) and bytes_of(place) == before


@pytest.fixture
def back(place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """The sample again, after real releases had taken its place; and what `pfs rollback` said."""
    run(place, folder_of(tmp_path / "real", ["RVU25A"]), LIGHT)
    monkeypatch.setenv("PFS_HOME", str(place.root))
    assert main(["rollback"]) == 0
    return capsys.readouterr().out


@slow
def test_a_rollback_to_the_sample_says_so_and_what_brings_the_releases_back(back: str) -> None:
    assert "Published again: the warehouse built" in back and f"UTC, the embedded sample, 1 release ({RELEASE})." in back
    assert "UTC, 1 release (RVU25A)." in back
    assert (
        "Held back from refreshes: RVU25A. 'pfs refresh RVU25A' (--source FILE where it came from one) loads RVU25A again;"
        in back
    )
    assert "'pfs rollback --undo' publishes" in back


@slow
def test_after_a_rollback_to_the_sample_the_next_refresh_leaves_it_there(place: Home, back: str, tmp_path: Path) -> None:
    """A scheduled run must not undo what a person just did."""
    before = bytes_of(place)
    result = run(place, tmp_path / "real", LIGHT)
    assert ([outcome.status for outcome in result.outcomes], result.published) == (["held"], None)
    assert bytes_of(place) == before
    named: Result = refresh(place, str(tmp_path / "real"), Wanted(labels=("RVU25A",)), TODAY, LIGHT)
    assert [outcome.status for outcome in named.outcomes] == ["loaded"]
    assert labels(place) == ["RVU25A"]


@slow
def test_a_zip_code_file_that_was_taken_back_comes_again_when_its_file_is_named(place: Home, source: Path) -> None:
    run(place, source, LIGHT)
    rollback(place)
    held = run(place, source, LIGHT)
    assert [outcome.status for outcome in held.outcomes] == ["held"]
    assert "'pfs refresh --source FILE' with its file does" in held.outcomes[0].detail
    assert [outcome.status for outcome in run(place, source / "ZIP5_OCT2024.txt", LIGHT).outcomes] == ["loaded"]


@slow
def test_a_year_of_a_reference_file_that_was_taken_back_comes_again_when_it_is_named(place: Home, tmp_path: Path) -> None:
    folder = tmp_path / "psps"
    folder.mkdir()
    write(folder / "PSPS_2022.csv", [HEADING_2020, row("17000", "02", 20)])
    refresh(place, str(folder), Wanted.of(("utilisation",), (), False), TODAY, LIGHT)
    rollback(place)
    held = refresh(place, str(folder), Wanted.of(("utilisation",), (), False), TODAY, LIGHT)
    assert [outcome.status for outcome in held.outcomes] == ["held"]
    assert "'pfs refresh utilisation --year 2022' does" in held.outcomes[0].detail
    again = refresh(place, str(folder), Wanted.of(("utilisation",), (2022,), False), TODAY, LIGHT)
    assert [outcome.status for outcome in again.outcomes] == ["loaded"]
    with duckdb.connect(str(place.published), read_only=True) as con:
        assert con.execute("select count(*) from utilisation_count").fetchone() == (1,)
