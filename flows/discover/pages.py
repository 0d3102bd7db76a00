"""What CMS's pages say: the releases that an index page lists, and the archives that a detail page links to.

Belongs to stage discover. Pure: HTML in, rows and links out. Name and link are bound by the row of the table that holds both,
never by position: a row may hold two links. Where a table is missing, any link that names a release counts. Addresses come
out absolute, on the same site, without query and fragment, and without the licence page that older links lead through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urljoin, urlsplit, urlunsplit

from flows.catalog import releases
from flows.discover.html_reader import DOWNLOADS, Anchor, Cell, Reader, read_html
from flows.discover.offer import label_of
from flows.fetch.download import next_hop
from warehouse.errors import SourceError

# The families of CMS's addresses: .../pfs-relative-value-files/rvu26a, ...physicianfeeschedpfs-relative-value-files/rvu22a
# (its slashes lost), .../pfs-relative-value-files-items/cms1254038.
_PAGE_FAMILY = re.compile(r"pfs-relative-value-files(-items)?[-/]", re.I)
_DOCUMENT = re.compile(r"\.(pdf|docx?|xlsx?|txt|csv|pptx?)$", re.I)
_ZIP_IN_TEXT = re.compile(r"[(\[]\s*\.?zip\b", re.I)
_LICENCE_PAGE = re.compile(r"/licen[sc]e(\.asp|/|$)", re.I)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TITLE_MONTH = re.compile(r"\b(Jan|Apr|Jul|Oct)[a-z]*\.?\s+((?:19|20)\d\d)\b", re.I)
_MONTH_QUARTER = {"jan": "A", "apr": "B", "jul": "C", "oct": "D"}


@dataclass(frozen=True)
class Row:
    """One link of an index: the release it names (None: it names none), and the page or the archive that it leads to."""

    name: str
    label: str | None
    year: int | None
    address: str

    @property
    def is_archive(self) -> bool:
        """Whether the link leads to a zip file and not to a page."""
        return is_archive(self.address)


@dataclass(frozen=True)
class Link:
    """A link to an archive, with its text and the release that this text or the address names, if they do."""

    address: str
    text: str
    label: str | None


@dataclass(frozen=True)
class Detail:
    """What a detail page says: its description (None: it has none) and its archives, in the order of the page."""

    title: str | None
    archives: tuple[Link, ...]


def index_rows(html: str, address: str) -> list[Row]:
    """The releases that an index page lists, in its order; `address` is where the page came from."""
    read = read_html(html)
    rows = [found for cells in read.rows for found in _rows_of(cells, read, address)]
    if not any(row.label for row in rows):  # no table any more: whatever names a release
        rows = [row for anchor in read.anchors if (row := _row(anchor, None, read, address)) and row.label]
    return list(dict.fromkeys(rows))


def detail(html: str, address: str) -> Detail:
    """The description and the archives of a detail page: those under Downloads or Related links, if there are any there."""
    read = read_html(html)
    found: dict[str, tuple[Link, bool]] = {}
    for anchor in read.anchors:
        target = resolve(read.base, address, anchor.href)
        if target and target not in found and (is_archive(target) or _ZIP_IN_TEXT.search(anchor.text)):
            label = releases.parse_label(anchor.text) or label_of(target)
            found[target] = Link(target, " ".join(anchor.text.split()), label), anchor.section in DOWNLOADS
    downloads = [link for link, is_download in found.values() if is_download]
    return Detail(read.fields.get("description"), tuple(downloads or [link for link, _ in found.values()]))


def zip_links(html: str, address: str) -> list[str]:
    """The addresses of the zip files that a page links to, each once, in the order of the page, on the same site only."""
    read = read_html(html)
    targets = (resolve(read.base, address, anchor.href) for anchor in read.anchors)
    return list(dict.fromkeys(target for target in targets if target and is_archive(target)))


def elsewhere(html: str, address: str) -> list[Link]:
    """The links that name a release or an archive and lead to another site, which is not followed; to be said, not to be read."""
    read = read_html(html)
    found: dict[str, Link] = {}
    for anchor in read.anchors:
        try:
            target = urljoin(read.base or address, anchor.href.strip())
            is_web = urlsplit(target).scheme in ("http", "https")
            label = releases.parse_label(anchor.text) or label_of(target)
            is_ours = label or is_archive(target)
        except ValueError:
            continue
        if is_web and is_ours and resolve(read.base, address, anchor.href) is None:
            found.setdefault(target, Link(target, " ".join(anchor.text.split()), label))
    return list(found.values())


def resolve(base: str | None, page: str, href: str) -> str | None:
    """The address that a link on a page leads to, None when it is no page or file of the same site.

    A licence page (`/apps/ama/license.asp?file=...`, `/license/ama?file=...`) is replaced by the file it stands before.
    Query and fragment are left out: CMS's robots.txt asks not to be sent queries, and its pages and archives need none.
    """
    there = re.sub(r"[\t\r\n]", "", href).strip()
    if not there or there.startswith("#") or re.match(r"(?!https?:)[a-z][a-z+.-]*:", there, re.I):
        return None
    try:
        parts = urlsplit(urljoin(base or page, there))
        if _LICENCE_PAGE.search(parts.path) and (wrapped := parse_qs(parts.query).get("file")):
            parts = urlsplit(urljoin(page, wrapped[0].strip()))
        if page.startswith("https:") and parts.scheme == "http" and parts.port is None:
            parts = parts._replace(scheme="https")  # old pages link to their own site in the way of their time
        return next_hop(page, page, urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")))
    except (SourceError, ValueError):
        return None


def is_archive(address: str) -> bool:
    """Whether an address is that of a zip file, by its name or by CMS's folder for them."""
    path = unquote(urlsplit(address).path).lower()
    return path.endswith(".zip") or "/files/zip/" in path


def label_of_title(title: str | None) -> str | None:
    """The release that a description tells by month and year ("January 2027 release"), None when it does not."""
    found = _TITLE_MONTH.search(title or "")
    return f"RVU{found[2][2:]}{_MONTH_QUARTER[found[1].lower()]}" if found else None


def _rows_of(cells: list[Cell], read: Reader, address: str) -> list[Row]:
    """What one row of the table lists: an entry for each link that names a release.

    When no link does so itself, the name is that of the row, and its link is the first that leads to a page of CMS's
    families or to an archive, or else the first of all.
    """
    text = " ".join(_name(cell.text) for cell in cells)
    year = next((int(found[0]) for cell in cells if (found := _YEAR.search(cell.text))), None)
    links = [row for cell in cells for anchor in cell.anchors if (row := _row(anchor, year, read, address))]
    named = [row for row in links if row.label]
    if named or not links:
        return named
    chosen = next((row for row in links if _PAGE_FAMILY.search(row.address) or row.is_archive), links[0])
    return [Row(text, releases.parse_label(text), year, chosen.address)]


def _row(anchor: Anchor, year: int | None, read: Reader, address: str) -> Row | None:
    """The row that one link makes, None when it leads to a document or off the site. What the link says comes before what
    its address says."""
    target = resolve(read.base, address, anchor.href)
    if target is None or _DOCUMENT.search(urlsplit(target).path):
        return None
    is_ours = _PAGE_FAMILY.search(target) or is_archive(target)
    name = _name(anchor.text)
    return Row(name, releases.parse_label(name) or (label_of(target) if is_ours else None), year, target)


def _name(text: str) -> str:
    """A name without the label that a narrow screen shows before it ("File Name")."""
    return " ".join(re.sub(r"^\s*(?i:file\s+name)(?![a-z])", "", text).split())
