"""fetch through cuts, refusals and changes of mind of a server: identical bytes in the store, or a sentence."""

from __future__ import annotations

import email.utils
import hashlib
import logging
import socket
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from flows.fetch.fetch import fetch_file
from tests.fetching import BODY, CHANGED, NEWER, PATH, V1, V2, Get, fails, make_zip
from tests.http_source import (
    HttpSource,
    chunked,
    cut,
    ignoring_ranges,
    stalling,
    status,
    whole,
)
from warehouse import home
from warehouse.errors import SiteSilentError, SourceError, SourceUnavailableError, WarehouseError
from warehouse.raw import RawStore

Usage = namedtuple("Usage", "total used free")


def test_a_plain_fetch(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, whole(BODY, etag=V1, last_modified=CHANGED))
    fetched = get(url)
    assert fetched.path.read_bytes() == BODY
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (fetched.size, fetched.name, fetched.source_url) == (len(BODY), "rvu25a.zip", url)
    assert (fetched.is_new, fetched.not_modified) == (True, False)
    [entry] = store.entries()
    assert (entry.etag, entry.last_modified, entry.name) == (V1, CHANGED, "rvu25a.zip")
    [request] = source.requests
    assert request.path == PATH  # no query string is added
    assert request.headers["User-Agent"].startswith("pfs-warehouse/")
    assert request.headers["Accept-Encoding"] == "identity"
    assert "Range" not in request.headers


def test_the_user_agent_can_be_set(source: HttpSource, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFS_USER_AGENT", "county-library (someone@example.org)")
    get(source.on(PATH, whole(BODY)))
    assert source.requests[0].headers["User-Agent"] == "county-library (someone@example.org)"


@pytest.mark.parametrize(
    ("validators", "if_range"),
    [
        ({"etag": V1}, V1),
        ({"last_modified": CHANGED}, CHANGED),
        ({"etag": V1, "last_modified": CHANGED}, V1),
        ({"etag": 'W/"v1"', "last_modified": CHANGED}, CHANGED),
    ],
)
def test_a_cut_body_is_resumed(
    source: HttpSource, get: Get, slept: list[float], validators: dict[str, str], if_range: str
) -> None:
    url = source.on(PATH, cut(BODY, after=100_000, **validators), whole(BODY, **validators))
    assert get(url).path.read_bytes() == BODY
    first, second = source.requests
    assert "Range" not in first.headers
    assert second.headers["Range"] == "bytes=100000-"
    assert second.headers["If-Range"] == if_range
    assert (second.status, second.sent) == (206, len(BODY) - 100_000)
    assert len(slept) == 1


def test_a_body_cut_twice_is_resumed_twice(source: HttpSource, get: Get) -> None:
    url = source.on(PATH, cut(BODY, after=50_000, etag=V1), cut(BODY, after=70_000, etag=V1), whole(BODY, etag=V1))
    assert get(url).path.read_bytes() == BODY
    assert [request.headers.get("Range") for request in source.requests] == [None, "bytes=50000-", "bytes=120000-"]


def test_a_cut_then_another_version_starts_anew(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1), whole(NEWER, etag=V2))
    assert get(url).path.read_bytes() == NEWER
    assert source.requests[1].headers["If-Range"] == V1
    assert (source.requests[1].status, source.requests[1].sent) == (200, len(NEWER))
    assert store.entries()[0].etag == V2


@pytest.mark.parametrize("validators", [{}, {"etag": 'W/"v1"'}])
def test_a_cut_without_a_strong_validator_starts_anew(source: HttpSource, get: Get, validators: dict[str, str]) -> None:
    url = source.on(PATH, cut(BODY, after=100_000, **validators), whole(BODY, **validators))
    assert get(url).path.read_bytes() == BODY
    assert "Range" not in source.requests[1].headers


def test_a_server_that_ignores_ranges(source: HttpSource, get: Get) -> None:
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1), ignoring_ranges(BODY, etag=V1))
    assert get(url).path.read_bytes() == BODY


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": f"bytes 99999-{len(BODY) - 1}/{len(BODY)}"},
        {"Content-Range": f"bytes 100000-{len(BODY) - 1}/{len(BODY)}", "ETag": V2},
        {"Content-Range": "rubbish"},
        {},
    ],
)
def test_a_range_that_does_not_fit_starts_anew(source: HttpSource, get: Get, headers: dict[str, str]) -> None:
    wrong = status(206, headers, NEWER[100_000:])
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1), wrong, whole(BODY, etag=V1))
    assert get(url).path.read_bytes() == BODY
    assert "Range" not in source.requests[2].headers


def test_a_server_that_gives_less_than_the_rest_is_asked_for_more(source: HttpSource, get: Get) -> None:
    """A 206 may be shorter than what was asked for; it is whole in itself, so only the total tells."""
    capped = status(206, {"Content-Range": f"bytes 100000-199999/{len(BODY)}", "ETag": V1}, BODY[100_000:200_000])
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1), capped, whole(BODY, etag=V1))
    assert get(url).path.read_bytes() == BODY
    assert source.requests[2].headers["Range"] == "bytes=200000-"


def test_a_416_starts_anew(source: HttpSource, store: RawStore, get: Get) -> None:
    """What a crash leaves between the last byte and the store, or what is left of a longer version."""
    url = source.on(PATH, whole(BODY, etag=V1))
    part = store.part(url)
    part.begin(url, V1)
    part.write(iter([BODY]))
    assert get(url).path.read_bytes() == BODY
    assert [request.status for request in source.requests] == [416, 200]


def test_a_later_run_resumes_what_an_earlier_one_left(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1))
    said = fails(SourceUnavailableError, store, get, url, attempts=1)
    assert "could not be fetched in 1 attempt;" in said
    assert "100,000 bytes are kept and the next run resumes there" in said
    assert [(left.url, left.size) for left in store.leftovers()] == [(url, 100_000)]
    source.on(PATH, whole(BODY, etag=V1))
    assert get(url).path.read_bytes() == BODY
    assert source.requests[-1].sent == len(BODY) - 100_000
    assert store.leftovers() == []


def test_a_body_in_chunks(source: HttpSource, get: Get) -> None:
    assert get(source.on(PATH, chunked(BODY))).path.read_bytes() == BODY


def test_a_body_in_chunks_that_is_cut(source: HttpSource, get: Get) -> None:
    assert get(source.on(PATH, chunked(BODY, cut_after=5_000), chunked(BODY))).path.read_bytes() == BODY
    assert len(source.requests) == 2


def test_a_stalled_body_is_resumed(source: HttpSource, get: Get) -> None:
    release = threading.Event()
    url = source.on(PATH, stalling(BODY, after=100_000, release=release, etag=V1), whole(BODY, etag=V1))
    assert get(url, read_timeout=0.2).path.read_bytes() == BODY
    release.set()
    assert source.requests[1].headers["Range"] == "bytes=100000-"


def test_a_body_that_drips_is_ended(source: HttpSource, store: RawStore, get: Get) -> None:
    said = fails(SourceUnavailableError, store, get, source.on(PATH, whole(BODY)), body_timeout=-1.0)
    assert "the body took longer than -1 s" in said


def test_503_twice_then_well(source: HttpSource, get: Get, slept: list[float], caplog: pytest.LogCaptureFixture) -> None:
    url = source.on(PATH, status(503), status(503), whole(BODY))
    with caplog.at_level(logging.WARNING):
        assert get(url).path.read_bytes() == BODY
    assert len(source.requests) == 3
    assert 0.5 <= slept[0] <= 1.5  # one second, with jitter
    assert 1.0 <= slept[1] <= 3.0  # doubled
    assert "the server answered 503 Service Unavailable; attempt 2 of 4 in" in caplog.text


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_attempts_are_bounded(source: HttpSource, store: RawStore, get: Get, slept: list[float], code: int) -> None:
    said = fails(SourceUnavailableError, store, get, source.on(PATH, status(code)))
    assert f"could not be fetched in 4 attempts; at the last, the server answered {code}" in said
    assert (len(source.requests), len(slept)) == (4, 3)


def test_429_with_retry_after_in_seconds(source: HttpSource, get: Get, slept: list[float]) -> None:
    url = source.on(PATH, status(429, {"Retry-After": "1"}), whole(BODY))
    assert get(url, backoff=0.001).path.read_bytes() == BODY
    assert len(slept) == 1
    assert slept[0] >= 1


def test_retry_after_as_a_date(source: HttpSource, get: Get, slept: list[float]) -> None:
    date = email.utils.formatdate(time.time() + 90, usegmt=True)
    get(source.on(PATH, status(503, {"Retry-After": date}), whole(BODY)))
    assert 80 < slept[0] <= 90


def test_retry_after_that_cannot_be_understood(source: HttpSource, get: Get, slept: list[float]) -> None:
    get(source.on(PATH, status(503, {"Retry-After": "soon"}), whole(BODY)))
    assert 0.5 <= slept[0] <= 1.5


def test_retry_after_above_what_a_run_waits(source: HttpSource, store: RawStore, get: Get, slept: list[float]) -> None:
    said = fails(SourceUnavailableError, store, get, source.on(PATH, status(429, {"Retry-After": "3600"})))
    assert "asks to wait 3,600 s; a run waits at most 300 s" in said
    assert slept == []


def test_a_refused_connection(store: RawStore, get: Get, slept: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = fails(SiteSilentError, store, get, f"http://127.0.0.1:{port}/x.zip")
    assert "the connection failed ([Errno" in said
    assert "refused" in said
    assert len(slept) == 3


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (403, "set PFS_USER_AGENT"),
        (404, "look for its new address"),
        (410, "look for its new address"),
        (401, "browser"),
    ],
)
def test_a_refusal_is_not_tried_again(source: HttpSource, store: RawStore, get: Get, code: int, advice: str) -> None:
    said = fails(SourceError, store, get, source.on(PATH, status(code)))
    assert f"the server answered {code}" in said
    assert advice in said
    assert "--source DIRECTORY" in said
    assert len(source.requests) == 1


def test_had_before_and_not_modified(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, whole(BODY, etag=V1, last_modified=CHANGED))
    first = get(url)
    again = get(url)
    asked = source.requests[1].headers
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == (V1, CHANGED)
    assert (source.requests[1].status, source.requests[1].sent) == (304, 0)
    assert (again.is_new, again.not_modified) == (False, True)
    assert (again.sha256, again.path, again.fetched_at) == (first.sha256, first.path, first.fetched_at)
    assert len(store.entries()) == 1


def test_not_modified_but_the_stored_file_is_gone(source: HttpSource, get: Get) -> None:
    url = source.on(PATH, whole(BODY, etag=V1))
    get(url).path.unlink()
    assert get(url).path.read_bytes() == BODY
    assert "If-None-Match" not in source.requests[1].headers


def test_not_modified_but_the_stored_file_was_changed(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, whole(BODY, etag=V1))
    path = get(url).path
    path.chmod(0o644)
    path.write_bytes(NEWER)
    assert "has changed since it was stored" in fails(WarehouseError, store, get, url)


def test_a_304_that_nobody_asked_for(source: HttpSource, store: RawStore, get: Get) -> None:
    assert "answered 304" in fails(SourceError, store, get, source.on(PATH, status(304)))


def test_a_recut_under_the_same_url(source: HttpSource, store: RawStore, get: Get) -> None:
    first = get(source.on(PATH, whole(BODY, etag=V1)))
    second = get(source.on(PATH, whole(NEWER, etag=V2)))
    assert (first.path.read_bytes(), second.path.read_bytes()) == (BODY, NEWER)
    assert second.is_new
    assert [entry.outcome for entry in store.entries()] == ["new", "new"]


def test_the_same_content_from_two_urls_is_one_file(source: HttpSource, store: RawStore, get: Get) -> None:
    first = get(source.on("/a.zip", whole(BODY)))
    second = get(source.on("/b.zip", whole(BODY)))
    assert (first.is_new, second.is_new, first.path) == (True, False, second.path)
    assert len(list(store.root.glob("*.zip"))) == 1
    assert [entry.name for entry in store.entries()] == ["a.zip", "b.zip"]


def test_progress_is_told(source: HttpSource, get: Get) -> None:
    told: list[tuple[int, int | None]] = []
    url = source.on(PATH, cut(BODY, after=100_000, etag=V1), whole(BODY, etag=V1))
    get(url, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {len(BODY)}
    assert told[-1][0] == len(BODY)


def test_one_connection_serves_many_fetches(source: HttpSource, get: Get) -> None:
    with requests.Session() as session:
        for number in range(3):
            get(source.on(f"/{number}.zip", whole(make_zip(number, 1000))), session=session)
        assert session.get(source.on("/ping", status(200))).ok  # the session is the caller's to close
    assert len({request.client_port for request in source.requests}) == 1


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many bytes the disk has free."""

    def set_free(count: int) -> None:
        monkeypatch.setattr(home.shutil, "disk_usage", lambda path: Usage(10**12, 10**12 - count, count))

    return set_free


def test_a_disk_without_room_for_the_declared_length_is_said_before_anything_is_written(
    source: HttpSource, store: RawStore, get: Get, free: Callable[[int], None], slept: list[float]
) -> None:
    url = source.on(PATH, whole(BODY, etag=V1))
    free(len(BODY) - 1)
    said = fails(WarehouseError, store, get, url)
    assert f"MB free; {url} needs about 0.3 MB there. Free some space, or set PFS_HOME to a larger disk." in said
    assert not store.root.exists() and slept == []  # nothing is tried again, since no server can mend it
    free(len(BODY))
    assert get(url).path.read_bytes() == BODY


def test_a_resumed_download_needs_room_for_its_rest_only(
    source: HttpSource, store: RawStore, get: Get, free: Callable[[int], None]
) -> None:
    url = source.on(PATH, cut(BODY, after=200_000, etag=V1), whole(BODY, etag=V1))
    fails(SourceUnavailableError, store, get, url, attempts=1)
    free(len(BODY) - 200_001)
    assert f"MB free; the rest of {url} needs about 0.1 MB there" in fails(WarehouseError, store, get, url)
    assert store.part(url).size() == 200_000
    free(len(BODY) - 200_000)
    assert get(url).path.read_bytes() == BODY
    assert source.requests[-1].headers["Range"] == "bytes=200000-"


def test_a_copy_of_a_file_needs_room_too(store: RawStore, tmp_path: Path, free: Callable[[int], None]) -> None:
    (tmp_path / "rvu25a.zip").write_bytes(BODY)
    free(len(BODY) - 1)
    with pytest.raises(WarehouseError, match=r"MB free; a copy of rvu25a\.zip needs about 0\.3 MB there"):
        fetch_file(tmp_path / "rvu25a.zip", store)
    assert not store.root.exists()
