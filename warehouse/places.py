"""Where a ZIP code lies: the contractor and locality of a release that it is paid under.

Reads a warehouse through the macro `locality_of_zip`; writes nothing. Raises UsageError, in a sentence, for a text that is no ZIP
code, and PfsError for one that no loaded ZIP code file has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

import duckdb

from warehouse.errors import PfsError, UsageError

_ZIP = re.compile(r"(\d{5})(?:[- ]?(\d{4}))?")


@dataclass(frozen=True)
class Place:
    """A locality of a release that a ZIP code may lie in.

    `needs_plus_four`: the ZIP code lies in several localities and this is the one of its main part, four more digits would
    decide. `is_certain` is false then, and when the borders changed between the release and the ZIP code file.
    """

    zip_code: str
    zip_release_id: str
    release_id: str
    mac: str
    locality: str
    state: str | None
    locality_id: str | None
    locality_name: str
    needs_plus_four: bool
    is_certain: bool


def parse_zip(text: str) -> tuple[str, str | None]:
    """A ZIP code as five digits and, when they are given, the four further ones: 94401, 94401-1234, 944011234."""
    if found := _ZIP.fullmatch(text.strip()):
        return found[1], found[2]
    raise UsageError(f"{text!r} is no ZIP code. Five digits were expected, or nine (94401 or 94401-1234).")


def places_of_zip(con: duckdb.DuckDBPyConnection, zip_text: str, release_id: str) -> list[Place]:
    """The localities of a release that a ZIP code may lie in, the one that CMS's file names first; one when it is known.

    Raises PfsError when the text is no ZIP code, when no ZIP code file or not this release is loaded, or when the file of the
    time does not have the ZIP code.
    """
    zip_code, plus_four = parse_zip(zip_text)
    columns = ", ".join(column.name for column in fields(Place))
    rows = con.execute(
        f"select {columns} from locality_of_zip(?, ?, ?) order by is_same_area desc, mac, locality",
        [zip_code, release_id, plus_four],
    ).fetchall()
    if not rows:
        raise PfsError(_why_nowhere(con, zip_code, release_id))
    return [Place(*row) for row in rows]


def _why_nowhere(con: duckdb.DuckDBPyConnection, zip_code: str, release_id: str) -> str:
    if not con.execute("select 1 from zip_release limit 1").fetchone():
        return (
            "No ZIP code file is loaded, so a ZIP code cannot be tied to a locality. Save CMS's 'Zip Code to Carrier Locality "
            "File' (a zip archive) in a folder and run 'pfs refresh --source FOLDER --all', or give --mac and --locality."
        )
    if not con.execute("select 1 from release where release_id = ?", [release_id]).fetchone():
        return f"{release_id} is not loaded. 'pfs status' lists the releases that are."
    files = ", ".join(row[0] for row in con.execute("select zip_release_id from zip_release order by valid_from").fetchall())
    if not con.execute("select 1 from zip_locality where zip_code = ?", [zip_code]).fetchone():
        return f"The ZIP code {zip_code} is not in CMS's ZIP code file ({files}). Check its digits, or give --mac and --locality."
    return (
        f"The locality of {zip_code} in CMS's ZIP code file ({files}) has no row in the GPCI file of {release_id}. "
        "Give --mac and --locality."
    )
