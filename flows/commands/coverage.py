"""What `pfs status` says beyond the loaded releases: the as-of calendar, and what the source listed last and is not loaded.

Reads the catalogue and what sites showed last (raw/pages/ of the home), never the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flows.catalog import releases
from flows.catalog.asof import Span, calendar
from flows.catalog.releases import Release, provisional
from flows.discover.listing import from_json, not_loaded
from flows.show import console, line, table
from warehouse import read
from warehouse.errors import PfsError
from warehouse.home import Home
from warehouse.raw import RawStore
from warehouse.seen import SeenPages


def listed(place: Home, loaded: Iterable[read.Row]) -> dict[str, Any] | None:
    """The source that was looked at last, when, and what it listed that is not loaded; None when none was."""
    listing = from_json(SeenPages(place.raw / "pages").newest_listing())
    if listing is None:
        return None
    had = {entry.source_url for entry in RawStore(place.raw).entries()}
    waiting = not_loaded(listing, {row["label"] for row in loaded}, had)
    return {"source": listing.source, "seen_at": listing.seen_at, "releases": len(listing.entries), "not_loaded": waiting}


def show_listed(state: dict[str, Any] | None) -> None:
    """Prints what the source listed and is not loaded."""
    if state is None:
        return
    out = console()
    out.print(line(f"Listed by {state['source']} at {state['seen_at']}: {state['releases']} releases."))
    plain = [entry["label"] for entry in state["not_loaded"] if entry["reason"] == "not loaded"]
    if plain:
        out.print(line(f"Of these not loaded: {', '.join(plain)}."))
    for entry in state["not_loaded"]:
        if entry["reason"] != "not loaded":
            out.print(line(f"{entry['label']}: {entry['reason']}, at {entry['address']}."))
    if not state["not_loaded"]:
        out.print(line("All of them are loaded."))


def calendar_rows(loaded: list[read.Row]) -> list[dict[str, Any]]:
    """The as-of calendar with the editions that are loaded; loaded releases that the catalogue lacks are in it."""
    editions: dict[str, list[str]] = {}
    for row in loaded:
        editions.setdefault(row["label"], []).append(row["release_id"])
    return [_row(span, editions) for span in calendar(_every_release(editions))]


def _every_release(labels: Iterable[str]) -> list[Release]:
    every = list(releases.releases())
    for label in sorted(labels):
        if releases.find(label) is None:
            try:
                every.append(provisional(label, among=every))
            except PfsError:  # a label of a warehouse that another version wrote
                continue
    return every


def _row(span: Span, editions: dict[str, list[str]]) -> dict[str, Any]:
    release = span.release
    return {
        "first": span.first,
        "last": span.last,
        "release": release.label if release else None,
        "conversion_factor": release.conversion_factor if release else None,
        "loaded": editions.get(release.label, []) if release else [],
        "displaced": list(span.displaced),
        "reason": span.reason,
    }


def show_calendar(rows: list[dict[str, Any]], loaded: list[read.Row]) -> None:
    """Prints the calendar, and the releases that never governed a day."""
    out = console()
    headings = ("from", "to", "governs", "factor", "loaded", "in place of", "")
    cells = [
        (
            row["first"],
            row["last"],
            row["release"] or "none",
            row["conversion_factor"] or "",
            ", ".join(row["loaded"]) or ("no" if row["release"] else ""),
            ", ".join(row["displaced"]),
            row["reason"] or "",
        )
        for row in rows
    ]
    out.print(line("Which release governs each date of service since 2003:"))
    out.print(table(headings, cells))
    labels = {row["label"] for row in loaded}
    never = [
        release.label + (" (loaded)" if release.label in labels else "") for release in releases.releases() if not release.governs
    ]
    out.print(line(f"Never governed a day: {', '.join(never)}."))
    missing = sum(1 for row in rows if row["release"] and not row["loaded"])
    out.print(line(f"{len(rows)} spans of dates; the governing release of {missing} of them is not loaded."))
