"""An archive with several addresses: what is raised when none of them gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.bring import fetch_archive
from flows.discover.connection import note_silence, one_connection, was_silent
from flows.discover.discover import Candidate
from flows.fetch.fetch import FetchSettings
from warehouse.errors import PfsError, SiteSilentError, SourceError, SourceUnavailableError
from warehouse.home import Home

CANDIDATE = Candidate("RVU25D.zip", "RVU25D", urls=("https://cms.example/a.zip", "https://cms.example/b.zip"))


@pytest.mark.parametrize(
    ("second", "kind"),
    [(SourceUnavailableError("503 at b"), SourceUnavailableError), (SourceError("404 at b"), SourceError)],
)
def test_it_is_unavailable_when_one_address_may_answer_later(
    second: PfsError, kind: type[PfsError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flow tries fetch again, and the command exits with 4, only for what may come later."""
    faults = {CANDIDATE.urls[0]: SourceError("404 at a"), CANDIDATE.urls[1]: second}

    def fetch_url(url: str, *_: Any, **__: Any) -> None:
        raise faults[url]

    monkeypatch.setattr("flows.fetch.fetch.fetch_url", fetch_url)
    with pytest.raises(SourceError) as raised:
        fetch_archive(CANDIDATE, Home(tmp_path))
    assert type(raised.value) is kind
    assert str(raised.value) == f"None of the 2 addresses of RVU25D.zip gave an archive: (1) 404 at a (2) {second}"


def test_a_site_that_was_silent_is_asked_once_for_each_other_archive_until_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network each of four archives would be waited for a minute."""
    down, gone, busy = SiteSilentError("down"), SourceError("404"), SourceUnavailableError("503")
    answers: list[PfsError] = [down, down, down, gone, busy, gone]
    asked = []

    def fetch_url(url: str, *_: Any, settings: FetchSettings, **__: Any) -> None:
        asked.append((url, settings.attempts))
        raise answers[len(asked) - 1]

    monkeypatch.setattr("flows.fetch.fetch.fetch_url", fetch_url)
    urls = ["https://a.example/1.zip", "https://a.example/2.zip", "https://b.example/3.zip"]
    again = ["https://a.example/4.zip", "https://a.example/5.zip", "https://a.example/6.zip"]
    with one_connection():
        for url in urls + again:
            with pytest.raises(SourceError):
                fetch_archive(Candidate(url[-5:], None, urls=(url,)), Home(tmp_path))
        assert was_silent(urls[2])
    full = FetchSettings().attempts
    assert asked == list(zip(urls + again, [full, 1, full, 1, full, full], strict=True)) and full > 1
    assert not was_silent(urls[2])  # nothing is known outside of a run


def test_a_site_that_gave_an_archive_is_no_longer_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://a.example/1.zip"
    monkeypatch.setattr("flows.fetch.fetch.fetch_url", lambda *_, **__: "fetched")
    with one_connection():
        note_silence(url, True)
        assert fetch_archive(Candidate("1.zip", None, urls=(url,)), Home(tmp_path)) == "fetched"
        assert not was_silent(url)
