"""A reference file of CMS's, read: stages extract and normalize for the classification of codes and the procedure summary.

Dispatches to rbcs.py and utilisation.py, and makes of what they read a content that stage load takes like a release.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from flows import catalog
from flows.extract.table_file import TableFile, opened, require_not_cut
from flows.references.rbcs import read_rbcs
from flows.references.table import Table
from flows.references.utilisation import read_utilisation
from warehouse.errors import ReleaseError
from warehouse.load import ReleaseContent

if TYPE_CHECKING:
    from flows.raw_archive import Archive

HEADER = "reference_release"


def read_reference(archive: Archive) -> ReleaseContent:
    """Reads a reference file of the raw store. `archive.reference` says which, `archive.label` of which year where that is known.

    Raises LayoutError for an unknown layout, and ReleaseError when the year is not known or the lines do not add up.
    """
    reference = catalog.references()[str(archive.reference)]
    with opened(archive.path, archive.name, reference.kind, archive.sha256) as file:
        require_not_cut(file)
        table = _read(file, archive)
    named = reference.year_of(archive.label or "") or reference.year_of(archive.name)
    year = table.year or named
    if year is None:
        raise ReleaseError(
            f"{archive.name}: neither the file nor its name tells which year it is of. Give it a name that holds the year, or "
            "name one file and its year: --source FILE --year 2023."
        )
    label = f"{reference.label}{year}"
    _require_account(archive.name, table)
    frames = {
        table.name: table.rows,
        "reference_file": pl.DataFrame([_account(file, table, archive)]),
        "reference_rejected_row": table.rejected.with_columns(pl.lit(file.name).alias("member_name")),
    }
    notes = tuple(f"{label}: {note}" for note in (*table.notes, *_other_year(named, year)))
    return ReleaseContent(_row(archive, file, label, year), frames, notes, HEADER)


def _other_year(named: int | None, year: int) -> tuple[str, ...]:
    """What is said where the rows are of another year than the name of the file, or than the one that was asked for."""
    if named in (None, year):
        return ()
    return (f"the file is called that of {named}, and its newest rows are of {year}; a file that was cut off may be the cause.",)


def _read(file: TableFile, archive: Archive) -> Table:
    if archive.reference == "rbcs":
        return read_rbcs(file)
    return read_utilisation(file, archive.label or archive.name)


def _require_account(name: str, table: Table) -> None:
    ignored = table.lines - table.rows_loaded - table.rejected.height
    if ignored < 0:
        raise ReleaseError(
            f"{name}: it has {table.lines:,} lines, and {table.rows_loaded:,} rows and {table.rejected.height:,} rejected ones "
            "were read. This is a fault of the reader; please report it."
        )


def _account(file: TableFile, table: Table, archive: Archive) -> dict[str, Any]:
    return {
        "reference": archive.reference,
        "member_name": file.name,
        "member_sha256": file.sha256,
        "layout": file.layout.name,
        "lines": table.lines,
        "rows_loaded": table.rows_loaded,
        "rows_rejected": table.rejected.height,
        "lines_ignored": table.lines - table.rows_loaded - table.rejected.height,
    }


def _row(archive: Archive, file: TableFile, label: str, year: int) -> dict[str, Any]:
    return {
        "label": label,
        "reference": archive.reference,
        "year": year,
        "archive_sha256": archive.sha256,
        "archive_name": archive.name,
        "content_sha256": hashlib.sha256(f"{archive.reference} {file.sha256}".encode()).hexdigest(),
        "is_sample": archive.is_sample,
        "source_url": archive.source_url,
        "loaded_at": archive.loaded_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }
