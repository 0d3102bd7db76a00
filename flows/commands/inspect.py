"""`pfs inspect`: what a file is, and which layout fits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flows.inspect import Finding, inspect
from flows.show import as_json, console, line, table


def command(file: str, json: bool) -> int:
    """Prints the findings; exit code 1 when a member that is data has no layout."""
    findings = inspect(Path(file).expanduser())
    if json:
        print(as_json([asdict(finding) for finding in findings]))
    else:
        _show(findings)
    return 1 if any(finding.problem for finding in findings) else 0


def _show(findings: list[Finding]) -> None:
    out = console()
    headings = ("member", "form", "kind", "layout", "lines", "rows", "rejected")
    out.print(table(headings, [tuple(asdict(f)[name] for name in headings) for f in findings], headings[4:]))
    for finding in findings:
        if finding.problem:
            out.print(line(finding.problem))
            if finding.advice:
                out.print(line(f"A row to start from, for flows/catalog/column_maps/{finding.kind}.csv:"))
                out.print(line(finding.advice))
