"""Members and archives for the tests of reading: those of the embedded sample, whole or changed, and small literal ones."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from flows import sample
from flows.extract.extract import Extract, extract
from flows.extract.members import Member
from flows.normalize.normalize import Normalized, normalize
from tests.sample_members import unzipped

Cells = list[list[str]]
END_MARK = "\x1a"

GPCI_HEAD = (
    "ADDENDUM E. FINAL CY 2024 GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY,,,,,,",
    ",,,,,,",
    "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,"
    "2024 PW GPCI (with 1.0 Floor),2024 PE GPCI,2024 MP GPCI",
)
ALABAMA = "10112,AL,00,ALABAMA,1.000,0.869,0.575"
ALASKA = "02102,AK,01,ALASKA*,1.500,1.081,0.592"
ARIZONA = "03102,AZ,00,ARIZONA,1.000,0.975,0.854"


@cache
def sample_archives() -> Mapping[str, Mapping[str, bytes]]:
    """Release -> member name -> content of the embedded sample. To change one, copy it (`changed`)."""
    with tempfile.TemporaryDirectory() as folder:
        return {path.stem: unzipped(path) for path in sample.write_archives(Path(folder))}


def sample_member(release: str, name: str) -> Member:
    """A member of the embedded sample, ready to read."""
    return Member(name, sample_archives()[release][name])


def changed(release: str, edits: Mapping[str, Callable[[bytes], bytes]]) -> dict[str, bytes]:
    """The members of an archive of the sample, those named in `edits` changed by a function of their bytes."""
    members = dict(sample_archives()[release])
    for name, edit in edits.items():
        before = members[name]
        members[name] = edit(before)
        assert members[name] != before, f"the edit of {name} changes nothing"
    return members


def some_codes(members: Mapping[str, bytes], wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The members of an archive with the rows of some codes only; those without codes are whole."""

    def is_kept(line: bytes) -> bool:
        code = re.match(rb"(\d{5}|\d{4}[A-Z]|[A-Z]\d{4})", line)
        return code is None or wanted(code[1].decode())

    return {
        name: b"\r\n".join(filter(is_kept, content.split(b"\r\n"))) if name.startswith(("PPRRVU", "OPPSCAP")) else content
        for name, content in members.items()
    }


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of these members, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            archive.writestr(entry, content)
    return buffer.getvalue()


def write_archive(folder: Path, name: str, members: Mapping[str, bytes]) -> Path:
    """Writes an archive of these members as `name` and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(zipped(members))
    return path


def cells_of(content: bytes) -> Cells:
    """The cells of a csv member."""
    return list(csv.reader(io.StringIO(content.decode("cp1252"), newline="")))


def as_csv(rows: Iterable[list[str]]) -> bytes:
    """Cells as a csv member."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("cp1252")


def csv_edit(edit: Callable[[Cells], Cells]) -> Callable[[bytes], bytes]:
    """An edit of the cells of a csv member as an edit of its bytes."""
    return lambda content: as_csv(edit(cells_of(content)))


def replaced(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    """An edit that replaces a piece of text, which must stand in the member."""

    def edit(content: bytes) -> bytes:
        assert old.encode("cp1252") in content, f"{old!r} is not in the member"
        return content.replace(old.encode("cp1252"), new.encode("cp1252"), count)

    return edit


def gpci(*lines: str, head: Iterable[str] = GPCI_HEAD, end: str = "\r\n", last: str | None = None) -> Member:
    """A GPCI csv member of 2024 with these lines under its heading; `last` is the end of the last line."""
    text = end.join([*head, *lines]) + (end if last is None else last)
    return Member("GPCI2024.csv", text.encode("cp1252"))


def read(member: Member) -> Extract:
    """The extract of a member that is data."""
    found = extract(member)
    assert found is not None, f"{member.name} was not taken for data"
    return found


def normal(member: Member) -> Normalized:
    """The normalized rows of a member that is data."""
    return normalize(read(member))


def account(found: Extract) -> dict[str, int]:
    """The account of a member's lines, without the parts that are zero."""
    parts = {
        "rows": found.rows.height,
        "broken": found.broken.height,
        "blank": found.blank,
        "heading": found.heading,
        "note": found.note,
        "end_mark": found.end_mark,
    }
    assert sum(parts.values()) == found.lines == len(found.member.lines)
    numbers = [*found.rows["line_number"], *found.broken["line_number"]]
    assert len(set(numbers)) == len(numbers), "a line is counted twice"
    assert all(1 <= number <= found.lines for number in numbers)
    return {name: count for name, count in parts.items() if count}
