"""discover without a network: what is wanted, folders sorted out by content, releases that the catalogue lacks."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.cli import main
from flows.discover.discover import Wanted, discover
from flows.discover.offer import posted_on
from flows.discover.peek import peek
from flows.normalize.identify import Clues, unheard_of
from flows.refresh import refresh
from flows.sample import write_archives
from tests.cms_site import as_january_2027, rebuilt
from tests.eras import eras
from tests.members import write_archive
from tests.refreshing import LIGHT
from tests.slow import slow
from tests.unit.test_payment_files import record
from warehouse.errors import SourceError
from warehouse.home import Home

TODAY = date(2026, 11, 22)
ALL = Wanted(all=True)

CAPS = b"HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE\r\n70170,,C,01112,05,1.00,1.00\r\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in write_archives(tmp_path_factory.mktemp("sample"))}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "archives"
    made.mkdir()
    return made


# --- what is wanted --------------------------------------------------------------------------------------------------------


def test_nothing_given_means_this_year_and_the_next() -> None:
    wanted = Wanted().settled(TODAY)
    assert [label for label in ("RVU25D", "RVU26A", "RVU27AR", "RVU28A") if wanted.includes(label)] == ["RVU26A", "RVU27AR"]
    assert Wanted(labels=("RVU09A",)).settled(TODAY) == Wanted(labels=("RVU09A",))
    assert Wanted(years=(2009,), labels=("RVU24AR",)).includes("RVU24AR")
    assert not Wanted(years=(2009,)).includes("RVU26A")


def test_a_zip_code_file_is_wanted_unless_something_else_is_named() -> None:
    assert Wanted().settled(TODAY).includes("ZIP25D")
    assert not Wanted(labels=("RVU26A",)).includes("ZIP25D")
    assert Wanted(years=(2025,)).includes("ZIP25D")


def test_what_may_be_wanted_by_its_year() -> None:
    assert Wanted(labels=("RVU27A",)).may_include([2027])
    assert not Wanted(years=(2026,)).may_include([2027])
    assert ALL.may_include([])


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("rvu26a-updated-12-29-2025.zip", date(2025, 12, 29)),
        ("rvu26b-updated-05-1-2026.zip", date(2026, 5, 1)),
        ("https://www.cms.gov/files/zip/rvu24a-updated-04/01/2024.zip", date(2024, 4, 1)),
        ("rvu20a-updated-01312020.zip", date(2020, 1, 31)),
        ("rvu21c-updated-6302021.zip", date(2021, 6, 30)),
        ("rvu26a-updated-13-45-2025.zip", None),
        ("RVU26A.zip", None),
        ("cms1254038", None),
    ],
)
def test_the_date_in_a_name(name: str, day: date | None) -> None:
    assert posted_on(name) == day


# --- folders ---------------------------------------------------------------------------------------------------------------


@slow
def test_a_folder_is_sorted_out_by_content_whatever_the_names(folder: Path, home: Home, sample: dict[str, bytes]) -> None:
    """24A and 24AR have the same members and another factor; browsers add suffixes; one name is that of another release."""
    names = {
        "RVU24A (1).zip": "RVU24AR",
        "download.zip": "RVU24A",
        "download (1).zip": "RVU25A",
        "RVU19A.zip": "RVU25D",
        "pfs april.ZIP": "RVU26B",
    }
    for name, label in names.items():
        (folder / name).write_bytes(rebuilt(sample[label], lambda name, content: (name, content)))
    discovered = discover(str(folder), ALL, home, TODAY)
    assert {candidate.name: candidate.label for candidate in discovered.candidates} == names
    assert [candidate.label for candidate in discovered.candidates] == ["RVU24A", "RVU24AR", "RVU25A", "RVU25D", "RVU26B"]
    asked = discover(str(folder), Wanted(labels=("RVU24AR",), years=(2026,)), home, TODAY)
    assert [candidate.name for candidate in asked.candidates] == ["RVU24A (1).zip", "pfs april.ZIP"]
    assert not home.root.exists()


def test_an_unheard_of_release_in_a_folder_is_told_by_its_content(folder: Path, sample: dict[str, bytes]) -> None:
    path = folder / "download.zip"
    path.write_bytes(as_january_2027(sample["RVU26B"]))
    told = peek(path)
    assert told is not None
    assert (told.label, told.valid_from, told.published_on) == ("RVU27A", date(2027, 1, 1), date(2026, 12, 18))


def test_an_archive_whose_lines_end_with_cr_is_told_by_its_content(folder: Path) -> None:
    """October 2019; a name that says another year must not keep it from those who ask for 2019."""
    members = {name: content + b"\r" * 70_000 for name, content in eras()["RVU19D.zip"].members.items()}
    told = peek(write_archive(folder, "RVU18D.zip", members))
    assert told is not None
    assert told.label == "RVU19D"


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04" + bytes(200)], ids=["empty", "text", "damaged"])
def test_what_cannot_be_read_is_taken_along_to_fail_with_a_sentence(folder: Path, home: Home, content: bytes) -> None:
    (folder / "photos.zip").write_bytes(content)
    (folder / "RVU26B.zip").write_bytes(content)
    candidates = discover(str(folder), Wanted(years=(2026,)), home, TODAY).candidates
    assert [(candidate.name, candidate.label) for candidate in candidates] == [("RVU26B.zip", "RVU26B"), ("photos.zip", None)]
    assert candidates[1].wanted == Wanted(years=(2026,))


@slow
def test_the_real_archives_under_other_names(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By title, RELEASED line, factor and names of members; the documented hashes are not looked at."""
    monkeypatch.setattr("flows.normalize.identify.by_hash", lambda sha256: None)
    told = {}
    for number, path in enumerate(sorted((shared / "cms").glob("RVU*.zip"))):
        copy = tmp_path / f"download ({number}).zip"
        copy.symlink_to(path)
        release = peek(copy)
        told[path.stem] = release.label if release else None
    assert len(told) == 12
    assert all(label == found for label, found in told.items())


def test_sources_that_are_none(home: Home, folder: Path) -> None:
    with pytest.raises(SourceError, match="neither a folder, nor a file"):
        discover(str(folder / "nowhere"), ALL, home, TODAY)
    with pytest.raises(SourceError, match=r"holds no \.zip file"):
        discover(str(folder), ALL, home, TODAY)


def test_a_bare_text_at_an_address_is_refused_with_what_to_do(home: Home) -> None:
    with pytest.raises(SourceError, match=r"a bare \.txt file is taken from the disk only.*Download it, and name the file"):
        discover("https://mirror.example/ZIP5_OCT2025.txt", Wanted(), home, TODAY)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "PFREV4.txt",
            record().encode(),
            "a file of published payment amounts, which is compared with the warehouse and not loaded",
        ),
        ("GPCI2025.csv", b"", r"one member \(of kind gpci\) of an archive"),
        ("saved.csv", CAPS, r"one member \(of kind opps_cap\) of an archive"),
        ("saved.csv", b"HCPCS_CD,RBCS_ID,RBCS_CAT,", ""),
    ],
    ids=["a payment amount file", "a member by its name", "a member by its rows", "something else is for fetch to judge"],
)
def test_a_bare_file_is_sent_where_it_belongs(folder: Path, home: Home, name: str, content: bytes, said: str) -> None:
    path = folder / name
    path.write_bytes(content)
    if not said:
        assert [candidate.name for candidate in discover(str(path), Wanted(), home, TODAY).candidates] == [name]
        return
    with pytest.raises(SourceError, match=said):
        discover(str(path), Wanted(), home, TODAY)


@slow
def test_archives_of_other_years_are_counted_where_nothing_was_asked_for(
    folder: Path, home: Home, sample: dict[str, bytes]
) -> None:
    """Somebody who names a folder and no year may have meant all of it; who names a year or all of them has said so."""
    for label in ("RVU24A", "RVU25A", "RVU26B"):
        (folder / f"{label}.zip").write_bytes(sample[label])
    found = discover(str(folder), Wanted(), home, TODAY)
    assert [candidate.label for candidate in found.candidates] == ["RVU26B"]
    assert found.notes == ("2 archives of other years than 2026 and 2027 left alone; --all takes all, --year those of a year.",)
    assert discover(str(folder), Wanted(years=(2025,)), home, TODAY).notes == ()
    assert discover(str(folder), ALL, home, TODAY).notes == ()


def test_a_year_of_two_digits_is_no_year(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refresh", "--year", "25"]) == 2
    assert "--year 25: a year of four digits was expected" in capsys.readouterr().err


def test_one_archive_is_taken_whatever_its_year(folder: Path, home: Home, sample: dict[str, bytes]) -> None:
    """Which release it is is told once it is read; it is looked into before only where that decides whether it is wanted."""
    path = folder / "x.zip"
    path.write_bytes(sample["RVU24A"])
    (candidate,) = discover(str(path), Wanted(), home, TODAY).candidates
    assert (candidate.name, candidate.label) == ("x.zip", None)
    assert candidate.wanted is not None and candidate.wanted.includes("RVU24A")
    assert [candidate.label for candidate in discover(str(path), Wanted(years=(2024,)), home, TODAY).candidates] == ["RVU24A"]
    assert discover(str(path), Wanted(years=(2026,)), home, TODAY).candidates == []


@slow
def test_the_sample_is_all_of_it_or_what_is_named(home: Home) -> None:
    whole = discover("sample", Wanted(), home, TODAY).candidates
    assert [candidate.reference for candidate in whole] == [None] * 5 + ["rbcs"] + ["utilisation"] * 3
    named = discover("sample", Wanted(labels=("RVU25D",)), home, TODAY).candidates
    assert [(candidate.label, candidate.is_sample) for candidate in named] == [("RVU25D", True)]


@slow
def test_a_folder_loads_by_content_and_tells_copies_from_editions(folder: Path, home: Home, sample: dict[str, bytes]) -> None:
    def late(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.replace(b"ALASKA", b"ALASKA ") if name == "GPCI2024.csv" else content

    (folder / "1.zip").write_bytes(sample["RVU24AR"])
    (folder / "2 - zipped again.zip").write_bytes(rebuilt(sample["RVU24AR"], lambda name, content: (name, content)))
    (folder / "3 RVU24A.zip").write_bytes(rebuilt(sample["RVU24AR"], late))
    shutil.copy(folder / "1.zip", folder / "4 RVU24AR (1).zip")
    outcomes = refresh(home, str(folder), Wanted(labels=("RVU24AR",)), TODAY, LIGHT).outcomes
    told = {outcome.name: (outcome.status, outcome.detail) for outcome in outcomes}
    assert told["1.zip"][0] == "loaded"
    assert told["2 - zipped again.zip"] == ("unchanged", "RVU24AR has the same members; only the zip differs.")
    assert told["4 RVU24AR (1).zip"] == ("unchanged", "the same bytes as 1.zip.")
    status, detail = told["3 RVU24A.zip"]
    assert status == "new_edition"
    assert "A new edition beside RVU24AR: changed: GPCI2024.csv; 3 of 4 members are the same." in detail
    assert "By its name 3 RVU24A.zip is RVU24A; by its content it is RVU24AR." in detail


# --- releases beyond the catalogue -----------------------------------------------------------------------------------------


def test_the_dates_of_an_unheard_of_release() -> None:
    def clues(released: str | None) -> Clues:
        return Clues(frozenset({2027}), "A", None, released, Decimal("33.1234"))

    def told(label: str, name: str, released: str | None) -> tuple[date, str, str | None]:
        release = unheard_of(label, name, clues(released))
        return release.published_on, release.published_basis, release.supersedes

    assert told("RVU27A", "rvu27a-updated-01-15-2027.zip", "12/18/2026") == (date(2026, 12, 18), "released_line", None)
    assert told("RVU27A", "rvu27a-updated-01-15-2027.zip", "12/18/2024") == (date(2027, 1, 15), "file_slug", None)
    assert told("RVU27A", "RVU27A.zip", None) == (date(2026, 11, 27), "estimated", None)
    # A revision keeps the RELEASED line of what it revises, and supersedes it though the catalogue has neither.
    assert told("RVU27AR", "rvu27ar-posted-02-10-2027.zip", "12/18/2026") == (date(2027, 2, 10), "file_slug", "RVU27A")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["RVU25A", "--all"], "--all takes every release of the source, and some were named too"),
        (["--all", "--year", "2025"], "--all takes every release of the source, and some were named too"),
        (["--all", "--wait", "nan"], "--wait nan: a number of seconds was expected, 0 or more"),
        (["--all", "--wait", "-1"], "--wait -1: a number of seconds was expected, 0 or more"),
        (["RVU"], "'RVU' is no release label"),
    ],
)
def test_arguments_that_contradict_each_other_or_mean_nothing_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["refresh", "--direct", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_path_in_the_place_of_a_label_is_answered_with_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "RVU26B.zip").touch()
    assert main(["refresh", str(tmp_path / "RVU26B.zip")]) == 2
    assert f"'pfs refresh --source {tmp_path / 'RVU26B.zip'}'" in capsys.readouterr().err
