"""Fixtures of the fault tests: a server that misbehaves, an empty store, and fetching that notes its waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.fetch.fetch import Fetched, FetchSettings, fetch_url
from tests.fetching import Get
from tests.http_source import HttpSource
from warehouse.raw import RawStore


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the machine must not come between the tests and the loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.delenv("PFS_USER_AGENT", raising=False)


@pytest.fixture
def source() -> Iterator[HttpSource]:
    with HttpSource() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def get(store: RawStore, slept: list[float]) -> Get:
    """fetch_url into the store, with waits noted instead of waited."""

    def fetch(url: str, progress: Any = None, session: requests.Session | None = None, **settings: Any) -> Fetched:
        chosen: dict[str, Any] = {"sleep": slept.append, "attempts": 4} | settings
        return fetch_url(url, store, settings=FetchSettings(**chosen), progress=progress, session=session)

    return fetch
