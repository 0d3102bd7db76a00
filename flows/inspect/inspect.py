"""What a file is: an archive of relative value files, ZIP code, payment amount or reference files, or one member of these.

Reads one file; writes nothing. Uses the readers of the stages, so that its answer is what `pfs refresh` (or `pfs verify`, for
payment amounts) would do, and gives the row to add to a column map where no layout fits. Raises SourceError and ArchiveError for
what cannot be read at all.
"""

from __future__ import annotations

import re
import zipfile
from functools import partial
from pathlib import Path, PurePosixPath

from flows import catalog
from flows.extract.members import Member, read_members
from flows.extract.zip_members import is_zip_archive, is_zip_file
from flows.fetch.archive import is_zip_start, verify_archive
from flows.inspect.nested import nested_report
from flows.inspect.payment_amounts import payment_report
from flows.inspect.reference_files import reference_report
from flows.inspect.releases import member_report, release_report
from flows.inspect.report import Finding, Report
from flows.inspect.zip_codes import looks_like_zip_codes, zip_report
from warehouse.errors import ArchiveError, SourceError

__all__ = ["Finding", "Report", "inspect"]

_SUFFIXES = {".csv", ".txt", ".prn", ".xls", ".xlsx"}
_MOST_BYTES = 500_000_000


def inspect(path: Path, is_inside: bool = False) -> Report:
    """What a file is, member by member; `is_inside`: it was found in an archive of archives, and those in it are not opened.

    Raises SourceError when it is none that can be read, ArchiveError for a bad archive.
    """
    if not path.is_file():
        raise SourceError(
            f"{path} is no file. Name an archive (.zip), one of its members (.csv, .txt, .prn, .xls, .xlsx), a ZIP code file or "
            "a payment amount file of CMS."
        )
    try:
        with path.open("rb") as file:
            is_zip = is_zip_start(file.read(4)) and path.suffix.lower() != ".xlsx"
        is_archive = is_zip or path.suffix.lower() == ".zip"
        return _archive(path, is_inside) if is_archive else _file(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveError(f"{path} cannot be read: {error}.") from error


def _archive(path: Path, is_inside: bool) -> Report:
    verify_archive(path)
    with zipfile.ZipFile(path) as opened:
        names = [PurePosixPath(name).name for name in opened.namelist()]
    if is_zip_archive(path):
        return zip_report(path)
    if (nested := nested_report(path, None if is_inside else partial(inspect, is_inside=True))) is not None:
        return nested
    if not _is_named_as_release(names) and (found := reference_report(path) or payment_report(path)) is not None:
        return found
    if any(looks_like_zip_codes(name) for name in names):
        return zip_report(path)
    return release_report(path, read_members(path))


def _is_named_as_release(names: list[str]) -> bool:
    return any(re.search(kind.name_hint, name) for kind in catalog.kinds().values() for name in names)


def _file(path: Path) -> Report:
    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(f"{path} has more than {_MOST_BYTES:,} bytes; no file of CMS's that is read here comes near that.")
    if is_zip_file(path) or looks_like_zip_codes(path.name):
        return zip_report(path)
    if not _is_named_as_release([path.name]) and (found := reference_report(path) or payment_report(path)) is not None:
        return found
    if path.suffix.lower() not in _SUFFIXES:
        raise SourceError(
            f"{path} is neither an archive nor a member (.csv, .txt, .prn, .xls, .xlsx), and by its first lines no ZIP code file "
            "and no payment amount file."
        )
    return member_report(Member(path.name, path.read_bytes()))
