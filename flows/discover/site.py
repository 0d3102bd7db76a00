"""Two hops over a site: its index page, and the detail page of each wanted release. Belongs to stage discover.

Reads pages over HTTP as politely as archives are fetched (flows/fetch/download.py: one session, conditional requests, retries, a
bound on the size, redirects within the site only) and keeps them (warehouse/seen.py). Raises a SourceError when the index
cannot be read or lists nothing; what is wrong with one detail page is kept as the fault of its release.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flows.discover.listing import Entry, Listing, from_json
from flows.discover.offer import Wanted, label_of
from flows.discover.pages import Link, Row, detail, elsewhere, index_rows, label_of_title, zip_links
from flows.fetch.download import Download, FetchSettings, check_url, download
from warehouse.errors import SourceError, SourceUnavailableError
from warehouse.seen import SeenPages

if TYPE_CHECKING:
    import requests

CMS_INDEX = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"

logger = logging.getLogger("pfs")


def page_settings() -> FetchSettings:
    """How pages are fetched: CMS's index of 107 rows has some 200 KB."""
    return FetchSettings(max_bytes=5_000_000, attempts=4, body_timeout=120.0)


@dataclass
class Visit:
    """One look at a site: the session, where pages are kept, how to fetch, and what came out so far."""

    session: requests.Session
    pages: SeenPages
    wanted: Wanted
    settings: FetchSettings = field(default_factory=lambda: page_settings())
    entries: dict[str, Entry] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def list_site(source: str, index: str, visit: Visit) -> Listing:
    """What the site at `index` lists, with the archives of the wanted releases; kept under the name `source`."""
    html, address = read_page(index, visit)
    rows = index_rows(html, address)
    listed = {row.label for row in rows if row.label}
    _say(f"{address} lists {len(listed)} releases")
    for row in rows:
        if row.label:
            _add(visit, row.label, Entry(row.label, row.name), row)
    for entry in list(visit.entries.values()):
        if visit.wanted.includes(entry.label):
            _read_pages(entry, listed, visit)
    for row in rows:
        if row.label is None:
            _read_unnamed(row, visit)
    _note_elsewhere(html, address, visit)
    has_pages = any(entry.pages for entry in visit.entries.values())
    loose = () if has_pages else tuple(link for link in zip_links(html, address) if not _is_listed(link, visit))
    if not visit.entries and not loose:
        raise SourceError(
            f"{address} lists no release and links to no .zip file. Name an archive or a page that lists archives; if this is "
            "CMS's own page, its structure has changed: please report it, and use the addresses of the catalogue meanwhile."
        )
    before = from_json(visit.pages.listing(source))
    known = before.entries if before else {}
    entries = {label: entry.after(known.get(label), label in visit.read) for label, entry in visit.entries.items()}
    listing = Listing(source, address, entries, loose, tuple(visit.notes))
    visit.pages.keep_listing(source, listing.to_json())
    return listing


def read_page(url: str, visit: Visit) -> tuple[str, str]:
    """A page and the address that gave it in the end. The kept page answers when the site says that it has not changed."""
    check_url(url)
    part = visit.pages.part(url)
    part.discard()  # a page is short: what an earlier run left of it is not worth a request for the rest
    job = Download(url, part, visit.pages.last(url), visit.session, visit.settings, _unwatched, is_page=True)
    final_url = download(job)
    if final_url is not None:
        visit.pages.keep(url, final_url)
    seen = visit.pages.last(url)
    return visit.pages.html(url), seen.final_url if seen else url


def _note_elsewhere(html: str, address: str, visit: Visit) -> None:
    """Says which wanted releases the index has on another site only: a link of CMS's leads there by mistake, or by design."""
    for link in elsewhere(html, address):
        if link.label and link.label not in visit.entries and visit.wanted.includes(link.label):
            visit.notes.append(
                f"{link.label}: {address} links to another site for it ({link.address}), which is not followed. If you trust it, "
                "give that address as the source."
            )


def _add(visit: Visit, label: str, otherwise: Entry, row: Row) -> None:
    entry = visit.entries.get(label, otherwise)
    if row.is_archive:
        visit.entries[label] = entry.with_archives([row.address])
    else:
        visit.entries[label] = replace(entry, pages=tuple(dict.fromkeys((*entry.pages, row.address))))


def _read_pages(entry: Entry, listed: set[str], visit: Visit) -> None:
    """Reads the pages of one release and adds the archives that they link to."""
    for page in entry.pages:
        title, links, fault = _read_detail(page, visit)
        for label, addresses in _belonging(entry.label, links, listed).items():
            found = visit.entries.get(label, Entry(label, label))
            visit.entries[label] = found.with_archives(addresses, title if label == entry.label else None)
            visit.read.add(label)
        now = visit.entries[entry.label]
        if not now.archives:
            names = ", ".join(link.text or link.address for link in links)
            fault = fault or f"{page} links to archives of other releases only: {names}"
            visit.entries[entry.label] = replace(now, fault=fault)
        elif now.title and (told := label_of_title(now.title)) and told[:6] != now.label[:6]:
            visit.notes.append(f"{now.label}: its page says {now.title!r}; its content will tell which release it is.")


def _read_unnamed(row: Row, visit: Visit) -> None:
    """A row that names no release: its page may, by the month and year of its description or by its only archive."""
    if not visit.wanted.may_include([row.year] if row.year else []):
        return
    title, links, fault = (
        (None, [Link(row.address, row.name, None)], None) if row.is_archive else _read_detail(row.address, visit)
    )
    label = label_of_title(title) or next((link.label for link in links if link.label), None)
    if label is None or label in visit.entries:
        visit.notes.append(f"The row {row.name!r} of the index names no release" + (f": {fault}" if fault else "."))
    elif visit.wanted.includes(label):
        visit.entries[label] = Entry(label, row.name, (row.address,)).with_archives([link.address for link in links], title)
        visit.read.add(label)


def _read_detail(page: str, visit: Visit) -> tuple[str | None, list[Link], str | None]:
    """The description, the links to archives and, when there are none, the reason."""
    try:
        html, address = read_page(page, visit)
    except SourceError as error:
        if isinstance(error, SourceUnavailableError):  # the site is down: the other pages are tried once each
            visit.settings = replace(visit.settings, attempts=1)
        return None, [], str(error)
    found = detail(html, address)
    if not found.archives:
        others = ", ".join(link.address for link in elsewhere(html, address))
        fault = f"{address} has no link to a .zip file" + (f" of this site, only to {others}" if others else "")
        return found.title, [], f"{fault}; open it in a browser and look for the archive."
    return found.title, list(found.archives), None


def _belonging(label: str, links: list[Link], listed: Iterable[str]) -> dict[str, list[str]]:
    """Which release each archive on the page of `label` belongs to.

    A page's only archive is that of its release, whatever its name. Among several, each belongs to the release that its link
    names; one that names none counts only where no other names this release; one of another listed release is left to it.
    """
    own = links if len(links) == 1 else [link for link in links if link.label == label]
    own = own or [link for link in links if link.label is None]
    found = {label: [link.address for link in own]} if own else {}
    for link in links:
        if link not in own and link.label and link.label not in listed:
            found.setdefault(link.label, []).append(link.address)
    return found


def _is_listed(address: str, visit: Visit) -> bool:
    return label_of(address) in visit.entries or any(address in entry.archives for entry in visit.entries.values())


def _say(message: str) -> None:
    logger.info("%-10s %-9s %s", "all", "discover", message, extra={"pfs_stage": "discover", "pfs_release": "all"})


def _unwatched(done: int, total: int | None) -> None:
    """Pages are short: nobody watches them come in."""
