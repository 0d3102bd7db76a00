"""A place of a release: the contractor and locality that a ZIP code is paid under, and the indices of a place.

Reads a warehouse (a ZIP code through the macro `locality_of_zip`); writes nothing. Raises UsageError, in a sentence, for a text
that is no ZIP code, PfsError for one that no loaded ZIP code file has, and WarehouseError for a place that a release lacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

import duckdb

from warehouse.errors import PfsError, UsageError, WarehouseError
from warehouse.read import Row, one, rows

_PARTED = re.compile(r"[,/;]| AND |&")
_COUNTY_WORD = re.compile(r"\b(COUNTY|COUNTIES|CNTY|PARISH|BOROUGH)\b")
# What the locality-county file says of a locality that takes the counties that no other one of the state names.
_ALL = frozenset({"ALL", "ALL OTHER"})
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
    found = con.execute(
        f"select {columns} from locality_of_zip(?, ?, ?) order by is_same_area desc, mac, locality",
        [zip_code, release_id, plus_four],
    ).fetchall()
    if not found:
        raise PfsError(_why_nowhere(con, zip_code, release_id))
    return [Place(*row) for row in found]


def place_of_county(con: duckdb.DuckDBPyConnection, found: list[Place], county: str) -> tuple[str, str, bool]:
    """The locality of a county as mac, locality, and whether CMS's file names the county, where a ZIP code alone does not decide.

    The counties are those of CMS's locality-county member of the release. Where borders changed, the county chooses among the
    localities found; where four more digits would decide, among all of the state. A county that no locality of the state names
    is in its rest ("all other counties"). Raises PfsError where the county decides nothing.
    """
    wanted = _county(county)
    listed = con.execute(
        "select locality_county.mac, locality_county.locality, county_names, locality.state from locality_county "
        "join locality using (release_id, mac, locality) where release_id = ? order by all",
        [found[0].release_id],
    ).fetchall()
    if len(found) > 1:
        keys = {(place.mac, place.locality) for place in found}
        listed = [row for row in listed if row[:2] in keys]
    else:
        listed = [row for row in listed if row[3] == found[0].state]
    named = [(mac, locality) for mac, locality, names, _ in listed if wanted in _counties(names)]
    rest = [(mac, locality) for mac, locality, names, _ in listed if _ALL & _counties(names)]
    matching = named or rest
    if len(set(matching)) == 1:
        return *matching[0], bool(named)
    many = "several localities" if matching else "no locality"
    raise PfsError(
        f"{found[0].release_id} ties {county!r} to {many} that {found[0].zip_code} may lie in. "
        "Give --mac and --locality; 'pfs price' without --county lists the localities with their counties."
    )


def _county(text: str) -> str:
    return " ".join(_COUNTY_WORD.sub(" ", text.upper()).split())


def _counties(text: str) -> set[str]:
    """The counties in a text of CMS's, parted by commas, slashes or AND; the word county itself is left out."""
    return {_county(part) for part in _PARTED.split(text.upper())} - {""}


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


def locality_row(con: duckdb.DuckDBPyConnection, release_id: str, place: tuple[str, str]) -> Row:
    """The indices of a place, given as (mac, locality). Raises WarehouseError, naming near ones, when there is no such place."""
    found = one(con, "select * from gpci where release_id = ? and mac = ? and locality = ?", [release_id, *place])
    if found is None:
        raise WarehouseError(_no_such_place(con, release_id, *place))
    return found


def _no_such_place(con: duckdb.DuckDBPyConnection, release_id: str, mac: str, locality: str) -> str:
    """What is said of a place that a release lacks: the number that its area had then, and the localities of the contractor.

    Where the contractor had another number, those of the states that it has in any year are named. A locality number alone leads
    nowhere: it means another area under each contractor.
    """
    then = rows(
        con,
        """
        select distinct locality.locality_id, locality.mac, locality.locality, locality.locality_name
        from locality
        join locality_identity using (locality_id)
        where locality.release_id = ? and locality_identity.mac = ? and locality_identity.locality = ?
        order by all
        """,
        [release_id, mac, locality],
    )
    near = rows(
        con,
        """
        select mac, locality, locality_name from locality
        where release_id = $1 and (mac = $2 or state in (select state from locality_identity where mac = $2))
        order by mac <> $2, mac, locality
        """,
        [release_id, mac],
    )
    was = "".join(
        f" {mac}/{locality} is {r['locality_id']} ({r['locality_name']}), which was {r['mac']}/{r['locality']} in {release_id}: "
        f"--mac {r['mac']} --locality {r['locality']}."
        for r in then
    )
    shown = "; ".join(f"--mac {r['mac']} --locality {r['locality']} {r['locality_name']}" for r in near[:8])
    more = f" and {len(near) - 8} more" if len(near) > 8 else ""
    return (
        f"{release_id} has no locality {locality} under contractor {mac}. Contractor numbers change over the years.{was} "
        f"Near ones: {shown or 'none'}{more}. 'pfs sql \"select mac, locality, locality_name from gpci where release_id = "
        f"'{release_id}'\"' lists all."
    )
