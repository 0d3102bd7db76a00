"""`pfs refresh`: the main job, as a Prefect flow or directly, and a summary of what it did."""

from __future__ import annotations

import logging
import re
import sys
from collections import Counter
from datetime import date

from flows.commands.exit_codes import PARTLY, exit_code
from flows.discover.discover import Wanted
from flows.discover.offer import REFERENCES
from flows.refresh import Outcome, Result, refresh
from flows.show import as_json, clean
from warehouse.errors import LayoutError, PfsError, UsageError
from warehouse.home import home

_REFERENCES = [(name,) for name in REFERENCES]


def command(labels: tuple[str, ...], years: list[int], is_all: bool, source: str, is_direct: bool, json: bool) -> int:
    """Runs the refresh and prints the summary; the exit code says whether every release came in."""
    wanted = Wanted.of(labels if labels in _REFERENCES else [_label(label) for label in labels], years, is_all)
    today = date.today()  # noqa: DTZ011  the operator's day
    _log_to_terminal()
    if is_direct:
        result = refresh(home(), source, wanted, today)
    else:
        from flows.flow.run import run_flow

        result = run_flow(home(), source, wanted, today)
    print(as_json(document(result)) if json else summary(result))
    if not result.failed:
        return 0
    if result.loaded or len(result.failed) < len(result.outcomes):
        return PARTLY
    return exit_code(result.failed[0].error or PfsError(""))


def _label(text: str) -> str:
    from flows.catalog import releases

    label = releases.parse_label(text if text.upper().startswith(("RVU", "PRREV")) else f"RVU{text}")
    if label is None or not re.fullmatch(r"[0-9A-Za-z_]+", text):
        raise UsageError(f"{text!r} is no release label. Labels look like RVU25D, RVU24AR or RVU10C_PCT22.")
    return label


def _log_to_terminal() -> None:
    logger = logging.getLogger("pfs")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def summary(result: Result) -> str:
    """What a refresh did, in lines: what failed first, then what came in, then where the warehouse is."""
    lines = [line for outcome in result.failed for line in _failure(outcome)]
    lines += [f"loaded {outcome.release_id}{_found(outcome)}: {clean(outcome.detail)}" for outcome in result.loaded]
    for status, meaning in (("unchanged", "hold nothing new"), ("skipped", "are of releases that were not asked for")):
        counted = Counter(outcome.found for outcome in result.outcomes if outcome.status == status)
        if counted:
            found = ", ".join(f"{count} {name}" for name, count in counted.items() if name)
            lines.append(f"{counted.total()} archives {meaning}" + (f" ({found})." if found else "."))
    for check in result.checks:
        if check.rows_found:
            lines.append(f"warning, check {check.name}: {check.rows_found} rows. {check.meaning}")
    lines += [clean(note) for note in result.notes]
    if result.published:
        lines.append(f"Published {result.published}.")
    elif not result.outcomes:
        lines.append("The source has no release that was asked for and is not loaded. Nothing to do.")
    elif not result.failed:
        lines.append("Nothing to do: every archive that was asked for is loaded already.")
    else:
        lines.append("Nothing was published.")
    return "\n".join(lines)


def _failure(outcome: Outcome) -> list[str]:
    """What went wrong with an archive, and the row to add to a column map where that is what it takes."""
    lines = [f"FAILED {clean(outcome.name)}{_found(outcome)}: {clean(outcome.detail)}"]
    if isinstance(outcome.error, LayoutError) and outcome.error.advice:
        lines.append(f"A row to start from ('pfs inspect' shows it again): {clean(outcome.error.advice)}")
    return lines


def _found(outcome: Outcome) -> str:
    """How a site offered the archive (flows/discover/offer.py); nothing for a file."""
    return f" ({outcome.found})" if outcome.found else ""


def document(result: Result) -> dict[str, object]:
    """The same for programs."""
    return {
        "published": str(result.published) if result.published else None,
        "outcomes": [_outcome(outcome) for outcome in result.outcomes],
        "warnings": [
            {"check": check.name, "rows": check.rows_found, "meaning": check.meaning}
            for check in result.checks
            if check.rows_found
        ],
        "notes": list(result.notes),
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "archive": outcome.name,
        "label": outcome.label,
        "release_id": outcome.release_id,
        "status": outcome.status,
        "found": outcome.found,
        "detail": outcome.detail,
        "rows": dict(outcome.rows),
    }
