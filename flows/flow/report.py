"""What a flow run shows in Prefect: the table of members, the report in Markdown, and its last sentence.

Reads the published warehouse and the result of a refresh; writes nothing. Knows nothing of Prefect. Everything that comes
from a file or a message is escaped, so that it cannot become markup on the page of the run.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable
from typing import Any

from flows.outcome import Outcome, Result
from flows.plain import clean
from warehouse import read
from warehouse.errors import PfsError
from warehouse.home import CODE, Home

_RELEASES_COMPARED = 4
_MEMBER_COLUMNS = ("kind", "role", "lines", "rows_loaded", "rows_matched", "rows_rejected", "lines_ignored")


def member_rows(home: Home, result: Result) -> list[dict[str, Any]]:
    """A row for each member that was read of each release that the run loaded or found loaded: its lines, all accounted for.

    lines = rows_loaded + rows_matched + rows_rejected + lines_ignored. Empty when there is no warehouse.
    """
    named = {outcome.release_id for outcome in result.outcomes if outcome.release_id}
    if not named or not home.published.exists():
        return []
    with read.open_published(home) as con:
        rows = [row for row in read.members(con) if row["release_id"] in named and row["lines"] is not None]
    return [
        {"release": row["release_id"], "member": clean(row["member_name"])} | {name: row[name] for name in _MEMBER_COLUMNS}
        for row in rows
    ]


def change_rows(home: Home, result: Result) -> list[dict[str, Any]]:
    """What became of the codes of each governing release that the run loaded, by kind of change (view code_change).

    Of the newest releases only: a first load of the whole history would ask for a minute.
    """
    loaded = [outcome.release_id for outcome in result.loaded if outcome.release_id]
    if not result.published or not loaded or not result.checks:  # what was not derived and checked is not compared either
        return []
    with read.open_published(home) as con:
        return read.rows(
            con,
            """
            select to_release_id, from_release_id, change_kind, count(*) as codes
            from code_change
            where basis = 'release'
              and to_release_id in (
                select release_id from release where list_contains(?, release_id) order by valid_from desc limit ?
              )
            group by all order by to_release_id, codes desc, change_kind
            """,
            [loaded, _RELEASES_COMPARED],
        )


def evidence_address() -> str | None:
    """Where the evidence can be read: PFS_EVIDENCE_URL, else the page of this checkout; None for an installed wheel."""
    page = CODE / "docs" / "EVIDENCE.md"
    return os.environ.get("PFS_EVIDENCE_URL", "").strip() or (page.as_uri() if page.exists() else None)


def report(source: str, result: Result, changes: Iterable[dict[str, Any]] = ()) -> str:
    """The report in Markdown: what failed, was loaded, was unchanged; what changed; the checks; where the warehouse is."""
    parts = [f"# Refresh from {_text(source)}", f"**{_text(_published(result))}**", *[_text(note) for note in result.notes]]
    if result.outcomes:
        parts.append(_table(("archive", "release", "status", "detail"), [_cells(outcome) for outcome in _ordered(result)]))
    if result.differences:
        parts += ["## Against the release before", *[_text(sentence) for sentence in result.differences]]
    if cells := [(c["to_release_id"], c["from_release_id"], c["change_kind"], f"{c['codes']:,}") for c in changes]:
        parts += ["## What became of the codes", _table(("release", "compared with", "change", "codes and modifiers"), cells)]
    if result.checks:
        warned = [check for check in result.checks if check.rows_found]
        parts += ["## Checks", f"{len(result.checks)} checks ran; {len(warned)} of them found rows."]
        if warned:
            rows = [(c.name, c.severity, f"{c.rows_found:,}", c.meaning, "; ".join(c.examples)) for c in warned]
            parts.append(_table(("check", "severity", "rows", "rule", "first rows"), rows))
    return "\n\n".join(parts) + "\n"


def failure_report(source: str, error: PfsError) -> str:
    """The report in Markdown of a run that was stopped."""
    lines = [f"> {_text(line)}" for line in str(error).splitlines()]
    return "\n\n".join([f"# Refresh from {_text(source)}", "**Nothing was published.**", "\n>\n".join(lines)]) + "\n"


def _published(result: Result) -> str:
    return f"Published {result.published}." if result.published else "Nothing was published."


def _ordered(result: Result) -> Iterable[Outcome]:
    order = ("failed", "new_edition", "loaded", "held", "unchanged", "skipped")
    return sorted(result.outcomes, key=lambda outcome: order.index(outcome.status))


def _cells(outcome: Outcome) -> tuple[str, ...]:
    status = outcome.status.replace("_", " ") + (f", {outcome.found}" if outcome.found else "")
    return outcome.name, outcome.release_id or outcome.label or "", status, outcome.detail


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *[tuple(_text(cell) for cell in row) for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    """A text as it stands: no markup, no control characters, one line."""
    return re.sub(r"([\\`*_{}\[\]#|~!])", r"\\\1", html.escape(" ".join(clean(text).split()), quote=False))
