"""Stage check: SQL statements that select the rows that break a rule, run on a warehouse before it is published.

Reads sql/checks and the warehouse that is being built; writes table check_result. A check of severity error that finds a
row stops the publication with `CheckError`, which shows the first rows and carries all of them (blame.py); a warning is reported.

A check whose head says `scope: release` looks at each release by itself. Where only some releases are new (`stored.only_new`), it
looks at those, and what it found in the others when they were published is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from warehouse.blame import EXAMPLES, Broken, examples
from warehouse.counted import counted
from warehouse.errors import CheckError
from warehouse.load import replace_rows
from warehouse.sql_file import SqlFile, check_place, sql_files
from warehouse.stored import is_continued


@dataclass(frozen=True)
class CheckResult:
    """What one check found: the number of rows that break it, and the first of them."""

    name: str
    severity: str
    meaning: str
    rows_found: int
    examples: tuple[str, ...]


def found_sentence(name: str, rows_found: int, meaning: str, examples: Sequence[str]) -> str:
    """What a check of severity warning found: how many rows, the rule that they break, the first of them, and where all are."""
    broken = counted(rows_found, "row breaks", "rows break")
    first = f" First: {'; '.join(examples)}." if examples else ""
    return f"check {name}: {broken} the rule: {meaning}{first} All of them: pfs sql < {check_place(name)}"


def check(con: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Runs every check, keeps the results in check_result, and returns them; raises CheckError when an error found rows."""
    before = _found_before(con)
    results, broken = [], []
    for file in sql_files("checks"):
        found = _run(con, file)
        results.append(_added(_result(file, found), before.get(file.name)))
        if found and file.head["severity"] == "error":
            broken.append(Broken(file.name, file.head["meaning"], found))
    replace_rows(
        con,
        "check_result",
        [[r.name, r.severity, r.rows_found, r.examples[0] if r.examples else None, r.meaning] for r in results],
    )
    if broken:
        said = "\n".join(check.sentence() for check in broken)
        order = con.execute("select release_id from release where governs order by valid_from, release_id").fetchall()
        pairs = con.execute("select release_id, compared_release_id from release_diff").fetchall()
        raise CheckError(f"{said}\nNothing was published.", broken, [release_id for (release_id,) in order], pairs)
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
    examples = (*result.examples, *([before[1]] if before[1] else []))[:EXAMPLES]
    return replace(result, rows_found=result.rows_found + before[0], examples=examples)


def _run(con: duckdb.DuckDBPyConnection, file: SqlFile) -> tuple[dict[str, Any], ...]:
    found = con.execute(file.statement)
    names = [column[0] for column in found.description or []]
    return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())


def _result(file: SqlFile, rows: tuple[dict[str, Any], ...]) -> CheckResult:
    return CheckResult(file.name, file.head["severity"], file.head["meaning"], len(rows), examples(rows))
