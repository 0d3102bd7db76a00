"""Stage check: SQL statements that select the rows that break a rule, run on a warehouse before it is published.

Reads sql/checks and the warehouse that is being built; writes table check_result. A check of severity error that finds a
row stops the publication with `CheckError`, which shows the first rows; a warning is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.derive import SqlFile, sql_files
from warehouse.errors import CheckError

_EXAMPLES = 5


@dataclass(frozen=True)
class CheckResult:
    """What one check found: the number of rows that break it, and the first of them."""

    name: str
    severity: str
    meaning: str
    rows_found: int
    examples: tuple[str, ...]


def check(con: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Runs every check, keeps the results in check_result, and returns them; raises CheckError when an error found rows."""
    results = [_run(con, file) for file in sql_files("checks")]
    con.execute("delete from check_result")
    con.executemany(
        "insert into check_result values (?, ?, ?, ?, ?)",
        [[r.name, r.severity, r.rows_found, r.examples[0] if r.examples else None, r.meaning] for r in results],
    )
    if broken := [result for result in results if result.severity == "error" and result.rows_found]:
        raise CheckError("\n".join(_sentence(result) for result in broken) + "\nNothing was published.")
    return results


def _run(con: duckdb.DuckDBPyConnection, file: SqlFile) -> CheckResult:
    found = con.execute(file.statement)
    names = [column[0] for column in found.description or []]
    rows = found.fetchall()
    examples = [
        ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in sorted(rows, key=str)[:_EXAMPLES]
    ]
    return CheckResult(file.name, file.head["severity"], file.head["meaning"], len(rows), tuple(examples))


def _sentence(result: CheckResult) -> str:
    return (
        f"The check {result.name} (sql/checks/{result.name}.sql) found {result.rows_found} rows that break this rule: "
        f"{result.meaning} First rows: {'; '.join(result.examples)}."
    )
