"""Stage discover: which archives a source has, and which of them are wanted.

Reads a folder, a page with links, the catalogue of CMS's releases, or the embedded sample; writes nothing but the sample's
archives. Raises `SourceError` when the source is no folder, no address and no known name, or holds no archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import requests

from flows.catalog import releases
from flows.download import default_user_agent
from flows.offer import Candidate, Discovered, Wanted, year_of
from flows.zip_members import is_zip_file
from warehouse.errors import SourceError
from warehouse.home import Home

CMS = "cms"
SAMPLE = "sample"
_PAGE_BYTES = 5_000_000
_PAGE_SECONDS = (10, 60)

__all__ = ["CMS", "SAMPLE", "Candidate", "Discovered", "Wanted", "discover"]


def discover(source: str, wanted: Wanted, home: Home, today: date) -> Discovered:
    """The wanted archives of a source, oldest release first. `source` is cms, sample, an address, or a folder."""
    found = _offered(source, home)
    if source == SAMPLE and not (wanted.labels or wanted.years):
        return Discovered(found)
    settled = wanted.settled(today)
    return Discovered([candidate for candidate in found if candidate.label is None or settled.includes(candidate.label)])


def _offered(source: str, home: Home) -> list[Candidate]:
    if source == CMS:
        return _from_catalogue()
    if source == SAMPLE:
        from flows.sample import write_archives

        return [_file(path, is_sample=True) for path in write_archives(home.sample)]
    if urlsplit(source).scheme in ("http", "https"):
        return _from_address(source)
    folder = Path(source).expanduser()
    if folder.is_dir():
        return _from_folder(folder)
    if folder.is_file():
        return [_file(folder)]
    raise SourceError(
        f"--source {source}: neither a folder, nor a file, nor an http(s) address, nor one of 'cms' and 'sample'. "
        "Check the spelling of the path."
    )


def _from_catalogue() -> list[Candidate]:
    found = []
    for release in releases.releases():
        urls = tuple(url.url for url in releases.release_urls(release.label) if url.kind == "zip")
        if urls:
            found.append(Candidate(f"{release.label}.zip", release.label, urls=urls))
    return found


def _from_folder(folder: Path) -> list[Candidate]:
    archives = [path for path in folder.iterdir() if path.is_file() and (path.suffix.lower() == ".zip" or is_zip_file(path))]
    if not archives:
        raise SourceError(f"{folder} holds no .zip file and no ZIP5 text. Name the folder that the CMS archives lie in.")
    return sorted((_file(path) for path in archives), key=_order)


def _file(path: Path, is_sample: bool = False) -> Candidate:
    return Candidate(path.name, releases.parse_label(path.name), path=path.resolve(), is_sample=is_sample)


def _order(candidate: Candidate) -> tuple[str, str]:
    label = candidate.label
    known = releases.find(label) if label else None
    begins = known.valid_from.isoformat() if known else f"{year_of(label)}-{label[5:]}" if label else "9999"
    return begins, candidate.name


def _from_address(address: str) -> list[Candidate]:
    if urlsplit(address).path.lower().endswith(".zip"):
        return [_link(address)]
    links = zip_links(_page(address), address)
    if not links:
        raise SourceError(f"{address} is a page without a link to a .zip file. Name an archive or a page that lists archives.")
    return sorted((_link(link) for link in links), key=_order)


def _link(url: str) -> Candidate:
    name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    return Candidate(name, releases.parse_label(unquote(urlsplit(url).path)), urls=(url,))


def _page(address: str) -> str:
    try:
        answer = requests.get(
            address,
            headers={"User-Agent": default_user_agent()},
            timeout=_PAGE_SECONDS,
            stream=True,
            allow_redirects=False,
        )
        answer.raise_for_status()
        content = answer.raw.read(_PAGE_BYTES, decode_content=True)
    except requests.RequestException as error:
        raise SourceError(f"{address} cannot be read: {error}. Check the address and the network.") from error
    return bytes(content).decode(answer.encoding or "utf-8", errors="replace")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (target := dict(attrs).get("href")):
            self.found.append(target)


def zip_links(page: str, address: str) -> list[str]:
    """The addresses of the .zip files that a page links to, each once, in the order of the page, on the same host only."""
    parser = _Links()
    parser.feed(page)
    targets: Iterable[str] = (urljoin(address, target) for target in parser.found)
    host = urlsplit(address).netloc
    return list(dict.fromkeys(t for t in targets if urlsplit(t).path.lower().endswith(".zip") and urlsplit(t).netloc == host))
