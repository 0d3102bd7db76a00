"""Reference files of CMS's: a csv as it was posted, or the csv member of a zip; its layout, and the count of its lines.

Reads one file of the raw store; `opened` writes the member of a zip to a temporary folder, as a stream. Raises `LayoutError`
when the heading fits no declared layout, and `ReleaseError` when a zip is damaged or holds no csv or several.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.csv_advice import unknown_heading
from flows.extract.layouts import Layout
from flows.fetch.archive import ZIP_FAULTS, is_zip_start
from warehouse.errors import LayoutError, ReleaseError
from warehouse.raw import sha256_of

_BLOCK = 4_000_000
_HEAD_BYTES = 64 * 1024
_BLANK_LINE = re.compile(rb"(?=\n\r?\n)")


@dataclass(frozen=True)
class TableFile:
    """A csv file on the disk: where it lies, what it is called, its hash, and the layout that its heading has."""

    path: Path
    name: str
    sha256: str
    layout: Layout


@dataclass(frozen=True)
class LineCount:
    """Lines of a file, those of them that are blank, and whether the last one lacks its end."""

    lines: int
    blank: int


@contextmanager
def opened(path: Path, name: str, kind: Kind, sha256: str | None = None) -> Iterator[TableFile]:
    """The csv of a reference file with its layout: the file itself, or the one csv member of a zip, unpacked for the while.

    `sha256` is that of the file where it is known, as in the raw store, so that a gigabyte is not hashed once more.
    """
    if not is_zip(path):
        yield TableFile(path, name, sha256 or sha256_of(path), layout_of(path, name, kind))
        return
    with TemporaryDirectory(prefix="pfs-table-") as folder:
        target = Path(folder) / "table.csv"
        try:
            member, digest = _unpack(path, name, kind, target)
        except ZIP_FAULTS as fault:
            if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):  # the disk's, not the file's
                raise
            raise ReleaseError(
                f"{name}: a zip of one csv was expected; it is damaged ({fault}). Take another copy of it."
            ) from fault
        yield TableFile(target, member, digest, layout_of(target, member, kind))


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip archive does; a csv may well have the mark of a zip's end somewhere in its text."""
    with path.open("rb") as file:
        return is_zip_start(file.read(4))


def _unpack(path: Path, name: str, kind: Kind, target: Path) -> tuple[str, str]:
    """Writes the one csv member of a zip to `target`; returns its name and its sha256."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        member = _csv_member(archive, name, kind)
        with archive.open(member) as source, target.open("wb") as out:
            while block := source.read(_BLOCK):
                digest.update(block)
                out.write(block)
    return member.filename, digest.hexdigest()


def _csv_member(archive: zipfile.ZipFile, name: str, kind: Kind) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if PurePosixPath(info.filename.lower()).suffix == ".csv"]
    fitting = [info for info in members if fits(_member_head(archive, info), kind)]
    chosen = fitting or members
    if len(chosen) != 1:
        found = ", ".join(info.filename for info in chosen[:5]) or "none"
        raise ReleaseError(f"{name}: one csv member of kind {kind.name} was expected; found {found}. Make an archive of each.")
    return chosen[0]


def _member_head(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as content:
        return content.read(_HEAD_BYTES)


def heads(path: Path) -> list[bytes]:
    """The beginnings of the tables in a file on the disk: of the file itself, or of the csv members of a zip; none if damaged."""
    if is_zip(path):
        try:
            with zipfile.ZipFile(path) as archive:
                members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
                return [_member_head(archive, info) for info in members]
        except ZIP_FAULTS:
            return []
    with path.open("rb") as file:
        return [file.read(_HEAD_BYTES)]


def heading_of(head: bytes) -> list[str]:
    """The cells of the first line of a csv file in comparable form; empty when it cannot be read as one."""
    line = re.split(rb"\r?\n|\r", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]
    try:
        cells = next(csv.reader([line.decode("cp1252", "replace")], strict=True), [])
    except csv.Error:
        return []
    return [layouts.normal_heading(cell) for cell in cells]


def fits(head: bytes, kind: Kind) -> bool:
    """Whether a file that begins so has a declared layout of this kind."""
    return bool(layouts.match_headings(kind.name, heading_of(head)))


def layout_of(path: Path, name: str, kind: Kind) -> Layout:
    """The declared layout that the heading of a csv file has."""
    with path.open("rb") as file:
        heading = heading_of(file.read(_HEAD_BYTES))
    if found := layouts.match_headings(kind.name, heading):
        return found[0]
    if len(heading) < 2:
        raise LayoutError(
            f"{name}: a csv file with a heading was expected; its first line has {len(heading)} cells. If CMS posts the file in "
            f"another form, save it as csv, or add a layout to {layouts.MAP_FOLDER}/{kind.name}.csv."
        )
    raise unknown_heading(name, kind.name, heading)


def require_not_cut(file: TableFile) -> None:
    """Raises ReleaseError when a file ends within a row: its last line has no end and fewer cells than its layout has columns."""
    with file.path.open("rb") as content:
        content.seek(max(0, file.path.stat().st_size - _HEAD_BYTES))
        last = content.read().rpartition(b"\n")[2].decode("cp1252", "replace")
    cells = _cells(last)
    if 0 < len(cells) < file.layout.width:
        raise ReleaseError(
            f"{file.name} ends within a row: its last line, which has no line end, has {len(cells)} of the {file.layout.width} "
            f"cells of layout {file.layout.name}. It was cut off; fetch it again."
        )


def _cells(line: str) -> list[str]:
    """The cells of a line, in which a quote may be open; empty when it is blank."""
    try:
        return next(csv.reader([line]), []) if line.strip() else []
    except csv.Error:
        return line.split(",")


def count_lines(path: Path) -> LineCount:
    """Counts the lines of a file by their ends, independently of how its rows are read."""
    lines, blank, rest = 0, 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            tail = rest + block
            if b"\n\n" in tail or b"\n\r\n" in tail:
                blank += len(_BLANK_LINE.findall(tail))
            rest = block[-2:] if len(block) > 1 else rest[-1:] + block
            rest = rest if rest.startswith(b"\n") else rest[-1:]
    return LineCount(lines + (rest[-1:] not in (b"\n", b"")), blank)
