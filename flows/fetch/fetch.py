"""fetch: brings one archive, from a file or an http(s) url, into the raw store.

Reads a file or a url; writes a part file and, when that is a whole and safe zip archive, the raw store and its
manifest. Fails with a SourceUnavailableError (try later), a SourceError (another try will not help), or an ArchiveError
(what came is no archive that can be read safely); in each case what is stored stays as it was. HTTP is in
flows/fetch/download.py, what an archive must be in flows/fetch/archive.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flows.fetch.archive import verify_archive, verify_table
from flows.fetch.download import CHUNK_BYTES, Download, FetchSettings, Progress, check_url, download, too_large
from warehouse.errors import ArchiveError, SourceError
from warehouse.home import require_room
from warehouse.raw import ManifestEntry, Part, RawStore, Stored, sha256_of

if TYPE_CHECKING:
    import requests

__all__ = ["FetchSettings", "Fetched", "fetch_file", "fetch_stored", "fetch_url", "name_of", "progress_bar"]


@dataclass(frozen=True)
class Fetched:
    """An archive in the raw store. `is_new`: its bytes were not there before; `not_modified`: the server said 304."""

    sha256: str
    path: Path
    size: int
    name: str
    source_url: str
    fetched_at: datetime
    is_new: bool
    not_modified: bool = False


def fetch_file(
    path: Path,
    store: RawStore,
    *,
    settings: FetchSettings | None = None,
    came_from: Path | None = None,
    arrival: ManifestEntry | None = None,
    is_table: bool = False,
) -> Fetched:
    """Brings an archive from the disk into the store; the file itself is only read.

    `came_from` is the file that it was made from, if it was (flows/extract/zip_members.py); that one is noted then. `arrival`:
    how the file came into the raw store in which it lies; its name, address and time are taken over, but not what makes a request
    conditional: that is for the site to say. `is_table`: a bare csv file is taken as well.

    Nothing is copied when the same bytes are stored, and nothing is noted when they came from the same place before.
    Raises SourceError (no such file, unreadable, too large), ArchiveError (not a safe zip archive) or WarehouseError (no room).
    """
    settings = settings or FetchSettings()
    name, source_url, came_at = (came_from or path).name, (came_from or path).resolve().as_uri(), None
    try:
        if path.stat().st_size > settings.max_bytes:
            raise SourceError(too_large(str(path), path.stat().st_size, settings))
        sha256 = sha256_of(path)
        if arrival:
            _require_unchanged(path, sha256, arrival)
            name = arrival.name
            if _is_last(arrival, store):
                source_url, came_at = arrival.source_url, arrival.fetched_at
        if store.path(sha256).exists():
            return _known_file(name, source_url, sha256, store, came_at)
        part = store.part(path.resolve().as_uri())
        require_room(store.root, path.stat().st_size, f"a copy of {path.name}")
        # By its own address: a copy that is cut off is no download that a later run could resume.
        part.begin(path.resolve().as_uri())
        with path.open("rb") as file:
            part.write(iter(lambda: file.read(CHUNK_BYTES), b""))
    except OSError as error:
        said = error.strerror or error
        raise SourceError(f"{path} cannot be read: {said}. Name an archive (a .zip file) that exists.") from error
    return _store(part, store, name, source_url, settings, is_table=is_table, sha256=sha256, came_at=came_at)


def _require_unchanged(path: Path, sha256: str, arrival: ManifestEntry) -> None:
    if sha256 != arrival.sha256:
        raise SourceError(
            f"{path} has changed since it was stored there: its sha256 is now {sha256}. "
            "Move it away, and fetch its release again."
        )


def _is_last(arrival: ManifestEntry, store: RawStore) -> bool:
    """Whether an arrival in another raw store may be noted for its address here: not where that gave something later."""
    known = store.last_response(arrival.source_url)
    is_noted = store.arrival(arrival.sha256, arrival.source_url) is not None
    return known is None or known.fetched_at <= arrival.fetched_at or is_noted


def fetch_stored(sha256: str, store: RawStore) -> Fetched:
    """An archive that is in the store already, hashed again, as it came in last. Raises WarehouseError when it is not there."""
    path = store.verify(sha256)
    entry = [entry for entry in store.entries() if entry.sha256 == sha256][-1]
    return _fetched(_stored(entry, path), entry.name, entry.source_url, not_modified=True)


def fetch_url(
    url: str,
    store: RawStore,
    *,
    session: requests.Session | None = None,
    settings: FetchSettings | None = None,
    progress: Progress | None = None,
    is_table: bool = False,
) -> Fetched:
    """Brings an archive from an http(s) url into the store; a bare csv file as well when `is_table`.

    Conditional when the url was had before; resumed after a cut, also by a later run; retried as the settings say.
    `progress` is called with the bytes that are here and the bytes of the whole (None when unknown).
    Raises SourceUnavailableError, SourceError, ArchiveError or WarehouseError (no room for the length that the server declares).
    """
    import requests

    check_url(url)
    settings, known, part = settings or FetchSettings(), store.last_response(url), store.part(url)
    with nullcontext(session) if session else requests.Session() as live:
        final_url = download(Download(url, part, known, live, settings, progress or _no_progress, is_table=is_table))
    if final_url is None and known:
        return _fetched(_stored(known, store.verify(known.sha256)), name_of(url), url, not_modified=True)
    return _store(part, store, name_of(url), url, settings, final_url, is_table)


def name_of(url: str) -> str:
    """The file name in a url, for people: the last part of its path, or the host when the path has none.

    CMS has slashes inside such names (`/files/zip/rvu24a-updated-04/01/2024.zip`); they become hyphens.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).replace("\\", "/")
    whole = re.search(r"/files/zip/(.+)", path, re.IGNORECASE)
    name = whole[1].replace("/", "-") if whole and ".." not in path else PurePosixPath(path).name
    return "".join(character for character in name if character.isprintable()) or (parts.hostname or url)


@contextmanager
def progress_bar(name: str) -> Iterator[Progress]:
    """A progress bar on the standard error while a person looks at it; otherwise the callback does nothing."""
    if not sys.stderr.isatty():
        yield _no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _no_progress(done: int, total: int | None) -> None:
    """Where nobody looks."""


def _store(
    part: Part,
    store: RawStore,
    name: str,
    source_url: str,
    settings: FetchSettings,
    final_url: str | None = None,
    is_table: bool = False,
    sha256: str | None = None,
    came_at: datetime | None = None,
) -> Fetched:
    """Verifies what arrived and moves it into the store. What is no archive is dropped: no later run may resume it.

    `sha256` is that of the file which was copied; what came over the net is hashed as it is stored.
    """
    try:
        if is_table:
            is_table = verify_table(part.path, settings.bounds, name=name, url=final_url)
        else:
            verify_archive(part.path, settings.bounds, name=name, url=final_url)
    except ArchiveError:
        part.discard()
        raise
    note = part.note()
    stored = store.add(
        part.path,
        sha256=sha256,
        name=name,
        source_url=source_url,
        etag=note.get("etag"),
        last_modified=note.get("last_modified"),
        is_table=is_table,
        came_at=came_at,
    )
    return _fetched(stored, name, source_url)


def _known_file(name: str, source_url: str, sha256: str, store: RawStore, came_at: datetime | None) -> Fetched:
    """A file whose bytes are stored. Where they came from is noted once for each place."""
    path, known = store.verify(sha256), None if came_at else store.last_response(source_url)
    if known and known.sha256 == sha256:
        return _fetched(_stored(known, path), name, source_url)
    return _fetched(store.note(sha256=sha256, name=name, source_url=source_url, came_at=came_at), name, source_url)


def _stored(entry: ManifestEntry, path: Path) -> Stored:
    return Stored(entry.sha256, path, entry.bytes, False, entry.fetched_at)


def _fetched(stored: Stored, name: str, source_url: str, *, not_modified: bool = False) -> Fetched:
    return Fetched(stored.sha256, stored.path, stored.size, name, source_url, stored.fetched_at, stored.is_new, not_modified)
