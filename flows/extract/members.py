"""The members of an archive: their bytes, hash, text and lines.

Reads one zip archive, which was verified when it was fetched. Writes nothing.
"""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath

_FORMS = {".csv": "csv", ".txt": "text", ".prn": "text", ".xls": "excel", ".xlsx": "excel"}
_UNDEFINED_IN_CP1252 = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True)
class Member:
    """One member of an archive; `form` is csv, text, excel or other, by its ending; `modified_on` as the archive says."""

    name: str
    content: bytes
    modified_on: date | None = None

    @property
    def base_name(self) -> str:
        """The member's name without its folder."""
        return PurePosixPath(self.name).name

    @property
    def form(self) -> str:
        """The form of the member by the ending of its name; `other` also for what a Mac puts beside each file it zips."""
        if is_mac_companion(self.name):
            return "other"
        return _FORMS.get(PurePosixPath(self.name.lower()).suffix, "other")

    @cached_property
    def sha256(self) -> str:
        """Hash of the member's bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def text(self) -> str:
        """The content as text: cp1252, CMS's encoding in every year seen; bytes that it lacks are read as latin-1.

        UTF-8 when it begins with the mark of that, as a csv does that somebody saved again with a spreadsheet.
        """
        if self.content.isascii():
            return self.content.decode("ascii")  # the same, and much faster
        if self.content.startswith(codecs.BOM_UTF8):
            return self.content.decode("utf-8-sig", "replace")
        try:
            return self.content.decode("cp1252")
        except UnicodeDecodeError:
            return "".join(
                bytes([b]).decode("cp1252", "replace") if b not in _UNDEFINED_IN_CP1252 else chr(b) for b in self.content
            )

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, which may be CRLF, LF or CR. The empty piece after the last line end is no line.

        For an Excel member: the rows of its sheet as csv lines.
        """
        if self.form == "excel":
            from flows.extract.excel import excel_lines

            return excel_lines(self.content, self.name)
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return lines[:-1] if lines and lines[-1] == "" else lines


def is_mac_companion(name: str) -> bool:
    """Whether a member holds no data of CMS's but a Mac's notes on another member (`__MACOSX/._GPCI2025.csv`)."""
    path = PurePosixPath(name)
    return path.name.startswith("._") or "__MACOSX" in path.parts


def inner_archives(members: Iterable[Member]) -> list[str]:
    """Names of the archives in an archive that holds archives, and no data of its own; none for any other archive."""
    members = list(members)
    names = [member.base_name for member in members if member.base_name.lower().endswith(".zip") and member.form == "other"]
    is_data = any(member.form in ("csv", "text", "excel") for member in members)
    return [] if is_data else [name for name in names if not name.startswith("._")]


def of_archives(name: str, inner: Sequence[str]) -> str:
    """What is said of an archive of archives that was offered as one."""
    shown = ", ".join(inner[:5]) + (f" and {len(inner) - 5} more" if len(inner) > 5 else "")
    return (
        f"{name} is an archive of archives ({shown}), where one archive was expected, as CMS posts it. Unpack it, and name the "
        "folder: 'pfs refresh --source FOLDER --all'."
    )


def read_members(archive: Path) -> list[Member]:
    """Every file in an archive, in the archive's order. The archive was verified when it was fetched."""
    with zipfile.ZipFile(archive) as opened:
        return [Member(info.filename, opened.read(info), _modified_on(info)) for info in opened.infolist() if not info.is_dir()]


def _modified_on(info: zipfile.ZipInfo) -> date | None:
    try:
        return date(*info.date_time[:3])
    except ValueError:  # a zip may hold month 0
        return None
