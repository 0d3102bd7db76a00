"""`pfs inspect`: what a file is, and which layout fits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flows.extract.layouts import MAP_FOLDER
from flows.inspect.inspect import inspect
from flows.inspect.report import Report
from flows.plain import as_json, clean
from flows.show import console, line, table

_HEADINGS = ("member", "form", "kind", "layout", "lines", "rows", "rejected")


def command(file: str, json: bool) -> int:
    """Prints what the file is; exit code 1 when something in it that is data cannot be read."""
    report = inspect(Path(file).expanduser())
    if json:
        print(as_json(asdict(report)))
    else:
        _show(Path(file).name, report)
    return 0 if report.is_sound else 1


def _show(name: str, report: Report) -> None:
    out = console()
    out.print(line(f"{name}: {report.what}."))
    for note in report.notes:
        out.print(line(note))
    out.print(table(_HEADINGS, [tuple(asdict(f)[name] for name in _HEADINGS) for f in report.findings], _HEADINGS[4:]))
    if report.problem:
        out.print(line(report.problem))
    for finding in report.findings:
        if finding.problem:
            out.print(line(finding.problem))
        if finding.spelling:
            out.print(line(f"If this is only another spelling, it is all there is to add, to {MAP_FOLDER}/headings.csv:"))
            print(clean(finding.spelling))
        if finding.advice:
            start = "Otherwise, a row to start from" if finding.spelling else "A row to start from"
            out.print(line(f"{start}, for {MAP_FOLDER}/{finding.kind}.csv (-1: the file lacks the column):"))
            print(clean(finding.advice))
