"""The page of what changed in the newest release. Pure: what was gathered from the documents in, a view out."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from flows.site.browse import Entry, Section
from flows.site.gather import Change, Gathered
from flows.site.shown import MINUS, dollars, per_cent, signed_dollars
from flows.site.told import in_words, kind_in_words

Document = dict[str, Any]
_MOVERS = 15
_LISTED = 60
_COUNTED = ("added", "reactivated", "revalued", "status_changed", "indicator_changed", "cap_revalued")


def changes_page(gathered: Gathered, sections: list[Section], releases: Document) -> Document:
    """The view: counts, what moved most, what was added, what is gone, whose status changed; each section's own change."""
    chain = [row for row in releases["releases"] if row["governs"] or row["release_id"] == releases["release"]]
    number = next(place for place, row in enumerate(chain) if row["release_id"] == releases["release"])
    now = chain[number]
    before = next((row for row in reversed(chain[:number]) if row["label"] != now["label"]), None)
    entries = {entry.code: entry for entry in gathered.entries}
    gone = [code for code, last in gathered.gone if before and last == before["label"]]
    moved = sorted((change for change in gathered.changes if change.amount), key=lambda change: (change.amount, change.code))
    heading = f"What changed in {now['label']}"
    return {
        "path": "changes.html",
        "root": "",
        "heading": heading,
        "summary": f"Codes that {now['label']} added, revalued or dropped, and how national amounts moved.",
        "release": now,
        "before": before,
        "factor": _factor(before, now),
        "counts": _counts(gathered.changes, gone) if before else [],
        "sections": [row for section in sections if (row := _section(section))] if before else [],
        "rises": [_move(entries, change) for change in reversed(moved[-_MOVERS:]) if change.amount and change.amount > 0],
        "falls": [_move(entries, change) for change in moved[:_MOVERS] if change.amount and change.amount < 0],
        "added": _listed(entries, gathered, ("added", "reactivated")) if before else None,
        "statuses": _listed(entries, gathered, ("status_changed",)) if before else None,
        "rules": _listed(entries, gathered, ("indicator_changed",)) if before else None,
        "gone": {"codes": gone[:_LISTED], "more": max(0, len(gone) - _LISTED)} if gone else None,
    }


def _factor(before: Document | None, now: Document) -> Document | None:
    found = [
        next((entry["value"] for entry in row["conversion_factors"] if entry["qp_status"] == "non_qp"), None)
        for row in (before, now)
        if row
    ]
    if len(found) < 2 or None in found:
        return None
    old, new = (Decimal(str(value)) for value in found)
    return {"before": found[0], "after": found[1], "share": per_cent(new, old), "is_same": old == new}


def _counts(changes: list[Change], gone: list[str]) -> list[Document]:
    counted = Counter(change.kind for change in changes)
    found = [{"label": kind_in_words(kind), "count": counted[kind]} for kind in _COUNTED if counted[kind]]
    moved = sum(1 for change in changes if change.amount)
    return [
        *found,
        *([{"label": "Gone", "count": len(gone)}] if gone else []),
        {"label": "With another national amount", "count": moved},
    ]


def _section(section: Section) -> Document | None:
    """How the amounts of a section moved: how many up and down, and the middle one, in per cent."""
    moves = sorted(_share(entry) for entry in section.entries if entry.change is not None and _share(entry) is not None)  # type: ignore[type-var]
    if not moves:
        return None
    middle = Decimal(moves[len(moves) // 2] or 0)
    return {
        "name": section.name,
        "slug": section.slug,
        "up": sum(1 for move in moves if move and move > 0),
        "down": sum(1 for move in moves if move and move < 0),
        "median": f"{'+' if middle > 0 else MINUS if middle < 0 else ''}{abs(middle):.1f} %",
        "sign": "up" if middle > 0 else "down" if middle < 0 else "",
    }


def _share(entry: Entry) -> Decimal | None:
    now = entry.nonfacility if entry.nonfacility is not None else entry.facility
    if now is None or entry.change is None or Decimal(now) == entry.change:
        return None
    return 100 * entry.change / (Decimal(now) - entry.change)


def _move(entries: dict[str, Entry], change: Change) -> Document:
    return {
        "code": change.code,
        "name": entries[change.code].name,
        "before": dollars(change.before),
        "after": dollars(change.after),
        "change": signed_dollars(str(change.amount)),
        "share": per_cent(Decimal(change.after or 0), Decimal(change.before or 0)),
    }


def _listed(entries: dict[str, Entry], gathered: Gathered, kinds: tuple[str, ...]) -> Document | None:
    found = [change for change in gathered.changes if change.kind in kinds]
    if not found:
        return None
    return {
        "codes": [
            {"code": change.code, "name": entries[change.code].name, "detail": "; ".join(in_words(change.values))}
            for change in found[:_LISTED]
        ],
        "more": max(0, len(found) - _LISTED),
    }
