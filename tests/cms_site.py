"""A site on the loopback with the structure of CMS's pages, era by era: an index, a detail page a release, and the archives.

    with HttpSource() as source:
        site = CmsSite(source)
        site.add("RVU24A", body)            # at the addresses that CMS uses for it
        site.publish()
        refresh(home, site.index, Wanted(all=True), today)

No original page of CMS can be had where this was written: the structure is the one that public projects read (DOMAIN: index
with one table, responsive labels inside the cells, detail pages of several families, slashes inside names of archives).
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flows.catalog import releases
from tests.http_source import Behaviour, HttpSource, status, whole

INDEX = "/medicare/payment/fee-schedules/physician/pfs-relative-value-files"
_ZIP_FAMILY = "/files/zip/"
_LICENCE = " /apps/ama/license.asp?file="
_MONTHS = {"A": "January", "B": "April", "C": "July", "D": "October"}


@dataclass
class Posted:
    """One release on the site: its row in the index, its page, and the addresses of its archives."""

    label: str
    name: str
    page: str
    title: str
    links: dict[str, str] = field(default_factory=dict)

    @property
    def year(self) -> int:
        return 2000 + int(self.label[3:5])


class CmsSite:
    """The site. `add` posts a release, `repost` another cut of it at another address; nothing shows before `publish`."""

    def __init__(self, source: HttpSource) -> None:
        self.source = source
        self.index = source.url(INDEX)
        self.posted: dict[str, Posted] = {}

    def add(
        self, label: str, body: bytes, *, zip_path: str | None = None, page_path: str | None = None, name: str = ""
    ) -> Posted:
        """Posts a release where CMS has it (the catalogue's addresses), or where the newest ones are."""
        known = [urlsplit(found.url).path for found in releases.release_urls(label) if found.kind == "page"]
        zips = [urlsplit(found.url).path for found in releases.release_urls(label) if found.kind == "zip"]
        month = _MONTHS.get(label[5], "March")
        posted = Posted(
            label,
            name or label,
            page_path or next(iter(known), f"{INDEX}/{label.lower()}"),
            f"Physician Fee Schedule - {month} {2000 + int(label[3:5])} release",
        )
        self.posted[label] = posted
        self.repost(label, body, zip_path or next(iter(zips), f"{_ZIP_FAMILY}{label.lower()}.zip"))
        return posted

    def repost(self, label: str, body: bytes, zip_path: str) -> str:
        """Puts an archive at an address and makes it the only one that the release's page links to."""
        self.posted[label].links = {zip_path: label}
        return self.serve(zip_path, whole(body, etag=f'"{hashlib.sha256(body).hexdigest()[:16]}"'))

    def serve(self, path: str, *behaviours: Behaviour) -> str:
        return self.source.on(path, *behaviours)

    def publish(self) -> None:
        """Shows the index and the pages as they are now; each has an ETag, so that an unchanged one is not sent again."""
        for posted in self.posted.values():
            self._show(posted.page, detail_page(posted))
        self._show(INDEX, index_page(list(self.posted.values())))

    def refuse(self, label: str, code: int = 403) -> None:
        """The page of a release answers with a bare status from now on."""
        self.serve(self.posted[label].page, status(code))

    def paths(self) -> list[str]:
        """What was asked for since the last call, in order."""
        asked = [request.path for request in self.source.requests]
        self.source.requests.clear()
        return asked

    def _show(self, path: str, html: str) -> None:
        etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:16]}"'
        self.serve(path, whole(html.encode(), etag=etag, content_type="text/html; charset=utf-8"))


def index_page(posted: list[Posted]) -> str:
    """The index: one table, newest year first, labels for narrow screens inside the cells, as CMS's server writes it."""
    rows = "".join(_index_row(one) for one in sorted(posted, key=lambda one: (-one.year, one.label)))
    return f"""<!DOCTYPE html><html lang="en"><head><title>PFS Relative Value Files | CMS</title>
<script>var menu = '<a href="{INDEX}/rvu99a">RVU99A</a>';</script></head><body>
<header><a href="/">CMS.gov</a><nav><a href="/medicare/physician-fee-schedule/search">Look-up tool</a></nav></header>
<main><h1>PFS Relative Value Files</h1><table class="views-table cols-2"><thead><tr><th>Name</th><th>File Name</th></tr></thead>
<tbody>{rows}</tbody></table></main><footer><a href="https://www.example.org/">elsewhere</a></footer></body></html>"""


def _index_row(one: Posted) -> str:
    if one.year >= 2020:
        return (
            f'<tr><td class="views-field"><span class="label">Calendar Year</span> {one.year}</td>'
            f'<td>File Name\n <a href="{one.page}">{one.name}</a></td></tr>'
        )
    return f"<TR><TD>{one.year}<TD>File Name\n<A HREF='{one.page}?redirect=1#content'>{one.name.upper()}</A>"


def detail_page(one: Posted) -> str:
    """A detail page as its era has it: fields in divisions with labels, or a list of definitions and a licence page."""
    return _new_detail(one) if one.year >= 2012 else _old_detail(one)


def _new_detail(one: Posted) -> str:
    links = "".join(f'<li><a href="{path}">{text} - Updated (ZIP)</a></li>' for path, text in one.links.items())
    size = '<div class="field"><div class="field__label">File Size</div><div>6 MB</div></div>' if one.year > 2015 else ""
    return f"""<html><head><title>{one.name} | CMS</title></head><body><main><h1>{one.name}</h1>
<div class="field"><div class="field__label">Dynamic List</div><div>PFS Relative Value Files</div></div>
<div class="field"><div class="field__label">File Name</div><div>{one.name}</div></div>
<div class="field"><div class="field__label">Description</div><div><p>{one.title}</p></div></div>{size}
<div class="field"><h2>Downloads</h2><ul>{links}</ul></div>
<div class="field"><h2>Related Links</h2><a href="/files/document/notes.pdf">Notes (PDF)</a></div></main></body></html>"""


def _old_detail(one: Posted) -> str:
    links = "<br>".join(f"<A HREF='{_LICENCE}{path}'>{text} [ZIP, 3MB]</A>" for path, text in one.links.items())
    return f"""<HTML><BODY><h1>Details for title: {one.name}</h1><h2>Dynamic List Information</h2>
<dl><dt>Calendar Year</dt><dd>{one.year}</dd><dt>File Name</dt><dd>{one.name}</dd><dt>Description:</dt><dd>{one.title}</dd></dl>
<h2>Downloads</h2>{links}<h2>Related Links</h2><p>There are no related links</BODY></HTML>"""


def changed(body: bytes, **members: Callable[[bytes], bytes]) -> bytes:
    """The same archive with the content of some members (by the beginning of their names) changed: a re-cut."""
    return rebuilt(body, lambda name, content: (name, _changing(name, members)(content)))


def rebuilt(body: bytes, edit: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """An archive of the same members after `edit`, which takes and gives a name and a content."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            after.writestr(*edit(info.filename, before.read(info)))
    return made.getvalue()


def as_january_2027(april_2026: bytes) -> bytes:
    """RVU27A, which nobody has seen: RVU26B with its years, months and dates moved on in names and headings."""
    moves = [
        *((b"2026 National", b"2027 National"), (b"April Release", b"January Release"), (b"03/10/2026", b"12/18/2026")),
        *((b"CY 2026", b"CY 2027"), (b"2026 PW", b"2027 PW"), (b"2026 PE", b"2027 PE"), (b"2026 MP", b"2027 MP")),
    ]

    def edit(name: str, content: bytes) -> tuple[str, bytes]:
        for old, new in moves:
            content = content.replace(old, new)
        return re.sub(r"^26", "27", name.replace("2026", "2027").replace("_Apr", "_Jan")), content

    return rebuilt(april_2026, edit)


def _changing(name: str, members: dict[str, Callable[[bytes], bytes]]) -> Callable[[bytes], bytes]:
    return next((change for begin, change in members.items() if name.startswith(begin)), lambda content: content)
