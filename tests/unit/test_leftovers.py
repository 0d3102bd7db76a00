"""What a run that was cut off leaves: named, cleared away by the next one unless it can be resumed; nothing else is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from warehouse import leftovers
from warehouse.home import Home
from warehouse.raw import RawStore

URL = "https://cms.example/rvu25a.zip"


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def write(path: Path, content: str = "left") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def begun(place: Home, url: str, **validators: str) -> Path:
    part = RawStore(place.raw).part(url)
    part.begin(url, **validators)
    part.path.write_bytes(b"PK\x03\x04 and so on")
    return part.path


def meanings(place: Home) -> dict[str, tuple[str, bool]]:
    return {left.path.name: (left.meaning, left.is_cleared) for left in leftovers.found(place)}


def test_a_home_that_is_not_there_has_none(place: Home) -> None:
    assert leftovers.found(place) == [] and leftovers.clear(place) == []
    assert not place.root.exists()


@pytest.mark.parametrize(
    "name",
    [
        "building/pfs.duckdb",
        "building/pfs.duckdb.wal",
        "raw/parts/0123.json",
        "raw/pages/0123.html.new",
        "raw/pages/0123.page.part",
        "raw/pages/0123.page.json",
        "kept/pfs-20260101T000000000000Z.part",
        "last_refresh.json.part",
    ],
)
def test_what_was_cut_off_is_named_and_cleared_away(place: Home, name: str) -> None:
    left = write(place.root / name)
    assert [(found.path, found.size, found.is_cleared) for found in leftovers.found(place)] == [(left, 4, True)]
    assert [found.path for found in leftovers.clear(place)] == [left]
    assert leftovers.found(place) == [] and not left.exists()


def test_a_folder_that_spilled_is_cleared_away(place: Home) -> None:
    write(place.building / "spilled" / "temp_0.tmp", "12345678")
    assert [(left.path.name, left.size) for left in leftovers.clear(place)] == [("spilled", 8)]
    assert list(place.building.iterdir()) == []


def test_a_download_that_can_be_resumed_stays_for_a_week(place: Home) -> None:
    part = begun(place, URL, etag='"v1"')
    assert meanings(place) == {part.name: ("a download that the next refresh resumes", False)}
    assert leftovers.clear(place) == [] and part.exists()
    os.utime(part, (0, part.stat().st_mtime - 8 * 86400))
    assert [left.path for left in leftovers.clear(place)] == [part.with_suffix(".json"), part]
    assert leftovers.found(place) == []


@pytest.mark.parametrize("url", [URL, "file:///srv/rvu25a.zip"])
def test_a_fetch_that_cannot_be_resumed_goes(place: Home, url: str) -> None:
    """Without a validator of the server, or from a file, it is begun anew in any case."""
    part = begun(place, url)
    assert [left.path for left in leftovers.clear(place)] == [part.with_suffix(".json"), part]


def test_nothing_of_value_is_a_leftover(place: Home) -> None:
    names = ("pfs.duckdb", "write.lock", "hold.json", "last_refresh.json", "kept/pfs-20260101T000000000000Z.duckdb")
    for name in (*names, "raw/pages/0123.html", "raw/pages/0123.json", "raw/pages/0123.listing"):
        write(place.root / name)
    assert leftovers.found(place) == []


def test_a_stored_archive_without_a_manifest_line_is_named_and_stays(place: Home) -> None:
    archive = write(place.raw / f"{'0' * 64}.zip")
    assert meanings(place) == {archive.name: ("a stored archive that the manifest does not name", False)}
    assert leftovers.clear(place) == [] and archive.exists()
    entry = {"fetched_at": "2026-01-01T00:00:00+00:00", "sha256": "0" * 64, "bytes": 4, "name": "a.zip", "source_url": URL}
    write(place.raw / "manifest.jsonl", json.dumps(entry | {"etag": None, "last_modified": None, "outcome": "new"}) + "\n")
    assert leftovers.found(place) == []
