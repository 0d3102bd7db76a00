"""What sites listed, kept and compared: listings, re-cuts, releases that are gone, and what a new edition changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows.discover.discover import Wanted
from flows.discover.findings import compare, finding, had
from flows.discover.listing import Entry, Listing, from_json, not_loaded
from flows.discover.offer import KNOWN, RECUT, Candidate
from flows.editions import renamed, what_changed
from flows.fetch.fetch import fetch_stored
from warehouse.raw import RawStore
from warehouse.seen import SeenPages

ALL = Wanted(all=True)

SITE = "http://site"
OLD, NEWER = f"{SITE}/rvu26b-updated-03-10-2026.zip", f"{SITE}/rvu26b-updated-05-01-2026.zip"


def put(store: RawStore, content: bytes, source_url: str) -> str:
    """Has the store hold some bytes that came from an address; their hash."""
    store.root.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256(content).hexdigest()
    store.path(sha256).write_bytes(content)
    store.note(sha256=sha256, name="x.zip", source_url=source_url)
    return sha256


def test_a_listing_is_kept_and_grows_by_what_it_had_before(tmp_path: Path) -> None:
    pages = SeenPages(tmp_path / "pages")
    entry = Entry("RVU26B", "RVU26B", (f"{SITE}/rvu26b",)).with_archives([NEWER, OLD], "April 2026 release")
    assert entry.archives == (OLD, NEWER)
    pages.keep_listing("cms", Listing("cms", SITE, {"RVU26B": entry}).to_json())
    kept = from_json(pages.listing("cms"))
    assert kept is not None
    assert (kept.source, kept.index, dict(kept.entries)) == ("cms", SITE, {"RVU26B": entry})
    assert from_json(pages.newest_listing()) == kept
    unread = Entry("RVU26B", "RVU26B", (f"{SITE}/rvu26b",)).after(entry, was_read=False)
    assert unread.archives == (OLD, NEWER)
    moved = Entry("RVU26B", "RVU26B").with_archives([f"{SITE}/new.zip"]).after(entry, was_read=True)
    assert (moved.archives, moved.earlier) == ((f"{SITE}/new.zip",), (OLD, NEWER))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"entries": [1]}', '{"entries": [{"label": "RVU26A"}], "index": "x"}'])
def test_a_listing_that_is_torn_counts_as_none(tmp_path: Path, text: str) -> None:
    pages = SeenPages(tmp_path)
    pages.keep_listing("cms", {})
    [path] = tmp_path.glob("*.listing")
    path.write_text(text, encoding="utf-8")
    assert from_json(pages.listing("cms")) is None


def test_what_is_listed_and_not_loaded() -> None:
    entries = [
        Entry("RVU26A", "RVU26A", (f"{SITE}/rvu26a",)),
        Entry("RVU26B", "RVU26B", archives=(NEWER,), earlier=(OLD,)),
        Entry("RVU26C", "RVU26C", archives=(f"{SITE}/rvu26c.zip",)),
    ]
    listing = Listing("cms", SITE, {entry.label: entry for entry in entries})
    assert not_loaded(listing, {"RVU26B", "RVU26C"}, {OLD, f"{SITE}/rvu26c.zip"}) == [
        {"label": "RVU26A", "reason": "not loaded", "address": f"{SITE}/rvu26a"},
        {"label": "RVU26B", "reason": "another cut than the loaded one", "address": NEWER},
    ]


def test_a_recut_by_its_address(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    put(store, b"march", OLD)
    listing = Listing("x", SITE, {"RVU26B": Entry("RVU26B", "RVU26B", archives=(OLD, NEWER))})
    discovered = compare(listing, None, ALL, store, with_catalogue=False)
    assert [(candidate.urls, candidate.found) for candidate in discovered.candidates] == [((OLD,), KNOWN), ((NEWER,), RECUT)]
    assert had(store).of("RVU26B", None) == [OLD]


def test_a_recut_by_its_bytes(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    put(store, b"march", OLD)
    again = Candidate("x", "RVU26B", urls=(OLD,), found=KNOWN)
    fetched = fetch_stored(put(store, b"march", OLD), store)
    assert finding(again, replace(fetched, not_modified=False), store) == KNOWN
    fetched = fetch_stored(put(store, b"may", OLD), store)
    assert finding(again, fetched, store) == KNOWN  # nothing was sent, so nothing changed
    assert finding(again, replace(fetched, not_modified=False), store) == RECUT
    assert finding(replace(again, found=None), replace(fetched, not_modified=False), store) is None


def test_a_release_that_is_gone_and_was_had_is_left_alone(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    put(store, b"march", OLD)
    before = Listing("x", SITE, {label: Entry(label, label, archives=(f"{SITE}/{label}.zip",)) for label in ("RVU26A", "RVU26B")})
    discovered = compare(Listing("x", SITE), before, ALL, store, with_catalogue=False)
    assert [candidate.label for candidate in discovered.candidates] == ["RVU26A"]
    assert discovered.notes[0].endswith(
        "tried at the addresses known from before: RVU26A; gone from it, kept as they were had: RVU26B."
    )


# --- editions --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as made:
        made.execute("create table release (release_id text, label text, edition int)")
        made.execute("create table archive_member (release_id text, member_name text, member_sha256 text)")
        yield made


@pytest.fixture
def add(con: duckdb.DuckDBPyConnection) -> Callable[..., None]:
    def edition(number: int, **members: str) -> None:
        name = "RVU24C" if number == 1 else f"RVU24C.{number}"
        con.execute("insert into release values (?, 'RVU24C', ?)", [name, number])
        for member, sha256 in members.items():
            con.execute("insert into archive_member values (?, ?, ?)", [name, f"RVU24C/{member}", sha256])

    return edition


def test_the_first_edition_changes_nothing(con: duckdb.DuckDBPyConnection, add: Callable[..., None]) -> None:
    add(1, rvu="a")
    assert what_changed(con, "RVU24C") == ""


def test_an_edition_says_which_members_differ_from_the_one_before(
    con: duckdb.DuckDBPyConnection, add: Callable[..., None]
) -> None:
    """24C was posted again with another OPPS cap file only."""
    add(1, rvu="a", gpci="b", cap="c", notes="d", old="e")
    add(2, rvu="a", gpci="b", cap="x", notes_2="d", extra="f")
    said = what_changed(con, "RVU24C.2")
    assert said.startswith("A new edition beside RVU24C: changed: cap; new: extra; missing: old; renamed: notes to notes_2; ")
    assert said.endswith("; 2 of 5 members are the same.")
    add(3, **{f"m{number}": "z" for number in range(9)})
    assert (
        "beside RVU24C.2: new: m0, m1, m2, m3, m4, m5 and 3 more; missing: cap, extra, gpci, notes_2, rvu; 0 of 9"
        in what_changed(con, "RVU24C.3")
    )


def test_a_name_of_another_release_is_said() -> None:
    assert renamed("RVU24A (1).zip", "RVU24AR") == "By its name RVU24A (1).zip is RVU24A; by its content it is RVU24AR."
    assert renamed("download.zip", "RVU24AR") == renamed("RVU24AR.zip", "RVU24AR") == ""
