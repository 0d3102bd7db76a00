"""Stage discover: which archives a source has, and which of them are wanted.

Reads CMS's index and detail pages (site.py, pages.py) and holds them against the catalogue (findings.py); or another site of
that structure, a page that links to archives, one archive, a folder, or the embedded sample. Writes the pages that it saw,
and the sample's archives. Raises `SourceError` when the source is no folder, no address and no known name, or holds no
archive. What looks at sites is loaded where a site is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.catalog import releases
from flows.discover.arrivals import arrivals
from flows.discover.bare import refuse_bare
from flows.discover.connection import connection
from flows.discover.findings import compare, in_order, left_alone, loose, without_index
from flows.discover.listing import from_json
from flows.discover.offer import Candidate, Discovered, Wanted
from flows.extract.zip_members import is_zip_file
from warehouse.errors import SourceError
from warehouse.home import Home
from warehouse.raw import ManifestEntry, RawStore, sha256_of
from warehouse.seen import SeenPages

if TYPE_CHECKING:
    import requests

CMS = "cms"
SAMPLE = "sample"

__all__ = ["CMS", "SAMPLE", "Candidate", "Discovered", "Wanted", "discover"]


# Members that may lie bare in a folder; at an address they would be taken for a page.
_BARE = (".txt", ".csv", ".xls", ".xlsx")


def discover(source: str, wanted: Wanted, home: Home, today: date) -> Discovered:
    """The wanted archives of a source, oldest release first. `source` is cms, sample, an address, or a folder."""
    if wanted.reference:
        return _references(wanted.reference, source, wanted, home)
    asked = wanted.settled(today)
    # One archive that is named is wanted, of whatever year it is.
    of_one = wanted if wanted.all or wanted.labels or wanted.years else Wanted(all=True)
    if source == SAMPLE:
        return Discovered(_from_sample(home, wanted))
    if source == CMS:
        return _from_cms(asked, home)
    if urlsplit(source).scheme in ("http", "https"):
        if (ending := PurePosixPath(urlsplit(source).path).suffix.lower()) in _BARE:
            raise SourceError(
                f"--source {source}: a bare {ending} file is taken from the disk only, since CMS posts archives. Download it, "
                "and name the file or its folder; or name the address of the archive (.zip) that it came in."
            )
        is_one = ending == ".zip"
        return Discovered(_one(source, of_one)) if is_one else _from_address(source, asked, home)
    path = Path(source).expanduser()
    if path.is_dir():
        return _from_folder(path, asked)
    if path.is_file():
        refuse_bare(path)
        return Discovered(_files([path], of_one)[0])
    raise SourceError(
        f"--source {source}: neither a folder, nor a file, nor an http(s) address, nor one of 'cms' and 'sample'. "
        "Check the spelling of the path."
    )


def _from_sample(home: Home, wanted: Wanted) -> list[Candidate]:
    """The archives of the sample, all of them unless some are named: it has no release of the current year."""
    from flows.discover.references import sample_references
    from flows.sample import write_archives

    found = [
        Candidate(p.name, releases.parse_label(p.name), path=p.resolve(), is_sample=True) for p in write_archives(home.sample)
    ]
    if wanted.all or not (wanted.labels or wanted.years):
        return in_order(found) + sample_references(home.sample)
    return in_order([candidate for candidate in found if candidate.label and wanted.includes(candidate.label)])


def _references(name: str, source: str, wanted: Wanted, home: Home) -> Discovered:
    """The reference files of a source (references.py)."""
    from flows.discover.references import discover_references, sample_references

    if source == SAMPLE:
        return Discovered([candidate for candidate in sample_references(home.sample) if candidate.reference == name])
    with _session() as session:
        return discover_references(name, source, wanted, home, session)


# --- sites -------------------------------------------------------------------------------------------------------------


def _from_cms(wanted: Wanted, home: Home) -> Discovered:
    """What CMS lists now, held against the catalogue; the catalogue's addresses when its index cannot be used."""
    from flows.discover.site import CMS_INDEX, Visit, list_site

    pages, store = SeenPages(home.raw / "pages"), RawStore(home.raw)
    before = from_json(pages.listing(CMS))
    try:
        with _session() as session:
            listing = list_site(CMS, CMS_INDEX, Visit(session, pages, wanted))
    except SourceError as error:
        return without_index(str(error), before, wanted, store)
    return compare(listing, before, wanted, store, with_catalogue=True)


def _from_address(address: str, wanted: Wanted, home: Home) -> Discovered:
    """What the site at an address lists: CMS's structure, or a page that links to archives."""
    from flows.discover.site import Visit, list_site

    pages = SeenPages(home.raw / "pages")
    before = from_json(pages.listing(address))
    with _session() as session:
        listing = list_site(address, address, Visit(session, pages, wanted))
    return compare(listing, before, wanted, RawStore(home.raw), with_catalogue=False)


def _one(address: str, wanted: Wanted) -> list[Candidate]:
    candidate = loose(address, wanted)
    return [candidate] if candidate.label is None or wanted.includes(candidate.label) else []


@contextmanager
def _session() -> Iterator[requests.Session]:
    """The session of the run, or one for this look alone."""
    import requests

    if (live := connection()) is not None:
        yield live
        return
    with requests.Session() as session:
        yield session


# --- files -------------------------------------------------------------------------------------------------------------


def _from_folder(folder: Path, wanted: Wanted) -> Discovered:
    files = (path for path in folder.iterdir() if path.is_file())
    archives = sorted(path for path in files if path.suffix.lower() == ".zip" or is_zip_file(path))
    if not archives:
        raise SourceError(f"{folder} holds no .zip file and no ZIP5 text. Name the folder that the CMS archives lie in.")
    found, left = _files(archives, wanted)
    return Discovered(in_order(found), left_alone(left, wanted))


def _files(paths: list[Path], wanted: Wanted) -> tuple[list[Candidate], list[str]]:
    """The wanted archives among files of any names, and the labels of the others.

    Each is what it contains, and what its name says where that does not tell. In a raw store, whose names are hashes, they come
    by first arrival, so that a re-cut is the later edition again, and under the name that they had then.

    What neither tells is taken along, and held against `wanted` when all of it has been read. So is one archive that is wanted
    whatever it is: nothing has to be told of it before.
    """
    came = arrivals(paths)
    order = {sha256: number for number, sha256 in enumerate(came)}
    of_files = [(path, came.get(path.stem)) for path in sorted(paths, key=lambda path: order.get(path.stem, len(order)))]
    if wanted.all and not wanted.labels and len(paths) == 1:
        return [_file(path, arrival, None, wanted) for path, arrival in of_files], []
    from flows.discover.peek import peek

    found, left = [], []
    for path, arrival in of_files:
        name = arrival.name if arrival else path.name
        told = None if arrival and _has_changed(path, arrival) else peek(path, name)
        label = told.label if told else releases.parse_label(name)
        if label is None or wanted.includes(label):
            found.append(_file(path, arrival, label, None if label else wanted))
        else:
            left.append(label)
    return found, left


def _has_changed(path: Path, arrival: ManifestEntry) -> bool:
    """Whether a file is not what it was when it came in, or cannot be read: it is fetched by its name then, and refused there."""
    try:
        return sha256_of(path) != arrival.sha256
    except OSError:
        return True


def _file(path: Path, arrival: ManifestEntry | None, label: str | None, wanted: Wanted | None) -> Candidate:
    return Candidate(arrival.name if arrival else path.name, label, path=path.resolve(), wanted=wanted, arrival=arrival)
