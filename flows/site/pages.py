"""All files of a site but the pages of codes: first page, sections, localities, changes, evidence, search, assets, sitemap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson

from flows.feed.folder import encoded
from flows.site import plots
from flows.site.browse import Entry, Range, Section, sections, shown
from flows.site.change_page import changes_page
from flows.site.gather import Gathered
from flows.site.locality_pages import localities_page, locality_page, zip_files, zips_by_place
from flows.site.render import markdown, render
from flows.site.shown import dollars
from flows.site.structured import home_structured, page_structured
from flows.site.whole import Whole

Document = dict[str, Any]
File = tuple[str, bytes]
_PICTURED = 20


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
    """Every file but the pages of codes; fills in the pictures and series of `whole`. `address` begins the sitemap's links."""
    found = sections(gathered.entries)
    site, newest = whole.site, indexes.newest
    made: list[File] = []
    for section in found:
        whole.ranges.update({entry.code: (part.series, part.slug) for part in section.ranges for entry in part.entries})
        made += _pictures(whole, section)
        made += _section_pages(whole, section, newest["label"])
    listed = {"sections": found, "count": len(gathered.entries)}
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


def _pictures(whole: Whole, section: Section) -> Iterator[File]:
    values = [Decimal(entry.work) for entry in section.entries if entry.in_picture]
    if len(values) >= _PICTURED:
        name = f"sections/{section.slug}.svg"
        whole.pictures[section.name] = name
        yield name, plots.histogram(values).encode()


def _section_pages(whole: Whole, section: Section, newest: str) -> Iterator[File]:
    is_one = len(section.ranges) == 1 and not section.ranges[0].prefix
    view = {
        **_section_view(whole, section.name, section.slug, section.count, newest),
        "lead": f"{section.meaning}. {section.count:,} codes."
        if section.meaning != section.name
        else f"{section.count:,} codes.",
        "picture": f"{section.slug}.svg" if section.name in whole.pictures else "",
        "ranges": [] if is_one else [_range(part) for part in section.ranges],
        **_entries(section.entries if is_one else []),
        "up": None,
    }
    yield view["path"], render("section.html", whole.site, view)
    for part in [] if is_one else section.ranges:
        first, last = part.entries[0].code, part.entries[-1].code
        view = {
            **_section_view(whole, f"{section.name} {part.series}", part.slug, len(part.entries), newest),
            "lead": f"{len(part.entries):,} codes, {first} to {last}." if first != last else f"One code, {first}.",
            "picture": "",
            "ranges": [],
            **_entries(part.entries),
            "up": {"name": section.name, "target": f"{section.slug}.html"},
        }
        yield view["path"], render("section.html", whole.site, view)


def _entries(entries: Sequence[Entry]) -> Document:
    named = [bool(entry.name) for entry in entries]
    return {"entries": [shown(entry) for entry in entries], "with_names": any(named), "without_names": not all(named)}


def _section_view(whole: Whole, heading: str, name: str, count: int, newest: str) -> Document:
    path, summary = f"sections/{name}.html", f"{count:,} codes of {heading} with their RVUs and national amounts."
    return {
        "path": path,
        "root": "../",
        "heading": heading,
        "summary": summary,
        "changed": newest,
        "scale": plots.scale(),
        "structured": page_structured(whole.site, path, heading, summary),
    }


def _range(part: Range) -> Document:
    return {"slug": part.slug, "first": part.entries[0].code, "last": part.entries[-1].code, "count": len(part.entries)}


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
