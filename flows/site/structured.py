"""Structured data of pages (schema.org, JSON-LD): only what the page itself says, in the vocabulary's own meaning.

A code is a MedicalCode with its code set; questions and answers are those that stand on the page; the figures are based on CMS's
archive. Addresses are given where the site knows its own.
"""

from __future__ import annotations

from typing import Any

import orjson
from markupsafe import Markup

from flows.site.whole import Site

Document = dict[str, Any]
_CMS = {"@type": "GovernmentOrganization", "name": "Centers for Medicare & Medicaid Services"}


def _script(graph: list[Document]) -> Markup:
    """A graph as the content of a script element; "<" cannot end the element."""
    text = orjson.dumps({"@context": "https://schema.org", "@graph": graph}).decode()
    return Markup(text.replace("<", "\\u003c"))


def _address(site: Site, path: str) -> Document:
    return {"url": f"{site.base_url}{path}"} if site.base_url else {}


def code_structured(site: Site, view: Document) -> Markup:
    """The data of a code's page."""
    source = view["source"]
    coding = "HCPCS" if view["system"].startswith("HCPCS") else "CDT" if view["system"].startswith("CDT") else "CPT"
    page: Document = {
        "@type": ["WebPage", "FAQPage"] if view["questions"] else "WebPage",
        "name": view["heading"],
        **_address(site, view["path"]),
        "description": view["summary"],
        "inLanguage": "en",
        "about": {"@type": "MedicalCode", "codeValue": view["code"], "codingSystem": coding},
        "isBasedOn": {
            "@type": "Dataset",
            "name": f"Physician Fee Schedule relative value file {source['release_id']}",
            "identifier": f"sha256:{source['archive_sha256']}",
            "creator": _CMS,
            **({"datePublished": source["published_on"]} if source["published_on"] else {}),
            "temporalCoverage": f"{source['valid_from']}/{source['valid_to']}",
        },
    }
    if view["questions"]:
        page["mainEntity"] = [
            {"@type": "Question", "name": entry["question"], "acceptedAnswer": {"@type": "Answer", "text": entry["answer"]}}
            for entry in view["questions"]
        ]
    crumbs = [
        {"@type": "ListItem", "position": number, "name": name, **_address(site, target.removeprefix("../"))}
        for number, (name, target) in enumerate(view["crumbs"], 1)
    ]
    if site.base_url and crumbs:
        for crumb in crumbs:
            crumb["item"] = crumb.pop("url")
        return _script([page, {"@type": "BreadcrumbList", "itemListElement": crumbs}])
    return _script([page])


def home_structured(site: Site, release: Document, count: int) -> Markup:
    """The data of the first page: the site, and the feed as a data set."""
    feed: Document = {
        "@type": "Dataset",
        "name": f"Physician Fee Schedule by code, {release['release_id']}",
        "description": f"Relative value units and national and local amounts of {count:,} codes, one JSON document a code.",
        "isBasedOn": {
            "@type": "Dataset",
            "name": f"Physician Fee Schedule relative value file {release['release_id']}",
            "creator": _CMS,
        },
        "temporalCoverage": f"{release['valid_from']}/{release['valid_to']}",
    }
    website: Document = {"@type": "WebSite", "name": site.title, "inLanguage": "en", **_address(site, "")}
    if site.base_url:
        feed["distribution"] = {
            "@type": "DataDownload",
            "encodingFormat": "application/json",
            "contentUrl": f"{site.base_url}feed/feed.json",
        }
        website["potentialAction"] = {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{site.base_url}search.html?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        }
    return _script([website, feed])


def page_structured(site: Site, path: str, heading: str, summary: str, about: Document | None = None) -> Markup:
    """The data of any other page: what it is called and, where that is one thing, what it is about."""
    page: Document = {"@type": "WebPage", "name": heading, **_address(site, path), "description": summary, "inLanguage": "en"}
    return _script([page | ({"about": about} if about else {})])
