"""What a code page shows of payment: national amounts, the range, a picture, and the table of all localities. Pure.

The table is also what the script of the page reads when a reader picks a place, so that the amounts stand in the page once.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from markupsafe import Markup

from flows.site import plots
from flows.site.shown import NONE, cents, dollars
from flows.site.whole import Whole

Document = dict[str, Any]
_CENT = Decimal("0.01")
MODIFIERS = {
    "": "Whole service",
    "26": "Modifier 26: professional component",
    "TC": "Modifier TC: technical component",
    "53": "Modifier 53: discontinued procedure",
}
_QP = "Qualifying participant (QP) of an advanced alternative payment model"
_SETTINGS = ("nonfacility", "facility")


def modifier_label(modifier: str) -> str:
    """What a modifier stands for, in our words."""
    return MODIFIERS.get(modifier, f"Modifier {modifier}")


def payment(whole: Whole, rows: list[Document]) -> Document | None:
    """The payment section of a code; None where no row of it has a price."""
    blocks = [(row, paid) for row in rows for paid in row["payments"]]
    if not blocks:
        return None
    first_row, first = blocks[0]
    setting = "facility" if first_row["nonfacility_na"] else "nonfacility"
    amounts = first["localities"][f"{setting}_allowed"]
    return {
        "groups": [_group(row, paid, len(rows) > 1, _has_qp(blocks)) for row, paid in blocks],
        "heads": [_head(row, paid, len(rows) > 1, _has_qp(blocks)) for row, paid in blocks] if len(blocks) > 1 else None,
        "localities": len(amounts),
        "strip": plots.strip(amounts, _in_cents(first["national"][f"{setting}_allowed"])),
        "strip_setting": "facility" if setting == "facility" else "non-facility",
        "notes": _notes(first_row, first, blocks),
        "table": _table(whole, blocks),
        "others": _others(first_row, first["national"]),
    }


def _has_qp(blocks: list[tuple[Document, Document]]) -> bool:
    return any(paid["qp_status"] == "qp" for _, paid in blocks)


def _in_cents(amount: str) -> int:
    return int(Decimal(amount) * 100)


def amount_of(row: Document, paid: Document, setting: str) -> str | None:
    """The national allowed amount of a setting; None where CMS marks the setting as not applicable."""
    found: str | None = None if row[f"{setting}_na"] else paid["national"][f"{setting}_allowed"]
    return found


def _shown(row: Document, setting: str, amount: str | None) -> str:
    return "NA" if row[f"{setting}_na"] else dollars(amount)


def _group(row: Document, paid: Document, has_modifiers: bool, has_qp: bool) -> Document:
    is_qp = paid["qp_status"] == "qp"
    label = modifier_label(row["modifier"]) if has_modifiers else ""
    if is_qp:
        label = f"{label}, QP" if label else _QP
    elif has_qp:
        label = f"{label}, not QP" if label else "Not a qualifying participant (not QP)"
    return {
        "label": label,
        **{setting: _shown(row, setting, paid["national"][f"{setting}_allowed"]) for setting in _SETTINGS},
        "low": None if is_qp else {setting: _shown(row, setting, paid["range"][f"{setting}_lowest"]) for setting in _SETTINGS},
        "high": None if is_qp else {setting: _shown(row, setting, paid["range"][f"{setting}_highest"]) for setting in _SETTINGS},
    }


def _head(row: Document, paid: Document, has_modifiers: bool, has_qp: bool) -> str:
    name = (row["modifier"] or "Whole service") if has_modifiers else ""
    qp = "QP" if paid["qp_status"] == "qp" else "not QP" if has_qp else ""
    head = ", ".join(part for part in (name, qp) if part)
    return head[:1].upper() + head[1:]


def _notes(row: Document, paid: Document, blocks: list[tuple[Document, Document]]) -> list[str]:
    found = []
    factor = paid["conversion_factor"]["value"]
    steps = [step for setting in _SETTINGS if (step := _step(row, paid, setting, factor))]
    if steps:
        found.append(
            f"National: {'; '.join(steps)}. {factor} is the conversion factor in dollars per RVU. In a locality, each part "
            "of the RVUs is multiplied by the geographic index of that place first."
        )
    if any(row["nonfacility_na"] or row["facility_na"] for row, _ in blocks):
        found.append("NA: CMS marks the setting as one in which the service is rarely or never done.")
    if any(_is_capped(paid) for _, paid in blocks):
        found.append(
            "Amounts are after the cap at what Medicare pays hospital outpatient departments for the same imaging service."
        )
    if _has_qp(blocks):
        qp = next(paid for _, paid in blocks if paid["qp_status"] == "qp")
        found.append(
            "From 2026 there are two conversion factors. Qualifying participants (QP) of advanced alternative payment models "
            f"have {qp['conversion_factor']['value']} dollars per RVU."
        )
    return found


def _step(row: Document, paid: Document, setting: str, factor: str) -> str:
    """How the national amount follows from the total, where it does: total x factor, rounded once."""
    total, fee = row["rvu"][f"{setting}_total"], paid["national"][f"{setting}_fee"]
    if row[f"{setting}_na"] or fee is None or fee != paid["national"][f"{setting}_allowed"]:
        return ""
    is_plain = (Decimal(total) * Decimal(factor)).quantize(_CENT, ROUND_HALF_UP) == Decimal(fee)
    name = "facility" if setting == "facility" else "non-facility"
    return f"{name} {total} \N{MULTIPLICATION SIGN} ${factor} = {dollars(fee)}" if is_plain else ""


def _is_capped(paid: Document) -> bool:
    national = paid["national"]
    return any(national[f"{setting}_fee"] != national[f"{setting}_allowed"] for setting in _SETTINGS)


def _table(whole: Whole, blocks: list[tuple[Document, Document]]) -> Markup:
    columns = []
    for row, paid in blocks:
        for setting in _SETTINGS:
            if row[f"{setting}_na"]:
                columns.append(["<td>NA"] * len(whole.locality_heads))
            else:
                columns.append(["<td>" + cents(amount) for amount in paid["localities"][f"{setting}_allowed"]])
    lines = zip(whole.locality_heads, *columns, strict=True)
    found = list(map("".join, lines))
    return Markup("\n".join(found[number] for number in whole.locality_order))


def _others(row: Document, national: Document) -> list[Document]:
    """What follows for physicians who do not participate; empty without amounts."""
    lines = (("Fee schedule amount, 95 %", "nonpar_allowed"), ("Limiting charge", "limiting_charge"))
    if all(national[f"{setting}_nonpar_allowed"] is None for setting in _SETTINGS):
        return []
    return [
        {"label": label, **{setting: _shown(row, setting, national[f"{setting}_{name}"]) for setting in _SETTINGS}}
        for label, name in lines
    ]


def no_price(rows: list[Document]) -> str:
    """Why a code has no price, as CMS's status says."""
    reasons = dict.fromkeys(row["no_price_reason"] for row in rows if row["no_price_reason"])
    text = "; ".join(reasons) or NONE
    if any(row["status"]["code"] == "J" for row in rows):
        return f"{text}. The page of each locality has its anesthesia conversion factor."
    return f"{text}."
