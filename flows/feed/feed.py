"""Stage feed: the folder that reference sites read, brought up to date with the published warehouse.

Reads the published warehouse, the site's own words and what the feed before left in the folder; writes the folder. When
nothing that a feed depends on changed, every file that was touched since is still held against its sha256 (seen.py), and one
that was damaged or removed is written again. Raises FeedError for the folder, WarehouseError for the warehouse, WordsError for
the words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import orjson

from flows.feed.changes import changes
from flows.feed.content import Content, read_content
from flows.feed.documents import VERSION, Document, code_document, lost_tombstone, tombstone
from flows.feed.folder import CHANGES, MANIFEST, FeedFolder, Manifest, encoded, feed_id, require_outside, sha256
from flows.feed.indexes import code_entry, codes_index, gone_entry, localities_index, releases_index, zips_index
from flows.feed.sections import sections_index
from flows.notices import Licences
from flows.words.words import EXAMPLES, Words, folder_hash, raise_faults, read_folder
from warehouse import read
from warehouse.errors import FeedError
from warehouse.home import CODE, Home

_STAMP = "stamp.json"
_WAREHOUSE = "warehouse"
_CONSEQUENCE = "; nothing was written"


@dataclass(frozen=True)
class Wish:
    """What the operator wants: a release (None: the one that governs `today`), the licences that they declare, the folder of
    words (None: `words/` in the home folder, else the examples), and whether files that nobody touched are read again."""

    today: date
    release: str | None = None
    licences: Licences = field(default_factory=Licences)
    words: Path | None = None
    rereads: bool = False


@dataclass(frozen=True)
class FeedResult:
    """What a feed did: its manifest, which files were written, whether there was anything new, what changed since the feed
    before, which folder its words are from and about how many codes, and for which codes there are words and no document."""

    manifest: Document
    written: tuple[str, ...]
    is_new: bool
    changes: Document
    words_folder: Path
    words: int
    unused_words: tuple[str, ...]

    @property
    def has_example_words(self) -> bool:
        """Whether the words are the examples that come with the project."""
        return self.words_folder == EXAMPLES

    @property
    def release(self) -> str:
        """The release that the feed is of."""
        return str(self.manifest["release"])

    @property
    def documents(self) -> int:
        """How many codes have a document, those that are gone included."""
        return int(self.manifest["documents"])


def make_feed(home: Home, root: Path, wish: Wish) -> FeedResult:
    """Brings the feed in `root` up to date. See the module for the errors."""
    require_outside(home, root, "feed")
    if (root / "index.html").exists() and (root / "feed" / MANIFEST).exists():
        raise FeedError(f"{root} holds a site, which has its feed in feed/. Name another folder; nothing was changed.")
    folder = FeedFolder(root, rereads=wish.rereads)
    with folder.writing():
        before = folder.manifest()
        stamped = folder.print_of(_WAREHOUSE, home.published)
        with read.open_published(home) as con:
            if folder.print_of(_WAREHOUSE, home.published) != stamped:
                raise FeedError("The warehouse was published anew while the feed began. Run the feed again.")
            return _make(con, home, folder, before, wish, stamped)


def _make(
    con: duckdb.DuckDBPyConnection, home: Home, folder: FeedFolder, before: Manifest | None, wish: Wish, warehouse: str
) -> FeedResult:
    release = read.pick_release(con, None, wish.release, wish.today)
    own, words = read_words(home, wish)
    stamp = _stamp(warehouse, release["release_id"], wish, words)
    if before and folder.state(_STAMP) == stamp and not _damaged(folder, before):
        return _result(folder, before.document, before, (), own, words)
    _require_unprotected(con, own, words, wish.licences)
    content = read_content(con, release, home, wish.licences, words)
    contents = _contents(con, content, before)
    hashes = {name: sha256(body) for name, body in contents.items()}
    manifest = _manifest(content, hashes)
    told = _told(folder, before, manifest, contents)
    last = {CHANGES: told, MANIFEST: encoded(manifest)}
    contents |= last
    digests = hashes | {name: sha256(body) for name, body in last.items()}
    written = folder.differing({name: digests[name] for name in contents})
    folder.forget(_STAMP)
    folder.note(CHANGES, told)
    folder.write_all(((name, contents[name]) for name in written), digests)  # the manifest is the last of them
    folder.remove(name for name in (before.files if before else {}) if name not in hashes)
    folder.note(_STAMP, stamp)
    return _result(folder, manifest, before, tuple(written), own, words)


def _result(
    folder: FeedFolder,
    manifest: Document,
    before: Manifest | None,
    written: tuple[str, ...],
    own: Path,
    words: dict[str, Words],
) -> FeedResult:
    is_new = before is None or before.document["feed_id"] != manifest["feed_id"]
    unused = tuple(code for code in words if f"codes/{code}.json" not in manifest["files"])
    changed = orjson.loads(folder.state(CHANGES) or b"{}")
    return FeedResult(manifest, written, is_new, changed, own, len(words), unused)


# --- what a feed depends on --------------------------------------------------------------------------------------------------


def read_words(home: Home, wish: Wish) -> tuple[Path, dict[str, Words]]:
    """The folder of the site's own words, and these by code. Raises WordsError for their faults."""
    folder = wish.words or (home.words if home.words.is_dir() else EXAMPLES)
    return folder, read_folder(folder, _CONSEQUENCE)


def _require_unprotected(con: duckdb.DuckDBPyConnection, folder: Path, words: dict[str, Words], licences: Licences) -> None:
    """Raises WordsError for words that hold a description which needs a licence."""
    from flows.words.protected import protected_words  # with polars, which a feed with nothing new does without

    raise_faults(folder, protected_words(con, words.values(), licences), _CONSEQUENCE)


def _stamp(warehouse: str, release_id: str, wish: Wish, words: dict[str, Words]) -> bytes:
    """Everything that decides the content of a feed."""
    return encoded(
        {
            "warehouse": warehouse,
            "release": release_id,
            "licences": [wish.licences.cpt, wish.licences.dental],
            "words": folder_hash(words.values()),
            "code": code_print(),
        }
    )


def code_print() -> str:
    """The sha256 over the code and the schemas that make documents, so that another version makes them anew."""
    digest = hashlib.sha256(str(VERSION).encode())
    flows = CODE / "flows"
    places = [*(flows / "feed").rglob("*"), *(flows / "words").glob("*.py"), flows / "notices.py", flows / "catalog/notices.toml"]
    for path in sorted(path for path in places if path.suffix in (".py", ".json", ".toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _damaged(folder: FeedFolder, manifest: Manifest) -> list[str]:
    noted = folder.state(CHANGES)
    return folder.differing({**manifest.files, CHANGES: sha256(noted)}) if noted else [CHANGES]


# --- what a feed holds -------------------------------------------------------------------------------------------------------


def _contents(con: duckdb.DuckDBPyConnection, content: Content, before: Manifest | None) -> dict[str, bytes]:
    """Every file of the feed but the manifest and the changes, by name in order."""
    found: dict[str, bytes] = {}
    codes, gone = [], []
    for document in code_documents(content, before):  # one at a time: all of them as objects take half a gigabyte
        found[f"codes/{document['code']}.json"] = encoded(document)
        if document["kind"] == "code":
            codes.append(code_entry(document))
        else:
            gone.append(gone_entry(document))
    localities = localities_index(con, content)
    indexes = {
        "codes.json": codes_index(content, codes, gone),
        "sections.json": sections_index(con, content),
        "localities.json": localities,
        "zips.json": zips_index(con, content, localities),
        "releases.json": releases_index(con, content),
    }
    found |= {name: encoded(document) for name, document in indexes.items()}
    return dict(sorted((found | dict(schemas())).items()))


def code_documents(content: Content, before: Manifest | None) -> Iterator[Document]:
    """Every code document in the order of codes: of the codes of the release, and tombstones of the others."""
    fed = {name[6:-5] for name in (before.files if before else ()) if name.startswith("codes/")}
    for code in sorted(content.cited.keys() | content.gone.keys() | fed):
        if code in content.cited:
            yield code_document(content, code)
        elif code in content.gone:
            yield tombstone(content, code)
        else:
            yield lost_tombstone(content, code)


def schemas() -> Iterator[tuple[str, bytes]]:
    """The JSON Schemas of all kinds of documents, which a feed carries with it."""
    for entry in sorted(files("flows").joinpath("feed", "schemas").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".schema.json"):
            yield f"schemas/{entry.name}", entry.read_bytes()


def _manifest(content: Content, hashes: dict[str, str]) -> Document:
    return {
        "$schema": "schemas/feed.schema.json",
        "version": VERSION,
        "kind": "feed",
        "feed_id": feed_id(hashes),
        "release": content.release["release_id"],
        "documents": sum(name.startswith("codes/") for name in hashes),
        "words_sha256": folder_hash(content.words.values()),
        "files": hashes,
    }


def _told(folder: FeedFolder, before: Manifest | None, manifest: Document, contents: dict[str, bytes]) -> bytes:
    """The changes since the feed before. Those that were told already stay as they are: when the content is the same as that of
    the feed before, and when a run was cut off after it had told them."""
    was = before.document["feed_id"] if before else None
    if noted := folder.state(CHANGES):
        told = orjson.loads(noted)
        is_same_step = was == (told["feed_before"] or {}).get("feed_id")
        if told["feed_id"] == manifest["feed_id"] and (is_same_step or was == manifest["feed_id"]):
            return noted
    document = changes(before.document if before else None, manifest, lambda name: orjson.loads(contents[name]), folder.read)
    return encoded(document)
