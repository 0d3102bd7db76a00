"""The whole job over HTTP from a server on the loopback that misbehaves.

What a cut, a busy or a slow server sends in the end gives the same warehouse as the same archives from a folder; what is no
archive fails with a sentence of its own, and the warehouse keeps its bytes.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from flows.fetch import download, fetch
from flows.outcome import Result
from tests.http_source import HttpSource, cut, page, status, whole
from tests.members import sample_archives, zipped
from tests.refreshing import LIGHT, Content, bytes_of, content_of, folder_of, labels, leftovers, outcome_of, run
from warehouse.errors import ArchiveError, SourceError, SourceUnavailableError
from warehouse.home import Home

GOOD = ("RVU24AR", "RVU25A")
BODY = {release: zipped(sample_archives()[release]) for release in GOOD}
Serve = Callable[[HttpSource], str]


def listing(source: HttpSource, *names: str) -> str:
    """A page that links to these archives."""
    links = "".join(f'<li><a href="/files/{name}">{name}</a></li>' for name in names)
    return source.on("/releases", page(f"<html><body><ul>{links}</ul></body></html>"))


@pytest.fixture(scope="module")
def waits() -> Iterator[list[float]]:
    """The waits that were asked for; none of them is waited."""
    noted: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        for module in (fetch, download):
            patch.setattr(module, "FetchSettings", partial(download.FetchSettings, sleep=noted.append))
        yield noted


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What the warehouse holds when the archives come from a folder."""
    home = Home(tmp_path_factory.mktemp("from-folder"))
    result = run(home, folder_of(tmp_path_factory.mktemp("folder"), GOOD), LIGHT)
    assert [outcome.status for outcome in result.outcomes] == ["loaded"] * 2
    return content_of(home)


@dataclass(frozen=True)
class Served:
    home: Home
    result: Result
    source: HttpSource
    waits: list[float]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, waits: list[float]) -> Iterator[Served]:
    """One refresh from a server that cuts one archive twice, and is unavailable twice and then busy for another."""
    waits.clear()
    with HttpSource() as source:
        body = BODY["RVU25A"]
        cuts = (cut(body, after=50_000, etag='"v1"'), cut(body, after=70_000, etag='"v1"'), whole(body, etag='"v1"'))
        source.on("/files/RVU25A.zip", *cuts)
        busy = status(429, {"Retry-After": "7"})
        source.on("/files/RVU24AR.zip", status(503), status(503), busy, whole(BODY["RVU24AR"]))
        home = Home(tmp_path_factory.mktemp("from-server"))
        result = run(home, listing(source, "RVU24AR.zip", "RVU25A.zip"), LIGHT)
        yield Served(home, result, source, list(waits))


# --- what comes in the end -----------------------------------------------------------------------------------------------


def test_a_server_with_troubles_gives_the_same_warehouse_as_a_folder(served: Served, expected: Content) -> None:
    assert {outcome.name: outcome.status for outcome in served.result.outcomes} == {f"{label}.zip": "loaded" for label in GOOD}
    found = content_of(served.home)
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(expected["rvu"]) == 2 * 363


def test_a_cut_body_is_resumed_where_it_broke_off(served: Served) -> None:
    asked = [request for request in served.source.requests if request.path == "/files/RVU25A.zip"]
    assert [request.headers.get("Range") for request in asked] == [None, "bytes=50000-", "bytes=120000-"]
    assert sum(request.sent for request in asked) == len(BODY["RVU25A"])


def test_503_twice_is_tried_a_third_time_and_429_waits_as_long_as_it_says(served: Served) -> None:
    assert [r.status for r in served.source.requests if r.path == "/files/RVU24AR.zip"] == [503, 503, 429, 200]
    assert any(wait >= 7 for wait in served.waits)
    assert len(served.waits) == 3 + 2


def test_the_same_server_again_gives_nothing_new_and_touches_nothing(served: Served) -> None:
    before = bytes_of(served.home)
    result = run(served.home, served.source.url("/releases"))
    assert {outcome.status for outcome in result.outcomes} == {"unchanged"}
    assert result.published is None
    assert bytes_of(served.home) == before
    assert served.source.requests[-1].status in (200, 304)


# --- what is no archive --------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PPRRVU26_JAN.csv", bytes(20_000_000))
    return buffer.getvalue()


def encrypted() -> bytes:
    body = bytearray(BODY["RVU24AR"])
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


FAULTS: dict[str, tuple[Callable[[HttpSource], object], type[Exception], str]] = {
    "RVU26A.zip": (
        lambda source: source.on("/files/RVU26A.zip", page("<html><title>License agreement</title></html>")),
        ArchiveError,
        "is a licence page (HTML), not a zip archive: the site asks a person to accept a licence first.",
    ),
    "RVU26B.zip": (
        lambda source: source.on("/files/RVU26B.zip", whole(bomb())),
        ArchiveError,
        "is a zip bomb: its member 'PPRRVU26_JAN.csv' unpacks",
    ),
    "RVU26C.zip": (
        lambda source: source.on("/files/RVU26C.zip", whole(zipped({"../../pfs.duckdb": b"x"}))),
        ArchiveError,
        "path leads out of the archive: '../../pfs.duckdb'",
    ),
    "RVU25B.zip": (lambda source: source.on("/files/RVU25B.zip", whole(encrypted())), ArchiveError, "is encrypted"),
    "RVU25C.zip": (
        lambda source: source.on("/files/RVU25C.zip", whole(BODY["RVU25A"][:200_000])),
        ArchiveError,
        "is a truncated zip archive: it stops after 200,000 bytes",
    ),
    "RVU23A.zip": (
        lambda source: source.on("/files/RVU23A.zip", cut(BODY["RVU25A"], after=0)),
        SourceUnavailableError,
        "could not be fetched in 6 attempts; at the last, the connection failed",
    ),
    "RVU23B.zip": (
        lambda source: source.on("/files/RVU23B.zip", status(503)),
        SourceUnavailableError,
        "could not be fetched in 6 attempts; at the last, the server answered 503 Service Unavailable. Check the connection",
    ),
    "RVU23C.zip": (
        lambda source: source.on("/files/RVU23C.zip", status(429)),
        SourceUnavailableError,
        "could not be fetched in 6 attempts; at the last, the server answered 429 Too Many Requests. Check the connection",
    ),
    "RVU23D.zip": (
        lambda source: source.on("/files/RVU23D.zip", status(404)),
        SourceError,
        "the server answered 404 Not Found. The file has moved or was withdrawn: look for its new address on the CMS page",
    ),
}


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as text."""
    log, logger = io.StringIO(), logging.getLogger("pfs")
    handler, level = logging.StreamHandler(log), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield log
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@dataclass(frozen=True)
class Refused:
    home: Home
    result: Result
    before: str | None
    after: str | None
    log: str


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory, waits: list[float]) -> Refused:
    """One refresh of a warehouse from a server that has an archive of every bad kind and nothing else."""
    home = Home(tmp_path_factory.mktemp("unharmed"))
    run(home, folder_of(tmp_path_factory.mktemp("sound"), ["RVU24AR"]), LIGHT)
    before = bytes_of(home)
    with HttpSource() as source, logged() as log:
        for serve, _, _ in FAULTS.values():
            serve(source)
        result = run(home, listing(source, *FAULTS))
    return Refused(home, result, before, bytes_of(home), log.getvalue())


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_archive_fails_with_a_sentence_of_its_own(refused: Refused, name: str) -> None:
    _, error, said = FAULTS[name]
    outcome = outcome_of(refused.result, name)
    assert outcome.status == "failed"
    assert type(outcome.error) is error
    assert said in outcome.detail
    assert f"/files/{name}" in outcome.detail
    assert outcome.detail.endswith(".")


def test_each_sentence_is_another_one(refused: Refused) -> None:
    said = {outcome.detail.replace(outcome.name, "") for outcome in refused.result.failed}
    assert len(said) == len(FAULTS) == len(refused.result.outcomes)


def test_the_warehouse_keeps_its_bytes_and_nothing_is_left_over(refused: Refused) -> None:
    assert refused.before is not None
    assert refused.after == refused.before
    assert refused.result.published is None
    assert labels(refused.home) == ["RVU24AR"]
    assert leftovers(refused.home) == []
    assert len(list(refused.home.raw.glob("*.zip"))) == 1


def test_nothing_is_written_outside_of_the_home(refused: Refused) -> None:
    assert not (refused.home.root.parent / "pfs.duckdb").exists()
    assert not (refused.home.root.parent.parent / "pfs.duckdb").exists()


def test_the_log_names_release_and_stage_of_each_failure(refused: Refused) -> None:
    for name in FAULTS:
        assert any(line.startswith(f"{name.removesuffix('.zip')} ") and " fetch " in line for line in refused.log.splitlines())


def test_one_bad_archive_does_not_keep_the_others_from_being_loaded(tmp_path: Path, waits: list[float]) -> None:
    home = Home(tmp_path / "home")
    with HttpSource() as source:
        source.on("/files/RVU24AR.zip", whole(BODY["RVU24AR"]))
        source.on("/files/RVU25D.zip", page("<html>Accept</html>"))
        result = run(home, listing(source, "RVU25D.zip", "RVU24AR.zip"), LIGHT)
    assert {outcome.name: outcome.status for outcome in result.outcomes} == {"RVU24AR.zip": "loaded", "RVU25D.zip": "failed"}
    assert labels(home) == ["RVU24AR"]
