"""Stage feed: files that are touched only when they change, and folders that are left alone."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.feed import folder
from flows.feed.feed import Wish, make_feed
from flows.feed.folder import FeedFolder, sha256
from flows.site.site import SiteWish, make_site
from tests.feed.conftest import CHANGED
from tests.feed.documents import INDEXES, WISH, Feed, contents, document, times, validator
from tests.refreshing import TODAY, query
from tests.slow import slow
from warehouse.errors import FeedError, WarehouseError
from warehouse.home import Home

# --- what is touched -----------------------------------------------------------------------------------------------------


@slow
def test_two_feeds_of_the_same_warehouse_have_the_same_bytes(built: Home, fed: Feed, tmp_path: Path) -> None:
    make_feed(built, tmp_path / "again", WISH)
    assert contents(tmp_path / "again") == contents(fed[0])


def test_a_feed_with_nothing_new_touches_no_file(built: Home, feed_copy: Path) -> None:
    before = times(feed_copy)
    result = make_feed(built, feed_copy, WISH)
    assert (result.is_new, result.written) == (False, ())
    assert times(feed_copy) == before


@slow
@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("codes/17340.json", "same length"),
        pytest.param("changes.json", "removed", marks=slow),
        pytest.param("localities.json", "cut", marks=slow),
        pytest.param("schemas/code.schema.json", "removed", marks=slow),
    ],
)
def test_a_damaged_file_is_written_again_and_no_other(built: Home, feed_copy: Path, name: str, damage: str) -> None:
    before = contents(feed_copy)
    stood = times(feed_copy)
    if damage == "removed":
        (feed_copy / name).unlink()
    else:
        (feed_copy / name).write_bytes(before[name][:-9] if damage == "cut" else b" " + before[name][1:])
    result = make_feed(built, feed_copy, WISH)
    assert (result.is_new, result.written) == (False, (name,))
    assert contents(feed_copy) == before
    assert {other for other, at in times(feed_copy).items() if at != stood[other]} <= {name}


@slow
def test_a_feed_with_nothing_new_reads_no_document(built: Home, feed_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and times tell that nobody touched them. One that somebody did is read, also when it looks as old as before."""
    make_feed(built, feed_copy, WISH)
    time.sleep(0.06)  # what was changed a moment ago is not trusted
    make_feed(built, feed_copy, WISH)
    looked_at: list[str] = []
    reading = FeedFolder._read
    monkeypatch.setattr(FeedFolder, "_read", lambda folder, name: (looked_at.append(name), reading(folder, name))[1])
    make_feed(built, feed_copy, WISH)
    assert not [name for name in looked_at if name.startswith(("codes/", "schemas/"))] and "feed.json" in looked_at
    path = feed_copy / "codes" / "17340.json"
    stood = path.stat()
    path.write_bytes(b" " + path.read_bytes()[1:])
    os.utime(path, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    assert make_feed(built, feed_copy, WISH).written == ("codes/17340.json",)


@slow
def test_a_document_that_went_bad_without_a_write_is_mended_when_all_are_read_again(built: Home, feed_copy: Path) -> None:
    make_feed(built, feed_copy, WISH)
    whole = contents(feed_copy)
    path, noted = feed_copy / "codes" / "17340.json", feed_copy / ".state" / "seen.json"
    path.write_bytes(b" " + path.read_bytes()[1:])
    time.sleep(0.06)
    seen = json.loads(noted.read_bytes())
    now = path.stat()
    seen["codes/17340.json"] = [now.st_size, now.st_mtime_ns, now.st_ctime_ns, sha256(whole["codes/17340.json"])]
    noted.write_text(json.dumps(seen))
    assert make_feed(built, feed_copy, WISH).written == ()
    assert make_feed(built, feed_copy, replace(WISH, rereads=True)).written == ("codes/17340.json",)
    assert contents(feed_copy) == whole


@slow
def test_a_refresh_that_changes_three_codes_rewrites_three_documents_and_their_indexes(rebuilt: Home, feed_copy: Path) -> None:
    """The archive of RVU26B came again with other RVUs of three codes. The other documents go on citing the first archive,
    which is where their figures come from."""
    before, stood = contents(feed_copy), times(feed_copy)
    was = document(feed_copy, "feed.json")
    result = make_feed(rebuilt, feed_copy, WISH)
    assert result.release == "RVU26B.2"
    three = {f"codes/{code}.json" for code in CHANGED}
    rewritten = {name for name, at in times(feed_copy).items() if at != stood.get(name)}
    assert rewritten == three | {f"{name}.json" for name in INDEXES}
    told = document(feed_copy, "changes.json")
    assert {
        kind: [entry["code"] if kind == "changed" else entry for entry in codes] for kind, codes in told["codes"].items()
    } == {
        "added": [],
        "changed": sorted(CHANGED),
        "gone": [],
        "back": [],
    }
    assert all({"release", "rows", "history", "source"} <= set(entry["parts"]) for entry in told["codes"]["changed"])
    assert told["feed_before"] == {"feed_id": was["feed_id"], "release": "RVU26B"}
    assert document(feed_copy, "codes/17340.json")["rows"][0]["rvu"]["work"] == "0.85"
    assert document(feed_copy, "codes/17340.json")["source"]["release_id"] == "RVU26B.2"
    assert document(feed_copy, "codes/99214.json")["source"]["release_id"] == "RVU26B"
    assert validator("changes").is_valid(told)
    assert set(contents(feed_copy)) == set(before)


@slow
def test_the_same_feed_follows_whether_it_was_fed_before_or_not(rebuilt: Home, feed_copy: Path, tmp_path: Path) -> None:
    """The bytes depend on the warehouse; only what changed depends on the feed before."""
    make_feed(rebuilt, feed_copy, WISH)
    make_feed(rebuilt, tmp_path / "new", WISH)
    followed, new = contents(feed_copy), contents(tmp_path / "new")
    assert followed.pop("changes.json") != new.pop("changes.json")
    assert followed == new


@slow
def test_a_feed_that_was_cut_off_is_finished_and_tells_the_same_changes(
    rebuilt: Home, feed_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was written by then, the list of the feed before stays until all is written."""
    whole = Path(shutil.copytree(feed_copy, tmp_path / "whole"))
    make_feed(rebuilt, whole, WISH)
    write, left = folder.FeedFolder.write, iter([True] * 4)

    def failing(self: Any, name: str, content: bytes) -> None:
        if not next(left, False):
            raise KeyboardInterrupt
        write(self, name, content)

    monkeypatch.setattr(folder.FeedFolder, "write", failing)
    with pytest.raises(KeyboardInterrupt):
        make_feed(rebuilt, feed_copy, WISH)
    monkeypatch.undo()
    assert document(feed_copy, "feed.json")["release"] == "RVU26B"
    make_feed(rebuilt, feed_copy, WISH)
    assert contents(feed_copy) == contents(whole)


@slow
def test_a_code_that_no_release_has_any_more_keeps_a_tombstone(built: Home, feed_copy: Path, tmp_path: Path) -> None:
    """And comes back when it is there again."""
    older = make_feed(built, feed_copy, Wish(TODAY, release="RVU25A"))
    new = [code for (code,) in query(built, "select hcpcs_code from rvu group by 1 having min(release_id) = 'RVU26B'")]
    assert new and set(new) <= set(older.changes["codes"]["gone"])
    assert document(feed_copy, f"codes/{new[0]}.json")["last_release"] is None
    back = make_feed(built, feed_copy, WISH)
    assert set(new) <= set(back.changes["codes"]["back"])


def test_a_folder_of_somebody_else_is_left_alone(built: Home, tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text("mine")
    with pytest.raises(FeedError, match=r"holds files, and no feed wrote them. Name an empty folder"):
        make_feed(built, tmp_path, WISH)
    assert [path.name for path in tmp_path.iterdir()] == ["feed.json"]


@pytest.mark.parametrize("entry", ["letter.txt", ".profile", "photos/"])
def test_a_folder_with_anything_in_it_that_is_not_a_feeds_is_left_alone(built: Home, tmp_path: Path, entry: str) -> None:
    place = tmp_path / entry
    place.mkdir() if entry.endswith("/") else place.write_text("mine")
    with pytest.raises(FeedError, match=r"holds files, and no feed wrote them"):
        make_feed(built, tmp_path, WISH)
    assert list(tmp_path.rglob("*")) == [place]


@pytest.mark.parametrize(("folder_of", "where"), [(".", "is"), ("feed", "lies in"), ("raw/feed", "lies in"), ("..", "holds")])
@pytest.mark.parametrize("makes", [make_feed, make_site])
def test_nothing_is_published_in_around_or_over_the_home_folder(
    tmp_path: Path, makes: Callable[..., Any], folder_of: str, where: str
) -> None:
    """The archives in it hold descriptions of the CPT. A link to it is no way around; nor is a home with nothing in it yet."""
    home = Home(tmp_path / "all" / "home")
    home.root.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "all")
    wish = WISH if makes is make_feed else SiteWish(WISH)
    for root in (home.root / folder_of, tmp_path / "link" / "home" / folder_of):
        with pytest.raises(FeedError, match=rf" {where} the home folder"):
            makes(home, root, wish)
    assert list(home.root.rglob("*")) == []


@slow
def test_a_feed_is_not_laid_over_a_site(built: Home, site_copy: Path) -> None:
    before = contents(site_copy)
    with pytest.raises(FeedError, match=r"holds a site, which has its feed in feed/"):
        make_feed(built, site_copy, WISH)
    assert contents(site_copy) == before


def test_what_is_noted_for_the_next_run_does_not_say_where_the_warehouse_lies(built: Home, feed_copy: Path) -> None:
    """A note of an earlier release, which said so, is written anew."""
    noted = feed_copy / ".state" / "seen.json"
    seen = json.loads(noted.read_bytes())
    noted.write_text(json.dumps(seen | {str(built.published): [1, 2, 3, "0" * 64]}))
    make_feed(built, feed_copy, WISH)
    assert "warehouse" in json.loads(noted.read_bytes())
    told = [path for path in feed_copy.rglob("*") if path.is_file() and str(built.root).encode() in path.read_bytes()]
    assert told == []


def test_a_damaged_list_is_an_error_that_says_what_to_do(built: Home, feed_copy: Path) -> None:
    listed = document(feed_copy, "feed.json")
    listed["files"]["codes/17340.json"] = "0" * 64
    (feed_copy / "feed.json").write_text(json.dumps(listed))
    with pytest.raises(FeedError, match=r"is damaged.*remove it"):
        make_feed(built, feed_copy, WISH)


def test_a_home_without_a_warehouse_and_an_unknown_release_are_sentences(built: Home, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"no warehouse"):
        make_feed(Home(tmp_path / "home"), tmp_path / "feed", WISH)
    with pytest.raises(WarehouseError, match=r"RVU99Z is not loaded"):
        make_feed(built, tmp_path / "feed", Wish(TODAY, release="RVU99Z"))
    with pytest.raises(WarehouseError, match=r"no release that governs"):
        make_feed(built, tmp_path / "feed", Wish(date(2001, 1, 1)))
