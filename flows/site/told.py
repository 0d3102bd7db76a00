"""What a code page tells beside its figures: how it compares, what changed, its history, similar codes.

Pure: a document of the feed in, what the template shows out. A part that the document has no data for is None or empty, and the
page is silent about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from flows.catalog.column_words import columns_in_words
from flows.site import plots
from flows.site.shown import MINUS, NONE, day, dollars, na_before, sentence, short_day, signed_dollars
from flows.site.whole import Whole

Document = dict[str, Any]
_CENTS = Decimal("0.01")
_MEASURES = {
    "work_rvu": "Work RVU",
    "nonfacility_total_rvu": "Total RVU, non-facility",
    "facility_total_rvu": "Total RVU, facility",
}
_KINDS = {
    "first_seen": "In the first loaded release",
    "added": "Added",
    "reactivated": "Back after it was gone",
    "status_changed": "Status changed",
    "revalued": "Revalued",
    "indicator_changed": "Billing rules changed",
    "cap_revalued": "Outpatient cap changed",
    "unchanged": "Unchanged",
}
_SETTINGS = (("nonfacility", "Non-facility"), ("facility", "Facility"))


def in_words(values: str | None) -> list[str]:
    """The changed values of a period ("work_rvu 0.77 → 0.75; ..."), with the columns as a page calls them."""
    parts = [part for part in (values or "").split("; ") if part]
    return [columns_in_words(part) for part in parts]


def reworded(text: str) -> str:
    """A text with columns, days and numbers of codes as a page writes them."""
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b", lambda found: day(found[0]), columns_in_words(text))
    return re.sub(r"\b\d{4,}(?= codes\b)", lambda found: f"{int(found[0]):,}", text)


def kind_in_words(kind: str) -> str:
    """What began a period of a code's life."""
    return _KINDS.get(kind, kind)


def comparison(whole: Whole, document: Document) -> Document | None:
    """The percentile sentence, the picture with its marks, and the figures behind them."""
    block = document.get("comparison")
    if not block or not block["standings"]:
        return None
    standings = sorted(
        block["standings"], key=lambda row: (row["grouping"] != "section", row["grouping"], row["measure"] != "work_rvu")
    )
    own = standings[0]
    is_pictured = own["grouping"] == "section" and own["measure"] == "work_rvu"
    return {
        "sentence": reworded(block["sentence"] or ""),
        "picture": whole.pictures.get(document["section"]) if is_pictured else None,
        "marks": plots.marks(Decimal(own["value"]), Decimal(own["median"]), document["code"]) if is_pictured else "",
        "groups": [{"among": among, "lines": [_standing(row) for row in rows]} for among, rows in groupby(standings, key=_among)],
    }


def _standing(row: Document) -> Document:
    ratio = row["ratio_to_median"]
    return {
        "measure": _MEASURES.get(row["measure"], row["measure"]),
        "percentile": f"{Decimal(row['percentile']):.1f}",
        "ratio": f"{Decimal(ratio):.2f}\N{MULTIPLICATION SIGN}" if ratio is not None else NONE,
        **{name: f"{Decimal(row[name]):,.2f}" for name in ("value", "p25", "median", "p75", "maximum")},
    }


def _among(row: Document) -> str:
    """The group of a standing with its size; "Surgery, 010" is said in words."""
    name, _, period = row["group_name"].rpartition(", ")
    is_period = row["grouping"] == "section_global_period" and name
    period = f"{int(period)}-day" if period.isdigit() else period
    named = f"{name}, {period} global period" if is_period else row["group_name"]
    return f"{named} ({row['n']:,} codes)"


def change(document: Document) -> Document | None:
    """What changed against the year before, and how much of it is RVUs and how much the conversion factor."""
    rows = (document.get("change") or {}).get("rows")
    if not rows:
        return None
    row = rows[0]
    changed = row["indicators_changed"]
    told = "; ".join(changed) if isinstance(changed, list) else changed
    applicable = [
        (name, label) for name, label in _SETTINGS if not document["rows"][0][f"{name}_na"] and not na_before(told, name, False)
    ]
    has_both = any(row[f"{name}_fee_before"] and row[f"{name}_fee_after"] for name, _ in applicable)
    return {
        "when": f"from {row['from_release']} to {row['release']}",
        "sentence": _told_change(row, applicable),
        "settings": [label for _, label in applicable],
        "lines": _split(row, applicable) if has_both else [],
        "details": _values(row),
    }


def _told_change(row: Document, settings: list[tuple[str, str]]) -> str:
    kind = row["change_kind"]
    if kind in ("added", "reactivated"):
        return f"The code is {'new' if kind == 'added' else 'back'} in {row['release']}."
    told = []
    for name, label in settings:
        before, after = row[f"{name}_fee_before"], row[f"{name}_fee_after"]
        if before and after:
            told.append(f"{label.lower()} from {dollars(before)} to {dollars(after)} ({_share(before, after)})")
    why = _why(row)
    if not told:
        return sentence(f"{kind_in_words(kind)}{': ' + why if why else ''}")
    return sentence(f"Nationally, {', '.join(told)}. {why}".strip())


def _share(before: str, after: str) -> str:
    share = (
        (100 * (Decimal(after) - Decimal(before)) / Decimal(before)).quantize(Decimal("0.1")) if Decimal(before) else Decimal(0)
    )
    return f"{'+' if share > 0 else MINUS if share < 0 else '±'}{abs(share)} %"


def _why(row: Document) -> str:
    factor = (row["conversion_factor_before"], row["conversion_factor_after"])
    is_factor = all(factor) and factor[0] != factor[1]
    is_rvu = row["change_kind"] == "revalued" or any(
        row[f"{name}_before"] != row[f"{name}_after"] for name in ("work_rvu", "nonfacility_total_rvu", "facility_total_rvu")
    )
    said = []
    if is_rvu:
        said.append("its relative value units were changed")
    if is_factor:
        rose = "rose" if Decimal(factor[1]) > Decimal(factor[0]) else "fell"
        said.append(f"the conversion factor {rose} from ${factor[0]} to ${factor[1]} per RVU")
    text = " and ".join(said)
    return text[:1].upper() + text[1:]


def _split(row: Document, settings: list[tuple[str, str]]) -> list[Document]:
    def line(label: str, column: str, shown: Any, is_sum: bool = False) -> Document:
        return {"label": label, "is_sum": is_sum, "cells": [shown(row[f"{name}_{column}"]) for name, _ in settings]}

    lines = [
        line(f"Before ({day(row['from_service_date'])})", "fee_before", dollars),
        line("From relative value units", "rvu_effect", _effect),
        line("From the conversion factor", "conversion_factor_effect", _effect),
        line("Rounding to cents", "rounding", _effect),
        line(f"Now (from {day(row['to_service_date'])})", "fee_after", dollars, True),
    ]
    if all(not Decimal(row[f"{name}_rounding"] or 0) for name, _ in settings):
        del lines[3]
    return lines


def _effect(amount: str | None) -> str:
    """A part of a change; parts are finer than a cent, and are shown as fine as that takes to add up."""
    if amount is None:
        return NONE
    value = Decimal(amount)
    if value == value.quantize(_CENTS):
        return signed_dollars(amount)
    return f"{'+' if value > 0 else MINUS}${abs(value):,.4f}"


def _values(row: Document) -> list[str]:
    names = {
        "status_code": "Status",
        "work_rvu": "Work RVU",
        "nonfacility_total_rvu": "Total RVU, non-facility",
        "facility_total_rvu": "Total RVU, facility",
    }
    found = [
        f"{label} {row[f'{name}_before']} → {row[f'{name}_after']}"
        for name, label in names.items()
        if row[f"{name}_before"] and row[f"{name}_after"] and row[f"{name}_before"] != row[f"{name}_after"]
    ]
    changed = row.get("indicators_changed")
    more = changed if isinstance(changed, list) else in_words(changed)
    return found + [text[:1].upper() + text[1:] for item in more for text in in_words(item)]


def history(document: Document) -> Document | None:
    """The life of a code in periods, and pictures of its national amounts and its RVUs."""
    block = document.get("history")
    if not block or not block["periods"]["rows"]:
        return None
    modifier = (document.get("rows") or [{"modifier": block["periods"]["rows"][0]["modifier"]}])[0]["modifier"]
    periods = [row for row in block["periods"]["rows"] if row["modifier"] == modifier]
    paid = [row for row in block["national_payments"]["rows"] if row["modifier"] == modifier]
    corrected = any(row.get("corrected_by") for row in periods)
    periods, paid = _applicable(document, periods, paid)
    plot, caption = _plot(document, paid, periods)
    return {
        "plot": plot,
        "caption": caption,
        "lines": [*(_period(row) for row in reversed(periods)), *_added(document.get("class"), periods)],
        "paid": [_paid(row) for row in reversed(paid)],
        "note": "A later release of the same year corrected the figures of a period marked as corrected." if corrected else "",
    }


def _settings_now(document: Document) -> Document:
    """Which settings CMS marks as not applicable: now, or in the last release that has a code that is gone."""
    if document.get("rows"):
        found: Document = document["rows"][0]
        return found
    marked = document.get("not_applicable") or {}
    return {f"{setting}_na": marked.get(setting, False) for setting, _ in _SETTINGS}


def _applicable(document: Document, periods: list[Document], paid: list[Document]) -> tuple[list[Document], list[Document]]:
    """The same rows without the figures of a setting while CMS marked it as not applicable: they repeat the other setting."""
    now = _settings_now(document)
    periods, paid = [dict(row) for row in periods], [dict(row) for row in paid]
    for setting, _ in _SETTINGS:
        is_na = bool(now.get(f"{setting}_na"))
        until = "9999"
        for period in reversed(periods):
            if is_na:
                period[f"{setting}_total_rvu"] = None
                for row in paid:
                    if period["from_date"] <= row["from_date"] < until:
                        row[f"{setting}_allowed"] = None
            until = period["from_date"]
            is_na = na_before(period["values_changed"], setting, is_na)
    return periods, paid


def _period(row: Document) -> Document:
    corrected = f" (corrected by {row['corrected_by']})" if row.get("corrected_by") else ""
    return {
        "from": short_day(row["from_date"]),
        "to": short_day(row["to_date"]) if row["to_date"] else "",
        "what": f"{kind_in_words(row['change_kind'])}, {row['release']}{corrected}",
        "detail": "; ".join(in_words(row["values_changed"])),
        "work": row["work_rvu"],
        "nonfacility": row["nonfacility_total_rvu"] or "NA",
        "facility": row["facility_total_rvu"] or "NA",
    }


def _added(kind: Document | None, periods: list[Document]) -> list[Document]:
    """When CMS added the code, as its classification says, where that is before the first release at hand."""
    if not kind or not kind["added_on"] or not periods or kind["added_on"] >= periods[0]["from_date"]:
        return []
    blank = dict.fromkeys(("work", "nonfacility", "facility"), NONE)
    what, detail = f"Added by CMS ({kind['release']})", "Figures from then on are in releases that are not loaded."
    return [{"from": short_day(kind["added_on"]), "to": "", "what": what, "detail": detail, **blank}]


def _paid(row: Document) -> Document:
    return {
        "from": short_day(row["from_date"]),
        "release": row["release"],
        "factor": row["conversion_factor"],
        "nonfacility": dollars(row["nonfacility_allowed"]) if row["nonfacility_allowed"] else "NA",
        "facility": dollars(row["facility_allowed"]) if row["facility_allowed"] else "NA",
    }


def _as_year(text: str) -> float:
    found = date.fromisoformat(text)
    return found.year + (found.timetuple().tm_yday - 1) / 365.25


def _values_of(rows: Iterable[Document], column: str) -> list[Decimal | None]:
    return [Decimal(row[column]) if row[column] is not None else None for row in rows]


def _plot(document: Document, paid: list[Document], periods: list[Document]) -> tuple[Any, str]:
    """National dollars where there are any, else both totals; a setting that is not applicable is left out."""
    rows, unit = (paid, "$") if len(paid) > 1 else (periods, "")
    if len(rows) < 2:
        return "", ""
    ends = ("nonfacility_allowed", "facility_allowed") if unit else ("nonfacility_total_rvu", "facility_total_rvu")
    now = _settings_now(document)
    lines = [
        plots.Line(label, name, _values_of(rows, column))
        for (setting, label), name, column in zip(_SETTINGS, ("a", "b"), ends, strict=True)
        if not now.get(f"{setting}_na")
    ]
    if len(lines) == 2 and lines[0].values == lines[1].values:
        lines = [plots.Line("Both settings", "a", lines[0].values)]
    known_to = rows[-1]["to_date"] or (document.get("source") or {}).get("valid_to") or rows[-1]["from_date"]
    starts = [_as_year(row["from_date"]) for row in rows]
    what = "National amount" if unit else "Total RVU"
    first = rows[0]
    told = f"{what} from {day(first['from_date'])} to {day(known_to)}: " + "; ".join(
        f"{line.label.lower()} {unit}{known[0]} to {unit}{known[-1]}"
        for line in lines
        if (known := [value for value in line.values if value is not None])
    )
    breaks = [_has_gap(row, following) for row, following in pairwise(rows)] + [False]
    caption = f"{what} by date of service" + (
        ". Dotted: releases of the time are not loaded; the line stays at the last known value." if any(breaks) else "."
    )
    spans = [_as_year(row["to_date"]) if row["to_date"] else None for row in rows]
    return plots.steps(starts, _as_year(known_to), lines, unit, told, spans if any(breaks) else None), caption


def _has_gap(row: Document, following: Document) -> bool:
    if not row["to_date"]:
        return False
    return (date.fromisoformat(following["from_date"]) - date.fromisoformat(row["to_date"])).days > 1


def similar(whole: Whole, document: Document) -> tuple[list[Document], list[Document]]:
    """Codes that the site's words name with a reason, and those whose figures and indicators are nearest."""
    worded = [_other(whole, entry["code"], entry["reason"]) for entry in (document.get("words") or {}).get("similar_codes") or []]
    named = {entry["code"] for entry in worded}
    near = [
        _other(whole, entry["code"], _nearness(entry))
        for entry in (document.get("similar") or {}).get("codes", [])
        if entry["code"] not in named
    ]
    return worded, near


def _other(whole: Whole, code: str, reason: str) -> Document:
    return {"code": code, "name": whole.names.get(code, ""), "reason": reason, "has_page": code in whole.codes}


def _nearness(entry: Document) -> str:
    unlike, distance = entry["unlike_indicators"], entry["rvu_distance"]
    rules = "the same billing rules" if not unlike else f"{unlike} billing {'rule differs' if unlike == 1 else 'rules differ'}"
    return f"{rules}; the parts of its RVUs differ by {distance} together" if Decimal(distance) else f"{rules} and the same RVUs"
