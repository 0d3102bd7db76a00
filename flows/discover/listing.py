"""What a site lists: for each release its pages and archives, as they were seen last. Kept between runs (warehouse/seen.py).

Belongs to stage discover; pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flows.discover.offer import posted_on


@dataclass(frozen=True)
class Entry:
    """One release as a site lists it. `archives` are addresses, the newest cut last, empty while no page of it was read;
    `earlier` are addresses that it had before. `fault` says why its page gave no archive."""

    label: str
    name: str
    pages: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    title: str | None = None
    fault: str | None = None

    def with_archives(self, addresses: Collection[str], title: str | None = None) -> Entry:
        """The same with further archives: those with a date in their name after those without, by date."""
        every = dict.fromkeys((*self.archives, *addresses))
        ordered = sorted(every, key=lambda address: (posted_on(address) is not None, str(posted_on(address))))
        return replace(self, archives=tuple(ordered), title=self.title or title)

    def after(self, before: Entry | None, was_read: bool) -> Entry:
        """The same with what was known before: its archives, if no page was read now, and every address it once had."""
        if before is None:
            return self
        if not was_read and not self.archives:
            return replace(self, archives=before.archives, earlier=before.earlier, title=before.title)
        gone = tuple(a for a in (*before.earlier, *before.archives) if a not in self.archives)
        return replace(self, earlier=tuple(dict.fromkeys(gone)))


@dataclass(frozen=True)
class Listing:
    """What a source lists: `index` is the page that says so, `loose` are archives whose links name no release."""

    source: str
    index: str
    entries: Mapping[str, Entry] = field(default_factory=dict)
    loose: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seen_at: str = ""

    def to_json(self) -> dict[str, Any]:
        """The listing as a JSON document; what went wrong this time is not kept."""
        entries = [{name: value for name, value in asdict(entry).items() if name != "fault"} for entry in self.entries.values()]
        return {"index": self.index, "entries": entries}


def from_json(document: Mapping[str, Any] | None) -> Listing | None:
    """The listing that `to_json` wrote, None for anything else."""
    try:
        found = [_entry(entry) for entry in (document or {})["entries"]]
        source, index, seen_at = (str((document or {})[name]) for name in ("source", "index", "seen_at"))
    except (KeyError, TypeError):
        return None
    return Listing(source, index, {entry.label: entry for entry in found}, seen_at=seen_at)


def _entry(values: Mapping[str, Any]) -> Entry:
    many = {name: tuple(values[name]) for name in ("pages", "archives", "earlier")}
    return Entry(**{**values, **many})


def not_loaded(listing: Listing, loaded: Collection[str], addresses_had: Collection[str]) -> list[dict[str, str]]:
    """What a listing has that is not loaded: `label`, `reason`, `address` (the page or the archive).

    `loaded` are labels, `addresses_had` the addresses that archives came from.
    """
    found = []
    for entry in listing.entries.values():
        where = next(iter((*entry.archives[-1:], *entry.pages)), listing.index)
        if entry.label not in loaded:
            found.append({"label": entry.label, "reason": "not loaded", "address": where})
        elif set(entry.earlier) & set(addresses_had) and not set(entry.archives) & set(addresses_had):
            found.append({"label": entry.label, "reason": "another cut than the loaded one", "address": where})
    return found
