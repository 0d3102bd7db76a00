"""What the tests of fetching share: archives good and bad, and how a failed fetch is looked at."""

from __future__ import annotations

import functools
import io
import random
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from flows.fetch.fetch import Fetched
from warehouse.raw import RawStore

V1, V2 = '"v1"', '"v2"'
CHANGED = "Fri, 10 Jan 2025 12:00:00 GMT"
PATH = "/files/zip/rvu25a.zip"

Get = Callable[..., Fetched]


def make_zip(seed: int = 1, size: int = 300_000) -> bytes:
    """An archive whose bytes do not shrink, so that offsets mean something."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PPRRVU25.csv", random.Random(seed).randbytes(size))
    return buffer.getvalue()


BODY = make_zip()
NEWER = make_zip(seed=2)


def fails(error: type[Exception], store: RawStore, get: Get, url: str, **settings: Any) -> str:
    """The sentence of a fetch that fails, after checking that the store is as it was."""
    before = sorted(store.root.glob("*.zip")), store.entries()
    with pytest.raises(error) as caught:
        get(url, **settings)
    assert (sorted(store.root.glob("*.zip")), store.entries()) == before
    assert caught.type is error
    return str(caught.value)


@functools.cache
def bad_archives() -> dict[str, tuple[bytes, str]]:
    """Bodies that are no archive to be read safely, and what is said of each."""
    encrypted = bytearray(make_zip(size=500))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    bomb, climbing = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PPRRVU25.csv", bytes(20_000_000))
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../../pfs.duckdb", b"x")
    return {
        "zip bomb": (bomb.getvalue(), "is a zip bomb"),
        "climbing path": (climbing.getvalue(), "path leads out of the archive: '../../pfs.duckdb'"),
        "encrypted": (bytes(encrypted), "'PPRRVU25.csv' is encrypted"),
        "truncated": (BODY[:200_000], "is a truncated zip archive: it stops after 200,000 bytes"),
        "short": (BODY[:100], "is only 100 bytes long: too short to be whole"),
        "empty": (b"", "is empty (0 bytes)"),
        "text": (b"temporarily unavailable", "is not a zip archive (it begins with 'temporarily unavailable')"),
    }
