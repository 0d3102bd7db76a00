"""CMS's payment amount files and tables of published amounts: found in what the user names, opened, and told apart.

Reads a file, a folder, or a zip archive with archives inside it, as CMS posts them (a folder in the archive may end in a blank,
and its names may use either slash). Nothing is unpacked to a named file. Raises `PfsError` when there is nothing of the kind in
it, and `ArchiveError` when an archive is not safe to read. The records are read by flows/published/rows.py.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import IO, Any

from flows import catalog
from flows.catalog import releases
from flows.extract.csv_rows import csv_heading
from flows.extract.layouts import match_headings
from flows.fetch.archive import is_zip_start, verify_archive
from warehouse.errors import PfsError

CMS, TABLE = "cms", "table"
# A member of a relative value archive. Its cap table looks like a table of amounts, and holds none of the fee schedule.
_RELEASE = "release"
_DEEPEST = 3
_HEAD_BYTES = 4096
_DOCUMENTS = re.compile(r"\.(docx?|pdf|xlsx?|rtf|html?)$", re.IGNORECASE)


@dataclass(frozen=True)
class PaymentFile:
    """One file of published amounts: its name with the archives around it, from the outermost inwards, and its content.

    `form` is cms (records of the payment amount file) or table (a heading, then amounts, tab or comma separated).
    """

    names: tuple[str, ...]
    form: str
    content: IO[bytes]

    @property
    def name(self) -> str:
        """The name as a user recognises it: the archives and the member, without folders."""
        return " > ".join(_base(name) for name in self.names)


@cache
def settings() -> dict[str, Any]:
    """The layout, the names and the kinds of amounts (flows/catalog/payment_files.toml)."""
    return catalog.settings("payment_files.toml")


def payment_files(path: Path) -> Iterator[PaymentFile]:
    """The files of published amounts in a file, a folder or an archive; each is open until the next one is asked for.

    Other files, and members of relative value archives, are passed over. Raises PfsError when the path does not exist or when
    it holds none.
    """
    if not path.exists():
        raise PfsError(f"{path} does not exist. Name a payment amount file of CMS, such as PFREV25D.zip, or a table of amounts.")
    inside = sorted(entry for entry in path.iterdir() if entry.is_file()) if path.is_dir() else [path]
    found = 0
    of_releases: list[str] = []
    for entry in inside:
        with entry.open("rb") as content:
            for file in _within((entry.name,), content, entry):
                if file.form == _RELEASE:
                    of_releases.append(" > ".join(map(_base, file.names[1:])) or file.name)
                    continue
                found += 1
                yield file
    if not found and of_releases:
        raise PfsError(_only_of_releases(path, of_releases))
    if not found:
        raise PfsError(
            f"{path} holds no published amounts: neither records of CMS's payment amount file (year, contractor, locality, code, "
            "modifier, amounts) nor a table with the columns code and amount_usd. RVU archives are loaded with 'pfs refresh'."
        )


def _only_of_releases(path: Path, names: Sequence[str]) -> str:
    """What is said of a path that holds relative value files and no published amounts."""
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"{path} holds no published payment amounts, but relative value files ({shown}). RVU archives are loaded with "
        "'pfs refresh --source'; their caps are verified at each refresh, and 'pfs verify' without files shows them."
    )


def record_files(archive: Path) -> list[str]:
    """Names of the members of an archive, or of archives in it, that hold records of CMS's payment amount file."""
    try:
        return [_base(file.names[-1]) for file in payment_files(archive) if file.form == CMS]
    except PfsError:
        return []


def _within(names: tuple[str, ...], content: IO[bytes], path: Path | None = None) -> Iterator[PaymentFile]:
    """What one open file holds: itself, or what the archives in it hold. `path` is where it lies, None inside an archive."""
    head = content.read(_HEAD_BYTES)
    content.seek(0)
    if is_zip_start(head):
        if len(names) > _DEEPEST:
            shown = " > ".join(map(_base, names))
            raise PfsError(f"{shown}: archives inside archives, more than {_DEEPEST} deep. Unpack it by hand.")
        with _on_disk(content, path) as archive:
            yield from _within_archive(names, archive)
    elif (form := _form(head)) == CMS:
        yield PaymentFile(names, form, content)
    elif _is_of_a_release(_base(names[-1]), form, head):
        yield PaymentFile(names, _RELEASE, content)
    elif form is not None:
        yield PaymentFile(names, form, content)


def _is_of_a_release(name: str, form: str | None, head: bytes) -> bool:
    """Whether a file is a member of a relative value archive: by the heading of caps, or by its name where nothing else tells."""
    kind = catalog.kinds()["opps_cap"]
    is_caps = bool(match_headings(kind.name, csv_heading(head.decode("cp1252", "replace").splitlines(), kind)))
    return is_caps or (form is None and any(re.search(other.name_hint, name) for other in catalog.kinds().values()))


@contextmanager
def _on_disk(content: IO[bytes], path: Path | None) -> Iterator[Path]:
    """The archive as a file: where it lies, or for one inside another a copy that is removed afterwards."""
    if path is not None:
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="pfs-", suffix=".zip") as copy:
        shutil.copyfileobj(content, copy)
        copy.flush()
        yield Path(copy.name)


def _within_archive(names: tuple[str, ...], path: Path) -> Iterator[PaymentFile]:
    verify_archive(path, name=" > ".join(map(_base, names)))
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir() or _DOCUMENTS.search(member.filename):
                continue
            with archive.open(member) as content:
                yield from _within((*names, member.filename), content)


def _base(name: str) -> str:
    """A name without its folders; archives made on Windows may use the other slash."""
    return re.split(r"[/\\]", name)[-1].strip()


def _form(head: bytes) -> str | None:
    """What a file is by its first lines; None for anything else."""
    lines = [line.strip() for line in head.decode("cp1252", "replace").splitlines() if line.strip()]
    if not lines:
        return None
    if re.match(settings()["layout"]["record"], bare(lines[0])):
        return CMS
    headings = {plain_heading(cell) for cell in re.split(r"[\t,]", lines[0])}
    table = settings()["table"]
    measures = [name for section in ("measure", "bare") for names in settings()[section].values() for name in names]
    is_table = headings & set(map(plain_heading, table["hcpcs_code"])) and headings & set(
        map(plain_heading, [*table["amount"], *measures])
    )
    return TABLE if is_table else None


def plain_heading(text: str) -> str:
    """A heading as it is compared: small letters and digits only, so that "Non-Facility Fee" is nonfacilityfee."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def bare(line: str) -> str:
    """A record without its quotes: no value of a record holds a quote or a comma."""
    return line.replace('"', "").strip()


# --- what the names say --------------------------------------------------------------------------------------------------


def qp_status_of(names: Sequence[str]) -> str:
    """Which payment the file is for: qp or non_qp, by the innermost name that says so; non_qp when none does."""
    for name in reversed(names):
        stem = _base(name).upper()
        for pattern, status in settings()["name"]["qp"]:
            if re.search(rf"(?<![A-Z]){pattern}(?![A-Z])", stem):
                return str(status)
    return "non_qp"


def release_label(names: Sequence[str], year: int) -> str:
    """Label of the release that a payment amount file was computed from, by its names and the year of its records.

    PFREV25C goes with RVU25C, the fourth revision file PFREV4 with the release of October, and a name without a letter with
    that of January. A revised file goes with the revised release where there was one: PFALL24R with RVU24AR, PFALL26AR with
    RVU26A.
    """
    said = _said(names)
    letter = said.get("letter") or settings()["name"]["letter"]
    if number := said.get("number"):
        letter = "ABCD"[int(number) - 1]
    plain = f"RVU{year % 100:02d}{letter}"
    wanted = [f"{plain}R"] if said.get("revised") else []
    known = [label for label in [*wanted, plain] if releases.find(label)]
    if known:
        return known[0]
    (month, day), _ = releases.QUARTER_DAYS[letter]
    governing = releases.governing_on(date(year, month, day), releases.releases())
    return governing[-1].label if governing else plain


def _said(names: Sequence[str]) -> dict[str, str | None]:
    rules = settings()["name"]
    for name in reversed(names):
        stem = re.sub(r"\.[A-Z0-9]{1,4}$", "", _base(name).upper())
        for mark in [rules["posted"], *[rf"[ _-]*{pattern}$" for pattern, _ in rules["qp"]]]:
            stem = re.sub(mark, "", stem)
        for pattern in rules["patterns"]:
            if found := re.match(pattern, stem.strip()):
                return found.groupdict()
    return {}
