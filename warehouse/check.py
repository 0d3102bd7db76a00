"""Stage check: SQL statements that select the rows that break a rule, run on a warehouse before it is published.

Reads sql/checks and the warehouse that is being built; writes table check_result. A check of severity error that finds a
row stops the publication with `CheckError`, which shows the first rows; a warning is reported.

A check whose head says `scope: release` looks at each release by itself. Where only some releases are new (`derive.only_new`), it
looks at those, and what it found in the others when they were published is added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from warehouse.derive import SqlFile, is_continued, sql_files
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
    before = _found_before(con)
    results = [_added(_run(con, file), before.get(file.name)) for file in sql_files("checks")]
    con.execute("delete from check_result")
    con.executemany(
        "insert into check_result values (?, ?, ?, ?, ?)",
        [[r.name, r.severity, r.rows_found, r.examples[0] if r.examples else None, r.meaning] for r in results],
    )
    if broken := [result for result in results if result.severity == "error" and result.rows_found]:
        raise CheckError("\n".join(_sentence(result) for result in broken) + "\nNothing was published.")
    return results


def _found_before(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str | None]]:
    """What the checks of one release at a time found when the other releases were published, by check; empty when all are new."""
    if not is_continued(con):
        return {}
    found = con.execute("select check_name, rows_found, example from check_result").fetchall()
    scoped = {file.name for file in sql_files("checks") if file.head.get("scope") == "release"}
    return {name: (rows, first) for name, rows, first in found if name in scoped}


def _added(result: CheckResult, before: tuple[int, str | None] | None) -> CheckResult:
    if not before or not before[0]:
        return result
    examples = (*result.examples, *([before[1]] if before[1] else []))[:_EXAMPLES]
    return replace(result, rows_found=result.rows_found + before[0], examples=examples)


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
