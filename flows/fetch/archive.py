"""Is this file a zip archive that can be read safely? Used by fetch before anything enters the raw store.

Reads the file in blocks, writes nothing, and raises an ArchiveError whose sentence names the archive, the member and
what to do. The bounds are far above what CMS publishes (16 members, 18 MB unpacked, ratio 8; 2009 to 2026) and far
below what would harm the machine.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from warehouse.errors import ArchiveError

ZIP_START = b"PK\x03\x04"
EMPTY_ZIP_START = b"PK\x05\x06"
DIRECTORY_ENTRY = b"PK\x01\x02"
HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 256 * 1024
LOCAL_HEADER_BYTES = 30
SHORT_BYTES = 1024
AGAIN = "Download it again from its CMS page, or take another copy."

# zipfile raises these on damaged input; none of them is a sentence (fuzzed in tests/unit/test_archive.py).
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # traditional, strong, masked directory (APPNOTE 4.4.4)
_LICENCE = re.compile(rb"licen[sc]e\s+agreement|licen[sc]e\s+for\s+use\s+of|end[\s-]+user\s+licen[sc]e|agree=yes", re.I)
_HTML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|!--|meta|script)", re.I)


@dataclass(frozen=True)
class ArchiveBounds:
    """What an archive may be at most. `max_ratio` (unpacked to packed) is for members above `ratio_from_bytes` only."""

    max_members: int = 200
    max_total_bytes: int = 1_000_000_000
    max_ratio: int = 200
    ratio_from_bytes: int = 1_000_000


def verify_archive(path: Path, bounds: ArchiveBounds | None = None, *, name: str | None = None, url: str | None = None) -> None:
    """Returns when the file is a whole zip archive within the bounds; raises ArchiveError when it is not.

    `name` is what messages call it (default: the file's own name); `url` is where it came from, if it did.
    Every member is unpacked once, in blocks, to test its CRC and that it holds what its header declares.
    """
    bounds = bounds or ArchiveBounds()
    label = (name or path.name) + (f" (from {url})" if url else "")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    size = path.stat().st_size
    if not is_zip_start(head):
        raise ArchiveError(_why_not_zip(label, head, size, url))
    try:
        check_directory_size(path, label, bounds)
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), label, bounds)
            for member in archive.infolist():
                _check_content(archive, member, label)
    except ZIP_FAULTS as error:
        raise ArchiveError(_why_damaged(label, size, error)) from error


def verify_table(path: Path, bounds: ArchiveBounds | None = None, *, name: str | None = None, url: str | None = None) -> bool:
    """Whether a file that was expected to be a csv, or a zip of one, is a bare csv; raises ArchiveError when it is neither.

    A csv is a text whose first line has several cells. Its rows are for stage extract to judge.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if is_zip_start(head):
        verify_archive(path, bounds, name=name, url=url)
        return False
    label = (name or path.name) + (f" (from {url})" if url else "")
    if _HTML.match(head):
        raise ArchiveError(
            f"{label} is an HTML page, not a csv file: the address has moved, or the site refuses automated clients. Open it in "
            "a browser, and use the address of the file itself, or save it and name it with --source FILE."
        )
    if b"," not in head.split(b"\n", 1)[0] or b"\0" in head:
        size = path.stat().st_size
        raise ArchiveError(
            f"{label} is no csv file and no zip archive: it has {size:,} bytes and begins with {_quote(head)}. {AGAIN}"
        )
    return True


def is_zip_start(head: bytes) -> bool:
    """Whether a file that begins so is a zip archive with at least one member."""
    return head.startswith(ZIP_START)


def _why_not_zip(label: str, head: bytes, size: int, url: str | None) -> str:
    if size == 0:
        return f"{label} is empty (0 bytes), not a zip archive. {AGAIN}"
    if head.startswith(EMPTY_ZIP_START):
        return f"{label} is a zip archive without a single member. {AGAIN}"
    is_licence_path = url is not None and "/license" in urlsplit(url).path.lower()
    if _HTML.match(head) and (is_licence_path or _LICENCE.search(head)):
        return (
            f"{label} is a licence page (HTML), not a zip archive: the site asks a person to accept a licence first. "
            "Open the address in a browser, accept, download the archive by hand and use --source DIRECTORY."
        )
    if _HTML.match(head) and url is None:
        return (
            f"{label} is an HTML page, not a zip archive (it begins with {_quote(head)}): a page was saved in the place of the "
            "file. Open the page of the release in a browser, download the zip file that it links to, and name that."
        )
    if _HTML.match(head):
        return (
            f"{label} is an HTML page, not a zip archive (it begins with {_quote(head)}): the address has moved, or "
            "the site refuses automated clients. Open it in a browser, and use the address of the zip file itself."
        )
    if size < SHORT_BYTES:
        return f"{label} is only {size} bytes long and is not a zip archive (it begins with {_quote(head)}). {AGAIN}"
    return f"{label} is not a zip archive: it begins with {_quote(head)}, where PK\\x03\\x04 was expected. {AGAIN}"


def _why_damaged(label: str, size: int, error: Exception) -> str:
    is_cut = "not a zip file" in str(error).lower()
    if is_cut and size < SHORT_BYTES:
        return f"{label} begins as a zip archive but is only {size} bytes long: too short to be whole. {AGAIN}"
    if is_cut:
        return f"{label} is a truncated zip archive: it stops after {size:,} bytes, before its list of members. {AGAIN}"
    return f"{label} is a damaged zip archive ({error}). {AGAIN}"


def check_directory_size(path: Path, label: str, bounds: ArchiveBounds) -> None:
    """Stops a directory of millions of entries before zipfile builds an object of each.

    Entries are recognised by their signature, which also occurs in archives stored inside an archive; hence the factor.
    """
    limit = 10 * bounds.max_members
    count, tail = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            block = tail + chunk
            count += block.count(DIRECTORY_ENTRY)
            tail = block[-(len(DIRECTORY_ENTRY) - 1) :]
    if count > limit:
        raise ArchiveError(_over(label, f"lists about {count:,} members", f"{bounds.max_members}"))


def _check_members(members: list[zipfile.ZipInfo], label: str, bounds: ArchiveBounds) -> None:
    """Everything that the directory of the archive tells, before a byte is unpacked."""
    if not members:
        raise ArchiveError(f"{label} is a zip archive without a single member. {AGAIN}")
    if len(members) > bounds.max_members:
        raise ArchiveError(_over(label, f"has {len(members):,} members", f"{bounds.max_members}"))
    _check_names(members, label)
    for member in members:
        _check_kind(member, label)
        _check_ratio(member, label, bounds)
    total = sum(member.file_size for member in members)
    if total > bounds.max_total_bytes:
        raise ArchiveError(_over(label, f"unpacks to {total:,} bytes", f"{bounds.max_total_bytes:,}"))
    _check_overlap(members, label)


def _check_names(members: Iterable[zipfile.ZipInfo], label: str) -> None:
    names = Counter(member.orig_filename for member in members)
    for name, count in names.items():
        if count > 1:
            raise ArchiveError(f"{label} has {count} members named {_short(name)}; one was expected. {AGAIN}")
        if _leads_outside(name):
            raise ArchiveError(
                f"{label} has a member whose path leads out of the archive: {_short(name)}. "
                "CMS publishes no such archive; do not unpack it, and download it again from its CMS page."
            )


def _leads_outside(name: str) -> bool:
    """Absolute, with a drive, climbing by '..' with either slash, or with a control character that hides the rest."""
    parts = re.split(r"[/\\]", name)
    return parts[0] == "" or bool(re.match(r"[A-Za-z]:", name)) or ".." in parts or bool(re.search(r"[\x00-\x1f]", name))


def _check_kind(member: zipfile.ZipInfo, label: str) -> None:
    name = _short(member.orig_filename)
    if member.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{label}: the member {name} is encrypted; CMS publishes without a password. {AGAIN}")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{label}: the member {name} is a link or a device, not a file. {AGAIN}")
    # Only these two are unpacked in bounded steps by the standard library; CMS uses nothing else.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(
            f"{label}: the member {name} is packed by method {member.compress_type}; stored (0) or deflated (8) was "
            "expected. Unpack it by hand, zip it again in the common way, and use --source DIRECTORY."
        )


def _check_ratio(member: zipfile.ZipInfo, label: str, bounds: ArchiveBounds) -> None:
    is_large = member.file_size > bounds.ratio_from_bytes
    if is_large and member.file_size > bounds.max_ratio * max(1, member.compress_size):
        name, packed = _short(member.orig_filename), member.compress_size
        what = f"is a zip bomb: its member {name} unpacks {packed:,} bytes to {member.file_size:,}"
        raise ArchiveError(_over(label, what, f"{bounds.max_ratio} to 1"))


def _check_overlap(members: Iterable[zipfile.ZipInfo], label: str) -> None:
    """Sharing packed bytes is how a small archive unpacks to a huge one; zipfile itself looks only from 3.11.8 on."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    for before, after in pairwise(ordered):
        if before.header_offset + LOCAL_HEADER_BYTES + before.compress_size > after.header_offset:
            names = f"{_short(before.orig_filename)} and {_short(after.orig_filename)}"
            raise ArchiveError(f"{label}: the members {names} overlap, as in a zip bomb. {AGAIN}")


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, label: str) -> None:
    """Unpacks one member to nowhere. zipfile stops at the declared size and compares the CRC; too little shows here."""
    found = 0
    with archive.open(member) as content:
        while chunk := content.read(CHUNK_BYTES):
            found += len(chunk)
    if found != member.file_size:
        name = _short(member.orig_filename)
        raise ArchiveError(f"{label}: the member {name} declares {member.file_size:,} bytes but holds {found:,}. {AGAIN}")


def _over(label: str, what: str, bound: str) -> str:
    return f"{label} {what}, above the bound of {bound}. CMS publishes nothing of that kind; check where it came from."


def _quote(head: bytes) -> str:
    return repr(head[:24].decode("latin-1"))


def _short(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:77] + "...")
