"""The blocks of a document beside its figures: comparison, similar codes, history, changes, class, specialties. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import orjson

from flows.catalog.column_words import columns_in_words
from flows.feed.page import Block, Pages
from warehouse.read import Row

_NOTHING = "[]"
_EDITION = r"\b(RVU\d\d[A-Z0-9_]+)\.\d+\b"

STANDING_UNITS = {
    "n": "codes",
    "below": "codes",
    "ties": "codes",
    "rank": "place from the highest",
    "percentile": "percent of codes strictly below",
    "ratio_to_median": "ratio",
}
SIMILAR_UNITS = {
    "rank": "place",
    "unlike_indicators": "indicators",
    "unlike_class": "0 same RBCS family, 1 same subcategory, 2 other or unknown",
    "rvu_distance": "RVU",
}
HISTORY_UNITS = {"life": "count", "period": "count"}
PAID_UNITS = {"conversion_factor": "USD per RVU", "period": "count"}
_CHANGING = {
    "work_rvu": "RVU",
    "nonfacility_total_rvu": "RVU",
    "facility_total_rvu": "RVU",
    "conversion_factor": "USD per RVU",
}
CHANGE_UNITS = {f"{name}_{when}": unit for name, unit in _CHANGING.items() for when in ("before", "after")}
SPECIALTY_UNITS = {
    "rank": "place",
    "share_percent": "percent of services",
    "services": "services, rounded",
    "estimated_percent": "percent of services",
}


def plain(value: Any) -> Any:
    """A value as the feed writes it: decimals as text, dates in ISO form."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def comparison(pages: Pages, code: str) -> Block | None:
    """Where a code stands in its section and among the codes of its section with its global period; null without a price."""
    rows = pages.standing.get(code)
    if rows is None:
        return None
    sentence = pages.page[code]["comparison"] if code in pages.page else None
    return {"unit": "RVU", "units": STANDING_UNITS, "sentence": sentence, "standings": orjson.Fragment(rows)}


def similar(pages: Pages, code: str) -> Block | None:
    """The codes that are most like a code, the nearest first; null without any."""
    rows = pages.similar.get(code)
    return {"units": SIMILAR_UNITS, "codes": orjson.Fragment(rows)} if rows else None


def history(pages: Pages, code: str) -> Block:
    """The periods in which a code stood still, and those of its national amount; the open one has no end."""
    return {
        "periods": {"unit": "RVU", "units": HISTORY_UNITS, "rows": orjson.Fragment(pages.history.get(code, _NOTHING))},
        "national_payments": {"unit": "USD", "units": PAID_UNITS, "rows": orjson.Fragment(pages.paid.get(code, _NOTHING))},
    }


def change(pages: Pages, code: str) -> Block | None:
    """What changed from the year before, the dollars split into parts; null where nothing did, or no other year has the code."""
    rows = pages.change.get(code)
    return {"unit": "USD", "units": CHANGE_UNITS, "rows": orjson.Fragment(rows)} if rows else None


def questions(pages: Pages, code: str, release_id: str) -> list[Block]:
    """Questions with answers made from the figures. Editions of other releases go by their label, columns by their words."""
    page = pages.page.get(code)
    return [
        {
            "question": entry["question"],
            "answer": columns_in_words(
                re.sub(_EDITION, lambda found: found[0] if found[0] == release_id else found[1], entry["answer"])
            ),
        }
        for entry in (page["questions"] if page else [])
    ]


def code_class(pages: Pages, code: str) -> Block | None:
    """CMS's classification of a code (Restructured BETOS) and the dates on which CMS added and ended it; null without one."""
    row = pages.classes.get(code)
    return {name: value for name, value in row.items() if name != "hcpcs_code"} if row else None


def _years(said: Row) -> str:
    first, last = said["services_from_year"], said["services_to_year"]
    return str(first) if first == last else f"{first} to {last}"


def specialties(pages: Pages, code: str) -> Block | None:
    """Who uses a code in Medicare, as far as public claims tell; null where nothing is loaded that tells it."""
    said = pages.specialty_sentence.get(code)
    if said is None:
        return None
    return {
        "release": f"Physician/Supplier Procedure Summary {_years(said)}",
        "units": SPECIALTY_UNITS,
        "sentence": said["specialty_sentence"],
        "rows": orjson.Fragment(pages.specialty.get(code, _NOTHING)),
    }
