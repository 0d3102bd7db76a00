"""What fetch does not take: no safe archive, another site, too much, no verified TLS. The store stays as it was."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.fetching import BODY, PATH, V1, Get, bad_archives, fails
from tests.http_source import (
    HttpSource,
    endless,
    page,
    redirect,
    status,
    whole,
)
from warehouse.errors import ArchiveError, SourceError
from warehouse.raw import RawStore


@pytest.mark.parametrize("kind", list(bad_archives()))
def test_a_body_that_is_no_safe_archive(source: HttpSource, store: RawStore, get: Get, kind: str) -> None:
    body, sentence = bad_archives()[kind]
    url = source.on(PATH, whole(body, etag=V1))
    said = fails(ArchiveError, store, get, url)
    assert said.startswith(f"rvu25a.zip (from {url})")
    assert sentence in said
    assert len(source.requests) == 1
    assert store.leftovers() == []  # nothing is left that a later run would resume


def test_html_with_status_200(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, page("<!DOCTYPE html><html><title>Page not found</title></html>"))
    assert "is an HTML page, not a zip archive" in fails(ArchiveError, store, get, url)
    assert store.leftovers() == []


def test_a_long_page_is_not_read_to_its_end(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, endless(b"<html><body>"))
    assert "is an HTML page" in fails(ArchiveError, store, get, url)


def test_a_licence_page_at_the_address(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, page("<html>License for use of Current Procedural Terminology: Accept?</html>"))
    assert "is a licence page" in fails(ArchiveError, store, get, url)


def test_a_redirect_to_a_licence_page(source: HttpSource, store: RawStore, get: Get) -> None:
    source.on("/license/ama", page("<html><form>Accept</form></html>"))
    url = source.on(PATH, redirect("/license/ama", 301))
    said = fails(ArchiveError, store, get, url)
    assert f"(from {source.url('/license/ama')}) is a licence page" in said


def test_a_body_above_the_bound_by_its_length(source: HttpSource, store: RawStore, get: Get) -> None:
    said = fails(SourceError, store, get, source.on(PATH, whole(BODY, etag=V1)), max_bytes=1000)
    assert f"is larger than an archive may be: {len(BODY):,} bytes, the bound is 1,000" in said
    assert store.leftovers() == []


def test_an_endless_body_is_ended_at_the_bound(source: HttpSource, store: RawStore, get: Get) -> None:
    said = fails(SourceError, store, get, source.on(PATH, endless()), max_bytes=1_000_000)
    assert "is larger than an archive may be" in said
    assert source.requests[0].sent < 20_000_000
    assert store.leftovers() == []


def test_a_body_packed_in_transit(source: HttpSource, store: RawStore, get: Get) -> None:
    url = source.on(PATH, status(200, {"Content-Encoding": "gzip"}, BODY))
    assert "packs the body in transit (gzip)" in fails(SourceError, store, get, url)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_site(source: HttpSource, get: Get, code: int) -> None:
    url = source.on("/old.zip", redirect("/new/rvu25ar.zip#top", code))
    source.on("/new/rvu25ar.zip", whole(BODY, etag=V1))
    fetched = get(url)
    assert (fetched.path.read_bytes(), fetched.source_url, fetched.name) == (BODY, url, "old.zip")
    assert [request.path for request in source.requests] == ["/old.zip", "/new/rvu25ar.zip"]
    assert get(url).not_modified


def test_a_redirect_to_another_site(source: HttpSource, store: RawStore, get: Get) -> None:
    source.on(PATH, whole(BODY))
    url = source.on("/old.zip", redirect(source.url(PATH, host="localhost")))
    assert "redirects to another site (http://localhost:" in fails(SourceError, store, get, url)
    assert len(source.requests) == 1


def test_a_redirect_in_a_circle(source: HttpSource, store: RawStore, get: Get) -> None:
    said = fails(SourceError, store, get, source.on(PATH, redirect(PATH)))
    assert "redirects more than 5 times" in said
    assert len(source.requests) == 6


@pytest.mark.parametrize("url", ["cms.gov/a.zip", "ftp://cms.gov/a.zip", "https:///a.zip", "https://[cms.gov/a.zip"])
def test_an_address_that_is_none(store: RawStore, get: Get, url: str) -> None:
    assert "is not a web address" in fails(SourceError, store, get, url)


def test_a_password_in_the_address_is_not_repeated(store: RawStore, get: Get) -> None:
    said = fails(SourceError, store, get, "https://someone:secret@mirror.example/a.zip")
    assert "put them into ~/.netrc" in said
    assert "secret" not in said


class Refusing(requests.adapters.BaseAdapter):
    """Stands in for a TLS handshake that fails, and notes whether verification was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.verified: list[object] = []

    def send(self, request: Any, stream: Any = False, timeout: Any = None, verify: Any = True, *args: Any, **kw: Any) -> Any:
        self.verified.append(verify)
        raise requests.exceptions.SSLError("certificate verify failed")

    def close(self) -> None:
        """Nothing is open."""


def test_tls_is_verified_even_if_the_session_says_not_to(
    store: RawStore, get: Get, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    session, adapter = requests.Session(), Refusing()
    session.verify = False
    session.mount("https://", adapter)
    said = fails(SourceError, store, get, "https://www.cms.gov/a.zip", session=session)
    assert "the TLS certificate of the site could not be verified (certificate verify failed)" in said
    assert (adapter.verified, slept) == ([True], [])
