"""`pfs price`: dollars for one code, with every input, or the reason why there are none."""

from __future__ import annotations

from datetime import date
from typing import Any

from flows.commands.arguments import day, hcpcs, modifier_of, place
from flows.show import amount, as_json, console, line, table
from warehouse import read
from warehouse.errors import PfsError
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
)


def command(
    code: str,
    modifier: str,
    mac: str | None,
    locality: str | None,
    on: str | None,
    release: str | None,
    is_qp: bool,
    json: bool,
) -> int:
    """Prints the price of a code with its inputs."""
    code, modifier, where = hcpcs(code), modifier_of(modifier), place(mac, locality)
    with read.open_published(home()) as con:
        chosen = read.pick_release(con, day(on), release, date.today())  # noqa: DTZ011  the operator's day
        answer = price(con, chosen, code, modifier, where, "qp" if is_qp else "non_qp")
    if json:
        print(as_json(answer))
    else:
        show(answer)
    return 0


def price(con: Any, release: read.Row, code: str, modifier: str, where: tuple[str, str] | None, qp_status: str) -> dict[str, Any]:
    """The price of a code in a release at a place (None: the nation) as a document: release, inputs, amounts or reason."""
    found = {row["modifier"]: row for row in read.rvu_rows(con, release["release_id"], code)}
    if modifier not in found:
        raise PfsError(_no_such_row(release["release_id"], code, modifier, list(found)))
    rvu = found[modifier]
    gpci = read.locality_row(con, release["release_id"], where) if where else _NATION
    factor = read.conversion_factor(con, release["release_id"], qp_status)
    answer = {
        "code": code,
        "modifier": modifier,
        "release": release,
        "qp_status": qp_status,
        "place": {"mac": where[0] if where else None, "locality": where[1] if where else None, "name": gpci["locality_name"]},
        "inputs": {
            **{name: rvu[name] for name in ("status_code", "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu")},
            **{name: rvu[name] for name in ("nonfacility_na", "facility_na", "line_number")},
            **{name: gpci[name] for name in ("work_gpci", "pe_gpci", "mp_gpci")},
            "conversion_factor": factor["conversion_factor"],
            "member_name": read.rvu_member(con, release["release_id"]),
        },
        "reason": read.unpriced_reason(con, release["release_id"], code, modifier),
        "amounts": None,
    }
    if answer["reason"] is None:
        answer["amounts"] = _amounts(con, release["release_id"], qp_status, where, code, modifier)
    return answer


def _amounts(
    con: Any, release_id: str, qp_status: str, where: tuple[str, str] | None, code: str, modifier: str
) -> dict[str, Any]:
    if where:
        row = read.payment_row(con, release_id, qp_status, where, code, modifier)
    else:
        national = read.national_rows(con, release_id, code)
        row = next((r for r in national if r["modifier"] == modifier and r["qp_status"] == qp_status), None)
    if row is None:
        raise PfsError(
            f"{code} {modifier} has a price in {release_id}, but no payment row was found at this place. Please report this."
        )
    return {
        setting: {
            "fee": row[f"{setting}_fee"],
            "cap": row[f"opps_{setting}_cap"],
            **{name: row[f"{setting}_{name}"] for name in ("allowed", "nonpar_allowed", "limiting_charge")},
        }
        for setting in ("nonfacility", "facility")
    }


def _no_such_row(release_id: str, code: str, modifier: str, known: list[str]) -> str:
    if not known:
        return f"{release_id} has no code {code}. 'pfs code {code} --release RELEASE' looks into another release."
    names = ", ".join(name or "none" for name in known)
    return f"{release_id} has {code}, but not with modifier {modifier or '(none)'}; it has: {names}."


def show(answer: dict[str, Any]) -> None:
    """Prints a price for a person."""
    out = console()
    release, inputs, spot = answer["release"], answer["inputs"], answer["place"]
    name = answer["code"] + (f"-{answer['modifier']}" if answer["modifier"] else "")
    where = f"{spot['name']}, contractor {spot['mac']}, locality {spot['locality']}" if spot["mac"] else spot["name"]
    out.print(line(f"{name}, {where}"))
    out.print(
        line(f"Release {release['release_id']}, services {release['valid_from']} to {release['valid_to']}, {answer['qp_status']}")
    )
    if answer["reason"]:
        out.print(line(f"No price: {answer['reason']}."))
        return
    out.print(
        table(
            ("", "outside facilities", "in facilities"),
            [
                (label, amount(answer["amounts"]["nonfacility"][key]), amount(answer["amounts"]["facility"][key]))
                for label, key in _AMOUNTS
            ],
            right=("outside facilities", "in facilities"),
        )
    )
    for setting, title in (("nonfacility", "outside facilities"), ("facility", "in facilities")):
        note = "  (NA: rarely or never done there)" if inputs[f"{setting}_na"] else ""
        parts = " + ".join(
            f"{inputs[rvu]} x {inputs[gpci]}"
            for rvu, gpci in (("work_rvu", "work_gpci"), (f"{setting}_pe_rvu", "pe_gpci"), ("mp_rvu", "mp_gpci"))
        )
        fee = amount(answer["amounts"][setting]["fee"])
        out.print(line(f"{title}: ({parts}) x {inputs['conversion_factor']} = {fee}{note}"))
    out.print(line(f"RVUs: line {inputs['line_number']} of {inputs['member_name']} in {release['archive_name']},"))
    out.print(line(f"sha256 {release['archive_sha256']}."))
