"""What a run that was cut off left in the home: named by `pfs status`, cleared away by the next refresh.

Reads the home; `clear` removes what `found` calls of no use. It must run under the write lock, where nothing is on its way. The
published warehouse, the kept ones and stored archives are never touched.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.raw import Part, RawStore

_RESUMABLE_DAYS = 7


@dataclass(frozen=True)
class Leftover:
    """A file or folder that no finished run left: what it is, its size in bytes, and whether the next refresh removes it."""

    path: Path
    size: int
    meaning: str
    is_cleared: bool = True


def found(home: Home) -> list[Leftover]:
    """Everything that runs which were cut off left, by path. While a refresh is writing, its own files are among them."""
    every = [*_builds(home), *_parts(home), *_notes(home), *_unnamed(home)]
    return sorted(every, key=lambda leftover: str(leftover.path))


def clear(home: Home) -> list[Leftover]:
    """Removes what is of no use to the next run, and says what that was. What the disk refuses to remove stays."""
    gone = [leftover for leftover in found(home) if leftover.is_cleared]
    for leftover in gone:
        if leftover.path.is_dir() and not leftover.path.is_symlink():
            shutil.rmtree(leftover.path, ignore_errors=True)
        else:
            with suppress(OSError):
                leftover.path.unlink(missing_ok=True)
    return gone


def _builds(home: Home) -> Iterator[Leftover]:
    for path in _in(home.building, "*"):
        size = sum(file.stat().st_size for file in path.rglob("*")) if path.is_dir() else path.stat().st_size
        yield Leftover(path, size, "a build that was cut off")


def _parts(home: Home) -> Iterator[Leftover]:
    """Downloads that a later run can resume stay for a week; copies of files are begun anew each time, and so are others."""
    folder, resumed = home.raw / "parts", set()
    for path in _in(folder, "*.part"):
        note = Part(path).note()
        is_recent = time.time() - path.stat().st_mtime < _RESUMABLE_DAYS * 86400
        is_resumable = str(note.get("url", "")).startswith("http") and bool(note.get("etag") or note.get("last_modified"))
        meaning = "a download that the next refresh resumes" if is_resumable and is_recent else "a fetch that was cut off"
        if is_resumable and is_recent:
            resumed.add(path)
        yield Leftover(path, path.stat().st_size, meaning, path not in resumed)
    for path in _in(folder, "*.json"):
        if path.with_suffix(".part") not in resumed:
            yield Leftover(path, path.stat().st_size, "the note of a fetch that was cut off")


def _notes(home: Home) -> Iterator[Leftover]:
    pages = home.raw / "pages"
    for folder, pattern in ((pages, "*.new"), (pages, "*.page.part"), (pages, "*.page.json"), (home.kept, "*.part")):
        for path in _in(folder, pattern):
            yield Leftover(path, path.stat().st_size, "a file that was cut off while it was written")
    for path in _in(home.root, "*.part"):
        yield Leftover(path, path.stat().st_size, "a note that was cut off while it was written")


def _unnamed(home: Home) -> Iterator[Leftover]:
    """Archives that were stored whole a moment before the run was killed; the manifest names them when they come again."""
    try:
        named = {entry.sha256 for entry in RawStore(home.raw).entries()}
    except WarehouseError:  # a damaged manifest has a sentence of its own, where it is needed
        return
    for path in _in(home.raw, "*.zip"):
        if path.stem not in named:
            yield Leftover(path, path.stat().st_size, "a stored archive that the manifest does not name", is_cleared=False)


def _in(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []
