"""The pages that list codes: of the sections of the code set, and of the kinds of service in CMS's classification (RBCS).

Pure: groups of codes in, files out. Fills in the pictures and series of `whole`, and where the page of each kind lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from flows.site import plots
from flows.site.browse import Category, Entry, Range, Section, shown
from flows.site.render import render
from flows.site.structured import page_structured
from flows.site.whole import Whole

Document = dict[str, Any]
File = tuple[str, bytes]
Crumb = tuple[str, str]
_PICTURED = 20
_SECTIONS: Crumb = ("Sections", "../sections.html")
_CLASSES: Crumb = ("Kinds of service", "../classes.html")


def section_files(whole: Whole, sections: Sequence[Section], newest: str) -> Iterator[File]:
    """The pages and pictures of the sections; `newest` is the label of the release whose changes are shown."""
    for section in sections:
        whole.ranges.update({entry.code: (part.series, part.slug) for part in section.ranges for entry in part.entries})
        yield from _pictures(whole, section)
        lead = f"{section.meaning}. {section.count:,} codes." if section.meaning != section.name else f"{section.count:,} codes."
        yield from _group_pages(whole, section, section.name, lead, [_SECTIONS], newest)


def class_files(whole: Whole, categories: Sequence[Category], release: str, newest: str) -> Iterator[File]:
    """The pages of the kinds of service: all of them, each category, each subcategory. Nothing where there are no categories.

    `release` is that of the classification.
    """
    if not categories:
        return
    view = _view(whole, "classes.html", "Kinds of service", f"The codes of the fee schedule by kind of service ({release}).")
    view |= {"root": "", "categories": categories, "release": release}
    yield view["path"], render("classes.html", whole.site, view)
    for category in categories:
        whole.kinds.update({(category.name, group.name): group.path for group in category.subcategories})
        is_one = len(category.subcategories) == 1
        crumbs = [_CLASSES] if is_one else [_CLASSES, (category.title, f"../{category.path}")]
        if not is_one:
            yield _category_page(whole, category, release)
        for group in category.subcategories:
            is_same = group.name in (category.name, category.title)
            name = category.title if is_same else f"{category.title}: {group.name}"
            note = f"{category.note}: " if is_same and category.note else ""
            lead = f"{note}{group.count:,} codes, by CMS's classification of services, {release}."
            yield from _group_pages(whole, group, name, lead, crumbs, newest)


def _category_page(whole: Whole, category: Category, release: str) -> File:
    summary = f"{category.count:,} codes of {category.title} by kind of service."
    lead = f"{category.count:,} codes in {len(category.subcategories)} kinds, by CMS's classification of services, {release}."
    view = _view(whole, category.path, category.title, summary)
    view |= {"lead": lead, "crumbs": [_CLASSES], "sections": category.subcategories, "picture": "", "ranges": []}
    return view["path"], render("section.html", whole.site, view | {"changed": "", **_entries([])})


def _pictures(whole: Whole, section: Section) -> Iterator[File]:
    values = [Decimal(entry.work) for entry in section.entries if entry.in_picture]
    if len(values) >= _PICTURED:
        name = f"sections/{section.slug}.svg"
        whole.pictures[section.name] = name
        yield name, plots.histogram(values).encode()


def _group_pages(whole: Whole, section: Section, name: str, lead: str, crumbs: list[Crumb], newest: str) -> Iterator[File]:
    """The page of a group of codes and, where they are too many for one, the pages of its ranges."""
    is_one = len(section.ranges) == 1 and not section.ranges[0].prefix
    is_pictured = section.folder == "sections" and section.name in whole.pictures
    view = {
        **_list_view(whole, section.path, name, section.count, newest),
        "lead": lead,
        "crumbs": crumbs,
        "picture": f"{section.slug}.svg" if is_pictured else "",
        "ranges": [] if is_one else [_range(part) for part in section.ranges],
        **_entries(section.entries if is_one else []),
    }
    yield view["path"], render("section.html", whole.site, view)
    for part in [] if is_one else section.ranges:
        first, last = part.entries[0].code, part.entries[-1].code
        view = {
            **_list_view(whole, f"{section.folder}/{part.slug}.html", f"{name} {part.series}", len(part.entries), newest),
            "lead": f"{len(part.entries):,} codes, {first} to {last}." if first != last else f"One code, {first}.",
            "crumbs": [*crumbs, (section.name, f"{section.slug}.html")],
            "picture": "",
            "ranges": [],
            **_entries(part.entries),
        }
        yield view["path"], render("section.html", whole.site, view)


def _entries(entries: Sequence[Entry]) -> Document:
    named = [bool(entry.name) for entry in entries]
    return {"entries": [shown(entry) for entry in entries], "with_names": any(named), "without_names": not all(named)}


def _view(whole: Whole, path: str, heading: str, summary: str) -> Document:
    structured = page_structured(whole.site, path, heading, summary)
    view = {"path": path, "root": "../", "heading": heading, "summary": summary, "structured": structured}
    return view | {"sections": [], "scale": plots.scale()}


def _list_view(whole: Whole, path: str, heading: str, count: int, newest: str) -> Document:
    summary = f"{heading}: {count:,} codes with their RVUs and national amounts."
    return _view(whole, path, heading, summary) | {"changed": newest}


def _range(part: Range) -> Document:
    return {"slug": part.slug, "first": part.entries[0].code, "last": part.entries[-1].code, "count": len(part.entries)}
