"""The folder of a feed or a site: what a run before left there, which files hold what they should, and writing the others.

Every file is written aside and renamed, and a file that has its content already is not touched. `feed.json` lists each
document with its sha256 and is written last; what a run needs to know about the one before, and no reader of the feed needs,
lies in `.state/`. A run that is cut off leaves the list of the feed before, so that the next one finishes the work and its
`changes.json` tells what changed since that feed. Raises FeedError when the folder cannot be written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from flows.feed.seen import Seen
from warehouse.errors import FeedError
from warehouse.home import Home

MANIFEST = "feed.json"
CHANGES = "changes.json"
_STATE = ".state"
_SEEN = "seen.json"
_WHAT = "what"  # which of them a folder is for, also where the first run was cut off
_PART = ".part"


def sha256(content: bytes) -> str:
    """The sha256 of a content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def encoded(document: Mapping[str, Any]) -> bytes:
    """A document as it is written: UTF-8, without blanks between, keys in the order in which they were put, a line end last."""
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def feed_id(files: Mapping[str, str]) -> str:
    """The name of a feed's content: the sha256 over the names and hashes of its documents."""
    return sha256("\n".join(f"{name} {files[name]}" for name in sorted(files)).encode())


def require_outside(home: Home, root: Path, what: str) -> None:
    """Raises FeedError for a folder that is the home folder, lies in it or holds it: no archives beside what is published."""
    data, wanted = home.root.resolve(), root.resolve()
    if data == wanted or data in wanted.parents or wanted in data.parents:
        where = "is" if data == wanted else "lies in" if data in wanted.parents else "holds"
        raise FeedError(
            f"{root} {where} the home folder {home.root}, whose archives are not to be passed on. Name a folder for the {what} "
            "outside of it and not above it; nothing was changed."
        )


@dataclass(frozen=True)
class Manifest:
    """What the folder held when a feed was finished: the manifest itself and its files, name to sha256."""

    document: dict[str, Any]

    @property
    def files(self) -> dict[str, str]:
        """Every document but the manifest and the changes, with its sha256."""
        return dict(self.document["files"])


@dataclass
class FeedFolder:
    """A folder with a feed in it, or one that is to hold its first; or `what` else is written this way.

    With `rereads` every file is read and held against its sha256, also one that nobody seems to have touched (seen.py).
    """

    root: Path
    what: str = "feed"
    rereads: bool = False
    seen: Seen = field(default_factory=Seen)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Makes the folder ready to be written, and keeps others from writing it meanwhile.

        Removes what a run that was cut off left half written. Raises FeedError when another run is writing it, and when the
        folder holds anything that no such run wrote.
        """
        from filelock import FileLock, Timeout

        is_new = not self.root.exists()
        try:
            self._require_ours()
            (self.root / _STATE).mkdir(parents=True, exist_ok=True)
            for part in self.root.rglob(f"*{_PART}"):
                part.unlink()
            lock = FileLock(self.root / _STATE / "lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise FeedError(
                f"Another {self.what} is being written to {self.root}. Wait until it ends; nothing was changed."
            ) from None
        except OSError as fault:
            raise _refused(self.root, fault) from fault
        self.seen = Seen() if self.rereads else Seen.of(self.state(_SEEN))
        try:
            if self.state(_WHAT) is None:
                self.note(_WHAT, self.what.encode())
            yield
        finally:
            if self.seen.is_changed:
                self.note(_SEEN, self.seen.content())
            lock.release()
            if is_new and not any(entry.name != _STATE for entry in self.root.iterdir()):
                shutil.rmtree(self.root)  # it was refused before anything was written

    def _require_ours(self) -> None:
        if self.root.is_dir() and any(self.root.iterdir()) and not (self.root / _STATE).is_dir():
            raise FeedError(
                f"{self.root} holds files, and no {self.what} wrote them. Name an empty folder, or one with a {self.what} in it; "
                "nothing was changed."
            )
        if (noted := self.state(_WHAT)) not in (None, self.what.encode()):
            other = (noted or b"").decode("utf-8", "replace")
            raise FeedError(f"{self.root} holds a {other}, or the beginning of one. Name another folder; nothing was changed.")

    def manifest(self) -> Manifest | None:
        """The list of the feed before; None without one. Raises FeedError when it is there and damaged."""
        content = self._read(MANIFEST)
        if content is None:
            return None
        try:
            document = orjson.loads(content)
            is_whole = document["feed_id"] == feed_id(document["files"])
        except (ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            raise FeedError(
                f"{self.root / MANIFEST} is damaged, so that what changed since the feed before cannot be told. Put the file "
                "back from a copy, or remove it: the next feed then counts as the first one."
            )
        return Manifest(document)

    def state(self, name: str) -> bytes | None:
        """What an earlier run noted under a name."""
        return self._read(f"{_STATE}/{name}")

    def note(self, name: str, content: bytes) -> None:
        """Notes something for the next run."""
        self.write(f"{_STATE}/{name}", content)

    def forget(self, name: str) -> None:
        """Removes a note, if it is there."""
        (self.root / _STATE / name).unlink(missing_ok=True)

    def differing(self, files: Mapping[str, str]) -> list[str]:
        """The files whose content is not the one of this sha256, or that are not there."""
        found = {name: self.seen.digest(name, f"{self.root}/{name}") for name in files}
        unknown = [name for name, digest in found.items() if digest is None]
        with ThreadPoolExecutor(2) as pool:
            for part in pool.map(self._hashed, (unknown[::2], unknown[1::2])):
                found |= part
        return [name for name, digest in files.items() if found[name] != digest]

    def _hashed(self, names: list[str]) -> dict[str, str | None]:
        """The sha256 of files that are read for it; None for one that is not there."""
        found: dict[str, str | None] = {}
        for name in names:
            content = self._read(name)
            found[name] = None if content is None else sha256(content)
            if digest := found[name]:
                self.saw(name, digest)
        return found

    def holds(self, name: str, digest: str) -> bool:
        """Whether a file is there with this sha256."""
        found = self.seen.digest(name, f"{self.root}/{name}") or self._hashed([name])[name]
        return found == digest

    def saw(self, name: str, digest: str) -> None:
        """Notes that a file has this sha256 now."""
        self.seen.note(name, f"{self.root}/{name}", digest)

    def print_of(self, name: str, path: Path) -> str:
        """The sha256 of a file elsewhere, which is read when it is another than the last time; empty when it is not there.

        It is noted under `name`, since the folder may be published, and its readers need not know where the file lies.
        """
        if not path.exists():
            return ""
        if (known := self.seen.digest(name, str(path))) is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            self.seen.note(name, str(path), known)
        return known

    def _read(self, name: str) -> bytes | None:
        try:
            with open(f"{self.root}/{name}", "rb", buffering=0) as file:  # noqa: PTH123  20,000 of them: a Path takes longer
                return file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as fault:
            raise _refused(self.root / name, fault) from fault

    def read(self, name: str, digest: str) -> dict[str, Any] | None:
        """A document, if it is there with this sha256."""
        content = self._read(name)
        return orjson.loads(content) if content is not None and sha256(content) == digest else None

    def write_all(self, contents: Iterable[tuple[str, bytes]], digests: Mapping[str, str]) -> None:
        """Writes files, each aside and renamed; `digests` are their sha256."""
        made = set()
        for name, content in contents:
            if (folder := name.rpartition("/")[0]) not in made:
                (self.root / folder).mkdir(parents=True, exist_ok=True)
                made.add(folder)
            self.write(name, content)
            self.saw(name, digests[name])

    def remove(self, names: Iterable[str]) -> None:
        """Removes files that are no longer part of it."""
        for name in names:
            (self.root / name).unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Writes one file aside and renames it, so that a reader sees the old content or the new one."""
        target = f"{self.root}/{name}"
        try:
            with open(target + _PART, "wb", buffering=0) as file:  # noqa: PTH123
                file.write(content)
            os.replace(target + _PART, target)
        except OSError as fault:
            raise _refused(Path(target), fault) from fault


def _refused(place: Path, fault: OSError) -> FeedError:
    return FeedError(
        f"{place} cannot be written or read: {fault.strerror or fault}. What was finished before is still noted; free some space "
        "or name another folder, and run the command again."
    )
