"""The documents of a feed: one a code, and a tombstone for a code that is gone. Pure: content in, documents out.

Every figure is text with its decimals as CMS or the formula gave them ("1.30"), or an integer: cents in the arrays of the
localities, counts, line numbers. No figure is a binary fraction. `release` of a document, or of the nearest block that has
one, is the release that its figures are of, `unit` (or `units`, figure by figure) what they are in.
"""

from __future__ import annotations

from typing import Any

import orjson

from flows.feed import blocks
from flows.feed.blocks import plain
from flows.feed.content import Content
from flows.notices import notices, owner_of_code
from flows.words.words import SECTIONS
from warehouse.read import Row

Document = dict[str, Any]
VERSION = 1
_RVUS = {
    "work": "work_rvu",
    "nonfacility_pe": "nonfacility_pe_rvu",
    "facility_pe": "facility_pe_rvu",
    "mp": "mp_rvu",
    "nonfacility_total": "nonfacility_total_rvu",
    "facility_total": "facility_total_rvu",
}
_FRACTIONS = ("preoperative_fraction", "intraoperative_fraction", "postoperative_fraction")
_AMOUNTS = (
    "nonfacility_fee",
    "facility_fee",
    "opps_nonfacility_cap",
    "opps_facility_cap",
    "nonfacility_allowed",
    "facility_allowed",
    "nonfacility_nonpar_allowed",
    "facility_nonpar_allowed",
    "nonfacility_limiting_charge",
    "facility_limiting_charge",
)
_RANGE = ("nonfacility_lowest", "nonfacility_highest", "facility_lowest", "facility_highest")
INDICATORS = {
    "global_days": "Global period",
    "pctc_indicator": "Professional and technical component",
    "multiple_procedure_indicator": "Multiple procedures",
    "bilateral_surgery_indicator": "Both sides",
    "assistant_surgery_indicator": "Assistant at surgery",
    "co_surgery_indicator": "Two surgeons",
    "team_surgery_indicator": "Team of surgeons",
    "diagnostic_supervision": "Supervision of the test",
    "calculation_flag": "Calculation flag",
    "imaging_family": "Imaging family",
}


def release_document(release: Row) -> Document:
    """A release as documents cite it."""
    return {name: plain(release[name]) for name in ("release_id", "label", "valid_from", "valid_to", "published_on")}


def source(content: Content, code: str, release_id: str) -> Document:
    """Where the figures of a document come from, and the notices that belong to them."""
    release = content.releases[release_id]
    return {
        **release_document(release),
        "archive_name": release["archive_name"],
        "archive_sha256": release["archive_sha256"],
        "member": release["rvu_member"],
        "is_sample": release["is_sample"],
        "notices": notices(content.licences, owner_of_code(code)),
    }


def code_document(content: Content, code: str) -> Document:
    """The document of a code that the feed's release has."""
    release_id = content.cited[code]
    page = content.pages.page.get(code)
    local = {(row["modifier"], row["qp_status"]): row for row in content.local.get(code, [])}
    national: dict[str, list[Row]] = {}
    for row in content.national.get(code, []):
        national.setdefault(row["modifier"], []).append(row)
    return {
        "$schema": "../schemas/code.schema.json",
        "version": VERSION,
        "kind": "code",
        "code": code,
        "release": release_id,
        "words": worded(content, code),
        "description": described(content, code, release_id),
        "section": page["section"] if page else None,
        "class": blocks.code_class(content.pages, code),
        "rows": [_row(content, row, national.get(row["modifier"], []), local) for row in content.rows[code]],
        "comparison": blocks.comparison(content.pages, code),
        "similar": blocks.similar(content.pages, code),
        "change": blocks.change(content.pages, code),
        "history": blocks.history(content.pages, code),
        "specialties": blocks.specialties(content.pages, code),
        "questions": blocks.questions(content.pages, code, release_id),
        "source": source(content, code, release_id),
    }


def described(content: Content, code: str, release_id: str) -> Document | None:
    """The official short description of a code: CMS's own, or one that the declared licences cover; None otherwise."""
    text = content.descriptors.get(code)
    return {"text": text, "owner": owner_of_code(code), "release": release_id} if text else None


def worded(content: Content, code: str) -> Document | None:
    """The site's own words about a code with their own hash; null for a section that they leave out."""
    words = content.words.get(code)
    if words is None:
        return None
    return {
        "sha256": words.sha256,
        "title": words.fields["title"],
        **{name: words.fields.get(name) for name, _ in SECTIONS.values()},
    }


def _row(content: Content, row: Row, national: list[Row], local: dict[tuple[str, str], Row]) -> Document:
    return {
        "modifier": row["modifier"],
        "status": {"code": row["status_code"], "meaning": row["status"]},
        "is_priced": row["no_price_reason"] is None,
        "no_price_reason": row["no_price_reason"],
        "not_used_for_medicare_payment": row["not_used_for_medicare_payment"],
        "rvu": {"unit": "RVU", **{name: plain(row[column]) for name, column in _RVUS.items()}},
        "nonfacility_na": row["nonfacility_na"],
        "facility_na": row["facility_na"],
        "fractions": _fractions(row),
        "endoscopic_base_code": row["endoscopic_base_code"] or None,
        "indicators": _indicators(content, row),
        "payments": [_payment(amounts, local[(row["modifier"], amounts["qp_status"])]) for amounts in national],
        "line_number": {"unit": "line", "value": row["line_number"]},
    }


def _fractions(row: Row) -> Document | None:
    if not any(row[name] for name in _FRACTIONS):
        return None
    return {"unit": "fraction of the global amount", **{name.removesuffix("_fraction"): plain(row[name]) for name in _FRACTIONS}}


def _indicators(content: Content, row: Row) -> list[Document]:
    return [
        {"name": name, "label": label, "value": row[name], "meaning": content.meanings.get((name, row[name]))}
        for name, label in INDICATORS.items()
        if row[name]
    ]


def _payment(national: Row, local: Row) -> Document:
    return {
        "qp_status": national["qp_status"],
        "conversion_factor": {"unit": "USD per RVU", "value": plain(national["conversion_factor"])},
        "national": {"unit": "USD", **{name: plain(national[name]) for name in _AMOUNTS}},
        "range": {"unit": "USD", **{name: plain(local[name]) for name in _RANGE}},
        "localities": {
            "unit": "cents of a USD",
            "order": "localities.json",
            "nonfacility_allowed": orjson.Fragment(local["nonfacility_cents"]),
            "facility_allowed": orjson.Fragment(local["facility_cents"]),
        },
    }


def tombstone(content: Content, code: str) -> Document:
    """The document of a code that the feed's release does not have and an earlier one had."""
    release_id = content.gone[code]
    return {
        "$schema": "../schemas/tombstone.schema.json",
        "version": VERSION,
        "kind": "tombstone",
        "code": code,
        "reason": f"The last loaded release that has the code is {release_id}.",
        "words": worded(content, code),
        "last_release": release_document(content.releases[release_id]),
        "not_applicable": {setting: content.gone_na[code][f"{setting}_na"] for setting in ("nonfacility", "facility")},
        "class": blocks.code_class(content.pages, code),
        "history": blocks.history(content.pages, code),
        "specialties": blocks.specialties(content.pages, code),
        "source": source(content, code, release_id),
    }


def lost_tombstone(content: Content, code: str) -> Document:
    """The document of a code that the feed before had and no loaded release has."""
    return {
        "$schema": "../schemas/tombstone.schema.json",
        "version": VERSION,
        "kind": "tombstone",
        "code": code,
        "reason": "A feed before this one had the code, and no release that is loaded now has it.",
        "words": worded(content, code),
        "last_release": None,
        "not_applicable": None,
        "class": blocks.code_class(content.pages, code),
        "history": None,
        "specialties": blocks.specialties(content.pages, code),
        "source": None,
    }
