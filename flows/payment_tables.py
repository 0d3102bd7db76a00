"""Tables of published amounts, tab or comma separated, as claims: an amount a row, or a column for each amount.

Reads an open file; writes nothing. Which headings mean what, and which kinds of amounts there are, stands in
flows/catalog/payment_files.toml. A row that says too little becomes a claim with a `problem`. Raises PfsError for a table without
the columns that it needs. What the claims are compared with: warehouse/verify.py.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from flows import catalog
from flows.payment_files import PaymentFile, plain_heading, release_label, settings
from flows.payment_rows import FLAT_VISIT, Batch
from warehouse.errors import PfsError

_ROWS = 100_000
# What tables write where there is no amount.
_NO_AMOUNT = frozenset({"", "NA", "N/A", "-"})
_CLAIM = {
    **{"line_number": pl.Int32, "wanted": pl.String, "qp_status": pl.String, "mac": pl.String, "locality": pl.String},
    **{"hcpcs_code": pl.String, "modifier": pl.String, "is_wrong": pl.Boolean, "problem": pl.String, "tolerance": pl.String},
}


def table_batches(file: PaymentFile, release: str | None, qp_status: str) -> Iterator[Batch]:
    """The rows of a table, some hundred thousand at a time; see flows/payment_rows.py for what a claim is."""
    text = io.TextIOWrapper(file.content, encoding="utf-8-sig", errors="replace", newline="")
    heading = text.readline()
    separator = "\t" if "\t" in heading else ","
    reader = csv.reader(text, delimiter=separator)
    names = next(csv.reader([heading], delimiter=separator))
    places = _places(names, file.name)
    rows: list[dict[str, object]] = []
    blank, headings, before = 0, 1, 0
    left_out: dict[str, int] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            blank += 1
            continue
        given = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
        rows.append({"line_number": reader.line_num + 1, **_claim(given, file.names, release, qp_status, left_out)})
        if len(rows) == _ROWS:
            yield Batch(_frame(rows), reader.line_num + 1 - before, blank, 0, headings, left_out)
            rows, blank, headings, before, left_out = [], 0, 0, reader.line_num + 1, {}
    text.detach()
    yield Batch(_frame(rows), reader.line_num + 1 - before, blank, 0, headings, left_out)


def _places(names: list[str], file: str) -> dict[str, int]:
    """Which cell holds which column or measure, by the headings that flows/catalog/payment_files.toml accepts."""
    found = [plain_heading(name) for name in names]
    known = {**settings()["table"], **settings()["measure"]}
    places = {
        column: next(found.index(plain_heading(name)) for name in accepted if plain_heading(name) in found)
        for column, accepted in known.items()
        if {plain_heading(name) for name in accepted} & set(found)
    }
    missing = [name for name in ("hcpcs_code",) if name not in places]
    if not {"amount", *settings()["measure"]} & places.keys():
        missing.append("amount")
    if missing:
        wanted = " and ".join(" or ".join(known[name]) for name in missing)
        raise PfsError(f"{file} has no column {wanted}; found: {', '.join(name.strip() for name in names)}.")
    return places


def _claim(
    given: Mapping[str, str], names: tuple[str, ...], release: str | None, qp_status: str, left_out: dict[str, int]
) -> dict[str, object]:
    """One row of a table as a claim; what it lacks is said in `problem`."""
    wanted, problem = _wanted(given, names, release)
    mac, locality = _place(given)
    is_code, is_national, amounts = True, not mac, dict[str, str]()
    if "amount" in given:
        kind = _kinds().get(plain_heading(_kind(given)))
        if kind is None:
            problem = f"amounts of kind {_kind(given)} are not compared"
        elif "{}" in kind["measure"] and _setting(given) is None:
            problem = "the row does not say which setting, facility or nonfacility"
        else:
            is_code, is_national = kind.get("is_code", True), is_national or kind.get("is_national", False)
            amounts = {kind["measure"].format(_setting(given)): given["amount"]}
    else:
        amounts = _measures(given, left_out)
    if bool(mac) != bool(locality):
        problem = "the row has only one of contractor (mac) and locality, which belong together"
    return {
        "wanted": wanted,
        "qp_status": given.get("qp_status") or _status_of(given.get("factor", "")) or qp_status,
        # Without a place the amount is national: every index 1.
        "mac": "" if is_national else mac.zfill(5),
        "locality": "" if is_national else locality.zfill(2),
        "hcpcs_code": given["hcpcs_code"].upper() if is_code else "",
        "modifier": given.get("modifier", "").upper() if is_code else "",
        "is_wrong": given.get("use", "") in settings()["use"]["wrong"],
        "problem": problem,
        "tolerance": settings()["tolerance"].get(given.get("reproduced", "")),
        "amounts": {} if problem else {name: cut for name, text in amounts.items() if (cut := _number(text)) is not None},
    }


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    return {plain_heading(name): kind for name, kind in settings()["kind"].items()}


@cache
def _factors_of_qp() -> frozenset[Decimal]:
    """The conversion factors that hold for qualifying participants only."""
    factors = {status: {Decimal(row["conversion_factor"]) for row in _legal_factors(status)} for status in ("qp", "non_qp")}
    return frozenset(factors["qp"] - factors["non_qp"])


def _legal_factors(status: str) -> list[dict[str, str]]:
    return [row for row in catalog.rows("conversion_factors.csv") if row["qp_status"] == status]


def _status_of(factor: str) -> str | None:
    """Whom an amount is for, by the conversion factor that its row names; None where that does not tell."""
    found = re.fullmatch(r"\d{2}\.\d{1,4}", factor)
    return "qp" if found and Decimal(factor) in _factors_of_qp() else None


def _kind(given: Mapping[str, str]) -> str:
    return given.get("kind") or "fee_schedule"


def _setting(given: Mapping[str, str]) -> str | None:
    said = plain_heading(given.get("setting", ""))
    return next((setting for setting, words in settings()["setting"].items() if said in map(plain_heading, words)), None)


def _place(given: Mapping[str, str]) -> tuple[str, str]:
    """Contractor and locality, also from seven digits in one cell, in which zeros stand for the nation."""
    both = given.get("mac_locality") or given.get("locality", "")
    if re.fullmatch(r"\d{6,7}", both) and not given.get("mac"):
        both = both.zfill(7)
        return ("", "") if both == "0000000" else (both[:5], both[5:])
    return given.get("mac", ""), given.get("locality", "")


def _measures(given: Mapping[str, str], left_out: dict[str, int]) -> dict[str, str]:
    """The amounts of a row with a column for each; zeros in the columns of caps and reduced amounts are none."""
    found = {name: given[name] for name in settings()["measure"] if name in given}
    for name in [name for name in found if name.startswith("opps_") or name.endswith("_therapy")]:
        is_printed = (_number(found[name]) or "").strip("0. ") != ""
        is_visit = name == "nonfacility_therapy" and given.get("multiple_procedure_indicator", "5") != "5"
        if is_visit and is_printed:
            left_out[FLAT_VISIT] = left_out.get(FLAT_VISIT, 0) + 1
        if not is_printed or is_visit or (name.startswith("opps_") and given.get("opps_indicator", "1") != "1"):
            del found[name]
    return found


def _number(text: str) -> str | None:
    """An amount without dollar sign, thousands separators and blanks; None for none."""
    return None if text.strip().upper() in _NO_AMOUNT else re.sub(r"[$,\s]", "", text)


def _wanted(given: Mapping[str, str], names: tuple[str, ...], release: str | None) -> tuple[str | None, str | None]:
    """The release or the dates of service of a row, or why it has none."""
    if named := given.get("release"):
        return named.upper(), None
    if first := given.get("dos_from"):
        last = given.get("dos_to") or first
        try:
            return f"{date.fromisoformat(first)}/{date.fromisoformat(last)}", None
        except ValueError:
            return None, "a date of service is not written as YYYY-MM-DD"
    if release:
        return release, None
    if re.fullmatch(r"(19|20)\d\d", year := given.get("year", "")) and "amount" not in given:
        return release_label(names, int(year)), None
    return None, "the row names neither a release nor a date of service"


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """The claims of a table: each amount in the column of its measure."""
    measures = sorted({name for row in rows for name in row["amounts"]})  # type: ignore[attr-defined]
    flat = [{**row, **row["amounts"]} for row in rows]  # type: ignore[dict-item]
    return pl.DataFrame(flat, schema=_CLAIM | dict.fromkeys(measures, pl.String))
