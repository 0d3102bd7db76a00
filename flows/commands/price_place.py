"""Where and from what `pfs price` answers: the release and day, and the locality, also from a ZIP code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.commands.arguments import day, one_of_day_and_release, place
from warehouse import places, read
from warehouse.errors import PfsError, UsageError


@dataclass(frozen=True)
class Spot:
    """Where a price is for: `place` as (mac, locality), None for the nation; `zip` says which ZIP code file led there."""

    place: tuple[str, str] | None
    zip: read.Row | None = None


def release_and_day(con: Any, on: date | None, known_on: date | None, release: str | None, today: date) -> tuple[read.Row, date]:
    """The release to answer from, and the day whose rules hold: --on, or the last day of the release that has come."""
    one_of_day_and_release(on, release)
    if on is None:
        chosen = read.pick_release(con, None, release, today)
        return chosen, max(chosen["valid_from"], min(chosen["valid_to"], today))
    governing = read.one(con, "select release_id, valid_to from release_on(?, ?)", [on, known_on])
    if governing is not None:
        # The last day of the release is the one that CMS had announced by known_on.
        return read.pick_release(con, None, governing["release_id"], today) | {"valid_to": governing["valid_to"]}, on
    if known_on is None:
        return read.pick_release(con, on, None, today), on
    reason = con.execute("select release_reason_on(?, ?)", [on, known_on]).fetchone()[0]
    raise PfsError(f"As known on {known_on}, no loaded release governs {on}: {reason or 'none was published yet'}.")


def days(on: str | None, known_on: str | None, is_corrected: bool) -> tuple[date | None, date | None]:
    """--on and --known-on as dates; the latter, and --corrected, need the former."""
    if on is None and (known_on is not None or is_corrected):
        option = "--known-on" if known_on is not None else "--corrected"
        raise UsageError(f"{option} needs a date of service: give --on YYYY-MM-DD too.")
    try:
        return day(on), None if known_on is None else date.fromisoformat(known_on)
    except ValueError:
        raise UsageError(f"--known-on {known_on}: a date as YYYY-MM-DD was expected, for example 2026-05-01.") from None


def where(
    con: Any, release_id: str, day: date, mac: str | None, locality: str | None, zip_code: str | None, county: str | None
) -> Spot:
    """The locality that is asked for. Raises PfsError, with a list, where neither the ZIP code nor the county decides."""
    if zip_code is None:
        if county is not None:
            raise UsageError("--county goes with --zip: it decides where a ZIP code lies in several localities.")
        return Spot(place(mac, locality))
    if mac is not None or locality is not None:
        raise UsageError("--zip and --mac with --locality exclude each other. Give one of them.")
    found = places.places_of_zip(con, zip_code, release_id)
    is_decided = len(found) == 1 and found[0].is_certain
    if not is_decided and county is None:
        raise PfsError(_undecided(con, zip_code, found))
    file = _zip_file(con, zip_code, found[0].zip_release_id, day)
    if is_decided:
        return Spot((found[0].mac, found[0].locality), file)
    mac, locality, is_named = places.place_of_county(con, found, str(county))
    return Spot((mac, locality), file | {"county": county, "is_county_named": is_named})


def _zip_file(con: Any, zip_code: str, zip_release_id: str, day: date) -> read.Row:
    """The ZIP code file that a place comes from, and whether it is of the quarter of the day."""
    query = "select zip_release_id, valid_from, valid_to, archive_name, archive_sha256 from zip_release where zip_release_id = ?"
    file = read.one(con, query, [zip_release_id])
    assert file is not None
    is_of_the_day = file["valid_from"] <= day <= file["valid_to"]
    return {"zip_code": zip_code, **file, "is_of_the_day": is_of_the_day, "county": None, "is_county_named": None}


def zip_sentence(found: read.Row, day: date) -> str:
    """For a person: which quarter's ZIP code file gave the place, and whether it is another one than that of the day."""
    county = f" and county {found['county']}" if found["county"] else ""
    said = (
        f"ZIP code {found['zip_code']}{county}: by CMS's ZIP code file {found['zip_release_id']}, "
        f"of {found['valid_from']} to {found['valid_to']}"
    )
    said += "." if found["is_of_the_day"] else f", since none of the quarter of {day} is loaded."
    if found["is_county_named"] is False:
        said += f" No locality of the state names {found['county']}: if it is spelled right, it lies in the rest of the state."
    return said


def _undecided(con: Any, zip_code: str, found: list[places.Place]) -> str:
    digits, plus_four = places.parse_zip(zip_code)
    listed = "; ".join(_option(con, spot) for spot in found)
    if not any(spot.needs_plus_four for spot in found):
        many = f"{len(found)} localities of {found[0].release_id}"
        return f"{digits} may lie in {many}, and the county decides. Give it (--county NAME), or one of: {listed}."
    if plus_four is None:
        return (
            f"{digits} lies in several localities, and four more digits decide. Give all nine (--zip {digits}-1234), "
            f"or the county (--county NAME), or the locality; that of its main part is: {listed}."
        )
    return (
        f"{digits} lies in several localities, and CMS's file of nine-digit ZIP codes that is loaded does not have "
        f"{digits}-{plus_four}, or none is loaded. Give the county (--county NAME) or the locality; that of the main part of "
        f"{digits} is: {listed}."
    )


def _option(con: Any, spot: places.Place) -> str:
    counties = read.one(
        con,
        "select county_names from locality_county where release_id = ? and mac = ? and locality = ?",
        [spot.release_id, spot.mac, spot.locality],
    )
    named = f" (counties: {counties['county_names']})" if counties else ""
    return f"--mac {spot.mac} --locality {spot.locality} {spot.locality_name}{named}"
