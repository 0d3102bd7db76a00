"""A check that finds rows of one new release alone stops that one; the others of the same refresh are published."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows import notify
from flows.cli import main
from flows.discover.discover import Candidate
from flows.fetch.fetch import Fetched
from flows.outcome import Finished
from flows.steps import Steps
from tests.members import changed, replaced, write_archive
from tests.refreshing import LIGHT, bytes_of, content_of, folder_of, labels, leftovers, outcome_of, run
from tests.slow import slow
from warehouse.blame import Broken
from warehouse.errors import CheckError, SourceError
from warehouse.home import Home
from warehouse.sql_file import sql_files

OTHER = "RVU24A"


def other_work(content: bytes) -> bytes:
    """The QP member with another work RVU of 99213 than the non-QP member has."""
    line = next(line for line in content.split(b"\r\n") if line.startswith(b"99213  "))
    return content.replace(line, line[:59] + b"  9.99" + line[65:])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder with RVU26B, whose QP member contradicts it."""
    members = changed("RVU26B", {"PPRRVU2026_Apr_QPP.txt": other_work})
    return write_archive(tmp_path / "source", "RVU26B.zip", members).parent


def finishing(found: Callable[[duckdb.DuckDBPyConnection], list[Broken]]) -> Steps:
    """The job with one check in the place of all of them, and without views, which take longer than the rest."""

    def finish(home: Home, path: Path, con: duckdb.DuckDBPyConnection, fresh: Sequence[str]) -> Finished:
        if broken := found(con):
            raise CheckError("A check found rows.\nNothing was published.", broken)
        return LIGHT.finish(home, path, con, fresh)

    return Steps(finish=finish)


def qp_agrees(con: duckdb.DuckDBPyConnection) -> list[Broken]:
    (file,) = (file for file in sql_files("checks") if file.name == "qp_agrees")
    found = con.execute(file.statement)
    names = [column[0] for column in found.description or []]
    rows = tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())
    return [Broken(file.name, file.head["meaning"], rows)] if rows else []


ONE_CHECK = finishing(qp_agrees)


@slow
def test_the_others_are_published_with_every_check_and_the_exit_code_says_partly(
    bad: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Home(tmp_path / "home")
    monkeypatch.setenv("PFS_HOME", str(place.root))
    assert main(["refresh", "--direct", "--all", "--source", str(folder_of(bad, [OTHER]))]) == 5
    said = capsys.readouterr().out
    assert said.startswith("FAILED RVU26B.zip: The check qp_agrees (sql/checks/qp_agrees.sql) found 1 row that breaks this rule:")
    assert "row_key=99213, column_name=work_rvu" in said and "RVU26B of RVU26B.zip (sha256 " in said
    assert f"loaded {OTHER}:" in said and "Nothing was published" not in said
    assert labels(place) == [OTHER] and leftovers(place) == []


@slow
def test_the_others_are_as_if_it_had_never_come(bad: Path, tmp_path: Path) -> None:
    place, alone = Home(tmp_path / "home"), Home(tmp_path / "alone")
    run(place, folder_of(bad, [OTHER]), ONE_CHECK)
    run(alone, folder_of(tmp_path / "only", [OTHER]), ONE_CHECK)
    assert content_of(place) == content_of(alone)


@slow
def test_upon_a_published_warehouse_too_and_the_next_refresh_tries_it_again(bad: Path, tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    run(place, folder_of(tmp_path / "first", [OTHER]), ONE_CHECK)
    result = run(place, folder_of(bad, ["RVU24AR"]), ONE_CHECK)
    assert notify.status_of(result) == notify.PARTLY
    assert isinstance(outcome_of(result, "RVU26B.zip").error, CheckError)
    assert labels(place) == [OTHER, "RVU24AR"]
    before = bytes_of(place)
    with pytest.raises(CheckError, match=r"Nothing was published\.$"):
        run(place, bad, ONE_CHECK)
    assert bytes_of(place) == before and leftovers(place) == []


@slow
def test_a_row_that_cannot_be_laid_to_one_release_stops_them_all(tmp_path: Path) -> None:
    """Two files differ too much, and nothing older tells which of them is the bad one."""
    members = changed("RVU24AR", {"GPCI2024.csv": replaced("0.869,0.575", "1.869,0.575")})
    source = write_archive(folder_of(tmp_path / "source", [OTHER]), "RVU24AR.zip", members).parent
    place = Home(tmp_path / "home")
    with pytest.raises(CheckError, match=r"RVU24AR against RVU24A [\s\S]*Nothing tells which of RVU24A, RVU24AR is"):
        run(place, source)
    assert not place.published.exists() and leftovers(place) == []


@slow
def test_what_was_left_out_before_is_said_when_the_rest_is_stopped_too(bad: Path, tmp_path: Path) -> None:
    def found(con: duckdb.DuckDBPyConnection) -> list[Broken]:
        return qp_agrees(con) or [Broken("of_all", "A rule.", ({"hcpcs_code": "99213"},))]

    place = Home(tmp_path / "home")
    with pytest.raises(CheckError, match=r"qp_agrees[\s\S]*was not loaded\.\nA check found rows\."):
        run(place, folder_of(bad, [OTHER]), finishing(found))
    assert not place.published.exists() and leftovers(place) == []


@slow
def test_what_failed_before_the_check_is_said_with_it(bad: Path, tmp_path: Path) -> None:
    """One archive is refused by the source, one is no zip, and a check stops the third: all three stand in the error."""
    (folder_of(bad, [OTHER]) / "RVU25A.zip").write_bytes(b"no zip")

    def fetch(candidate: Candidate, home: Home) -> Fetched:
        if candidate.name.startswith(OTHER):
            raise SourceError("The source answered 403.")
        return ONE_CHECK.fetch(candidate, home)

    with pytest.raises(CheckError) as caught:
        run(Home(tmp_path / "home"), bad, replace(ONE_CHECK, fetch=fetch))
    first, second, *_, last = str(caught.value).splitlines()
    assert first == f"{OTHER}.zip failed: The source answered 403." and second.startswith("RVU25A.zip failed: ")
    assert last == "Nothing was published."


@slow
def test_a_good_recut_of_the_label_is_told_from_what_was_left_out(bad: Path, tmp_path: Path) -> None:
    good = write_archive(bad, "RVU26B_updated.zip", changed("RVU26B", {}))
    result = run(Home(tmp_path / "home"), good.parent, ONE_CHECK)
    left_out, loaded = outcome_of(result, "RVU26B.zip"), outcome_of(result, "RVU26B_updated.zip")
    assert (left_out.status, loaded.status, loaded.release_id) == ("failed", "loaded", "RVU26B")
    assert re.search(r"RVU26B of RVU26B\.zip \(sha256 [0-9a-f]{12}\) was not loaded\.$", left_out.detail)
