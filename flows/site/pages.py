"""All files of a site but the pages of codes: first page, lists, localities, changes, evidence, search, assets, sitemap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson

from flows.feed.folder import encoded
from flows.site.browse import Entry, classes, sections
from flows.site.change_page import changes_page
from flows.site.gather import Gathered
from flows.site.list_pages import class_files, section_files
from flows.site.locality_pages import localities_page, locality_page, zip_files, zips_by_place
from flows.site.render import markdown, render
from flows.site.shown import dollars
from flows.site.structured import home_structured, page_structured
from flows.site.whole import Whole

Document = dict[str, Any]
File = tuple[str, bytes]


@dataclass(frozen=True)
class Indexes:
    """The indexes of a feed."""

    localities: Document
    zips: Document
    releases: Document

    @classmethod
    def read(cls, feed: Path) -> Indexes:
        """The indexes of the feed in a folder."""
        return cls(*(orjson.loads((feed / f"{name}.json").read_bytes()) for name in ("localities", "zips", "releases")))

    @property
    def newest(self) -> Document:
        """The release that the feed is of."""
        found: Document = next(row for row in self.releases["releases"] if row["release_id"] == self.releases["release"])
        return found


def other_files(whole: Whole, gathered: Gathered, indexes: Indexes, evidence: str, address: str) -> Iterator[File]:
    """Every file but the pages of codes; fills in what `whole` knows of lists. `address` begins the sitemap's links."""
    found = sections(gathered.entries)
    site, newest = whole.site, indexes.newest
    made: list[File] = []
    made += section_files(whole, found, newest["label"])
    kinds = classes(gathered.entries)
    made += class_files(whole, kinds, gathered.class_release, newest["label"])
    listed = {"sections": found, "categories": kinds, "count": len(gathered.entries)}
    home = _home(whole, gathered, indexes) | listed
    made.append(("index.html", render("home.html", site, home)))
    for template, path, heading, summary in (
        ("sections.html", "sections.html", "Sections", "Every code of the fee schedule, by section."),
        ("search.html", "search.html", "Search", "Search the codes of the fee schedule by code or words."),
        ("how.html", "how-to-read.html", "How to read a page", "What the figures and terms of a page mean."),
    ):
        view = {"path": path, "root": "", "heading": heading, "summary": summary, "release": newest, **listed}
        made.append((path, render(template, site, view | {"structured": page_structured(site, path, heading, summary)})))
    made.append(("changes.html", render("changes.html", site, changes_page(gathered, found, indexes.releases))))
    made.append(("evidence.html", render("text.html", site, _evidence(evidence))))
    made += _localities(whole, indexes)
    made.append(("search.txt", "".join(f"{line}\n" for line in gathered.search).encode()))
    made += assets()
    addresses = [name for name, _ in made if name.endswith(".html") and name != "search.html"]
    addresses += [f"codes/{entry.code}.html" for entry in gathered.entries]
    made.append(("sitemap.xml", _sitemap(address, sorted(addresses))))
    made.append(("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n".encode()))
    yield from made


def assets() -> Iterator[File]:
    """Style sheet, scripts and icon, as they are in the package."""
    for entry in sorted(files("flows.site").joinpath("assets").iterdir(), key=lambda entry: entry.name):
        yield f"assets/{entry.name}", entry.read_bytes()


def _home(whole: Whole, gathered: Gathered, indexes: Indexes) -> Document:
    newest = indexes.newest
    entries = {entry.code: entry for entry in gathered.entries}
    labels = {"non_qp": "", "qp": "qualifying participants"}
    featured = [entries[code] for code in gathered.featured]
    count = len(gathered.entries)
    return {
        "path": "index.html",
        "root": "",
        "heading": "Medicare Physician Fee Schedule by code",
        "summary": f"Relative value units and Medicare amounts of {count:,} codes in every locality, with history and sources.",
        "release": newest,
        "is_sample": newest["is_sample"],
        "priced": sum(entry.is_priced for entry in gathered.entries),
        "localities": len(whole.places),
        "contractors": len({place.document["mac"] for place in whole.places}),
        "factors": [{"label": labels[row["qp_status"]], "value": row["value"]} for row in newest["conversion_factors"]],
        "featured": [{"code": entry.code, "name": entry.name, "amount": _amounts(entry)} for entry in featured],
        "structured": home_structured(whole.site, newest, count),
    }


def _amounts(entry: Entry) -> str:
    found = (("non-facility", entry.nonfacility), ("facility", entry.facility))
    return ", ".join(f"{dollars(amount)} {label}" for label, amount in found if amount) or "no price"


def _localities(whole: Whole, indexes: Indexes) -> Iterator[File]:
    view = localities_page(whole, indexes.newest)
    yield view["path"], render("localities.html", whole.site, view)
    factor = next(row["value"] for row in indexes.newest["conversion_factors"] if row["qp_status"] == "non_qp")
    by_place = zips_by_place(whole, indexes.zips)
    for place in whole.places:
        view = locality_page(whole, place, indexes.newest, factor, indexes.zips, by_place[place.position])
        yield view["path"], render("locality.html", whole.site, view)
    for name, document in zip_files(whole, indexes.zips):
        yield name, encoded(document)


def _evidence(text: str) -> Document:
    return {
        "path": "evidence.html",
        "root": "",
        "heading": "Evidence",
        "summary": "How the amounts of the warehouse compare with those that CMS published, row by row, to the cent.",
        "text": markdown(text),
    }


def _sitemap(address: str, paths: list[str]) -> bytes:
    """A sitemap by sitemaps.org, which allows 50,000 addresses in one: some 20,000 codes stay below."""
    lines = "".join(f"<url><loc>{escape(address + path.removesuffix('index.html'))}</loc></url>\n" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{lines}</urlset>\n"
    ).encode()
