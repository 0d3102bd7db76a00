"""CMS's ZIP code files, for `pfs inspect`: an archive of them or a bare text, which quarter it is, and how each member was read.

Reads as `pfs refresh` would; writes nothing. A member that fits no declared layout is in the report, with the row to add.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from flows import catalog
from flows.catalog import Kind
from flows.extract.members import Member
from flows.extract.table_file import is_zip
from flows.extract.text_advice import text_map_row
from flows.extract.zip_members import wrapped
from flows.inspect.report import Finding, Report
from flows.raw_archive import Archive
from flows.references.zip_localities import HEADER, read_zip_localities
from warehouse.errors import PfsError
from warehouse.raw import sha256_of

_HEAD_BYTES = 100_000


def looks_like_zip_codes(name: str) -> bool:
    """Whether a text has the name of a ZIP code file (ZIP5_OCT2025.txt) and not that of its layout."""
    is_text = PurePosixPath(name).suffix.lower() == ".txt"
    return is_text and any(re.search(kind.name_hint, PurePosixPath(name).name) for kind in catalog.zip_kinds().values())


def zip_report(path: Path) -> Report:
    """The members of an archive of ZIP code files, or one bare text."""
    what = "ZIP code files: which locality a ZIP code belongs to"
    try:
        with wrapped(path) as archive:
            content = read_zip_localities(Archive(archive, sha256_of(archive), path.name, None))
    except (PfsError, zipfile.BadZipFile) as error:
        return Report(what, None, (), tuple(_unread(path)), str(error))
    release = content.release
    accounts = content.frames[f"{HEADER}_file"].to_dicts()
    findings = tuple(
        Finding(row["member_name"], "text", row["kind"], row["layout"], row["lines"], row["rows_loaded"], row["rows_rejected"])
        for row in accounts
    )
    said = f"{release['label']}, for services from {release['valid_from']} to {release['valid_to']}."
    return Report(what, release["label"], (said, *content.notes), findings)


def _unread(path: Path) -> Iterator[Finding]:
    """The texts that were meant to be ZIP code files, each with the row to add for the layout that it may have."""
    for name, head in _texts(path):
        kind = _kind(name)
        lines = Member(name, head).lines[:-1]  # the last one may be cut
        advice = text_map_row(kind, lines)
        problem = (
            None if advice else "no line begins with state, ZIP code, contractor and locality, or none is nearly as long as one"
        )
        yield Finding(PurePosixPath(name).name, "text", kind.name, None, len(lines), 0, 0, problem, advice)


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    if not is_zip(path):
        with path.open("rb") as file:
            yield path.name, file.read(_HEAD_BYTES)
        return
    with zipfile.ZipFile(path) as opened:
        for name in opened.namelist():
            if looks_like_zip_codes(name):
                with opened.open(name) as member:
                    yield name, member.read(_HEAD_BYTES)


def _kind(name: str) -> Kind:
    kinds = list(catalog.zip_kinds().values())
    return next((kind for kind in kinds if re.search(kind.name_hint, PurePosixPath(name).name)), kinds[0])
