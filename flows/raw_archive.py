"""An archive of the raw store that is to be read: what stage fetch hands to stage extract. Pure, and light to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.discover.offer import Wanted


@dataclass(frozen=True)
class Archive:
    """Where an archive of the raw store came from; `loaded_at` is kept when a loaded archive is read again.

    `found` is how discover found it; `wanted` is what its release is held against when only the content tells which it is.
    `reference` names the kind of a reference file (flows/references/read.py), None for releases and ZIP code files; `label` is
    what a reference file was offered as, whose content does not always tell its year. `is_by_hash`: its file is found by its hash
    alone, among others of the same name.
    """

    path: Path
    sha256: str
    name: str
    source_url: str | None
    is_sample: bool = False
    loaded_at: datetime | None = None
    found: str | None = None
    wanted: Wanted | None = None
    reference: str | None = None
    label: str | None = None
    is_by_hash: bool = False
