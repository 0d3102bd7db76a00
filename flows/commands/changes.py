"""`pfs changes`: what changed between two releases, in sentences and a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flows.plain import amount, as_json
from flows.show import console, line, table
from warehouse import changes, read
from warehouse.counted import counted
from warehouse.differences import factor_sentence
from warehouse.errors import PfsError
from warehouse.home import home


def command(
    before: str | None,
    after: str | None,
    section: str | None,
    kind: str | None,
    limit: int,
    localities: bool,
    plot: str | None,
    json: bool,
) -> int:
    """Prints what changed; without releases, the newest governing one against the one before it."""
    if limit < 0:
        raise PfsError("--limit is the number of codes to show, 0 for all of them.")
    with read.open_published(home()) as con:
        today = date.today()  # noqa: DTZ011  the operator's day
        to = read.pick_release(con, None, after, today)["release_id"]
        start = read.pick_release(con, None, before, today)["release_id"] if before else changes.release_before(con, to)
        if section and section.lower() not in {name.lower() for name in changes.sections(con)}:
            raise PfsError(f"There is no section {section!r}. Sections: {', '.join(changes.sections(con))}.")
        codes = changes.changed_codes(con, start, to, section, kind)
        found: dict[str, Any] = {
            "summary": changes.summary(con, start, to),
            "codes_found": len(codes),
            "codes": codes[: limit or None],
        }
        if localities:
            found["localities"] = changes.changed_localities(con, start, to)
        if plot:
            from flows.plots.changes import draw

            draw(con, start, to, section, plot)
    found["sentences"] = sentences(found["summary"])
    print(as_json(found)) if json else _show(found, section, kind, plot)
    return 0


def sentences(summary: read.Row) -> list[str]:
    """The pair in sentences."""
    return [_pair(summary), *_backwards(summary), _codes(summary), _dollars(summary), _work(summary), _localities(summary)]


def _pair(s: read.Row) -> str:
    missing = s["releases_not_loaded"]
    spans = f" {missing} {'release' if missing == 1 else 'releases'} between them not loaded." if missing else ""
    return (
        f"{s['from_release_id']} (services from {s['from_service_date']}) to {s['to_release_id']} "
        f"(from {s['to_service_date']}).{spans}"
    )


def _backwards(s: read.Row) -> list[str]:
    """A warning where the first release is the later one: somebody may have exchanged the two."""
    if s["from_service_date"] <= s["to_service_date"]:
        return []
    before, after = s["from_release_id"], s["to_release_id"]
    return [
        f"This goes back in time: {before} is the later of the two, so what it brought counts as deleted. In order: "
        f"pfs changes --from {after} --to {before}"
    ]


def _codes(s: read.Row) -> str:
    return (
        f"{s['codes_before']:,} codes and modifiers became {s['codes_after']:,}: {s['codes_added']:,} added, "
        f"{s['codes_reactivated']:,} back, {s['codes_deleted']:,} deleted; {s['codes_status_changed']:,} have "
        f"another status, {s['codes_revalued']:,} other RVUs, {s['codes_indicator_changed']:,} other indicators, "
        f"{s['codes_cap_revalued']:,} another imaging cap; {s['codes_unchanged']:,} are unchanged."
    )


def _dollars(s: read.Row) -> str:
    factor = factor_sentence(s["conversion_factor_before"], s["conversion_factor_after"])
    if s["median_fee_change_fraction"] is None:
        return f"{factor[0].upper()}{factor[1:]}. No code has a price in both."
    return (
        f"{factor[0].upper()}{factor[1:]}. Of {s['codes_priced_in_both']:,} with a price in both, more is paid "
        f"for {s['codes_paid_more']:,} and less for {s['codes_paid_less']:,}, nationally; the median change is "
        f"{_percent(s['median_fee_change_fraction'])}."
    )


def _work(s: read.Row) -> str:
    compared = f"Of {s['work_compared']:,} active ones with work RVUs in both"
    if s["work_adjusted"] is None:
        return f"{compared}, {s['work_unchanged']:,} kept their work RVU and {s['work_revalued']:,} have another."
    return (
        f"{compared}, {s['work_adjusted']:,} have what the efficiency adjustment left of their work RVU, on "
        f"{s['work_rounded_away']:,} it rounds away, {s['work_unchanged']:,} kept it and {s['work_revalued']:,} were valued anew."
    )


def _localities(s: read.Row) -> str:
    moved = f", by {s['largest_gpci_change']} at most" if s["gpcis_changed"] else ""
    return (
        f"{s['localities_before']} localities became {s['localities_after']}: {s['localities_begun']} begun, "
        f"{s['localities_ended']} ended, {s['localities_renumbered']} with another number; "
        f"the indices of {s['gpcis_changed']} changed{moved}."
    )


def _percent(fraction: Decimal | None) -> str:
    return "-" if fraction is None else f"{fraction * 100:+.2f} %"


def _show(found: dict[str, Any], section: str | None, kind: str | None, plot: str | None) -> None:
    out = console()
    for sentence in found["sentences"]:
        out.print(line(sentence))
    if section or kind:
        out.print(line("The sentences above are of all codes; the table has those that were asked for."))
    out.print(line(""))
    out.print(line(_title(found, section, kind)))
    numbers = ("work", "amount", "change", "%", "by RVUs", "by factor")
    out.print(table(("code", "mod", "section", "kind", *numbers), map(_cells, found["codes"]), numbers))
    if "localities" in found:
        out.print(line(""))
        headings = ("area", "kind", "contractor", "work", "practice expense", "malpractice")
        out.print(table(("id", *headings), map(_place_cells, found["localities"]), headings[3:]))
    if plot:
        out.print(line(f"Drawn: {plot}"))


def _title(found: dict[str, Any], section: str | None, kind: str | None) -> str:
    """What the table shows: how many of how many, and in which order."""
    shown, of_all = len(found["codes"]), counted(found["codes_found"], "code or modifier", "codes and modifiers")
    which = (f" of kind {kind}" if kind else " that changed") + (f", section {section}" if section else "")
    more = " (--limit 0 shows all)" if shown < found["codes_found"] else ""
    order = "The largest change of the national amount first, then those with an amount in one release only, then those without"
    return f"{shown:,} of {of_all}{which}{more}. {order}:"


def _cells(row: read.Row) -> Sequence[object]:
    fraction = row["fee_change"] / row["fee_before"] if row["fee_change"] is not None and row["fee_before"] else None
    return (
        row["hcpcs_code"],
        row["modifier"],
        row["section"],
        row["change_kind"].replace("_", " "),
        _step(row["work_rvu_before"], row["work_rvu_after"]),
        _step(*(None if value is None else amount(value) for value in (row["fee_before"], row["fee_after"]))),
        _signed(row["fee_change"]),
        _percent(fraction),
        _signed(row["rvu_effect"]),
        _signed(row["conversion_factor_effect"]),
    )


def _place_cells(row: read.Row) -> Sequence[object]:
    return (
        row["locality_id"],
        row["area_name"],
        row["change_kind"].replace("_", " "),
        _step(*(_number(row[f"mac_{side}"], row[f"locality_{side}"]) for side in ("before", "after"))),
        *(_step(row[f"{name}_gpci_before"], row[f"{name}_gpci_after"]) for name in ("work", "pe", "mp")),
    )


def _number(mac: str | None, locality: str | None) -> str | None:
    return None if mac is None else f"{mac}-{locality}"


def _step(before: object, after: object) -> str:
    if before == after:
        return "-" if before is None else f"{before}"
    return f"{'-' if before is None else before} → {'-' if after is None else after}"


def _signed(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:+,.2f}"
