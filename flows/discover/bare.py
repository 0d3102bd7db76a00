"""One file that is offered to `pfs refresh` and is no archive: what it is, and where it belongs. Belongs to stage discover.

Reads the file; writes nothing. Raises SourceError for a payment amount file, a member of a relative value archive or a reference
file; what is none of these is for stage fetch to judge.
"""

from __future__ import annotations

import re
from pathlib import Path

from warehouse.errors import PfsError, SourceError

_HEAD_BYTES = 64 * 1024


def refuse_bare(path: Path) -> None:
    """Raises SourceError when a file is known for something that is not brought in by itself."""
    from flows.extract.zip_members import is_zip_file
    from flows.fetch.archive import is_zip_start

    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:  # fetch says why
        return
    is_workbook = path.suffix.lower() in (".xls", ".xlsx")
    if is_zip_file(path) or (is_zip_start(head) and not is_workbook):
        return
    if not is_workbook and _has_amounts(path):
        raise SourceError(
            f"--source {path}: a file of published payment amounts, which is compared with the warehouse and not loaded: "
            f"'pfs verify {path}'. What is loaded are archives of relative value files, such as RVU25D.zip."
        )
    if reference := _reference(path):
        raise SourceError(f"--source {path}: CMS's reference file {reference}: 'pfs refresh {reference} --source {path}'.")
    if kind := _kind(path, head):
        raise SourceError(
            f"--source {path}: one member (of kind {kind}) of an archive of relative value files. A release is loaded from the "
            f"whole archive, as CMS posts it (RVU25D.zip): name that. 'pfs inspect {path}' says what the member is."
        )


def _has_amounts(path: Path) -> bool:
    from flows.published.files import payment_files

    try:
        return any(True for _ in payment_files(path))
    except PfsError:
        return False


def _reference(path: Path) -> str | None:
    """The reference file that a csv is by its heading."""
    from flows import catalog
    from flows.extract.table_file import fits, heads

    if path.suffix.lower() != ".csv":
        return None
    beginnings = heads(path)
    found = (name for name, reference in catalog.references().items() if any(fits(head, reference.kind) for head in beginnings))
    return next(found, None)


def _kind(path: Path, head: bytes) -> str | None:
    """The kind of data that a bare member holds, by its name or, for what is a text, by its first rows."""
    from flows import catalog
    from flows.extract.extract import extract
    from flows.extract.members import Member

    if named := [kind.name for kind in catalog.kinds().values() if re.search(kind.name_hint, path.name)]:
        return named[0]
    end = head.rfind(b"\n") + 1
    member = Member(path.name, head[:end] or head)
    try:
        found = extract(member) if member.form in ("csv", "text") else None
    except PfsError:
        return None
    return found.kind if found else None
