"""Only the raw store was saved: the warehouse is built from it, with the editions in the order in which their archives came."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.discover.arrivals import arrivals
from flows.discover.discover import Wanted, discover
from flows.fetch.fetch import fetch_file
from tests.members import changed, replaced, sample_archives, write_archive, zipped
from tests.refreshing import LIGHT, TODAY, content_of, labels, query, run
from tests.slow import slow
from warehouse import leftovers
from warehouse.errors import SourceError, WarehouseError
from warehouse.home import Home
from warehouse.raw import ManifestEntry, Part, RawStore

RELEASE, MEMBER = "RVU24AR", "ANES2024.csv"
CITED = "select release_id, archive_name, source_url from release order by all"


def cuts() -> list[dict[str, bytes]]:
    """An archive and a re-cut of it, chosen so that the later one comes first by its hash."""
    found = [changed(RELEASE, {MEMBER: replaced("20.43", amount, count=1)}) for amount in ("20.44", "20.45")]
    return sorted(found, key=lambda members: hashlib.sha256(zipped(members)).hexdigest(), reverse=True)


@slow
def test_a_warehouse_built_from_the_raw_store_alone_has_the_same_editions(tmp_path: Path) -> None:
    home, again = Home(tmp_path / "home"), Home(tmp_path / "again")
    for number, members in enumerate(cuts()):
        run(home, write_archive(tmp_path / f"posted-{number}", f"{RELEASE}.zip", members).parent, LIGHT)
    assert labels(home) == [RELEASE, f"{RELEASE}.2"]
    shutil.copytree(home.raw, again.raw)
    noted = RawStore(home.raw).entries()
    found = discover(str(again.raw), Wanted(all=True), again, TODAY).candidates
    assert [candidate.path.stem for candidate in found if candidate.path] == [entry.sha256 for entry in noted]
    assert not run(again, again.raw, LIGHT).failed
    assert labels(again) == labels(home)
    assert content_of(again)["anesthesia_cf"] == content_of(home)["anesthesia_cf"]
    assert [(entry.name, entry.source_url) for entry in noted] == [
        (f"{RELEASE}.zip", (tmp_path / f"posted-{number}" / f"{RELEASE}.zip").as_uri()) for number in range(2)
    ]
    assert query(again, CITED) == query(home, CITED) and RawStore(again.raw).entries() == noted


@slow
def test_another_home_takes_over_the_names_of_a_raw_store(tmp_path: Path) -> None:
    """A folder of it, or one archive: its name there is a hash, by which nobody finds it at CMS."""
    home, other = Home(tmp_path / "home"), Home(tmp_path / "other")
    archive = write_archive(tmp_path / "posted", f"{RELEASE}.zip", changed(RELEASE, {MEMBER: replaced("20.43", "20.44")}))
    assert not run(home, archive, LIGHT).failed
    for source in (home.raw, next(home.raw.glob("*.zip"))):
        assert not run(other, source, LIGHT).failed
        assert labels(other) == [RELEASE] and query(other, CITED) == query(home, CITED)
        other.published.unlink()


def stored_over_the_net(folder: Path, url: str) -> RawStore:
    """A raw store with both cuts, which came from one address, an hour apart."""
    store, begun = RawStore(folder), datetime(2024, 3, 1, tzinfo=UTC)
    for number, members in enumerate(cuts()):
        part = store.part(url)
        part.begin(url)
        part.write(iter([zipped(members)]))
        at = begun + timedelta(hours=number)
        store.add(part.path, sha256=None, name="x.zip", source_url=url, etag=f"{number}", last_modified=None, came_at=at)
    return store


def arrived(source: RawStore, target: RawStore) -> list[str]:
    """The addresses that the archives of a raw store have in another one, once they were brought there."""
    files = [source.path(entry.sha256) for entry in source.entries()]
    known = arrivals(files)
    return [fetch_file(path, target, arrival=known[path.stem]).source_url for path in files]


def test_what_an_address_gave_is_taken_over_once_with_its_time(tmp_path: Path) -> None:
    """Without what makes a request conditional: a store that says that the site has something else would keep that out."""
    url = "https://site.example/rvu24ar.zip"
    source, target = stored_over_the_net(tmp_path / "source", url), RawStore(tmp_path / "target")
    noted = source.entries()
    for _ in range(2):
        assert arrived(source, target) == arrived(source, source) == [url, url]
        assert (source.entries(), target.entries()) == (noted, [replace(entry, etag=None) for entry in noted])
    target.path(noted[0].sha256).unlink()  # and is brought back from the other store
    assert arrived(source, target) == [url, url]
    assert [entry.sha256 for entry in target.entries()] == [entry.sha256 for entry in noted]


def test_an_address_gave_last_what_it_gave_last_whatever_comes_from_another_raw_store(tmp_path: Path) -> None:
    """The site is compared with that; what is older has the address of its file."""
    url = "https://site.example/rvu24ar.zip"
    source, target = stored_over_the_net(tmp_path / "source", url), RawStore(tmp_path / "target")
    first, last = source.entries()
    part = target.part(url)
    part.begin(url)
    part.write(iter([source.path(last.sha256).read_bytes()]))
    target.add(part.path, sha256=None, name="x.zip", source_url=url, etag="later", last_modified=None)
    assert arrived(source, target) == [source.path(first.sha256).as_uri(), url]
    found = target.last_response(url)
    assert found is not None and found.etag == "later"


def test_a_copy_from_another_raw_store_that_is_cut_off_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no download, though it came in as one there."""
    source, home = stored_over_the_net(tmp_path / "source", "https://site.example/x.zip"), Home(tmp_path / "home")

    def cut_off(part: Part, chunks: Iterator[bytes]) -> None:
        part.path.write_bytes(next(chunks)[:10])
        raise KeyboardInterrupt

    monkeypatch.setattr(Part, "write", cut_off)
    with pytest.raises(KeyboardInterrupt):
        arrived(source, RawStore(home.raw))
    assert [left.is_cleared for left in leftovers.found(home)] == [True, True]


@slow
def test_a_file_that_came_again_to_its_place_is_noted_once(tmp_path: Path) -> None:
    """Both cuts were posted under one path: to read them again is no arrival."""
    home, place = Home(tmp_path / "home"), tmp_path / "posted"
    for members in cuts():
        run(home, write_archive(place, f"{RELEASE}.zip", members), LIGHT)
    noted = RawStore(home.raw).entries()
    home.published.unlink()
    run(home, home.raw, LIGHT)
    assert RawStore(home.raw).entries() == noted and len(noted) == 2
    assert labels(home) == [RELEASE, f"{RELEASE}.2"]


def test_a_file_of_a_raw_store_that_has_changed_is_refused(tmp_path: Path) -> None:
    """Its address never gave what it holds now."""
    source = stored_over_the_net(tmp_path / "source", "https://site.example/x.zip")
    path = source.path(source.entries()[0].sha256)
    path.chmod(0o644)
    path.write_bytes(zipped(sample_archives()["RVU25A"]))
    with pytest.raises(SourceError, match="has changed since it was stored there: its sha256 is now"):
        arrived(source, RawStore(tmp_path / "target"))


def test_a_changed_file_of_a_raw_store_is_found_by_its_name_too(tmp_path: Path) -> None:
    """By its content it would be passed over where a release is named, and the edition that it was would be missing."""
    store = RawStore(tmp_path / "raw")
    for number, members in enumerate(cuts()):
        fetch_file(write_archive(tmp_path / str(number), f"{RELEASE}.zip", members), store)
    path = store.path(store.entries()[0].sha256)
    path.chmod(0o644)
    path.write_bytes(zipped(sample_archives()["RVU25A"]))
    found = discover(str(store.root), Wanted(labels=(RELEASE,)), Home(tmp_path), TODAY).candidates
    assert [(candidate.path, candidate.label) for candidate in found] == [
        (store.path(entry.sha256), RELEASE) for entry in store.entries()
    ]


def test_what_fails_of_several_with_one_name_is_told_by_its_hash(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    for number, members in enumerate((cuts()[0], {"readme.txt": b"x"})):
        fetch_file(write_archive(tmp_path / str(number), f"{RELEASE}.zip", members), store)
    outcomes = run(Home(tmp_path / "home"), store.root, LIGHT).outcomes
    assert [(outcome.name, outcome.status) for outcome in outcomes] == [
        (f"{RELEASE}.zip", "loaded"),
        (f"{RELEASE}.zip", "failed"),
    ]
    assert outcomes[1].detail.endswith(f" The file is {store.entries()[1].sha256}.zip.")


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({"source_url": "https://me:secret@site.example/a.zip"}, "later.zip"),
        ({"source_url": "no address"}, "later.zip"),
        ({"name": "a\nFAKE\x1b[2J.zip"}, "aFAKE[2J.zip"),
        ({"name": "\x1b"}, f"{'0' * 64}.zip"),
    ],
)
def test_what_a_manifest_of_others_says_is_taken_with_care(tmp_path: Path, more: dict[str, str], first: str) -> None:
    entry = ManifestEntry(datetime(2024, 3, 1, tzinfo=UTC), "0" * 64, 1, "a.zip", "file:///a.zip", None, None, "new")
    lines = [ManifestEntry(**vars(entry) | more).to_line(), replace(entry, name="later.zip").to_line()]
    (tmp_path / "manifest.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert arrivals([tmp_path / f"{'0' * 64}.zip"])["0" * 64].name == first


def test_a_manifest_beside_an_archive_with_a_name_is_left_alone(tmp_path: Path) -> None:
    """Other programs write files of that name too."""
    archive = write_archive(tmp_path, f"{RELEASE}.zip", cuts()[0])
    (tmp_path / "manifest.jsonl").write_bytes(b"\xe9 of somebody else\n")
    for source in (archive, tmp_path):
        (found,) = discover(str(source), Wanted(all=True), Home(tmp_path / "home"), TODAY).candidates
        assert (found.name, found.arrival) == (f"{RELEASE}.zip", None)


NO_TEXT = {"fetched_at": "2024-03-01T00:00:00+00:00", "sha256": "0", "bytes": 1, "name": 7, "source_url": "file:///a"}
NO_TEXT |= {"etag": None, "last_modified": None, "outcome": "new"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xe9", "cannot be read as a manifest"),
        (b'{"id": 1}', "Line 1 of .* is not a manifest entry"),
        (json.dumps(NO_TEXT).encode(), "Line 1 of .* is not a manifest entry"),
        (json.dumps(NO_TEXT | {"name": "a", "fetched_at": "2024-03-01"}).encode(), "Line 1 of .* is not a manifest entry"),
    ],
    ids=["no text", "another object", "a name that is a number", "a time without a zone"],
)
def test_a_manifest_that_cannot_be_understood_is_told(tmp_path: Path, line: bytes, said: str) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(line + b"\n")
    with pytest.raises(WarehouseError, match=said):
        arrivals([tmp_path / f"{'0' * 64}.zip"])


def test_the_name_of_the_first_arrival_tells_what_the_content_does_not(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    for name in ("RVU24AR.zip", "RVU25A.zip"):
        fetch_file(write_archive(tmp_path, name, {"readme.txt": name.encode()}), store)
    found = discover(str(store.root), Wanted(labels=("RVU25A",)), Home(tmp_path), TODAY).candidates
    assert [(candidate.name, candidate.label) for candidate in found] == [("RVU25A.zip", "RVU25A")]
