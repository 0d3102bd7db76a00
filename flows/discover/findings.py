"""What a site lists against what is known: each wanted release is known, new, re-cut or gone. Belongs to stage discover.

Reads the catalogue and the manifest of the raw store; writes nothing.

What is asked of the site:
- an address that gave an archive before is asked again, on condition that it changed (one short answer, 304);
- an archive is not asked for at all when the raw store holds every archive that the catalogue documents for its release by
  hash (from a folder, say) and the site lists no other address than the catalogue: the site shows no newer cut;
- a release that is gone from the site is tried at the catalogue's addresses if none of its archives was ever had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flows.catalog import releases
from flows.discover.listing import Entry, Listing
from flows.discover.offer import GONE, KNOWN, NEW, RECUT, Candidate, Discovered, Wanted, label_of, year_of
from flows.fetch.fetch import name_of
from warehouse.counted import counted
from warehouse.raw import RawStore

if TYPE_CHECKING:
    from flows.fetch.fetch import Fetched


@dataclass(frozen=True)
class Had:
    """The addresses that archives in the raw store came from, oldest first, and their hashes."""

    addresses: tuple[str, ...]
    hashes: frozenset[str]

    def of(self, label: str, entry: Entry | None) -> list[str]:
        """The addresses that archives of a release came from: those of the site, of the catalogue, or that name it."""
        places = {*catalogue_addresses(label), *(entry.archives + entry.earlier if entry else ())}
        return [address for address in self.addresses if address in places or label_of(address) == label]


def had(store: RawStore) -> Had:
    """What the raw store holds."""
    entries = [entry for entry in store.entries() if store.path(entry.sha256).exists()]
    addresses = tuple(dict.fromkeys(entry.source_url for entry in entries))
    return Had(addresses, frozenset(entry.sha256 for entry in entries))


def catalogue_addresses(label: str) -> tuple[str, ...]:
    """The addresses of archives that the catalogue has for a release, best first."""
    return tuple(found.url for found in releases.release_urls(label) if found.kind == "zip")


def finding(candidate: Candidate, fetched: Fetched, store: RawStore) -> str | None:
    """How an archive was found, told again once it is fetched: re-cut when its address gave other bytes the time before."""
    if candidate.found is None or fetched.not_modified:
        return candidate.found
    gave = [entry.sha256 for entry in store.entries() if entry.source_url == fetched.source_url]
    return RECUT if len(gave) > 1 and gave[-2] != fetched.sha256 else candidate.found


def compare(listing: Listing, before: Listing | None, wanted: Wanted, store: RawStore, *, with_catalogue: bool) -> Discovered:
    """The candidates that a listing makes, and what is to be said of it. `before` is what the source listed the last time.

    `with_catalogue`: the site is CMS's own, so the catalogue's addresses count as its addresses too.
    """
    known = had(store)
    found: list[Candidate] = []
    notes = list(listing.notes)
    for entry in listing.entries.values():
        if wanted.includes(entry.label):
            candidates, said = _listed(entry, known, with_catalogue)
            found += candidates
            notes += [f"{entry.label}: {sentence}" for sentence in said]
    gone, kept = _gone(listing, before, wanted, known, with_catalogue)
    found += gone
    others = [loose(address, wanted) for address in listing.loose]
    found += [candidate for candidate in others if candidate.label is None or wanted.includes(candidate.label)]
    labels = [*listing.entries, *(candidate.label for candidate in others if candidate.label)]
    left = left_alone([label for label in labels if not wanted.includes(label)], wanted)
    return Discovered(in_order(found), (_overview(listing, gone, kept), *notes, *left))


def without_index(reason: str, before: Listing | None, wanted: Wanted, store: RawStore) -> Discovered:
    """The candidates when CMS's index cannot be read: the addresses of the last listing, if there is one, and the catalogue's."""
    known = had(store)
    listed = before.entries if before else {}
    labels = dict.fromkeys([release.label for release in releases.releases()] + list(listed))
    found = []
    for label in labels:
        urls = (*reversed(listed[label].archives if label in listed else ()), *catalogue_addresses(label))
        if wanted.includes(label) and urls:
            stored = _documented_and_stored(label, urls[0], known)
            is_known = releases.find(label) is not None
            found.append(
                Candidate(_name(urls[0], label), label, urls=_once(urls), found=KNOWN if is_known else NEW, stored=stored)
            )
    seen = f" and of the listing seen at {before.seen_at}" if before else ""
    note = (
        f"The index page could not be used: {reason} The addresses of the catalogue{seen} were used instead; a release that "
        "they do not know cannot be found this way."
    )
    return Discovered(in_order(found), (note,))


def left_alone(labels: Sequence[str], wanted: Wanted) -> tuple[str, ...]:
    """What is said of archives of other years, where no year, label or --all was given: somebody may have meant them."""
    if not wanted.by_default or not labels:
        return ()
    years = " and ".join(map(str, wanted.years))
    return (
        f"{counted(len(labels), 'archive')} of other years than {years} left alone; --all takes all, --year those of a year.",
    )


def loose(address: str, wanted: Wanted) -> Candidate:
    """The candidate for a link that stands for itself; when it names no release, its content is held against `wanted`."""
    label = label_of(address)
    return Candidate(_name(address, label), label, urls=(address,), wanted=None if label else wanted)


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Oldest release first; what names no release last; several archives of one release as they came."""
    return sorted(candidates, key=_begins)


def _begins(candidate: Candidate) -> str:
    label = candidate.label
    if label is None:
        return "9999"
    release = releases.find(label)
    return release.valid_from.isoformat() if release else f"{year_of(label)}-{label[5:]}"


def _listed(entry: Entry, known: Had, with_catalogue: bool) -> tuple[list[Candidate], list[str]]:
    """The candidates of one listed release, and sentences on what is unusual about it."""
    is_known = releases.find(entry.label) is not None
    if entry.fault:
        others = catalogue_addresses(entry.label) if with_catalogue else ()
        urls, found = _once((*reversed(entry.earlier + entry.archives), *others)), KNOWN if is_known else NEW
        if not urls:
            return [Candidate(entry.name, entry.label, found=found, fault=entry.fault)], []
        stored = _documented_and_stored(entry.label, urls[0], known)
        candidate = Candidate(_name(urls[0], entry.label), entry.label, urls=urls, found=found, stored=stored)
        return [candidate], [f"{entry.fault} Addresses known from before were tried instead."]
    candidates, notes = [], []
    for address in entry.archives:
        found, said = _found(entry, address, known, with_catalogue)
        stored = _documented_and_stored(entry.label, address, known)
        candidates.append(Candidate(_name(address, entry.label), entry.label, urls=(address,), found=found, stored=stored))
        notes += [said] if said else []
    return candidates, notes


def _found(entry: Entry, address: str, known: Had, with_catalogue: bool) -> tuple[str, str | None]:
    """Known, new or re-cut by the address, with the address before where it is re-cut."""
    before = [had for had in known.of(entry.label, entry) if urlsplit(had).netloc == urlsplit(address).netloc]
    listed = catalogue_addresses(entry.label) if with_catalogue else ()
    if before and address not in before:
        return RECUT, f"re-cut: its address is now {address}; the one had before came from {before[-1]}."
    if not before and listed and _path(address) not in map(_path, listed):
        return RECUT, f"re-cut: its address is now {address}; the catalogue has {listed[0]}."
    return (KNOWN if releases.find(entry.label) else NEW), None


def _gone(
    listing: Listing, before: Listing | None, wanted: Wanted, known: Had, with_catalogue: bool
) -> tuple[list[Candidate], list[str]]:
    """The candidates for releases that the site no longer lists, and the labels of those that were had and are left alone."""
    places = {label: entry.archives for label, entry in (before.entries if before else {}).items()}
    if with_catalogue:
        for release in releases.releases():
            places[release.label] = (*places.get(release.label, ()), *catalogue_addresses(release.label))
    missing = {label: _once(urls) for label, urls in places.items() if label not in listing.entries and wanted.includes(label)}
    kept, tried = [], []
    for label, urls in missing.items():
        entry = before.entries.get(label) if before else None
        documented = _documented(label)
        if known.of(label, entry) or (documented and known.hashes.issuperset(documented)):
            kept.append(label)
        elif urls:
            tried.append(Candidate(_name(urls[0], label), label, urls=urls, found=GONE))
    return tried, kept


def _overview(listing: Listing, gone: list[Candidate], kept: list[str]) -> str:
    """The listing in a sentence or two."""
    unheard = [label for label in listing.entries if releases.find(label) is None]
    parts = [f"{listing.index} lists {counted(len(listing.entries), 'release')}"]
    parts += [f"new, not in the catalogue: {', '.join(unheard)}"] if unheard else []
    parts += [f"{counted(len(listing.loose), 'archive')} whose names tell no release"] if listing.loose else []
    tried = ", ".join(candidate.label or candidate.name for candidate in gone)
    parts += [f"gone from it, tried at the addresses known from before: {tried}"] if gone else []
    parts += [f"gone from it, kept as they were had: {', '.join(kept)}"] if kept else []
    return "; ".join(parts) + "."


def _documented_and_stored(label: str, address: str, known: Had) -> str | None:
    """The hash of the stored archive that makes asking for this address needless; see the module for when that is."""
    documented, listed = _documented(label), catalogue_addresses(label)
    is_newest = bool(listed) and _path(address) == _path(listed[0]) and address not in known.addresses
    return documented[-1] if documented and is_newest and known.hashes.issuperset(documented) else None


def _documented(label: str) -> tuple[str, ...]:
    release = releases.find(label)
    return release.sha256 if release else ()


def _name(address: str, label: str | None) -> str:
    """A file name for an archive: CMS's own, slashes in it replaced; the label when that says something else."""
    name = name_of(address)
    return name if label is None or releases.parse_label(name) == label else f"{label}.zip"


def _path(address: str) -> str:
    return unquote(urlsplit(address).path).lower()


def _once(urls: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urls))
