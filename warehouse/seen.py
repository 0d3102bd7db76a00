"""What sites showed last: their pages, and the listings made from them, so that nothing is asked for twice or forgotten.

Reads and writes one folder (`raw/pages/` in the home):
    <sha256 of the address>.html      the page as it came last
    <sha256 of the address>.json      its address, where it led in the end, ETag, Last-Modified, when it was seen
    <sha256 of the source>.listing    what a source listed last (JSON; flows/discover/listing.py says what is in it)
All of it may be deleted: it is asked for again then. A file that is torn counts as absent. Fails with a WarehouseError when
the folder cannot be written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.raw import Part


@dataclass(frozen=True)
class SeenPage:
    """A page as it was seen: the address asked for, the one that gave it, and what makes the next request conditional."""

    url: str
    final_url: str
    etag: str | None
    last_modified: str | None
    seen_at: str


class SeenPages:
    """The folder `root` (`<home>/raw/pages`); it is made when something is first kept."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def part(self, url: str) -> Part:
        """The file that a page is received into."""
        return Part(self._path(url, ".page.part"))

    def last(self, url: str) -> SeenPage | None:
        """The page as this address gave it last, None when it is not kept."""
        note = _json(self._path(url, ".json"))
        if note is None or not self._path(url, ".html").exists():
            return None
        try:
            return SeenPage(**note)
        except TypeError:
            return None

    def html(self, url: str) -> str:
        """The text of a page that is kept: UTF-8, as CMS writes it, with '?' for what is none."""
        return self._path(url, ".html").read_text(encoding="utf-8", errors="replace")

    def keep(self, url: str, final_url: str) -> None:
        """Keeps what the part of this address holds as its page."""
        part = self.part(url)
        note = part.note()
        seen = SeenPage(url, final_url, note.get("etag"), note.get("last_modified"), _now())
        with _writing(self.root):
            part.path.replace(self._path(url, ".html"))
            part.discard()
        self._write(self._path(url, ".json"), asdict(seen))

    def listing(self, source: str) -> dict[str, Any] | None:
        """What a source listed last, None when nothing is kept of it."""
        return _json(self._path(source, ".listing"))

    def keep_listing(self, source: str, content: dict[str, Any]) -> None:
        """Keeps what a source lists in place of what it listed before."""
        self._write(self._path(source, ".listing"), content | {"source": source, "seen_at": _now()})

    def newest_listing(self) -> dict[str, Any] | None:
        """The listing that was seen last, of whatever source."""
        found = [listing for path in self.root.glob("*.listing") if (listing := _json(path))]
        return max(found, key=lambda listing: str(listing.get("seen_at")), default=None)

    def _path(self, name: str, ending: str) -> Path:
        return self.root / (hashlib.sha256(name.encode()).hexdigest() + ending)

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        whole = path.with_suffix(path.suffix + ".new")
        with _writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            whole.write_text(json.dumps(content, indent=1), encoding="utf-8")
            whole.replace(path)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WarehouseError(
            f"{root} cannot be written: {error.strerror or error}. Free some space or give the right to write there, or let "
            "PFS_HOME name another folder."
        ) from error
