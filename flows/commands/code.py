"""`pfs code`: the page of a code in the terminal."""

from __future__ import annotations

from datetime import date
from typing import Any

from flows.catalog.column_words import columns_in_words
from flows.commands.arguments import day, hcpcs, modifier_of, one_of_day_and_release
from flows.plain import amount, as_json
from flows.show import console, line, table
from warehouse import read
from warehouse.errors import PfsError
from warehouse.home import home

_RVUS = ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu", "nonfacility_total_rvu", "facility_total_rvu")
_INDICATORS = {
    "global_days": "global period",
    "pctc_indicator": "components",
    "multiple_procedure_indicator": "multiple procedures",
    "bilateral_surgery_indicator": "both sides",
    "assistant_surgery_indicator": "assistant",
    "co_surgery_indicator": "two surgeons",
    "team_surgery_indicator": "team",
    "diagnostic_supervision": "supervision",
}


def command(code: str, modifier: str, on: str | None, release: str | None, plot: str | None, json: bool) -> int:
    """Prints the page of a code, and draws it where a file is named."""
    code, modifier = hcpcs(code), modifier_of(modifier)
    one_of_day_and_release(on, release)
    with read.open_published(home()) as con:
        chosen = read.pick_release(con, day(on), release, date.today())  # noqa: DTZ011  the operator's day
        page = _page(con, chosen, code, modifier)
        page["caution"] = read.caution(con, chosen, day(on))
        if plot:
            from flows.plots.code import draw

            draw(con, chosen, code, page["history_modifier"], plot)
    if json:
        print(as_json(page))
    else:
        _show(page)
        if plot:
            console().print(line(f"Drawn: {plot}"))
    return 0


def _page(con: Any, release: read.Row, code: str, modifier: str) -> dict[str, Any]:
    rvus = read.rvu_rows(con, release["release_id"], code)
    if not rvus:
        having = read.releases_with(con, code)
        last = ([row for row in having if row["governs"]] or having)[-1:]
        raise PfsError(
            f"{release['release_id']} has no code {code}."
            + read.rejected_code(con, release["release_id"], code)
            + f" Loaded releases that have it: {', '.join(row['release_id'] for row in having) or 'none'}."
            + "".join(f" To see it there: pfs code {code} --release {row['release_id']}" for row in last)
        )
    if modifier and modifier not in (known := [row["modifier"] for row in rvus]):
        raise PfsError(read.no_such_row(release["release_id"], code, modifier, known))
    main = next((row for row in rvus if row["modifier"] == modifier), rvus[0])
    return {
        "code": code,
        "description": read.descriptor(con, release["release_id"], code),
        "release": release,
        "rvus": rvus,
        "status": read.one(con, "select status_code, meaning from status_code where status_code = ?", [main["status_code"]]),
        "indicators": read.indicator_words(con, main),
        "reason": read.unpriced_reason(con, release["release_id"], code, main["modifier"]),
        "national": read.national_rows(con, release["release_id"], code),
        "range": read.payment_range(con, release["release_id"], code),
        "class": read.code_class(con, code),
        "specialties": read.specialties(con, code),
        "comparison": _reworded(read.comparison(con, release["release_id"], code)),
        "history_modifier": main["modifier"],
        "history": read.history_rows(con, code, main["modifier"]),
    }


def _show(page: dict[str, Any]) -> None:
    out = console()
    release = page["release"]
    out.print(line(page["code"] + (f"  {page['description']}" if page["description"] else "")))
    out.print(line(f"Release {release['release_id']}, services {release['valid_from']} to {release['valid_to']}"))
    if page["caution"]:
        out.print(line(f"Note: {page['caution']}"))
    out.print(line(f"Status {page['status']['status_code']}: {page['status']['meaning']}." if page["status"] else ""))
    _show_references(page)
    headings = ("modifier", "work", "PE outside", "PE in facility", "malpractice", "total outside", "total in facility")
    out.print(table(headings, [(row["modifier"] or "-", *(row[name] for name in _RVUS)) for row in page["rvus"]], headings[1:]))
    if page["reason"]:
        out.print(line(f"No price: {page['reason']}."))
    else:
        _show_payments(page)
    for column, label in _INDICATORS.items():
        if column in page["indicators"]:
            out.print(line(f"{label}: {page['indicators'][column]}."))
    _show_comparison(page["comparison"])
    title = f" of modifier {page['history_modifier']}" if page["history_modifier"] else ""
    out.print(line(f"History{title} over the loaded releases, national amounts:"))
    titles = ("release", "from", "status", "work", "total outside", "total in facility", "outside", "in facility", "")
    out.print(
        table(
            titles,
            [
                (
                    row["release_id"],
                    row["valid_from"],
                    row["status_code"],
                    row["work_rvu"],
                    row["nonfacility_total_rvu"],
                    row["facility_total_rvu"],
                    amount(row["nonfacility_allowed"]),
                    amount(row["facility_allowed"]),
                    "" if row["governs"] else "never governed",
                )
                for row in page["history"]
            ],
            titles[3:8],
        )
    )
    out.print(line(f"Source: {release['archive_name']}, sha256 {release['archive_sha256']}."))


def _show_references(page: dict[str, Any]) -> None:
    """Class, dates and specialties, each with its source; nothing where CMS's files are not loaded or lack the code."""
    out = console()
    if found := page["class"]:
        parts = [found["category"], found["subcategory"], *([found["family"]] if found["family"] else [])]
        dates = f"added {found['added_on']}" + (f", ended {found['ended_on']}" if found["ended_on"] else "")
        out.print(line(f"Class: {' / '.join(parts)}; {dates} (CMS's {found['reference_release_id']})."))
    if page["specialties"]:
        out.print(line(page["specialties"]["specialty_sentence"]))


def _reworded(found: read.Row | None) -> read.Row | None:
    """The sentences of a page with words for the columns that a change names."""
    if found is None:
        return None
    said = found["history_in_words"]
    asked = [{**entry, "answer": columns_in_words(entry["answer"])} for entry in found["questions"] or []]
    return {**found, "history_in_words": said and columns_in_words(said), "questions": asked}


def _show_comparison(found: read.Row | None) -> None:
    """How the code compares, the codes that are most like it, and its life in words; only what the page has."""
    if found is None:
        return
    if found["comparison"]:
        console().print(line(found["comparison"]))
    if found["similar_codes"]:
        console().print(line(f"Similar codes: {', '.join(code['hcpcs_code'] for code in found['similar_codes'])}."))
    if found["history_in_words"]:
        console().print(line(found["history_in_words"]))


def _show_payments(page: dict[str, Any]) -> None:
    ranges = {(row["modifier"], row["qp_status"]): row for row in page["range"]}
    lines = []
    for row in page["national"]:
        span = ranges.get((row["modifier"], row["qp_status"]))
        lines.append(
            (
                row["modifier"] or "-",
                row["qp_status"],
                amount(row["nonfacility_allowed"]),
                f"{amount(span['nonfacility_lowest'])} to {amount(span['nonfacility_highest'])}" if span else "-",
                amount(row["facility_allowed"]),
                f"{amount(span['facility_lowest'])} to {amount(span['facility_highest'])}" if span else "-",
            )
        )
    headings = ("modifier", "participant", "outside, national", "over localities", "in facility, national", "over localities")
    console().print(table(headings, lines, headings[2:]))
