"""The last step of stage feed: a folder with the pages of a static site and the feed that they are made from.

Reads the published warehouse (by way of the feed, which it brings up to date in `feed/`), the words and the evidence page; writes
the folder. A page whose content is the same is not touched; one that was damaged is written again; one that no longer belongs is
removed, but for codes that are gone, which leave a page that says so. Raises FeedError for the folder and what make_feed raises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from flows.feed.feed import FeedResult, Wish, make_feed
from flows.feed.folder import FeedFolder, encoded, require_outside, sha256
from flows.site.code_pages import CodePages
from flows.site.gather import documents, gather
from flows.site.pages import Indexes, other_files
from flows.site.whole import Site, Whole, places
from warehouse.errors import FeedError
from warehouse.home import CODE, Home

FEED = "feed"
LOCAL = "http://127.0.0.1:8000/"
_STATE = "site.json"
Document = dict[str, Any]


@dataclass(frozen=True)
class SiteWish:
    """What the operator wants: of the feed, the address at which the site will stand (None: it is not known), its title, and an
    evidence page of their own (None: the project's)."""

    feed: Wish
    base_url: str | None = None
    title: str = "Fee Schedule Reference"
    evidence: Path | None = None


@dataclass(frozen=True)
class SiteResult:
    """What was done: the feed's result, how many pages and other files the site has, which were written and removed."""

    feed: FeedResult
    pages: int
    files: int
    written: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass
class _State:
    """What the run before noted: everything the site was made from, and of each file its sources' print and its sha256."""

    stamp: str = ""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes | None) -> _State:
        """The note, or an empty one when there is none or it is damaged: every page is then looked at."""
        try:
            noted = orjson.loads(content or b"")
            return cls(noted["stamp"], {name: (entry[0], entry[1]) for name, entry in noted["files"].items()})
        except (ValueError, KeyError, TypeError, IndexError):
            return cls()

    def content(self) -> bytes:
        """As it is noted."""
        return encoded({"stamp": self.stamp, "files": self.files})


def make_site(home: Home, root: Path, wish: SiteWish) -> SiteResult:
    """Brings the site in `root` up to date, and the feed in it. See the module for the errors."""
    require_outside(home, root, "site")
    if (root / "feed.json").exists():
        raise FeedError(f"{root} holds a feed. Name another folder for the site; it keeps a feed of its own in {FEED}/.")
    folder = FeedFolder(root, "site", wish.feed.rereads)
    with folder.writing():
        fed = make_feed(home, root / FEED, wish.feed)
        evidence = _evidence(wish)
        state = _State.of(folder.state(_STATE))
        stamp = _stamp(fed, wish, evidence)
        known = {name: digest for name, (_, digest) in state.files.items()}
        if state.stamp == stamp and not folder.differing(known):
            return SiteResult(fed, _pages(known), len(known), (), ())
        return _renew(folder, fed, wish, evidence, state, stamp)


def _renew(folder: FeedFolder, fed: FeedResult, wish: SiteWish, evidence: str, state: _State, stamp: str) -> SiteResult:
    feed = folder.root / FEED
    hashes = fed.manifest["files"]
    names = [name for name in hashes if name.startswith("codes/")]
    indexes = Indexes.read(feed)
    gathered = gather(documents(feed, names), indexes.newest["label"])
    site = Site(wish.title, wish.base_url or "", bool(indexes.zips["zips"]), tuple(indexes.releases["notices"]))
    whole = Whole(
        site,
        places(indexes.localities),
        names={entry.code: entry.name for entry in gathered.entries if entry.name},
        codes=frozenset(entry.code for entry in gathered.entries),
    )
    others = dict(other_files(whole, gathered, indexes, evidence, wish.base_url or LOCAL))
    digests = {name: sha256(content) for name, content in others.items()}
    written = list(folder.differing(digests))
    folder.write_all(((name, others[name]) for name in written), digests)
    pages = CodePages(folder, feed, whole, gathered.linked, site_print())
    files, changed = pages.bring_up_to_date({name: hashes[name] for name in names}, state.files)
    files |= {name: ("", digest) for name, digest in digests.items()}
    removed = tuple(name for name in state.files if name not in files)
    folder.remove(removed)
    folder.note(_STATE, _State(stamp, files).content())
    return SiteResult(fed, _pages(files), len(files), tuple(sorted([*written, *changed])), removed)


def _pages(files: dict[str, Any]) -> int:
    return sum(name.endswith(".html") for name in files)


def site_print() -> str:
    """The sha256 over the code, templates and assets that make pages, so that another version makes them anew."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for path in sorted((CODE / "flows" / "site").rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".js", ".svg"):
            yield path


def _stamp(fed: FeedResult, wish: SiteWish, evidence: str) -> str:
    """Everything that decides the content of a site."""
    parts = (fed.manifest["feed_id"], site_print(), wish.base_url, wish.title, evidence)
    return sha256(orjson.dumps(parts))


def _evidence(wish: SiteWish) -> str:
    """The evidence page as Markdown: the operator's, else the project's from the checkout or the installed wheel."""
    named = [wish.evidence] if wish.evidence else [CODE / "docs" / "EVIDENCE.md", Path(__file__).parent / "EVIDENCE.md"]
    for path in named:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as fault:
            raise FeedError(f"{path} cannot be read as the evidence page: {fault}.") from fault
    raise FeedError(f"{named[0]} is not there. 'pfs verify FILE --evidence PAGE' writes such a page.")
