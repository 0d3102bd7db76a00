"""`pfs verify`: the warehouse against amounts that CMS published, row by row, to the cent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flows.commands.evidence import Verified, page
from flows.plain import as_json
from flows.published.files import PaymentFile, payment_files
from flows.published.rows import batches
from flows.show import console, line, table
from warehouse import evidence, read
from warehouse.counted import counted
from warehouse.errors import PfsError, UsageError
from warehouse.home import home
from warehouse.sql_file import sql_files
from warehouse.verify import Report, Verifier
from warehouse.verify_steps import steps

_ERROR, _DIFFERS = 1, 3


def command(files: Sequence[str], release: str | None, is_qp: bool, shown: int, evidence_file: str | None, json: bool) -> int:
    """Compares and prints: exit code 0 when every comparable row matches, 3 when rows differ, 1 when none could be compared.

    Without files it holds CMS's own cap tables against the RVUs, and raises PfsError when no loaded release has one.
    """
    if is_qp and not files:
        raise UsageError("--qp is about the amounts of a file, and none is named: caps are the same for all participants.")
    with read.open_published(home()) as con:
        chosen = read.pick_release(con, None, release, date.today())["release_id"] if release else None  # noqa: DTZ011
        verified = verify_files(con, [Path(file) for file in files], chosen, "qp" if is_qp else None, shown, bool(evidence_file))
        caps = verify_caps(con) if evidence_file or not files else None
        if caps and not files:
            caps = _of_release(con, caps, chosen)
        if evidence_file:
            _write(Path(evidence_file), evidence_page(con, verified, chosen))
    if json:
        print(as_json({"files": [_document(item) for item in verified]} | ({"opps_caps": caps} if caps else {})))
    else:
        _show(verified, caps if not files else None)
    return _exit_code(verified, caps)


def _exit_code(verified: list[Verified], caps: dict[str, Any] | None) -> int:
    reports = [item.report for item in verified]
    if any(report.differing or report.wrong_matched for report in reports) or (caps and caps["findings"]):
        return _DIFFERS
    return _ERROR if reports and not any(report.is_right for report in reports) else 0


def verify_files(
    con: Any, paths: Sequence[Path], release: str | None, qp_status: str | None, shown: int = 5, has_scores: bool = False
) -> list[Verified]:
    """Compares every file of published amounts in some paths; see warehouse/verify.py for `Report`."""
    verifier = Verifier(con, shown)
    return [_verify(con, verifier, file, path, release, qp_status, has_scores) for path in paths for file in payment_files(path)]


def evidence_page(con: Any, verified: Sequence[Verified], release: str | None) -> str:
    """The evidence page for what was verified; the files must have been compared with `has_scores`."""
    loaded = [row["release_id"] for row in read.rows(con, "select release_id from release order by valid_from, release_id")]
    return page(verified, verify_caps(con), evidence.scores(con), loaded, release)


def _verify(
    con: Any, verifier: Verifier, file: PaymentFile, path: Path, release: str | None, qp_status: str | None, has_scores: bool
) -> Verified:
    """Compares one file; the first rows that differ are explained."""
    found = Verified(file.name, _sha256(path / file.names[0] if path.is_dir() else path), Report())
    for batch in batches(file, release, qp_status):
        found.lines += batch.lines
        found.blank += batch.blank
        found.trailers += batch.trailers
        found.headings += batch.headings
        found.continued += batch.continued
        for reason, count in batch.left_out.items():
            found.left_out[reason] = found.left_out.get(reason, 0) + count
        if not batch.claims.height:
            continue
        verifier.add(found.report, batch.claims)
        if has_scores and (source := evidence.published_source(con)):
            amounts, scores = evidence.scores(con, source)
            found.amounts += amounts
            found.scores = {name: found.scores.get(name, 0) + score for name, score in scores.items()}
    found.differing = [_explained(con, row) for row in found.report.differing_rows]
    return found


def _explained(con: Any, row: read.Row) -> dict[str, Any]:
    names = ("line_number", "release_id", "qp_status", "mac", "locality", "hcpcs_code", "modifier", "is_wrong")
    return {**{name: row[name] for name in names}, "amounts": steps(con, row)}


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def verify_caps(con: Any) -> dict[str, Any]:
    """CMS's own cap tables: what is reproduced, what is declared stale, and what check opps_cap_reproduced finds now."""
    statement = next(file.statement for file in sql_files("checks") if file.name == "opps_cap_reproduced")
    return {
        "tables": evidence.cap_tables(con),
        "declared_stale": evidence.stale_tables(con),
        "findings": read.rows(con, statement),
    }


def _of_release(con: Any, caps: dict[str, Any], release: str | None) -> dict[str, Any]:
    """What is said of the cap tables of one release, or of all. Raises PfsError when there is no table to verify."""
    chosen = {name: [row for row in rows if release in (None, row["release_id"])] for name, rows in caps.items()}
    if not chosen["tables"]:
        lacking = f"{release} has no member" if release else "no loaded release has a member"
        raise PfsError(
            f"There is nothing to verify: without files, 'pfs verify' compares CMS's own tables of OPPS caps, and {lacking} with "
            f"them. {read.loaded_are(con)} Bring in a release that has one ('pfs refresh'), or name a file of amounts that CMS "
            "published ('pfs verify PFREV25D.zip')."
        )
    return chosen


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PfsError(f"{path} cannot be written: {error.strerror or error}. Name a file in a folder that exists.") from error


def _document(item: Verified) -> dict[str, Any]:
    """What became of one file, for programs."""
    report = item.report
    return {
        "file": item.name,
        "lines": {
            "all": item.lines,
            "rows": report.rows,
            "blank": item.blank,
            "trailers": item.trailers,
            "headings": item.headings,
            "continued": item.continued,
        },
        "releases": dict(report.releases),
        "matched": report.matched,
        "differing": report.differing,
        "not_comparable": report.not_comparable,
        "reasons": dict(report.reasons),
        "wrong_differing": report.wrong_differing,
        "wrong_matched": report.wrong_matched,
        "amounts": {name: {"compared": pair[0], "matched": pair[1]} for name, pair in report.measures.items()},
        "amounts_missing": dict(report.missing),
        "amounts_left_out": item.left_out,
        "first_differing": item.differing,
    }


# --- for a person ----------------------------------------------------------------------------------------------------------


def _show(verified: list[Verified], caps: dict[str, Any] | None) -> None:
    out = console()
    for item in verified:
        report = item.report
        others = {"trailer lines": item.trailers, "heading": item.headings, "blank": item.blank, "within a cell": item.continued}
        besides = "".join(f", {count:,} {name}" for name, count in others.items() if count)
        out.print(line(f"{item.name}: {counted(item.lines, 'line')} = {counted(report.rows, 'row')}{besides}"))
        if report.releases:
            releases = ", ".join(f"{name} ({counted(count, 'row')})" for name, count in sorted(report.releases.items()))
            out.print(line(f"compared with {releases}"))
        counts = [("matched", report.matched), ("differing", report.differing), ("not comparable", report.not_comparable)]
        if report.wrong_differing or report.wrong_matched:
            counts += [("wrong by the file's own account, and differing", report.wrong_differing)]
            counts += [("wrong by the file's own account, and matched", report.wrong_matched)]
        out.print(table(("rows", ""), [(name, f"{count:,}") for name, count in counts], right=("",)))
        compared = [(name, f"{pair[0]:,}", f"{pair[1]:,}") for name, pair in report.measures.items() if pair[0]]
        if compared:
            out.print(table(("amount", "compared", "matched"), compared, right=("compared", "matched")))
        if report.reasons:
            reasons = [(reason, f"{count:,}") for reason, count in report.reasons.most_common()]
            out.print(table(("not comparable because", "rows"), reasons, right=("rows",)))
        for measure, count in report.missing.items():
            out.print(line(f"{counted(count, 'amount')} {measure} not compared: the warehouse has none for them."))
        for reason, count in item.left_out.items():
            out.print(line(f"{counted(count, 'amount')} left out: {reason}."))
        for row in item.differing:
            _show_row(row)
    if caps:
        _show_caps(caps)


def _show_row(row: dict[str, Any]) -> None:
    """A row that differs: both amounts, the warehouse's computation, and what gives the published amount."""
    out = console()
    code = row["hcpcs_code"] + (f"-{row['modifier']}" if row["modifier"] else "")
    place = f"contractor {row['mac']}, locality {row['locality']}" if row["mac"] else "national"
    wrong = ", wrong by the file's own account" if row["is_wrong"] else ""
    out.print(line(f"line {row['line_number']}: {code or 'anesthesia'}, {place}, {row['release_id']}, {row['qp_status']}{wrong}"))
    for step in row["amounts"]:
        out.print(
            line(f"  {step['measure']}: published {step['published']}, warehouse {step['computed']} ({step['difference']:+})")
        )
        if "parts" in step:
            parts = " + ".join(f"{part['rvu']} x {part['gpci']}" for part in step["parts"])
            products = " + ".join(str(part["product"]) for part in step["parts"])
            out.print(line(f"    {parts} = {products} = {step['sum']}"))
            flagged = f" x {step['calculation_factor']}" if step["calculation_factor"] != 1 else ""
            out.print(
                line(f"    {step['sum']} x {step['conversion_factor']}{flagged} = {step['exact']}, rounded {step['computed']}")
            )
            found = "; ".join(step["published_is"]) or "nothing near gives it"
            out.print(line(f"    {step['published']} is: {found}"))


def _show_caps(caps: dict[str, Any]) -> None:
    out = console()
    headings = ("release", "cap rows", "reproduced", "declared stale", "differing, not declared")
    names = ("rows", "reproduced", "declared_stale", "not_declared")
    out.print(line("CMS's own capped amounts (OPPS cap members) against the RVUs of the same release:"))
    rows = [(row["release_id"], *(f"{row[name]:,}" for name in names)) for row in caps["tables"]]
    out.print(table(headings, rows, right=headings[1:]))
    stale = [
        (row["release_id"], f"{row['rows']:,}", f"{row['contractor_priced']:,}", row["localities"], row["reason"])
        for row in caps["declared_stale"]
    ]
    if stale:
        counts = ("stale rows", "of status C", "localities")
        out.print(table(("release", *counts, "declared because"), stale, right=counts))
    for row in caps["findings"][:5]:
        out.print(line("new: " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)))
    if len(caps["findings"]) > 5:
        out.print(
            line(f'and {len(caps["findings"]) - 5:,} more; pfs sql "from opps_cap_comparison where not is_reproduced" shows all.')
        )
