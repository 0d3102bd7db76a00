"""A site of CMS's structure, refreshed from, changed, and refreshed from again: what comes in, and what the report says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.commands.refresh import summary
from flows.discover.discover import Wanted
from flows.discover.offer import KNOWN, NEW, RECUT
from flows.notify import document
from flows.outcome import Outcome, Result
from flows.refresh import refresh
from flows.sample import write_archives
from tests.cms_site import INDEX, CmsSite, as_january_2027, changed
from tests.http_source import HttpSource, page, redirect
from tests.refreshing import LIGHT
from tests.slow import IS_SLOW, slow
from warehouse.home import Home

pytestmark = slow

TODAY = date(2026, 11, 22)
ALL = Wanted(all=True)
LICENCE = "/license/ama"


@dataclass(frozen=True)
class Story:
    """A warehouse that is refreshed three times from one site; after the first time the site changed."""

    labels: list[str]
    first: Result
    first_paths: list[str]
    second: Result
    second_answers: dict[str, int]
    third: Result
    ports: set[int]
    warehouse: Path

    def outcome(self, label: str) -> Outcome:
        return next(outcome for outcome in self.second.outcomes if outcome.label == label)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def bodies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The archives of the sample; with PFS_SLOW_TESTS=1 the twelve real ones, which take half a minute."""
    if IS_SLOW:
        shared: Path = request.getfixturevalue("shared")
        paths = sorted((shared / "cms").glob("RVU*.zip"))
    else:
        paths = write_archives(tmp_path_factory.mktemp("archives"))
    return {path.stem: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def story(bodies: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    home = Home(folder / "home")
    with pytest.MonkeyPatch.context() as patch, HttpSource() as source:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.delenv("PFS_USER_AGENT", raising=False)
        site = CmsSite(source)
        for label, body in bodies.items():
            site.add(label, body)
        site.publish()
        first = refresh(home, site.index, ALL, TODAY, LIGHT)
        ports = {request.client_port for request in source.requests}
        first_paths = site.paths()
        _change(site, bodies)
        second = refresh(home, site.index, ALL, TODAY, LIGHT)
        answers = {request.path: request.status for request in source.requests}
        third = refresh(home, site.index, Wanted(), TODAY, LIGHT)
        yield Story(sorted(bodies), first, first_paths, second, answers, third, ports, home.published)


def _change(site: CmsSite, bodies: dict[str, bytes]) -> None:
    """25D is re-cut at another address and 25A at the same one, 27A appears, 24A's page is refused, 24AR asks for a licence."""
    recut = changed(bodies["RVU25D"], GPCI2025=lambda content: content.replace(b"ALASKA", b"ALASKA "))
    site.repost("RVU25D", recut, "/files/zip/rvu25d-updated-11/01/2025.zip")
    late = changed(bodies["RVU25A"], ANES2025=lambda content: content.replace(b"ALASKA", b"ALASKA "))
    site.repost("RVU25A", late, "/files/zip/rvu25a-updated-01/10/2025.zip")
    site.add("RVU27A", as_january_2027(bodies["RVU26B"]))
    site.publish()
    site.refuse("RVU24A", 403)
    site.serve("/files/zip/rvu24ar-posted-04/01/2024.zip", redirect(f"{LICENCE}?file=rvu24ar.zip"))
    site.serve(f"{LICENCE}?file=rvu24ar.zip", page("<html><h1>License Agreement</h1><p>agree=yes</p></html>"))


def test_all_releases_are_found_over_two_hops_and_loaded(story: Story) -> None:
    assert {o.label: (o.status, o.found) for o in story.first.outcomes} == dict.fromkeys(story.labels, ("loaded", KNOWN))
    assert [outcome.release_id for outcome in story.first.outcomes] == story.labels
    assert story.first_paths[0] == INDEX
    assert {f"{INDEX}/rvu25d-0", f"{INDEX}/rvu24ar", "/files/zip/rvu24a-updated-04/01/2024.zip"} < set(story.first_paths)
    assert len(story.first_paths) == 1 + 2 * len(story.labels)


def test_pages_and_archives_come_over_one_connection_without_queries(story: Story) -> None:
    assert len(story.ports) == 1
    assert not [path for path in story.first_paths if "?" in path]


def test_a_recut_at_another_address_is_a_new_edition_that_names_the_members(story: Story) -> None:
    outcome = story.outcome("RVU25D")
    assert (outcome.status, outcome.found, outcome.release_id) == ("new_edition", RECUT, "RVU25D.2")
    assert "A new edition beside RVU25D: changed: GPCI2025.csv, GPCI2025.txt; " in outcome.detail
    assert any("RVU25D: re-cut: its address is now" in note and "11/01/2025" in note for note in story.second.notes)


def test_a_recut_at_the_same_address_is_told_by_its_bytes(story: Story) -> None:
    outcome = story.outcome("RVU25A")
    assert (outcome.status, outcome.found, outcome.release_id) == ("new_edition", RECUT, "RVU25A.2")
    assert "A new edition beside RVU25A: changed: ANES2025.csv, ANES2025.txt; " in outcome.detail


def test_an_unheard_of_release_is_loaded_with_dates_from_its_name_and_title(story: Story) -> None:
    outcome = story.outcome("RVU27A")
    assert (outcome.status, outcome.found) == ("loaded", NEW)
    assert "never heard of RVU27A; from its name and title: services 2027-01-01 to 2027-03-31, published " in outcome.detail
    assert story.rows("select valid_from, valid_to, governs, supersedes from release where label = 'RVU27A'") == [
        (date(2027, 1, 1), date(2027, 3, 31), True, None)
    ]
    assert any("new, not in the catalogue: RVU27A" in note for note in story.second.notes)


def test_a_page_that_is_refused_is_said_and_the_address_from_before_is_used(story: Story) -> None:
    outcome = story.outcome("RVU24A")
    assert (outcome.status, outcome.release_id) == ("unchanged", "RVU24A")
    assert any("RVU24A: " in note and "403" in note and "PFS_USER_AGENT" in note for note in story.second.notes)


def test_a_licence_page_in_place_of_an_archive_fails_that_release_only(story: Story) -> None:
    outcome = story.outcome("RVU24AR")
    assert (outcome.status, outcome.found) == ("failed", KNOWN)
    assert "is a licence page (HTML), not a zip archive" in outcome.detail
    assert outcome.name == "rvu24ar-posted-04-01-2024.zip"
    assert story.rows("select count(*) from release where label = 'RVU24AR'") == [(1,)]


def test_the_report_says_how_each_was_found(story: Story) -> None:
    text = summary(story.second)
    assert "FAILED rvu24ar-posted-04-01-2024.zip (known): " in text
    assert "loaded RVU25D.2 (re-cut): " in text
    assert "loaded RVU27A (new): " in text
    assert f"{len(story.labels) - 3} archives hold nothing new ({len(story.labels) - 3} known)." in text
    outcomes = document(story.second)["outcomes"]
    assert isinstance(outcomes, list)
    assert {outcome["found"] for outcome in outcomes} == {KNOWN, NEW, RECUT}


def test_nothing_that_is_here_is_sent_again(story: Story) -> None:
    """Every page and archive is asked for on condition; the default refresh looks at this year and the next only."""
    assert {outcome.label: outcome.status for outcome in story.third.outcomes} == {"RVU26B": "unchanged", "RVU27A": "unchanged"}
    assert story.third.published is None
    sent = {path for path, answer in story.second_answers.items() if answer == 200 and LICENCE not in path}
    zips = {f"/files/zip/{name}.zip" for name in ("rvu25a-updated-01/10/2025", "rvu25d-updated-11/01/2025", "rvu27a")}
    assert sent == {INDEX, f"{INDEX}/rvu25d-0", f"{INDEX}/rvu27a"} | zips
    assert sum(answer == 304 for answer in story.second_answers.values()) == 2 * len(story.labels) - 5
