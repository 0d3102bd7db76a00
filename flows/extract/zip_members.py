"""Archives of CMS's ZIP code files: which ones are, their members, and a bare text file made into one.

CMS posts `zip-code-carrier-locality-file-revised-MM-DD-YYYY.zip` with ZIP5_*.txt (a row for each ZIP code), ZIP9_*.txt (a row
for each four further digits of the ZIP codes that need them), their layouts and workbooks. The content decides, not the name:
a text member whose first line is one of 80 characters that begins with state, ZIP code, contractor and locality and ends
with year and quarter. Reads archives; `wrapped` writes one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from flows.extract.members import Member
from warehouse.errors import SourceError

_HEAD_BYTES = 4096
_LINE = re.compile(rb"\s*[A-Z]{2}\d{12}[^\r\n]{61}\d{4}[1-4]\s*[\r\n]")
_ALWAYS = (1980, 1, 1, 0, 0, 0)
# A ZIP9 file may have a million lines; so much of it is in memory as text at a time.
PIECE_BYTES = 16_000_000


@dataclass(frozen=True)
class Piece:
    """Whole lines of a member: `before` is the number of lines that precede them."""

    member: Member
    before: int


def is_zip_text(head: bytes) -> bool:
    """Whether a file that begins so is a ZIP code file."""
    return _LINE.match(head) is not None


def is_zip_file(path: Path) -> bool:
    """Whether a file on the disk is a bare ZIP code file: a text, not an archive. False when it cannot be read."""
    try:
        with path.open("rb") as file:
            return is_zip_text(file.read(_HEAD_BYTES))
    except OSError:
        return False


def data_members(archive: Path) -> list[str]:
    """Names of the members of an archive that are ZIP code files by their content, in the archive's order."""
    with zipfile.ZipFile(archive) as opened:
        names = [info.filename for info in opened.infolist() if not info.is_dir() and info.filename.lower().endswith(".txt")]
        return [name for name in names if is_zip_text(_head(opened, name))]


def _head(opened: zipfile.ZipFile, name: str) -> bytes:
    with opened.open(name) as file:
        return file.read(_HEAD_BYTES)


def is_zip_archive(archive: Path) -> bool:
    """Whether an archive holds ZIP code files and no RVU member."""
    with zipfile.ZipFile(archive) as opened:
        names = [PurePosixPath(name).name.lower() for name in opened.namelist()]
    return not any(name.startswith("pprrvu") for name in names) and bool(data_members(archive))


def pieces(archive: Path, name: str, size: int | None = None) -> Iterator[Piece]:
    """A member in pieces of whole lines, each of about `size` bytes, read as a stream."""
    before, rest = 0, b""
    with zipfile.ZipFile(archive) as opened, opened.open(name) as stream:
        while block := stream.read(size or PIECE_BYTES):
            block = rest + block
            # Lines end with CRLF or LF; only a file without any LF has lines that end with CR.
            end = (block.rfind(b"\n") if b"\n" in block else block.rfind(b"\r")) + 1
            whole, rest = block[:end], block[end:]
            if whole:
                piece = Piece(Member(name, whole), before)
                before += len(piece.member.lines)
                yield piece
    if rest:
        yield Piece(Member(name, rest), before)


@contextmanager
def wrapped(path: Path) -> Iterator[Path]:
    """The path itself, or, for a bare ZIP code file, an archive that holds it, since the raw store keeps archives only.

    The archive lies in a temporary folder, holds the text uncompressed, and is the same byte for byte whenever and wherever
    it is made, so that the same text is known again by its hash. Raises SourceError when the text cannot be read.
    """
    if not is_zip_file(path):
        yield path
        return
    with TemporaryDirectory(prefix="pfs-zip-") as folder:
        archive = Path(folder) / f"{path.stem}.zip"
        info = zipfile.ZipInfo(path.name, _ALWAYS)
        info.create_system, info.external_attr = 3, 0o644 << 16
        try:
            with zipfile.ZipFile(archive, "w") as out:
                out.writestr(info, path.read_bytes())
        except OSError as error:
            raise SourceError(f"{path} cannot be put into an archive: {error.strerror or error}.") from error
        yield archive
