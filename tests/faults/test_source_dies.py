"""The source dying in the middle of a refresh over three archives: a sentence, no harm, and the next refresh completes it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from flows import refresh as job
from flows.cli import main
from flows.commands.exit_codes import OK, PARTLY, UNREACHABLE
from flows.fetch import download, fetch
from tests.http_source import Exchange, HttpSource, cut, page, whole
from tests.members import sample_archives, zipped
from tests.refreshing import LIGHT, bytes_of, content_of, folder_of, labels, run
from tests.slow import slow
from warehouse import leftovers
from warehouse.home import Home

RELEASES = ("RVU24AR", "RVU25A", "RVU26B")
CUT_AFTER = 50_000


def silent(exchange: Exchange) -> None:
    """The connection ends without an answer, as that of a server that has died does."""
    exchange.hang_up()


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    return {release: zipped(sample_archives()[release]) for release in RELEASES}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home for the command, which waits for no server and leaves out what these tests are not about."""
    for module in (fetch, download):
        monkeypatch.setattr(module, "FetchSettings", partial(download.FetchSettings, sleep=lambda _: None))
    monkeypatch.setattr(job, "Steps", lambda: LIGHT)
    monkeypatch.setenv("PFS_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


def serve(source: HttpSource, bodies: dict[str, bytes], alive: int, cuts_next: bool = False) -> str:
    """A page that links to the archives. So many of them are served, the next breaks off if so asked, others are silent."""
    for number, (release, body) in enumerate(bodies.items()):
        etag = f'"{release}"'
        dying = [cut(body, after=CUT_AFTER, etag=etag), silent] if cuts_next and number == alive else [silent]
        source.on(f"/files/{release}.zip", *([whole(body, etag=etag)] if number < alive else dying))
    links = "".join(f'<a href="/files/{release}.zip">{release}</a>' for release in bodies)
    return source.on("/releases", page(links))


def refresh(address: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    """The exit code of the command and what it said."""
    code = main(["refresh", "--direct", "--all", "--json", "--source", address])
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    return code, said


@slow
def test_what_came_before_the_source_died_is_published_and_the_next_refresh_completes_it(
    source: HttpSource, bodies: dict[str, bytes], place: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = serve(source, bodies, alive=1, cuts_next=True)
    code, said = refresh(address, capsys)
    assert (code, said["status"]) == (PARTLY, "partly")
    outcomes = {outcome["archive"]: outcome for outcome in said["outcomes"]}  # type: ignore[attr-defined]
    assert {name: outcome["status"] for name, outcome in outcomes.items()} == {
        "RVU24AR.zip": "loaded",
        "RVU25A.zip": "failed",
        "RVU26B.zip": "failed",
    }
    cut_off, unreached = outcomes["RVU25A.zip"]["detail"], outcomes["RVU26B.zip"]["detail"]
    assert "could not be fetched in 6 attempts; at the last, the connection failed" in cut_off
    assert f"{CUT_AFTER:,} bytes are kept and the next run resumes there." in cut_off
    assert "could not be fetched in 6 attempts" in unreached and unreached.endswith(".") and "are kept" not in unreached
    assert labels(place) == ["RVU24AR"]
    assert not any(found.is_cleared for found in leftovers.found(place))

    serve(source, bodies, alive=3)
    source.requests.clear()
    code, said = refresh(address, capsys)
    assert (code, said["status"]) == (OK, "published")
    resumed = [asked.headers.get("Range") for asked in source.requests if asked.path == "/files/RVU25A.zip"]
    assert resumed[-1] == f"bytes={CUT_AFTER}-"
    assert leftovers.found(place) == []
    undisturbed = Home(tmp_path / "undisturbed")
    run(undisturbed, folder_of(tmp_path / "folder", RELEASES), LIGHT)
    assert content_of(place) == content_of(undisturbed)


@slow
def test_a_source_that_dies_after_its_page_leaves_the_warehouse_as_it_was(
    source: HttpSource, bodies: dict[str, bytes], place: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page lists three archives, and none of them comes, not even the one that is loaded already."""
    address = serve(source, {"RVU24AR": bodies["RVU24AR"]}, alive=1)
    assert refresh(address, capsys)[0] == OK
    before = bytes_of(place)
    serve(source, bodies, alive=0)
    code, said = refresh(address, capsys)
    assert (code, said["status"], said["published"]) == (UNREACHABLE, "source_unreachable", None)
    details = [outcome["detail"] for outcome in said["outcomes"]]  # type: ignore[attr-defined]
    assert len(details) == 3 and all("could not be fetched in 6 attempts" in detail for detail in details)
    assert bytes_of(place) == before
    serve(source, bodies, alive=3)
    assert refresh(address, capsys)[0] == OK
    assert labels(place) == sorted(RELEASES)
