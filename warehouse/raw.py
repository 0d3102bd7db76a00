"""The raw store: every archive that ever arrived, under its sha256, read-only, with a manifest of when and from where.

Reads and writes one folder (`raw/` in the home):
    <sha256>.zip      an archive, moved here when it is complete and verified; never changed afterwards
    <sha256>.csv      a table that was posted bare, likewise
    manifest.jsonl    one line for each arrival, only ever appended to
    parts/            what is on its way: <sha256 of the url>.part, and a .json beside it that says what it is a part of
Fails with a WarehouseError when the folder cannot be written, when a stored file no longer hashes to its own name, or
when the manifest holds a line that is not one of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from warehouse.errors import WarehouseError
from warehouse.home import sync_folder

Outcome = Literal["new", "same"]

# Flow tasks may run as threads of one process; a manifest line must not be written into the middle of another.
_manifest_lock = threading.Lock()


@dataclass(frozen=True)
class ManifestEntry:
    """One arrival of an archive. `bytes` is its size, `fetched_at` is in UTC, `outcome` is 'same' if it was here."""

    fetched_at: datetime
    sha256: str
    bytes: int
    name: str
    source_url: str
    etag: str | None
    last_modified: str | None
    outcome: Outcome

    def to_line(self) -> str:
        """The entry as one line of JSON, without the line end."""
        return json.dumps(asdict(self) | {"fetched_at": self.fetched_at.isoformat(timespec="seconds")})

    @classmethod
    def from_line(cls, line: str) -> ManifestEntry:
        """Reads what `to_line` wrote. Raises ValueError, KeyError or TypeError on anything else."""
        fields = json.loads(line)
        values = {name: fields[name] for name in cls.__dataclass_fields__}
        if not all(isinstance(values[name], str) for name in ("sha256", "name", "source_url")):
            raise TypeError("sha256, name and source_url are texts")
        at = datetime.fromisoformat(values["fetched_at"])
        if at.tzinfo is None:
            raise ValueError("fetched_at is a time in UTC")
        return cls(**values | {"fetched_at": at})


@dataclass(frozen=True)
class Stored:
    """An archive in the store. `is_new` is false when the same bytes were here before."""

    sha256: str
    path: Path
    size: int
    is_new: bool
    fetched_at: datetime


@dataclass(frozen=True)
class Part:
    """A body on its way into the store, and the note that says which version of which url it belongs to."""

    path: Path

    @property
    def note_path(self) -> Path:
        """Where the note is kept: beside the part file."""
        return self.path.with_suffix(".json")

    def size(self) -> int:
        """Bytes that are here; 0 when nothing is."""
        return self.path.stat().st_size if self.path.exists() else 0

    def note(self) -> dict[str, Any]:
        """What `begin` noted; empty when there is no note or it is torn, and then the part is of no use."""
        try:
            note = json.loads(self.note_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def begin(self, url: str, etag: str | None = None, last_modified: str | None = None) -> None:
        """Starts anew: drops what was here and notes the version that is about to arrive."""
        with _writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.unlink(missing_ok=True)
            note = {"url": url, "etag": etag, "last_modified": last_modified}
            self.note_path.write_text(json.dumps(note), encoding="utf-8")

    def write(self, chunks: Iterator[bytes]) -> None:
        """Appends the chunks as they come. An error of the iterator passes through and what was written stays."""
        with _writing(self.path):
            out = self.path.open("ab")
        with out:
            for chunk in chunks:
                with _writing(self.path):
                    out.write(chunk)
                    out.flush()

    def discard(self) -> None:
        """Removes the part and its note."""
        with _writing(self.path):
            self.path.unlink(missing_ok=True)
            self.note_path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Leftover:
    """A part file that no finished fetch has claimed. `url` is unknown when its note is gone."""

    path: Path
    url: str | None
    size: int


class RawStore:
    """The raw folder. `root` is the folder itself (`<home>/raw`); it is made when something is first stored."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = root / "manifest.jsonl"

    def path(self, sha256: str) -> Path:
        """Where the archive with this hash is, or would be; a table that was posted bare is a csv file."""
        table = self.root / f"{sha256}.csv"
        return table if table.exists() else self.root / f"{sha256}.zip"

    def part(self, url: str) -> Part:
        """The part file of a url: always the same one, so that a later run finds what an earlier one left."""
        return Part(self.root / "parts" / f"{hashlib.sha256(url.encode()).hexdigest()}.part")

    def leftovers(self) -> list[Leftover]:
        """Part files of fetches that were cut off, by name."""
        parts = [Part(path) for path in sorted((self.root / "parts").glob("*.part"))]
        return [Leftover(part.path, part.note().get("url"), part.size()) for part in parts]

    def entries(self) -> list[ManifestEntry]:
        """The manifest, oldest first. A last line that a crash cut short is left out, another bad line is an error."""
        if not self.manifest.exists():
            return []
        try:
            lines = self.manifest.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or error
            raise WarehouseError(f"{self.manifest} cannot be read as a manifest ({said}). Restore it from a copy.") from error
        return [self._entry(number, line) for number, line in enumerate(lines[:-1], start=1)]

    def last_response(self, url: str) -> ManifestEntry | None:
        """What this url gave last, if that is still stored: its ETag and Last-Modified make a request conditional."""
        found = [entry for entry in self.entries() if entry.source_url == url]
        return found[-1] if found and self.path(found[-1].sha256).exists() else None

    def arrival(self, sha256: str, source_url: str) -> ManifestEntry | None:
        """The first time that this archive came from this address; None when it never did."""
        wanted = (sha256, source_url)
        return next((entry for entry in self.entries() if (entry.sha256, entry.source_url) == wanted), None)

    def verify(self, sha256: str) -> Path:
        """The path of a stored archive, after hashing it again. WarehouseError when it is gone or not what it was."""
        path = self.path(sha256)
        if not path.exists():
            raise WarehouseError(f"The raw archive {path} is missing. Fetch its release again to restore it.")
        found = sha256_of(path)
        if found != sha256:
            raise WarehouseError(
                f"The raw archive {path} has changed since it was stored: its sha256 is now {found}. "
                "Move it away and fetch its release again."
            )
        return path

    def add(
        self,
        part: Path,
        *,
        sha256: str | None,
        name: str,
        source_url: str,
        etag: str | None,
        last_modified: str | None,
        is_table: bool = False,
        came_at: datetime | None = None,
    ) -> Stored:
        """Moves a finished part file into the store and notes it in the manifest; the part is gone afterwards.

        `sha256` is what the part must hash to; None where nothing tells, and then it is stored by the hash that it has.
        If the same bytes are stored already, they stay as they are (after a check) and the part is dropped.
        Raises WarehouseError when the part does not hash to `sha256` or the folder cannot be written.
        """
        found = sha256_of(part)
        if sha256 is None:
            sha256 = found
        elif found != sha256:
            raise WarehouseError(f"{part} was to be stored as {sha256} but its sha256 is {found}. Fetch it again.")
        if self.path(sha256).exists():
            self.verify(sha256)
        else:
            target = self.root / f"{sha256}.csv" if is_table else self.path(sha256)
            with _writing(target):
                _move_for_good(part, target)
        Part(part).discard()
        return self.note(sha256=sha256, name=name, source_url=source_url, etag=etag, last_modified=last_modified, came_at=came_at)

    def note(
        self,
        *,
        sha256: str,
        name: str,
        source_url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        came_at: datetime | None = None,
    ) -> Stored:
        """Appends an arrival of a stored archive to the manifest: 'new' the first time that its hash is noted.

        Of now, or of `came_at`: then that of another raw store, which is taken over, and noted no second time.
        """
        if came_at and (known := self.arrival(sha256, source_url)):
            return Stored(sha256, self.path(sha256), known.bytes, False, known.fetched_at)
        size = self.path(sha256).stat().st_size
        now = came_at or datetime.now(UTC).replace(microsecond=0)
        with _manifest_lock, _writing(self.manifest):
            outcome: Outcome = "same" if any(entry.sha256 == sha256 for entry in self.entries()) else "new"
            entry = ManifestEntry(now, sha256, size, name, source_url, etag, last_modified, outcome)
            _append_line(self.manifest, entry.to_line())
        return Stored(sha256, self.path(sha256), size, outcome == "new", now)

    def _entry(self, number: int, line: str) -> ManifestEntry:
        try:
            return ManifestEntry.from_line(line)
        except (ValueError, KeyError, TypeError) as error:
            raise WarehouseError(
                f"Line {number} of {self.manifest} is not a manifest entry: {line[:80]!r}. "
                "The manifest is only ever appended to; restore it from a copy, or take that line out."
            ) from error


def sha256_of(path: Path) -> str:
    """The sha256 of a file in hexadecimal, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move_for_good(part: Path, target: Path) -> None:
    """Makes the bytes durable and read-only before the name appears, so that a name always means a whole archive."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.chmod(0o444)
    part.replace(target)
    sync_folder(target.parent)


def _append_line(path: Path, line: str) -> None:
    """One durable line. A tail without a line end was never a whole entry (a crash cut it) and is taken off first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turns what the disk says (full, read-only, no permission) into a sentence."""
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written: {error.strerror or error}. "
            "Free some space or give the right to write there, or let PFS_HOME name another folder."
        ) from error
