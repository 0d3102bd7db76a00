"""Several lines, or one with modifiers that change its amount: each step from RVU to dollar, as a document and for a person."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.commands import price_place
from flows.plain import amount
from flows.show import console, line, table
from warehouse import anesthesia, read
from warehouse.claim import price_claim
from warehouse.claim_amounts import SETTINGS, Question, rates
from warehouse.claim_item import Line, Priced
from warehouse.errors import UsageError

TITLES = {"nonfacility": "Outside facilities", "facility": "In facilities"}


def claim(
    con: Any,
    question: Question,
    lines: list[Line],
    practitioner: str,
    is_nonpar: bool,
    minutes: int | None,
    base_units: Decimal | None,
    home: Path,
) -> dict[str, dict[str, Any]]:
    """The priced lines by setting: `lines`, `allowed` (the total; None while a line has no price), and what follows from it."""
    slept = _anesthesia(con, question, lines, minutes, base_units, home)
    others = [each for each in lines if each.number not in slept]
    found = rates(con, question, others)
    answers = {}
    for setting in SETTINGS:
        priced = price_claim(others, found[setting], question.day, practitioner)
        ordered = sorted([*priced, *slept.values()], key=lambda answer: answer.line.number)
        answers[setting] = _document(con, question, ordered, is_nonpar)
    return answers


def _anesthesia(
    con: Any, question: Question, lines: list[Line], minutes: int | None, base_units: Decimal | None, home: Path
) -> dict[int, Priced]:
    """The anesthesia lines, priced, by number."""
    release_id = question.release["release_id"]
    rows = {each.number: (read.rvu_rows(con, release_id, each.code) or [{"status_code": ""}])[0] for each in lines}
    mine = [each for each in lines if anesthesia.is_anesthesia(rows[each.number])]
    if not mine:
        if minutes is not None or base_units is not None:
            option = "--minutes" if minutes is not None else "--base-units"
            names = ", ".join(each.name for each in lines)
            raise UsageError(
                f"{option} is for anesthesia (status J in {release_id}), and that is not what {names} is. Leave it out."
            )
        return {}
    path = home / anesthesia.FILE_NAME
    known = anesthesia.read_base_units(path) if path.exists() else []
    factor = anesthesia.conversion_factor(con, release_id, question.place, question.qp_status)
    if len(mine) > 1:
        reason = "anesthesia of one session is one line: the code with the most base units, and the time of all"
        return {each.number: Priced(each, reason=reason) for each in mine}
    each = mine[0]
    base = anesthesia.base_units_on(known, each.code, question.day)
    if base_units is not None:
        base = anesthesia.BaseUnits(each.code, base_units, question.day, question.day, "--base-units")
    return {each.number: anesthesia.price_anesthesia(each, rows[each.number], question.day, minutes, base, factor)}


def _document(con: Any, question: Question, priced: list[Priced], is_nonpar: bool) -> dict[str, Any]:
    """The lines of one setting with what follows from each allowed amount, and their sums."""
    rate = sequestration_rate(con, question)
    lines = [_line(con, answer, is_nonpar, rate) for answer in priced]
    names = ("allowed", "nonpar_allowed", "limiting_charge", "medicare_share", "coinsurance", "sequestration")
    is_whole = all(entry["allowed"] is not None for entry in lines)
    sums = {name: sum((entry[name] for entry in lines), Decimal(0)) if is_whole else None for name in names}
    return {"lines": lines, **sums}


def _line(con: Any, answer: Priced, is_nonpar: bool, rate: Decimal) -> dict[str, Any]:
    found = {
        "line": answer.line.number,
        "name": answer.line.name,
        "code": answer.line.code,
        "modifiers": list(answer.line.modifiers),
        "units": answer.line.units,
        "reason": answer.reason,
        "notes": answer.notes,
        "steps": [asdict(step) for step in answer.steps],
        "allowed": answer.allowed,
    }
    return found | derived(con, answer.allowed, is_nonpar, rate)


def sequestration_rate(con: Any, question: Question) -> Decimal:
    """The part of Medicare's share that sequestration takes on the day; 0 where it was not law or was suspended."""
    query = "select factor from payment_adjustment_on(?, ?) where adjustment = 'sequestration'"
    found = read.one(con, query, [question.day, question.known_on])
    return found["factor"] if found else Decimal(0)


def derived(con: Any, allowed: Decimal | None, is_nonpar: bool, rate: Decimal) -> dict[str, Any]:
    """What follows from an allowed amount, by the macros; shares are those of the practitioner's amount."""
    paid = "nonparticipating(allowed_amount)" if is_nonpar else "allowed_amount"
    query = f"""
      with line as (select cast(? as decimal(13, 2)) as allowed_amount),
      paid as (select allowed_amount, {paid} as paid from line)
      select nonparticipating(allowed_amount) as nonpar_allowed, limiting_charge(allowed_amount) as limiting_charge,
        medicare_share(paid) as medicare_share, paid - medicare_share(paid) as coinsurance,
        sequestration(medicare_share(paid), ?) as sequestration
      from paid
    """
    return read.rows(con, query, [allowed, rate])[0]


# --- for a person ---------------------------------------------------------------------------------------------------------


def show(document: dict[str, Any]) -> None:
    """Prints a claim: the steps of each line, and the totals."""
    out = console()
    release, spot = document["release"], document["place"]
    place = f"{spot['name']}, contractor {spot['mac']}, locality {spot['locality']}" if spot["mac"] else spot["name"]
    known = f", as known on {document['known_on']}" if document["known_on"] else ""
    out.print(line(f"{place}; rules of {document['day']}{known}; release {release['release_id']}, {document['qp_status']}"))
    if spot["zip"]:
        out.print(line(price_place.zip_sentence(spot["zip"], document["day"])))
    for setting in document["order"]:
        answer = document["settings"][setting]
        out.print(line("\nOutside and in facilities" if document["is_same"] else f"\n{TITLES[setting]}"))
        for entry in answer["lines"]:
            _show_line(out, entry, document["is_nonpar"])
        out.print(line(_total(answer, document["is_nonpar"])))
    if document["hidden"]:
        answer = document["settings"][document["hidden"]]
        out.print(line(f"{TITLES[document['hidden']]} instead: {_total(answer, document['is_nonpar'])}"))


def _show_line(out: Any, entry: dict[str, Any], is_nonpar: bool) -> None:
    if entry["reason"]:
        out.print(line(f"{entry['line']}. {entry['name']}: no price: {entry['reason']}."))
        return
    out.print(line(f"{entry['line']}. {entry['name']}: {amount(entry['allowed'])}"))
    steps = [(step["what"], _exact(step), step["citation"]) for step in entry["steps"]]
    if is_nonpar:
        law = "Social Security Act, section 1848(a)(3) and (g)(2)"
        steps.append(("non-participating: 95 %", amount(entry["nonpar_allowed"]), law))
        steps.append(("limiting charge: 115 % of that", amount(entry["limiting_charge"]), law))
    out.print(table(("step", "amount", "rule"), steps, right=("amount",)))
    for note in entry["notes"]:
        out.print(line(f"   Note: {note}."))


def _exact(step: dict[str, Any]) -> str:
    """An amount with all its digits, at least two decimals of dollars."""
    plain = format(step["amount"].normalize(), "f")
    if step["unit"] != "dollars":
        return f"{plain} {step['unit']}"
    return amount(step["amount"]) if step["amount"] == round(step["amount"], 2) else f"${plain}"


def _total(answer: dict[str, Any], is_nonpar: bool) -> str:
    if answer["allowed"] is None:
        missing = ", ".join(entry["name"] for entry in answer["lines"] if entry["reason"])
        return f"No total: {missing} has no price."
    name = "nonpar_allowed" if is_nonpar else "allowed"
    return (
        f"Total allowed {amount(answer[name])}: Medicare's share {amount(answer['medicare_share'])} "
        f"(less sequestration {amount(answer['sequestration'])}), coinsurance {amount(answer['coinsurance'])}."
    )
