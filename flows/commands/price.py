"""`pfs price`: dollars for one code or the lines of a claim, with every input and step, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.commands import price_claim, price_lines, price_place
from flows.plain import amount, as_json
from flows.show import console, line, table
from warehouse import anesthesia, places, read
from warehouse.claim_amounts import NOT_DONE, SETTINGS, Question, amounts
from warehouse.claim_item import Line
from warehouse.claim_rules import practitioners, row_modifiers, setting_of
from warehouse.errors import PfsError, UsageError
from warehouse.home import home

_NATION = {
    "work_gpci": "1.000",
    "pe_gpci": "1.000",
    "mp_gpci": "1.000",
    "locality_name": "national (every geographic index is 1)",
}
_AMOUNTS = (
    ("fee schedule amount", "fee"),
    ("outpatient (OPPS) cap", "cap"),
    ("allowed by Medicare", "allowed"),
    ("allowed, non-participating", "nonpar_allowed"),
    ("limiting charge", "limiting_charge"),
    ("Medicare's share, 80 %", "medicare_share"),
    ("less sequestration", "sequestration"),
    ("coinsurance, 20 %", "coinsurance"),
)
_TITLES = {"nonfacility": "outside facilities", "facility": "in facilities"}


@dataclass(frozen=True)
class Asked:
    """The options of `pfs price` as they are typed."""

    modifier: str = ""
    mac: str | None = None
    locality: str | None = None
    zip_code: str | None = None
    county: str | None = None
    on: str | None = None
    known_on: str | None = None
    is_corrected: bool = False
    release: str | None = None
    is_qp: bool = False
    place_of_service: str | None = None
    practitioner: str = "physician"
    is_nonpar: bool = False
    claim: str | None = None
    minutes: int | None = None
    base_units: str | None = None
    json: bool = False


def command(codes: tuple[str, ...], asked: Asked) -> int:
    """Prints the price of a code, or of the lines of a claim, with every step."""
    lines = price_lines.typed(codes, asked.modifier) if codes else []
    if asked.claim:
        if asked.modifier:
            raise UsageError(
                "--modifier goes with one code. With --claim, write the modifiers in the column modifiers of the file."
            )
        lines += price_lines.from_file(Path(asked.claim).expanduser(), len(lines) + 1)
    if not lines:
        raise UsageError("No code was given. For example: pfs price 99213, pfs price 27447-50 99213-25, pfs price --claim FILE.")
    known = practitioners()
    if asked.practitioner not in ("physician", *known):
        raise UsageError(f"--practitioner {asked.practitioner}: one of physician, {', '.join(sorted(known))} was expected.")
    if asked.is_nonpar and asked.practitioner in known:
        raise UsageError(f"A {known[asked.practitioner]} always accepts Medicare's amount: --nonpar does not apply.")
    if asked.minutes is not None and not 0 <= asked.minutes <= 6000:
        raise UsageError(f"--minutes {asked.minutes}: minutes from 0 to 6000 were expected.")
    with read.open_published(home()) as con:
        question, spot = _question(con, asked)
        if _is_plain(con, question, lines, asked):
            document = price(con, question, lines[0].code, lines[0].row_modifier, asked.is_nonpar)
            document |= _place_of_service(asked, question)
            shown = show
        else:
            document, shown = _claim(con, question, lines, asked), price_claim.show
    document["place"]["zip"] = spot.zip
    if asked.json:
        print(as_json(document))
    else:
        shown(document)
    return 0


def _question(con: Any, asked: Asked) -> tuple[Question, price_place.Spot]:
    on, known_on = price_place.days(asked.on, asked.known_on, asked.is_corrected)
    today = date.today()  # noqa: DTZ011  the operator's day
    release, day = price_place.release_and_day(con, on, known_on, asked.release, today)
    spot = price_place.where(con, release["release_id"], day, asked.mac, asked.locality, asked.zip_code, asked.county)
    qp_status = "qp" if asked.is_qp else "non_qp"
    return Question(release, qp_status, spot.place, day, on is not None, known_on, asked.is_corrected), spot


def _is_plain(con: Any, question: Question, lines: list[Line], asked: Asked) -> bool:
    """True for one unit of one row of RVUs, whose whole computation is the formula."""
    only = lines[0]
    is_unchanged = asked.practitioner == "physician" and asked.minutes is None and asked.base_units is None
    is_row = len(lines) == 1 and only.units == 1 and not asked.claim and set(only.modifiers) <= row_modifiers()
    if not is_unchanged or not is_row or len(only.modifiers) > 1:
        return False
    known = {row["modifier"] for row in read.rvu_rows(con, question.release["release_id"], only.code)}
    # A discontinued procedure (53) without a row is by report, which is no mistake of who asks.
    return only.row_modifier != "53" or "53" in known or not known


def _place_of_service(asked: Asked, question: Question) -> dict[str, Any]:
    """The setting of --pos, and the order in which settings are shown."""
    if asked.place_of_service is None:
        return {"place_of_service": None, "order": list(SETTINGS)}
    found = setting_of(asked.place_of_service.zfill(2), question.day)
    return {"place_of_service": found, "order": sorted(SETTINGS, key=lambda setting: setting != found["setting"])}


def _claim(con: Any, question: Question, lines: list[Line], asked: Asked) -> dict[str, Any]:
    """The document of a claim."""
    gpci = places.locality_row(con, question.release["release_id"], question.place) if question.place else _NATION
    _factor(con, question)
    base = _base_units(asked)
    settings = price_claim.claim(con, question, lines, asked.practitioner, asked.is_nonpar, asked.minutes, base, home().root)
    shown = _place_of_service(asked, question)
    hidden = None
    is_same = settings["nonfacility"] == settings["facility"]
    if is_same or shown["place_of_service"]:
        hidden, shown["order"] = None if is_same else shown["order"][1], shown["order"][:1]
    return {
        **_heading(con, question, gpci),
        "corrected": question.corrected,
        "practitioner": asked.practitioner,
        "is_nonpar": asked.is_nonpar,
        **shown,
        "hidden": hidden,
        "is_same": is_same,
        "settings": settings,
    }


def _base_units(asked: Asked) -> Decimal | None:
    try:
        return None if asked.base_units is None else anesthesia.base_unit_number(asked.base_units, "--base-units")
    except PfsError as error:
        raise UsageError(str(error)) from error


def _factor(con: Any, question: Question) -> Any:
    """The conversion factor: the law's of the day, else the release's. Raises WarehouseError where there is none."""
    if question.is_dated:
        query = "select conversion_factor from legal_conversion_factor_on(?, ?) where qp_status = ?"
        if law := read.one(con, query, [question.day, question.known_on, question.qp_status]):
            return law["conversion_factor"]
    return read.conversion_factor(con, question.release["release_id"], question.qp_status)["conversion_factor"]


def _heading(con: Any, question: Question, gpci: dict[str, Any]) -> dict[str, Any]:
    mac, locality = question.place or (None, None)
    return {
        "release": question.release,
        "caution": read.caution(con, question.release, question.day, question.known_on),
        "qp_status": question.qp_status,
        "day": question.day,
        "known_on": question.known_on,
        "place": {"mac": mac, "locality": locality, "name": gpci["locality_name"], "zip": None},
    }


def price(con: Any, question: Question, code: str, modifier: str, is_nonpar: bool = False) -> dict[str, Any]:
    """The price of one row of RVUs as a document: release, inputs, amounts or reason.

    `is_nonpar`: shares and sequestration are those of the amount of a physician who does not participate.
    """
    release_id = question.release["release_id"]
    found = {row["modifier"]: row for row in read.rvu_rows(con, release_id, code)}
    if modifier not in found:
        raise PfsError(read.no_such_row(release_id, code, modifier, list(found)) + read.rejected_code(con, release_id, code))
    gpci = places.locality_row(con, release_id, question.place) if question.place else _NATION
    factor = _factor(con, question)
    row = amounts(con, question, [code]).get((code, modifier))
    reason = None if row else read.unpriced_reason(con, release_id, code, modifier)
    if reason is None and row is None:
        reason = "the corrected RVUs of the year give it none" if question.corrected else f"no amount was found in {release_id}"
    rvu = found[modifier]
    if row is not None and row["rvu_release_id"] != release_id:
        rvu = next(r for r in read.rvu_rows(con, row["rvu_release_id"], code) if r["modifier"] == modifier)
    used = row or {
        **gpci,
        "conversion_factor": factor,
        "work": rvu["work_rvu"],
        "calculation_factor": 1,
        "conversion_factor_basis": "file",
    }
    return {
        "code": code,
        "modifier": modifier,
        **_heading(con, question, gpci),
        "inputs": {
            **{name: rvu[name] for name in ("status_code", "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu")},
            **{name: rvu[name] for name in ("nonfacility_na", "facility_na", "line_number")},
            **{name: used[name] for name in ("work_gpci", "pe_gpci", "mp_gpci", "conversion_factor")},
            "payment_work_rvu": used["work"],
            "calculation_factor": used["calculation_factor"],
            "conversion_factor_basis": used["conversion_factor_basis"],
            "rvu_release_id": rvu["release_id"],
            "member_name": read.rvu_member(con, rvu["release_id"]),
        },
        "reason": reason,
        "is_nonpar": is_nonpar,
        "amounts": None if row is None else {setting: _amounts(con, question, row, setting, is_nonpar) for setting in SETTINGS},
    }


def _amounts(con: Any, question: Question, row: dict[str, Any], setting: str, is_nonpar: bool) -> dict[str, Any]:
    allowed = row[f"{setting}_allowed"]
    rate = price_claim.sequestration_rate(con, question)
    return {
        "fee": row[f"{setting}_fee"],
        "cap": row[f"opps_{setting}_cap"],
        "allowed": allowed,
        **price_claim.derived(con, allowed, is_nonpar, rate),
    }


def show(document: dict[str, Any]) -> None:
    """Prints a price for a person."""
    out, answer = console(), document
    release, spot = answer["release"], answer["place"]
    name = answer["code"] + (f"-{answer['modifier']}" if answer["modifier"] else "")
    where = f"{spot['name']}, contractor {spot['mac']}, locality {spot['locality']}" if spot["mac"] else spot["name"]
    out.print(line(f"{name}, {where}"))
    if spot["zip"]:
        out.print(line(price_place.zip_sentence(spot["zip"], answer["day"])))
    known = f", as known on {answer['known_on']}" if answer["known_on"] else ""
    span = f"services {release['valid_from']} to {release['valid_to']}"
    out.print(line(f"Release {release['release_id']}, {span}, {answer['qp_status']}{known}"))
    if answer["caution"]:
        out.print(line(f"Note: {answer['caution']}"))
    if pos := answer["place_of_service"]:
        out.print(line(f"Place of service {pos['place_of_service']}, {pos['place_name']}: {_TITLES[pos['setting']]}"))
    if answer["reason"]:
        out.print(line(f"No price: {answer['reason']}."))
        return
    titles = [_TITLES[setting] for setting in answer["order"]]
    rows = [(label, *[amount(answer["amounts"][setting][key]) for setting in answer["order"]]) for label, key in _AMOUNTS]
    out.print(table(("", *titles), rows, right=titles))
    if answer["is_nonpar"]:
        out.print(line("Medicare's share, sequestration and coinsurance are those of the non-participating amount."))
    for setting in answer["order"]:
        out.print(line(_formula(answer, setting)))
    inputs = answer["inputs"]
    if inputs["rvu_release_id"] != release["release_id"]:
        out.print(
            line(f"RVUs: line {inputs['line_number']} of {inputs['member_name']} in {inputs['rvu_release_id']} (corrected).")
        )
        return
    out.print(line(f"RVUs: line {inputs['line_number']} of {inputs['member_name']} in {release['archive_name']},"))
    out.print(line(f"sha256 {release['archive_sha256']}."))


def _formula(answer: dict[str, Any], setting: str) -> str:
    inputs = answer["inputs"]
    note = f"  ({NOT_DONE})" if inputs[f"{setting}_na"] else ""
    pairs = (("payment_work_rvu", "work_gpci"), (f"{setting}_pe_rvu", "pe_gpci"), ("mp_rvu", "mp_gpci"))
    parts = " + ".join(f"{inputs[rvu]} x {inputs[gpci]}" for rvu, gpci in pairs)
    flag = "" if inputs["calculation_factor"] == 1 else f" x {inputs['calculation_factor']:.2f}"
    fee = amount(answer["amounts"][setting]["fee"])
    return f"{_TITLES[setting]}: ({parts}) x {inputs['conversion_factor']}{flag} = {fee}{note}"
