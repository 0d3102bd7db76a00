"""Where and from what `pfs price` answers: the release and day, and the locality, also from a ZIP code."""

from __future__ import annotations

from datetime import date
from typing import Any

from flows.commands.arguments import day, place
from warehouse import places, read
from warehouse.errors import PfsError, UsageError


def release_and_day(con: Any, on: date | None, known_on: date | None, release: str | None, today: date) -> tuple[read.Row, date]:
    """The release to answer from, and the day whose rules hold: --on, or the last day of the release that has come."""
    if on is not None and release is not None:
        raise UsageError("--on and --release exclude each other: a date of service chooses its release. Give one of them.")
    if on is None:
        chosen = read.pick_release(con, None, release, today)
        return chosen, max(chosen["valid_from"], min(chosen["valid_to"], today))
    governing = read.one(con, "select release_id from release_on(?, ?)", [on, known_on])
    if governing is not None:
        return read.pick_release(con, None, governing["release_id"], today), on
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


def where(con: Any, release_id: str, mac: str | None, locality: str | None, zip_code: str | None) -> tuple[str, str] | None:
    """The locality as (mac, locality), None for the nation. Raises PfsError, with a list, where a ZIP code does not decide."""
    if zip_code is None:
        return place(mac, locality)
    if mac is not None or locality is not None:
        raise UsageError("--zip and --mac with --locality exclude each other. Give one of them.")
    found = places.places_of_zip(con, zip_code, release_id)
    if len(found) == 1 and found[0].is_certain:
        return found[0].mac, found[0].locality
    raise PfsError(_undecided(con, zip_code, found))


def _undecided(con: Any, zip_code: str, found: list[places.Place]) -> str:
    digits, plus_four = places.parse_zip(zip_code)
    listed = "; ".join(_option(con, spot) for spot in found)
    if not any(spot.needs_plus_four for spot in found):
        many = f"{len(found)} localities of {found[0].release_id}"
        return f"{digits} may lie in {many}, and the county decides. Give one of: {listed}."
    if plus_four is None:
        return (
            f"{digits} lies in several localities, and four more digits decide. Give all nine (--zip {digits}-1234), "
            f"or the locality; that of its main part is: {listed}."
        )
    return (
        f"{digits} lies in several localities, and CMS's file of nine-digit ZIP codes that is loaded does not have "
        f"{digits}-{plus_four}, or none is loaded. Give the locality; that of the main part of {digits} is: {listed}."
    )


def _option(con: Any, spot: places.Place) -> str:
    counties = read.one(
        con,
        "select county_names from locality_county where release_id = ? and mac = ? and locality = ?",
        [spot.release_id, spot.mac, spot.locality],
    )
    named = f" (counties: {counties['county_names']})" if counties else ""
    return f"--mac {spot.mac} --locality {spot.locality} {spot.locality_name}{named}"
