"""The raw store: by content, read-only, with a manifest that survives a crash."""

from __future__ import annotations

import hashlib
import json
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.raw import RawStore, Stored, sha256_of

URL = "https://www.cms.gov/files/zip/rvu25a.zip"


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def add(store: RawStore, body: bytes, url: str = URL, etag: str | None = '"v1"') -> Stored:
    part = store.part(url)
    part.begin(url, etag)
    part.write(iter([body]))
    return store.add(part.path, sha256=sha(body), name="rvu25a.zip", source_url=url, etag=etag, last_modified="Fri, 10 Jan 2025")


def test_an_archive_is_stored_under_its_hash_and_read_only(store: RawStore) -> None:
    stored = add(store, b"one")
    assert stored.path == store.root / f"{sha(b'one')}.zip" == store.path(sha(b"one"))
    assert (stored.path.read_bytes(), stored.size, stored.is_new) == (b"one", 3, True)
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o444
    assert store.leftovers() == []
    assert list((store.root / "parts").iterdir()) == []


def test_the_manifest_says_when_and_from_where(store: RawStore) -> None:
    add(store, b"one")
    line = json.loads(store.manifest.read_text())
    fetched_at = datetime.fromisoformat(line.pop("fetched_at"))
    assert timedelta(0) <= datetime.now(UTC) - fetched_at < timedelta(minutes=1)
    assert line == {
        "sha256": sha(b"one"),
        "bytes": 3,
        "name": "rvu25a.zip",
        "source_url": URL,
        "etag": '"v1"',
        "last_modified": "Fri, 10 Jan 2025",
        "outcome": "new",
    }


def test_the_same_bytes_again_leave_the_file_alone_and_are_noted(store: RawStore) -> None:
    first = add(store, b"one")
    before = first.path.stat()
    again = add(store, b"one", url="https://mirror.example/x.zip")
    after = again.path.stat()
    assert (again.is_new, again.path) == (False, first.path)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [entry.outcome for entry in store.entries()] == ["new", "same"]


def test_a_recut_is_stored_beside_the_old_one(store: RawStore) -> None:
    add(store, b"one")
    add(store, b"two", etag='"v2"')
    assert {path.read_bytes() for path in store.root.glob("*.zip")} == {b"one", b"two"}
    last = store.last_response(URL)
    assert last is not None
    assert (last.sha256, last.etag) == (sha(b"two"), '"v2"')


def test_nothing_is_known_of_a_url_whose_archive_is_gone(store: RawStore) -> None:
    stored = add(store, b"one")
    assert store.last_response("https://www.cms.gov/other.zip") is None
    stored.path.unlink()
    assert store.last_response(URL) is None


def test_a_part_that_is_not_what_it_claims_is_refused(store: RawStore) -> None:
    part = store.part(URL)
    part.begin(URL)
    part.write(iter([b"one"]))
    with pytest.raises(WarehouseError, match="was to be stored as"):
        store.add(part.path, sha256=sha(b"two"), name="x.zip", source_url=URL, etag=None, last_modified=None)
    assert not store.path(sha(b"two")).exists()
    assert store.entries() == []


def test_a_stored_file_that_changed_is_detected(store: RawStore) -> None:
    stored = add(store, b"one")
    assert store.verify(stored.sha256) == stored.path
    stored.path.chmod(0o644)
    stored.path.write_bytes(b"0ne")
    with pytest.raises(WarehouseError, match="has changed since it was stored"):
        store.verify(stored.sha256)
    with pytest.raises(WarehouseError, match="has changed since it was stored"):
        add(store, b"one")
    stored.path.unlink()
    with pytest.raises(WarehouseError, match="is missing"):
        store.verify(stored.sha256)


def test_a_line_that_a_crash_cut_short_is_left_out_and_then_taken_off(store: RawStore) -> None:
    add(store, b"one")
    with store.manifest.open("a") as manifest:
        manifest.write('{"fetched_at": "2025-01-10T')
    assert [entry.sha256 for entry in store.entries()] == [sha(b"one")]
    add(store, b"two")
    assert [entry.sha256 for entry in store.entries()] == [sha(b"one"), sha(b"two")]


def test_an_archive_stored_just_before_a_crash_is_new_when_it_is_first_noted(store: RawStore) -> None:
    add(store, b"one")
    store.manifest.unlink()
    assert add(store, b"one").is_new


@pytest.mark.parametrize("line", ["not json", "[]", '{"sha256": "x"}', "3"])
def test_a_line_that_is_not_ours_is_a_sentence(store: RawStore, line: str) -> None:
    add(store, b"one")
    store.manifest.write_text(f"{line}\n" + store.manifest.read_text())
    with pytest.raises(WarehouseError, match=r"Line 1 of .*manifest\.jsonl is not a manifest entry"):
        store.entries()


def test_threads_that_bring_the_same_content_end_in_one_file(store: RawStore) -> None:
    body = b"x" * 100_000
    threads = [threading.Thread(target=add, args=(store, body, f"https://host/{number}.zip")) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in store.root.glob("*.zip")] == [f"{sha(body)}.zip"]
    assert sha256_of(store.path(sha(body))) == sha(body)
    assert sorted(entry.outcome for entry in store.entries()) == ["new"] + ["same"] * 7


def test_leftovers_are_what_no_fetch_finished(store: RawStore) -> None:
    assert store.leftovers() == []
    part = store.part(URL)
    part.begin(URL, '"v1"')
    part.write(iter([b"half"]))
    [left] = store.leftovers()
    assert (left.path, left.url, left.size) == (part.path, URL, 4)
    part.note_path.write_text("{torn")
    assert store.leftovers()[0].url is None
    assert part.note() == {}


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where the folder should be")
    with pytest.raises(WarehouseError, match=r"cannot be written: .* let PFS_HOME name another folder"):
        add(RawStore(tmp_path / "raw"), b"one")
