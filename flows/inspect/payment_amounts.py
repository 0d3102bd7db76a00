"""CMS's payment amount files and tables of published amounts, for `pfs inspect`: how many amounts, and of which release.

Reads as `pfs verify` would; compares nothing and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl

from flows.inspect.report import Finding, Report
from flows.published.files import CMS, PaymentFile, payment_files, qp_status_of
from flows.published.rows import batches
from warehouse.errors import ArchiveError, PfsError

_FORMS = {CMS: "payment amount file", "table": "table of amounts"}


def payment_report(path: Path) -> Report | None:
    """The files of published amounts that a file holds; None when it holds none."""
    findings, wanted = [], Counter[str]()
    try:
        for file in payment_files(path):
            finding, releases = _finding_or_problem(file)
            findings.append(finding)
            wanted += releases
    except ArchiveError:
        raise
    except PfsError as error:
        if not findings:
            return None
        return Report(_what(findings), None, (), tuple(findings), str(error))
    labels = [label for label, _ in wanted.most_common() if label]
    of = f"Computed from {', '.join(labels[:5])}{' and others' if len(labels) > 5 else ''}, by name and year." if labels else ""
    notes = tuple(note for note in (of, f"'pfs verify {path.name}' compares every amount with the warehouse.") if note)
    return Report(_what(findings), labels[0] if len(labels) == 1 else None, notes, tuple(findings))


def _what(findings: list[Finding]) -> str:
    return f"published payment amounts: {len(findings)} {'file' if len(findings) == 1 else 'files'}"


def _finding_or_problem(file: PaymentFile) -> tuple[Finding, Counter[str]]:
    """A file by its rows, or why these cannot be read."""
    try:
        return _finding(file)
    except PfsError as error:
        return Finding(file.name, _form(file), "payment_amounts", None, 0, None, None, str(error)), Counter()


def _form(file: PaymentFile) -> str:
    return f"{_FORMS[file.form]}, {qp_status_of(file.names)}"


def _finding(file: PaymentFile) -> tuple[Finding, Counter[str]]:
    lines = rows = bad = 0
    wanted: Counter[str] = Counter()
    first = None
    for batch in batches(file):
        lines += batch.lines
        faulty = batch.claims.filter(pl.col("problem").is_not_null())
        rows, bad = rows + batch.claims.height - faulty.height, bad + faulty.height
        wanted.update(dict(batch.claims.drop_nulls("wanted")["wanted"].value_counts().iter_rows()))
        if first is None and faulty.height:
            first = faulty.select("line_number", "problem").row(0)
    # A few odd lines are told with the count; a file of which hardly a line can be read has another layout.
    problem = None
    if first is not None and bad > rows:
        problem = (
            f"{file.name}: {bad:,} of {rows + bad:,} rows cannot be compared, the first on line {first[0]}: {first[1]}. If CMS "
            "changed the record, correct `columns` in flows/catalog/payment_files.toml."
        )
    layout = None if problem else ("payment_amount_record" if file.form == CMS else "table")
    return Finding(file.name, _form(file), "payment_amounts", layout, lines, rows, bad, problem), wanted
