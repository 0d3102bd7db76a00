"""Which release a file on the disk is, by the first lines of its RVU member: stage discover's look into a folder.

Reads the list of members and at most 64 KB of each RVU member, with the readers of stage extract; writes nothing. A file that
cannot be read so is no error here: stage fetch says what is wrong with it.
"""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from flows.catalog.releases import Release
from flows.extract.members import is_mac_companion
from flows.fetch.archive import ZIP_FAULTS, ArchiveBounds, check_directory_size
from warehouse.errors import PfsError
from warehouse.raw import sha256_of

if TYPE_CHECKING:
    from flows.extract.extract import Extract

_HEAD_BYTES = 64 * 1024
_FORMS = (".csv", ".txt", ".prn")


def peek(path: Path, name: str | None = None) -> Release | None:
    """The release that an archive is; None when its hash, its content and its name do not tell, or it cannot be read.

    `name` counts in the place of the file's own.
    """
    from flows.normalize.identify import by_hash, clues, identify

    try:
        sha256 = sha256_of(path)
        if (documented := by_hash(sha256)) is not None:
            return documented
        check_directory_size(path, path.name, ArchiveBounds())
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(info.filename).name for info in archive.infolist() if not info.is_dir()]
            found, factor = _rvu(archive)
        return identify(name or path.name, sha256, clues(found, factor, names)) if found and factor else None
    except (PfsError, *ZIP_FAULTS):
        return None


def _rvu(archive: zipfile.ZipFile) -> tuple[list[Extract], Decimal | None]:
    """The beginnings of the RVU members, and the conversion factor of the one that is not for qualifying participants."""
    from flows.extract.extract import extract
    from flows.extract.members import Member
    from flows.normalize.choose import qp_status
    from flows.normalize.normalize import normalize

    found = []
    for info in archive.infolist():
        name = PurePosixPath(info.filename).name
        if "PPRRVU" not in name.upper() or is_mac_companion(info.filename) or PurePosixPath(name.lower()).suffix not in _FORMS:
            continue
        with archive.open(info) as content:
            head = content.read(_HEAD_BYTES)
        # Lines end with CRLF or LF; only a member without any LF has lines that end with CR (October 2019).
        end = head.rfind(b"\n" if b"\n" in head else b"\r") + 1
        whole = head if len(head) < _HEAD_BYTES else head[:end]
        extracted = extract(Member(info.filename, whole))
        if extracted is not None and extracted.kind == "rvu":
            found.append(normalize(extracted))
    priced = [item for item in found if qp_status(item) == "non_qp"] or found
    factors = {Decimal(item.rows["conversion_factor"][0]) for item in priced if item.rows.height}
    return [item.extract for item in found], factors.pop() if len(factors) == 1 else None
