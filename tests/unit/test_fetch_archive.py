"""An archive with several addresses: what is raised when none of them gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.bring import fetch_archive
from flows.discover.discover import Candidate
from warehouse.errors import PfsError, SourceError, SourceUnavailableError
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
