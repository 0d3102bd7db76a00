"""What the files of a folder held when they were last looked at, so that 20,000 which nobody touched are not read again.

A file whose size, time of change and time of the change of its entry (`ctime`, which no program sets) are those of the last
look holds what it held then. One with another of them, or one that was changed so shortly before that the clock may not tell,
is read. What this cannot see is a disk that gives other bytes without a write; `Seen()` knows nothing, and everything is read.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

import orjson

# The clock of a file system moves in steps; what was changed within the last ones is looked at again.
_STEP_NS = 50_000_000
State = tuple[int, int, int]


def _state(path: str) -> State | None:
    try:
        found = os.stat(path)  # noqa: PTH116  20,000 of them: a Path takes longer
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass
class Seen:
    """By name: the state in which a file was, and the sha256 that it then had."""

    files: dict[str, tuple[State, str]] = field(default_factory=dict)
    is_changed: bool = False

    @classmethod
    def of(cls, content: bytes | None) -> Seen:
        """As it was noted; nothing known where there is no note or a damaged one."""
        try:
            noted = orjson.loads(content or b"")
            # Releases before this one noted the warehouse under its path, which is nobody's business where a feed is published.
            files = {
                name: ((size, changed, entry), digest)
                for name, (size, changed, entry, digest) in noted.items()
                if not os.path.isabs(name)  # noqa: PTH117  20,000 of them: a Path takes longer
            }
            return cls(files, is_changed=len(files) < len(noted))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def digest(self, name: str, path: str) -> str | None:
        """The sha256 of a file that is as it was; None for any other, and for one that is not there."""
        known = self.files.get(name)
        return known[1] if known and known[0] == _state(path) else None

    def note(self, name: str, path: str, digest: str) -> None:
        """Notes what a file holds now."""
        if (state := _state(path)) and self.files.get(name) != (state, digest):
            self.files[name] = (state, digest)
            self.is_changed = True

    def content(self) -> bytes:
        """As it is noted, without what was changed only just now."""
        settled = time.time_ns() - _STEP_NS
        return orjson.dumps(
            {name: (*state, digest) for name, (state, digest) in self.files.items() if max(state[1:]) < settled},
            option=orjson.OPT_APPEND_NEWLINE,
        )
