"""What a file is: an archive, a member, or neither; which layout fits each member, or how the nearest one differs.

Reads one file; writes nothing. Uses the same readers as stage extract, so that its answer is what a refresh would do, and
gives the row to add to a column map where no layout fits.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from flows.extract import layouts
from flows.extract.csv_rows import csv_heading
from flows.extract.extract import Member, extract, hinted_kinds, read_members
from flows.normalize.normalize import normalize
from warehouse.errors import ArchiveError, LayoutError, PfsError, SourceError

_SUFFIXES = {".csv", ".txt", ".prn", ".xls", ".xlsx"}
_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """What one member is. `kind` and `layout` are null where none fits; `advice` says what to do then."""

    member: str
    form: str
    kind: str | None
    layout: str | None
    lines: int
    rows: int
    rejected: int
    problem: str | None
    advice: str | None


def inspect(path: Path) -> list[Finding]:
    """The findings on every member of an archive, or on one bare member. Raises SourceError when it cannot be read."""
    return [_finding(member) for member in _members(path)]


def _members(path: Path) -> list[Member]:
    if not path.is_file():
        raise SourceError(f"{path} is no file. Name an archive (.zip) or one of its members (.csv, .txt, .prn, .xls, .xlsx).")
    if path.suffix.lower() in _SUFFIXES:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError(f"{path} has more than {_MOST_BYTES:,} bytes; no member of CMS's archives comes near that.")
        return [Member(path.name, path.read_bytes())]
    from flows.fetch.archive import verify_archive

    verify_archive(path)
    try:
        return read_members(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveError(f"{path} cannot be read as an archive: {error}.") from error


def _finding(member: Member) -> Finding:
    if member.form == "other":
        return Finding(member.base_name, member.form, None, None, 0, 0, 0, None, "a document, not read")
    try:
        found = extract(member)
        if found is None:
            return Finding(
                member.base_name, member.form, None, None, len(member.lines), 0, 0, None, "no data of any kind, not read"
            )
        typed = normalize(found)
    except PfsError as error:
        advice = error.advice if isinstance(error, LayoutError) else None
        return Finding(member.base_name, member.form, nearest_kind(member), None, _line_count(member), 0, 0, str(error), advice)
    return Finding(
        member.base_name,
        member.form,
        found.kind,
        found.layout.name,
        found.lines,
        typed.rows.height,
        typed.rejected.height,
        None,
        None,
    )


def _line_count(member: Member) -> int:
    try:
        return len(member.lines)
    except PfsError:
        return 0


def nearest_kind(member: Member) -> str:
    """The kind whose layouts a member comes nearest to: by its heading for csv and Excel, by its name for text."""
    kinds = hinted_kinds(member)
    if member.form == "text":
        return kinds[0].name
    return min(kinds, key=lambda kind: _distance(csv_heading(member.lines, kind), kind.name)).name


def _distance(heading: list[str], kind: str) -> float:
    known = [layout for layout in layouts.layouts(kind) if layout.form == "csv" and layout.has_headings]
    return min(len(layouts.differences(layout, heading)) / layout.width for layout in known)
