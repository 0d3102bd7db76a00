"""discover over HTTP: CMS's structure of every era on the loopback, and what a site may do to it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flows.bring import fetch_archive
from flows.discover import site as site_module
from flows.discover.discover import CMS, Discovered, Wanted, discover
from flows.discover.findings import catalogue_addresses
from flows.discover.offer import GONE, KNOWN, NEW, RECUT, Candidate
from flows.fetch.download import FetchSettings
from flows.refresh import refresh
from flows.sample import write_archives
from tests.cms_site import INDEX, CmsSite, rebuilt
from tests.http_source import HttpSource, page, redirect, status, whole
from tests.slow import slow
from warehouse.errors import SourceError, SourceUnavailableError
from warehouse.home import Home
from warehouse.raw import RawStore

TODAY = date(2026, 11, 22)
ALL = Wanted(all=True)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def site(source: HttpSource) -> CmsSite:
    return CmsSite(source)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts to get a page, noted instead of waited."""
    waits: list[float] = []
    monkeypatch.setattr(site_module, "page_settings", lambda: FetchSettings(max_bytes=100_000, attempts=3, sleep=waits.append))
    return waits


@pytest.fixture
def cms(site: CmsSite, monkeypatch: pytest.MonkeyPatch) -> CmsSite:
    """The site in the place of CMS's own; discover reads pages only, so nothing leaves the machine."""
    monkeypatch.setattr("flows.discover.site.CMS_INDEX", site.index)
    return site


def found(discovered: Discovered) -> dict[str | None, str | None]:
    return {candidate.label: candidate.found for candidate in discovered.candidates}


def paths(discovered: Discovered, site: CmsSite) -> list[str]:
    """The first address of each candidate."""
    return [candidate.urls[0].removeprefix(site.source.url("")) for candidate in discovered.candidates]


# --- the index -------------------------------------------------------------------------------------------------------------


def test_only_the_pages_of_wanted_releases_are_asked_for(site: CmsSite, home: Home) -> None:
    for label in ("RVU09A", "RVU12A", "RVU25D", "RVU26A", "RVU26B", "RVU27A"):
        site.add(label, b"")
    site.publish()
    assert found(discover(site.index, Wanted(), home, TODAY)) == {"RVU26A": KNOWN, "RVU26B": KNOWN, "RVU27A": NEW}
    assert site.paths() == [INDEX, f"{INDEX}/rvu27a", f"{INDEX}/rvu26a", f"{INDEX}/rvu26b"]
    discovered = discover(site.index, Wanted(labels=("RVU12A",)), home, TODAY)
    # The page of 2012 leads to the archive through a licence page, which is left out.
    assert paths(discovered, site) == ["/medicare/medicare-fee-for-service-payment/physicianfeesched/downloads/rvu12a.zip"]
    assert not [path for path in site.paths() if "license" in path]


def test_the_user_agent_is_plain_and_can_be_set(site: CmsSite, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("RVU26A", b"")
    site.publish()
    discover(site.index, Wanted(), home, TODAY)
    monkeypatch.setenv("PFS_USER_AGENT", "county-library (someone@example.org)")
    discover(site.index, Wanted(), home, TODAY)
    agents = [request.headers["User-Agent"] for request in site.source.requests]
    assert agents[0].startswith("pfs-warehouse/")
    assert agents[-1] == "county-library (someone@example.org)"


def test_pages_are_asked_for_on_condition_and_answered_from_the_store(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"")
    site.publish()
    first = discover(site.index, Wanted(), home, TODAY)
    site.source.requests.clear()
    assert discover(site.index, Wanted(), home, TODAY) == first
    assert [(request.status, request.sent) for request in site.source.requests] == [(304, 0), (304, 0)]


def test_pages_that_moved_within_the_site_are_followed(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"", page_path="/new/pfs-relative-value-files/rvu26a", zip_path="/files/zip/rvu26a.zip")
    site.publish()
    moved = site.serve("/old-index", redirect(INDEX, 301))
    assert paths(discover(moved, Wanted(), home, TODAY), site) == ["/files/zip/rvu26a.zip"]
    site.serve("/elsewhere", redirect("https://www.example.org/"))
    with pytest.raises(SourceError, match="redirects to another site"):
        discover(site.source.url("/elsewhere"), Wanted(), home, TODAY)


def test_a_page_that_is_down_is_tried_again_and_the_others_are_not_held_up(site: CmsSite, home: Home, slept: list[float]) -> None:
    for label in ("RVU26A", "RVU26B", "RVU26C"):
        site.add(label, b"")
    site.publish()
    site.serve(site.posted["RVU26A"].page, status(503))
    site.serve(site.posted["RVU26B"].page, status(503))
    discovered = discover(site.index, Wanted(), home, TODAY)
    faults = {candidate.label: candidate.fault for candidate in discovered.candidates}
    assert "could not be fetched in 3 attempts" in (faults["RVU26A"] or "")
    assert "could not be fetched in 1 attempt;" in (faults["RVU26B"] or "")
    assert faults["RVU26C"] is None
    assert len(slept) == 2


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<h1>We are back soon</h1>", "lists no release and links to no .zip file"),
        ("<p>" + "x" * 200_000, "larger than a page may be"),
    ],
)
def test_an_index_that_is_none_stops_with_a_sentence(
    site: CmsSite, home: Home, slept: list[float], html: str, fault: str
) -> None:
    site.serve(INDEX, page(html))
    with pytest.raises(SourceError, match=fault):
        discover(site.index, ALL, home, TODAY)


# --- CMS's own site --------------------------------------------------------------------------------------------------------


def test_cms_is_held_against_the_catalogue(cms: CmsSite, home: Home) -> None:
    cms.add("RVU26A", b"")
    cms.add("RVU26B", b"", zip_path="/files/zip/rvu26b-updated-09-09-2026.zip")
    cms.add("RVU26E", b"", zip_path="/files/zip/rvu26e.zip")
    cms.publish()
    discovered = discover(CMS, Wanted(), home, TODAY)
    assert found(discovered) == {"RVU26A": KNOWN, "RVU26B": RECUT, "RVU26C": GONE, "RVU26D": GONE, "RVU26E": NEW}
    gone = next(candidate for candidate in discovered.candidates if candidate.label == "RVU26C")
    assert gone.urls == catalogue_addresses("RVU26C")
    assert "gone from it, tried at the addresses known from before: RVU26C, RVU26D" in discovered.notes[0]
    assert len(cms.paths()) == 4


@pytest.mark.parametrize("behaviour", [status(403), page("<p>moved</p>"), status(404)], ids=["refused", "other page", "away"])
def test_without_its_index_the_addresses_of_the_catalogue_are_used(cms: CmsSite, home: Home, behaviour: object) -> None:
    cms.serve(INDEX, behaviour)  # type: ignore[arg-type]
    discovered = discover(CMS, Wanted(labels=("RVU26B", "RVU08D")), home, TODAY)
    assert [candidate.label for candidate in discovered.candidates] == ["RVU08D", "RVU26B"]
    assert [candidate.urls for candidate in discovered.candidates] == [
        catalogue_addresses("RVU08D"),
        catalogue_addresses("RVU26B"),
    ]
    [note] = discovered.notes
    assert note.startswith("The index page could not be used: ")
    assert "The addresses of the catalogue were used instead" in note


def test_without_its_index_what_it_listed_before_is_used_as_well(cms: CmsSite, home: Home) -> None:
    cms.add("RVU27A", b"")
    cms.publish()
    discover(CMS, Wanted(years=(2027,)), home, TODAY)
    cms.serve(INDEX, status(403))
    discovered = discover(CMS, Wanted(years=(2027,)), home, TODAY)
    assert found(discovered) == {"RVU27A": NEW}
    assert paths(discovered, cms) == ["/files/zip/rvu27a.zip"]
    assert "of the listing seen at" in discovered.notes[0]


def test_an_archive_that_is_here_under_its_documented_hash_is_not_asked_for(
    cms: CmsSite, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded from a folder, say; unless the site shows another address than the catalogue's, that is its newest cut."""
    cms.add("RVU26B", b"")
    cms.publish()
    store = RawStore(home.raw)
    monkeypatch.setattr("flows.discover.findings._documented", lambda label: ("ab" * 32,) if label == "RVU26B" else ())
    store.root.mkdir(parents=True)
    store.path("ab" * 32).write_bytes(b"x")
    store.note(sha256="ab" * 32, name="download.zip", source_url="file:///home/someone/download.zip")
    asked = Wanted(labels=("RVU26B",))
    assert [candidate.stored for candidate in discover(CMS, asked, home, TODAY).candidates] == ["ab" * 32]
    cms.repost("RVU26B", b"", "/files/zip/rvu26b-updated-09-09-2026.zip")
    cms.publish()
    [candidate] = discover(CMS, asked, home, TODAY).candidates
    assert (candidate.stored, candidate.found) == (None, RECUT)


def test_addresses_are_tried_in_turn_and_once_each_when_the_site_is_down(
    site: CmsSite, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.fetch.fetch.FetchSettings", lambda: FetchSettings(attempts=3, sleep=lambda seconds: None))
    first, second = (site.serve(path, status(503)) for path in ("/first.zip", "/second.zip"))
    away = site.serve("/away.zip", status(404))
    here = site.serve("/here.zip", whole(write_archives(tmp_path / "archives")[1].read_bytes()))
    assert fetch_archive(Candidate("x.zip", "RVU24AR", urls=(away, here)), home).source_url == here
    site.paths()
    with pytest.raises(SourceUnavailableError, match="None of the 3 addresses of"):
        fetch_archive(Candidate("x.zip", "RVU24AR", urls=(away, first, second)), home)
    assert site.paths() == ["/away.zip", "/first.zip", "/first.zip", "/first.zip", "/second.zip"]


# --- pages with more or less on them -----------------------------------------------------------------------------------------


def test_several_links_on_a_page_go_to_the_releases_that_they_name(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"")
    both = {"/files/zip/rvu26b-updated-05-01-2026.zip": "RVU26B", "/files/zip/rvu26b-updated-03-10-2026.zip": "RVU26B"}
    others = {
        "/files/zip/rvu26a-updated-12-29-2025.zip": "RVU26A",
        "/files/zip/rvu26m.zip": "RVU26M",
        "/files/zip/notes.zip": "Notes",
    }
    site.add("RVU26B", b"").links = both | others
    site.publish()
    discovered = discover(site.index, Wanted(), home, TODAY)
    assert [
        (candidate.label, path.rsplit("/", 1)[-1])
        for candidate, path in zip(discovered.candidates, paths(discovered, site), strict=True)
    ] == [
        ("RVU26A", "rvu26a-updated-12-29-2025.zip"),
        ("RVU26B", "rvu26b-updated-03-10-2026.zip"),
        ("RVU26B", "rvu26b-updated-05-01-2026.zip"),
        ("RVU26M", "rvu26m.zip"),
    ]


def test_the_only_link_of_a_page_is_its_release_whatever_its_name(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"", zip_path="/files/zip/2026-january.zip")
    site.publish()
    [candidate] = discover(site.index, Wanted(), home, TODAY).candidates
    assert (candidate.label, candidate.name) == ("RVU26A", "RVU26A.zip")


def test_a_page_without_an_archive_is_a_fault_of_its_release(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"").links = {}
    site.publish()
    [candidate] = discover(site.index, Wanted(), home, TODAY).candidates
    assert "has no link to a .zip file" in (candidate.fault or "")
    [outcome] = refresh(home, site.index, Wanted(), TODAY).failed
    assert outcome.detail == candidate.fault


def test_what_lies_on_another_site_is_said_and_not_asked_for(site: CmsSite, home: Home) -> None:
    site.add("RVU26B", b"")
    site.publish()
    foreign = "https://mirror.example.org/files/zip"
    site.serve(site.posted["RVU26B"].page, page(f'<h2>Downloads</h2><a href="{foreign}/rvu26b.zip">RVU26B</a>'))
    cells = (("2026", f"{foreign}/rvu26c.zip"), ("2019", f"{foreign}/rvu19a.zip"), ("2026", site.posted["RVU26B"].page))
    rows = "".join(f'<tr><td>{year}<td><a href="{target}">{target[-6:]}</a>' for year, target in cells)
    site.serve(INDEX, page(f"<table>{rows}</table>"))
    discovered = discover(site.index, Wanted(), home, TODAY)
    (candidate,) = discovered.candidates
    assert f"has no link to a .zip file of this site, only to {foreign}/rvu26b.zip; open it" in (candidate.fault or "")
    said = [note for note in discovered.notes if foreign in note]
    assert [note.split(":")[0] for note in said] == ["RVU26C"]
    assert site.paths() == [INDEX, site.posted["RVU26B"].page]


def test_a_row_that_names_no_release_is_told_by_its_page(site: CmsSite, home: Home) -> None:
    posted = site.add("RVU27A", b"", zip_path="/files/zip/winter.zip", page_path=f"{INDEX}/winter", name="Winter release")
    site.add("RVU26A", b"")
    site.publish()
    assert posted.title == "Physician Fee Schedule - January 2027 release"
    assert found(discover(site.index, Wanted(), home, TODAY)) == {"RVU26A": KNOWN, "RVU27A": NEW}
    posted.title, posted.links = "Something else", {"/files/zip/winter.zip": "Winter"}
    site.publish()
    discovered = discover(site.index, Wanted(labels=("RVU27A",)), Home(home.root / "another"), TODAY)
    assert found(discovered) == {}
    assert discovered.notes[-1] == "The row 'Calendar Year 2027 Winter release' of the index names no release."


def test_a_release_that_a_mirror_no_longer_lists_is_tried_where_it_was(site: CmsSite, home: Home) -> None:
    site.add("RVU26A", b"")
    site.add("RVU26B", b"")
    site.publish()
    discover(site.index, Wanted(), home, TODAY)
    del site.posted["RVU26A"]
    site.publish()
    discovered = discover(site.index, Wanted(), home, TODAY)
    assert found(discovered) == {"RVU26A": GONE, "RVU26B": KNOWN}
    assert paths(discovered, site)[0] == "/files/zip/rvu26a-updated-12-29-2025.zip"


# --- sites of another kind ---------------------------------------------------------------------------------------------------


def test_a_page_that_links_to_archives(site: CmsSite, home: Home) -> None:
    names = ("RVU25D.zip", "rvu26a.ZIP", "download.zip", "pfrev26a.zip")
    address = site.serve("/list", page("".join(f'<li><a href="/a/{name}?x=1">{name}</a>' for name in names)))
    discovered = discover(address, Wanted(), home, TODAY)
    assert [(candidate.label, candidate.name) for candidate in discovered.candidates] == [
        ("RVU26A", "rvu26a.ZIP"),
        (None, "download.zip"),
        (None, "pfrev26a.zip"),
    ]


@slow
def test_an_unnamed_archive_is_held_against_what_was_asked_for_once_it_is_read(site: CmsSite, home: Home, tmp_path: Path) -> None:
    """Fetched and read, and left out all the same, because its content says that it is of another year."""
    bodies = {path.stem: path.read_bytes() for path in write_archives(tmp_path / "archives")}
    # Zipped again, so that no documented hash gives it away.
    plain = rebuilt(bodies["RVU24AR"], lambda name, content: (name, content))
    address = site.serve("/list", page('<a href="/a/download.zip">one</a>'))
    site.serve("/a/download.zip", whole(plain))
    [outcome] = refresh(home, address, Wanted(years=(2026,)), TODAY).outcomes
    assert (outcome.status, outcome.label) == ("skipped", "RVU24AR")
    assert outcome.detail == "By its content this is RVU24AR, which was not asked for."
    assert not home.published.exists()


def test_the_address_of_one_archive(site: CmsSite, home: Home) -> None:
    address = site.source.url("/files/zip/rvu24a-updated-04/01/2024.zip")
    [candidate] = discover(address, Wanted(), home, TODAY).candidates
    assert (candidate.label, candidate.name, candidate.urls) == ("RVU24A", "rvu24a-updated-04-01-2024.zip", (address,))
    assert discover(address, Wanted(years=(2026,)), home, TODAY).candidates == []
    assert site.paths() == []
