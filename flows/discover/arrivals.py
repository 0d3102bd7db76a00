"""How the archives of a raw store came in first: one that was saved, or that of another home, is a source as any folder is.

Reads the manifest of the store. Raises WarehouseError when it holds a line that is not one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from warehouse.raw import ManifestEntry, RawStore

_HASH = re.compile(r"[0-9a-f]{64}")


def arrivals(files: Sequence[Path]) -> dict[str, ManifestEntry]:
    """The first arrival of each archive of a raw store by its hash, in their order; empty where no file is named by a hash.

    An arrival whose address holds a password, or is none, counts for nothing: what is taken over is shown and asked again.
    """
    found: dict[str, ManifestEntry] = {}
    if any(_HASH.fullmatch(path.stem) for path in files):
        for entry in RawStore(files[0].parent).entries():
            if _is_address(entry.source_url):
                name = "".join(character for character in entry.name if character.isprintable())
                found.setdefault(entry.sha256, replace(entry, name=name or f"{entry.sha256}.zip"))
    return found


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https", "file") and not (parts.username or parts.password) and text.isprintable()
