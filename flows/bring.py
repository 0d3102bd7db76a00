"""The steps of one archive before it is loaded: stage fetch, and stages extract and normalize, for whatever it holds.

Decides by the candidate or the archive which reader it is for: a release, CMS's ZIP code files, or a reference file. Raises
what the stages raise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows import catalog
from flows.discover.connection import connection, note_silence, was_silent
from flows.discover.offer import Candidate
from flows.extract.zip_members import is_zip_archive, wrapped
from warehouse.errors import PfsError, SiteSilentError, SourceError, SourceUnavailableError, WarehouseError
from warehouse.home import Home
from warehouse.raw import RawStore

if TYPE_CHECKING:
    from flows.fetch.fetch import Fetched, FetchSettings
    from flows.raw_archive import Archive
    from warehouse.load import ReleaseContent


def fetch_archive(candidate: Candidate, home: Home) -> Fetched:
    """Stage fetch for one candidate: its file, or the first of its addresses that gives an archive."""
    from flows.fetch.fetch import FetchSettings, fetch_file, fetch_stored

    store = RawStore(home.raw)
    if candidate.stored:
        return fetch_stored(candidate.stored, store)
    if candidate.fault:
        raise SourceError(candidate.fault)
    is_table = candidate.reference is not None
    settings = _reference_settings(candidate.reference) if candidate.reference else FetchSettings()
    if candidate.path and is_table:
        return fetch_file(candidate.path, store, settings=settings, is_table=True)
    if candidate.path:
        with wrapped(candidate.path) as path:
            return fetch_file(path, store, came_from=candidate.path, arrival=candidate.arrival)
    return _from_addresses(candidate, store, settings)


def _from_addresses(candidate: Candidate, store: RawStore, settings: FetchSettings) -> Fetched:
    """What the first of its addresses gives that gives an archive."""
    from flows.fetch.fetch import fetch_url, progress_bar

    is_table = candidate.reference is not None
    faults: list[PfsError] = []
    for url in candidate.urls:
        now = replace(settings, attempts=1) if was_silent(url) else settings
        try:
            with progress_bar(candidate.name) as progress:
                fetched = fetch_url(url, store, session=connection(), settings=now, progress=progress, is_table=is_table)
        except WarehouseError:  # of the disk: no other address mends it
            raise
        except PfsError as error:
            faults.append(error)
            note_silence(url, isinstance(error, SiteSilentError))
            if isinstance(error, SourceUnavailableError):  # the site has had its time; its other addresses are asked once
                settings = replace(settings, attempts=1)
        else:
            note_silence(url, False)
            return fetched
    if len(faults) == 1:
        raise faults[0]
    tried = " ".join(f"({number}) {fault}" for number, fault in enumerate(faults, start=1))
    may_come = any(isinstance(fault, SourceUnavailableError) for fault in faults)
    kind = SourceUnavailableError if may_come else SourceError
    raise kind(f"None of the {len(faults)} addresses of {candidate.name} gave an archive: {tried}") from faults[-1]


def _reference_settings(name: str) -> FetchSettings:
    """How a reference file is fetched: a year of the procedure summary is far larger than an archive of a release."""
    from flows.fetch.archive import ArchiveBounds
    from flows.fetch.fetch import FetchSettings

    most = catalog.references()[name].max_bytes
    return FetchSettings(max_bytes=most, body_timeout=7200.0, bounds=ArchiveBounds(max_total_bytes=most))


def is_release(archive: Archive) -> bool:
    """Whether an archive is taken for a release: it is no reference file, and holds no ZIP code files alone."""
    return archive.reference is None and not is_zip_archive(archive.path)


def read_archive(archive: Archive) -> ReleaseContent:
    """Stages extract and normalize for one archive: a release, CMS's ZIP code files, or a reference file."""
    if archive.reference:
        from flows.references.read import read_reference

        return read_reference(archive)
    if not is_release(archive):
        from flows.references.zip_localities import read_zip_localities

        return read_zip_localities(archive)
    from flows.normalize.release import read_release

    return read_release(archive)
