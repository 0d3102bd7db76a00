"""What a site needs of all codes together: lists, names, the values of the pictures, the changes of the newest release.

Gathered from the documents of a feed, one after the other, so that they are not all held at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from flows.site.browse import OTHER, Entry
from flows.site.shown import na_before

Document = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What became of a code with the newest release: the kind, the values, and its national amounts before and after."""

    code: str
    kind: str
    values: str | None
    before: str | None
    after: str | None

    @property
    def amount(self) -> Decimal | None:
        """The change in dollars, where there is an amount before and after."""
        return Decimal(self.after) - Decimal(self.before) if self.before is not None and self.after is not None else None


@dataclass
class Gathered:
    """All codes together."""

    entries: list[Entry] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    gone: list[tuple[str, str | None]] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    featured: list[str] = field(default_factory=list)
    linked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    class_release: str = ""


def documents(feed: Path, names: list[str]) -> Iterator[Document]:
    """The code documents of a feed, by their names."""
    for name in names:
        with open(f"{feed}/{name}", "rb", buffering=0) as file:  # noqa: PTH123  20,000 of them: a Path takes longer
            yield orjson.loads(file.read())


def gather(found: Iterator[Document], newest: str) -> Gathered:
    """Everything that lists, search, pictures and the page of changes show; `newest` is the label of the newest release."""
    gathered = Gathered()
    for document in found:
        if document["kind"] == "tombstone":
            gathered.gone.append((document["code"], (document["last_release"] or {}).get("label")))
            continue
        change = _change(document, newest)
        gathered.entries.append(_entry(document, change))
        if change:
            gathered.changes.append(change)
        gathered.search.append(_search_line(document))
        gathered.linked[document["code"]] = _linked(document)
        if document["class"]:
            gathered.class_release = document["class"]["release"]
        if document.get("words"):
            gathered.featured.append(document["code"])
    return gathered


def _linked(document: Document) -> tuple[str, ...]:
    """The codes whose names stand on the page of a code."""
    found = [*((document.get("words") or {}).get("similar_codes") or []), *(document.get("similar") or {}).get("codes", [])]
    return tuple(entry["code"] for entry in found)


def name_of(document: Document) -> str:
    """What a code is called: by the site's words, else by its public description."""
    title: str | None = (document.get("words") or {}).get("title")
    return title or (document["description"] or {}).get("text") or ""


def _entry(document: Document, change: Change | None) -> Entry:
    row = document["rows"][0]
    paid: Document = next((block["national"] for block in row["payments"] if block["qp_status"] == "non_qp"), {})
    has_total = any(Decimal(row["rvu"][name]) for name in ("nonfacility_total", "facility_total"))
    return Entry(
        code=document["code"],
        name=name_of(document),
        section=document.get("section") or OTHER,
        is_priced=any(row["payments"] for row in document["rows"]),
        work=row["rvu"]["work"],
        nonfacility=None if row["nonfacility_na"] else paid.get("nonfacility_allowed"),
        facility=None if row["facility_na"] else paid.get("facility_allowed"),
        change=change.amount if change else None,
        in_picture=row["modifier"] == "" and row["is_priced"] and has_total,
        kind=(document["class"]["category"], document["class"]["subcategory"]) if document["class"] else None,
    )


def _change(document: Document, newest: str) -> Change | None:
    """What the newest release changed for the code's first row; None where everything stands as before."""
    history = document.get("history")
    if not history:
        return None
    row = document["rows"][0]
    periods = [period for period in history["periods"]["rows"] if period["modifier"] == row["modifier"]]
    paid = [period for period in history["national_payments"]["rows"] if period["modifier"] == row["modifier"]]
    begun = periods[-1] if periods and periods[-1]["release"] == newest else None
    repriced = paid[-1] if paid and paid[-1]["release"] == newest else None
    if not begun and not repriced:
        return None
    setting = "facility" if row["nonfacility_na"] else "nonfacility"
    column = f"{setting}_allowed"
    kind = begun["change_kind"] if begun else "unchanged"
    was_na = na_before(begun["values_changed"] if begun else None, setting, False)
    has_before = repriced and len(paid) > 1 and not was_na and kind not in ("added", "reactivated", "first_seen")
    return Change(
        code=document["code"],
        kind=kind,
        values=begun["values_changed"] if begun else None,
        before=paid[-2][column] if has_before else None,
        after=repriced[column] if repriced else None,
    )


def _search_line(document: Document) -> str:
    words = document.get("words") or {}
    more = [*(words.get("also_known_as") or []), (document["description"] or {}).get("text") if words else None]
    cells = (document["code"], name_of(document), "; ".join(text for text in more if text))
    return "\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells).rstrip("\t")
