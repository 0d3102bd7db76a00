"""`pfs refresh`: the main job, as a Prefect flow or directly, and a summary of what it did."""

from __future__ import annotations

import logging
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path

from flows import ending, notify
from flows.catalog import releases
from flows.commands.exit_codes import NOTHING_NEW, OK, PARTLY, exit_code
from flows.discover.discover import Wanted
from flows.discover.offer import REFERENCES
from flows.extract.layouts import MAP_FOLDER
from flows.outcome import Outcome, Result
from flows.plain import as_json, clean
from flows.refresh import refresh
from warehouse.check import found_sentence
from warehouse.counted import counted
from warehouse.errors import LayoutError, PfsError, UsageError
from warehouse.home import home

_LEFT = {
    "unchanged": ("archive holds nothing new", "archives hold nothing new"),
    "skipped": ("archive is of a release that was not asked for", "archives are of releases that were not asked for"),
}
_REFERENCES = [(name,) for name in REFERENCES]


@dataclass(frozen=True)
class Manner:
    """How the refresh is run and told: without Prefect, as JSON, what is told when nothing is new, seconds to wait."""

    is_direct: bool
    json: bool
    is_detailed: bool
    is_quiet: bool
    wait_seconds: float


def command(labels: tuple[str, ...], years: list[int], is_all: bool, source: str, manner: Manner) -> int:
    """Runs the refresh and prints the summary; the exit code says whether every release came in."""
    for year in years:
        if not releases.FIRST_DAY.year <= year <= 2099:
            raise UsageError(
                f"--year {year}: a year of four digits was expected, {releases.FIRST_DAY.year} or later, for example --year 2025."
            )
    if is_all and (years or labels) and labels not in _REFERENCES:
        raise UsageError("--all takes every release of the source, and some were named too: give either of the two.")
    if not 0 <= manner.wait_seconds < inf:
        raise UsageError(f"--wait {manner.wait_seconds:g}: a number of seconds was expected, 0 or more.")
    wanted = Wanted.of(labels if labels in _REFERENCES else [_label(label) for label in labels], years, is_all)
    _log_to_terminal(logging.WARNING if manner.is_quiet else logging.INFO)
    ending.listen()
    try:
        result = _run(source, wanted, manner)
    except Exception as error:
        ending.heed()  # Prefect, too, puts errors of its own in the place of a request to end
        if manner.json and isinstance(error, PfsError):
            with suppress(OSError):  # the error is what matters
                _tell(as_json(notify.error_document(error)))
        raise
    if not (manner.is_quiet and notify.status_of(result) == notify.NOTHING_NEW):
        _tell(as_json(notify.document(result)) if manner.json else summary(result))
    return _code(result, manner.is_detailed)


def _run(source: str, wanted: Wanted, manner: Manner) -> Result:
    today = date.today()  # noqa: DTZ011  the operator's day
    if manner.is_direct:
        return refresh(home(), source, wanted, today, wait_seconds=manner.wait_seconds)
    from flows.flow.run import run_flow

    return run_flow(home(), source, wanted, today, manner.wait_seconds)


def _tell(text: str) -> None:
    """Prints for whoever still listens: the exit code is that of the refresh all the same."""
    with suppress(BrokenPipeError):
        print(text, flush=True)


def _code(result: Result, is_detailed: bool) -> int:
    status = notify.status_of(result)
    if status == notify.NOTHING_NEW:
        return NOTHING_NEW if is_detailed else OK
    if status in (notify.PUBLISHED, notify.PARTLY):
        return OK if status == notify.PUBLISHED else PARTLY
    return exit_code(result.failed[0].error or PfsError(""))


def _label(text: str) -> str:
    if text in REFERENCES:
        raise UsageError(f"{text} is a source of its own: bring it in by itself, 'pfs refresh {text}', and releases without it.")

    label = releases.parse_label(text if text.upper().startswith(("RVU", "PRREV")) else f"RVU{text}")
    if label is None or not re.fullmatch(r"[0-9A-Za-z_]+", text):
        if Path(text).expanduser().exists():
            raise UsageError(f"{text} is a file or folder, and no label: bring it in with 'pfs refresh --source {text}'.")
        raise UsageError(f"{text!r} is no release label. Labels look like RVU25D, RVU24AR or RVU10C_PCT22.")
    return label


def _log_to_terminal(level: int) -> None:
    """What the stages say goes to the standard error, as do warnings of modules that log under their own name (flows.fetch)."""
    for name, least in (("pfs", level), ("flows", logging.WARNING)):
        logger = logging.getLogger(name)
        if not logger.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(_Clean("%(message)s"))
            logger.addHandler(handler)
        logger.setLevel(least)
        logger.propagate = False


class _Clean(logging.Formatter):
    """Lines without control characters, which a terminal would act on, and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return notify.without_secrets(clean(super().format(record)))


def summary(result: Result) -> str:
    """What a refresh did, in lines: what failed first, then what came in, then where the warehouse is."""
    lines = [line for outcome in result.failed for line in _failure(outcome)]
    lines += [f"held back {clean(o.name)}: {clean(o.detail)}" for o in result.outcomes if o.status == "held"]
    lines += [f"loaded {outcome.release_id}{_found(outcome)}: {clean(outcome.detail)}" for outcome in result.loaded]
    for status, meanings in _LEFT.items():
        of_status = Counter(outcome.found for outcome in result.outcomes if outcome.status == status)
        if of_status:
            found = ", ".join(f"{count} {name}" for name, count in of_status.items() if name)
            lines.append(counted(of_status.total(), *meanings) + (f" ({found})." if found else "."))
    lines += result.differences
    for check in result.checks:
        if check.rows_found:
            lines.append(f"warning, {clean(found_sentence(check.name, check.rows_found, check.meaning, check.examples[:1]))}")
    lines += [clean(note) for note in result.notes]
    if result.published:
        lines.append(f"Published {result.published}.")
    elif not result.outcomes:
        lines.append("The source has no release that was asked for and is not loaded. Nothing to do.")
    elif any(outcome.status == "held" for outcome in result.outcomes):
        lines.append("Nothing was published: nothing else is new.")
    elif not result.failed:
        lines.append("Nothing to do: every archive that was asked for is loaded already.")
    else:
        lines.append("Nothing was published.")
    return "\n".join(lines)


def _failure(outcome: Outcome) -> list[str]:
    """What went wrong with an archive, and the row to add to a column map where that is what it takes."""
    lines = [f"FAILED {clean(outcome.name)}{_found(outcome)}: {clean(outcome.detail)}"]
    if isinstance(outcome.error, LayoutError) and outcome.error.spelling:
        rows = "; ".join(outcome.error.spelling.splitlines())
        lines.append(f"If this is only another spelling, it is all there is to add, to {MAP_FOLDER}/headings.csv: {clean(rows)}")
    if isinstance(outcome.error, LayoutError) and outcome.error.advice:
        lines.append(f"A row to start from ('pfs inspect' shows it again): {clean(outcome.error.advice)}")
    return lines


def _found(outcome: Outcome) -> str:
    """How a site offered the archive (flows/discover/offer.py); nothing for a file."""
    return f" ({outcome.found})" if outcome.found else ""
