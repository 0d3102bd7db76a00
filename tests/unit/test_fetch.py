"""fetch without a server: files from a folder, where redirects may lead, names and the progress bar."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flows.fetch.download import next_hop
from flows.fetch.fetch import FetchSettings, fetch_file, name_of, progress_bar
from tests.fetching import BODY
from warehouse.errors import ArchiveError, SourceError
from warehouse.raw import RawStore


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


@pytest.mark.parametrize(
    ("here", "location", "there"),
    [
        ("https://www.cms.gov/a.zip", "/b.zip", "https://www.cms.gov/b.zip"),
        ("https://www.cms.gov/a.zip", "https://cms.gov/b.zip", "https://cms.gov/b.zip"),
        ("https://cms.gov/a.zip", "https://www.cms.gov/b.zip", "https://www.cms.gov/b.zip"),
        ("https://www.cms.gov/a.zip", "https://downloads.cms.gov/b.zip", "https://downloads.cms.gov/b.zip"),
        ("http://www.cms.gov/a.zip", "https://www.cms.gov:443/b.zip", "https://www.cms.gov:443/b.zip"),
    ],
)
def test_hops_that_are_followed(here: str, location: str, there: str) -> None:
    assert next_hop(here, here, location) == there


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://www.cms.gov/b.zip", "from https to plain http"),
        ("https://notcms.gov/b.zip", "another site"),
        ("https://cms.gov.example.com/b.zip", "another site"),
        ("https://www.cms.gov:8443/b.zip", "another site"),
        ("//127.0.0.1/b.zip", "another site"),
        ("ftp://www.cms.gov/b.zip", "is not a web address"),
        ("file:///etc/hostname", "is not a web address"),
        ("https://www.cms.gov:port/b.zip", "is not a web address"),
        ("https://user:secret@www.cms.gov/b.zip", "holds a user name or password"),
    ],
)
def test_hops_that_are_not_followed(location: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        next_hop("https://www.cms.gov/a.zip", "https://www.cms.gov/a.zip", location)


def test_a_progress_bar_only_where_a_person_looks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with progress_bar("RVU25A") as progress:
        progress(1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar("RVU25A") as progress:
        progress(1_000_000, 2_000_000)
    assert "RVU25A" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.cms.gov/files/zip/rvu25a-updated-01-10-2025.zip", "rvu25a-updated-01-10-2025.zip"),
        ("https://www.cms.gov/files/zip/rvu24a-updated-04/01/2024.zip", "rvu24a-updated-04-01-2024.zip"),
        ("https://host/files/zip/../../etc/x.zip", "x.zip"),
        ("https://host/RVU%2025A.zip?x=1", "RVU 25A.zip"),
        ("https://host/..%2F..%2Fetc%5Cx.zip", "x.zip"),
        ("https://host/a%0Ab.zip", "ab.zip"),
        ("https://host/", "host"),
    ],
)
def test_names_for_people(url: str, name: str) -> None:
    assert name_of(url) == name


def test_a_file_from_a_folder(tmp_path: Path, store: RawStore) -> None:
    path = tmp_path / "RVU25A.zip"
    path.write_bytes(BODY)
    before = path.stat()
    first, again = fetch_file(path, store), fetch_file(path, store)
    assert first.path.read_bytes() == BODY
    assert (first.name, first.source_url) == ("RVU25A.zip", path.as_uri())
    assert (first.is_new, again.is_new) == (True, False)
    assert again.fetched_at == first.fetched_at
    assert len(store.entries()) == 1
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ino) == (before.st_mode, before.st_mtime_ns, before.st_ino)


def test_the_same_file_from_another_folder_is_noted_once(tmp_path: Path, store: RawStore) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "RVU25A.zip").write_bytes(BODY)
    fetched = [fetch_file(tmp_path / folder / "RVU25A.zip", store) for folder in ("a", "b", "b", "b")]
    assert [one.is_new for one in fetched] == [True, False, False, False]
    assert [entry.outcome for entry in store.entries()] == ["new", "same"]


def test_a_file_that_is_no_archive(tmp_path: Path, store: RawStore) -> None:
    path = tmp_path / "RVU25A.zip"
    path.write_bytes(b"<html>moved</html>")
    with pytest.raises(ArchiveError, match=r"^RVU25A\.zip is an HTML page"):
        fetch_file(path, store)
    assert path.exists()
    assert (store.entries(), store.leftovers()) == ([], [])


def test_a_file_that_cannot_be_read(tmp_path: Path, store: RawStore) -> None:
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(SourceError, match="cannot be read"):
            fetch_file(path, store)
    (tmp_path / "big.zip").write_bytes(BODY)
    with pytest.raises(SourceError, match="is larger than an archive may be"):
        fetch_file(tmp_path / "big.zip", store, settings=FetchSettings(max_bytes=1000))
