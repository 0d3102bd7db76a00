"""The main job: all stages in order, from what a source offers to a published warehouse.

`refresh` runs it directly. flows/flow/flow.py runs the steps as Prefect tasks. Reads the source and the raw store; writes
the raw store, a build (build.py), and the published warehouse, in that order. A release that fails, or that a check stops, leaves
nothing behind and does not keep the others from being published; a failed check that cannot be laid to new releases does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from flows import ending, notify
from flows.bring import is_release
from flows.build import Built, build
from flows.catalog.releases import parse_label
from flows.discover.connection import one_connection
from flows.discover.discover import SAMPLE, Candidate, Wanted, discover
from flows.discover.findings import finding
from flows.held import asked_by_name
from flows.outcome import Outcome, Result, say, with_failures
from flows.plain import clean
from flows.plan import Plan, make_plan, named, require_named, without_sample
from flows.raw_archive import Archive
from flows.steps import Steps
from warehouse import leftovers
from warehouse.counted import counted
from warehouse.errors import CheckError, PfsError
from warehouse.home import Home, writing
from warehouse.kept import keep_count
from warehouse.raw import RawStore

if TYPE_CHECKING:
    from flows.fetch.fetch import Fetched

LOCK_SECONDS = 5.0


def refresh(
    home: Home, source: str, wanted: Wanted, today: date, steps: Steps | None = None, wait_seconds: float = LOCK_SECONDS
) -> Result:
    """Runs all stages, with `steps` in the place of the plain ones (flows/flow/flow.py gives Prefect tasks).

    Waits so many seconds for another refresh that is writing. How it ended is noted in the home and sent to the webhook, if there
    is one. Raises what a stage raises when it concerns the job as a whole.
    """
    try:
        result = _refresh(home, source, wanted, today, steps or Steps(), wait_seconds)
    except Exception as error:
        ending.heed()
        said = notify.error_document(error)
        notify.tell(home, source, said, said["error"])
        raise
    notify.tell(home, source, notify.document(result), sentence(result))
    return result


def _refresh(home: Home, source: str, wanted: Wanted, today: date, steps: Steps, wait_seconds: float) -> Result:
    with writing(home, wait_seconds), one_connection():
        for leftover in leftovers.clear(home):
            say("refresh", "all", f"cleared away {leftover.path}: {leftover.meaning}")
        offered = discover(source, wanted, home, today)
        plan = make_plan(home, offered.candidates)
        require_named(source, wanted, plan)
        return run(home, replace(plan, notes=(*offered.notes, *plan.notes), named=named(source, wanted, plan)), steps)


def sentence(result: Result) -> str:
    """What a run did in one line: what failed comes first."""
    parts = [f"{outcome.name} failed: {outcome.detail}" for outcome in result.failed]
    if result.loaded:
        parts.append(f"{', '.join(str(outcome.release_id) for outcome in result.loaded)} loaded.")
    if back := [str(outcome.label) for outcome in result.outcomes if outcome.status == "held"]:
        parts.append(f"{', '.join(back)} held back since a rollback.")
    if unchanged := sum(outcome.status == "unchanged" for outcome in result.outcomes):
        parts.append(f"{counted(unchanged, 'archive holds', 'archives hold')} nothing new.")
    if not result.outcomes:
        parts.append("The source has no release that was asked for.")
    parts.append(f"Published {result.published}." if result.published else "Nothing was published.")
    return clean(" ".join(parts))


# --- the run -------------------------------------------------------------------------------------------------------------


def run(home: Home, plan: Plan, steps: Steps) -> Result:
    """Carries out a plan with the given steps. Nothing is built when there is nothing new."""
    from warehouse.accepted import read_accepted

    read_accepted(home)  # what is faulty here stops the run, not after everything was loaded
    keep_count()
    for note in plan.notes:
        say("refresh", "all", note)
    outcomes, archives = _bring_in(home, plan, steps)
    if not archives and not plan.reload:
        return Result(tuple(outcomes), notes=plan.notes)
    try:
        plan, built = _build(home, plan, archives, steps)
    except CheckError as error:
        raise with_failures(error, outcomes) from error
    outcomes += built.outcomes
    if not built.finished:
        return Result(tuple(outcomes), notes=plan.notes)
    return Result(tuple(outcomes), built.finished.checks, home.published, plan.notes, built.finished.differences)


def _build(home: Home, plan: Plan, archives: list[Archive], steps: Steps) -> tuple[Plan, Built]:
    """Builds, and gives the plan that was followed: real releases take the place of the embedded sample, when one comes in."""
    if not plan.holds_sample or not any(is_release(archive) for archive in archives):
        return plan, build(home, plan, archives, steps)
    instead = without_sample(plan)
    built = build(home, instead, archives, steps)
    beside = [archive for archive in archives if not is_release(archive)]
    if built.finished:
        say("refresh", "all", instead.notes[-1])
    if built.finished or not (beside or plan.reload):
        return instead if built.finished else plan, built
    # None of the releases could be loaded: the sample stays, and what goes beside releases goes beside it.
    of_archives = zip(archives, built.outcomes[len(instead.reload) :], strict=True)
    failed = [outcome for archive, outcome in of_archives if is_release(archive)]
    try:
        beside_it = build(home, plan, beside, steps)
    except CheckError as error:
        raise with_failures(error, failed) from error
    return plan, replace(beside_it, outcomes=(*failed, *beside_it.outcomes))


def _bring_in(home: Home, plan: Plan, steps: Steps) -> tuple[list[Outcome], list[Archive]]:
    """Fetches every candidate; what is already loaded becomes an outcome, the rest an archive to read."""
    outcomes: list[Outcome] = []
    archives: dict[str, Archive] = {}
    store = RawStore(home.raw)
    for number, candidate in enumerate(plan.candidates):
        ending.heed()
        steps.progress("fetch", number, len(plan.candidates))
        release = candidate.label or candidate.name
        try:
            fetched = steps.fetch(candidate, home)
        except PfsError as error:
            say("fetch", release, f"failed: {error}")
            label = candidate.label or parse_label(candidate.name)
            outcomes.append(Outcome(candidate.name, label, "failed", str(error), error=error, found=candidate.found))
            continue
        found = finding(candidate, fetched, store)
        if (loaded := plan.known.get(fetched.sha256)) is not None:
            detail = f"{loaded} holds this archive already."
            label = candidate.label or loaded.split(".")[0]
            outcomes.append(Outcome(candidate.name, label, "unchanged", detail, loaded, found=found))
        elif fetched.sha256 in plan.held.archives and candidate not in plan.named:
            outcomes.append(_held_back(candidate, plan, fetched.sha256, found))
        elif fetched.sha256 in archives:
            detail = f"the same bytes as {archives[fetched.sha256].name}."
            outcomes.append(Outcome(candidate.name, candidate.label, "unchanged", detail, found=found))
        else:
            say("fetch", release, f"{fetched.size:,} bytes, sha256 {fetched.sha256[:12]}")
            archives[fetched.sha256] = _archive(candidate, fetched, found)
    return outcomes, list(archives.values())


def _held_back(candidate: Candidate, plan: Plan, sha256: str, found: str | None) -> Outcome:
    held = plan.held.archives[sha256]
    detail = (
        f"{held} was taken back by a rollback on {plan.held.at[:10]} and is not loaded again by itself: {asked_by_name(held)} "
        "does, 'pfs rollback --undo' publishes the warehouse of then."
    )
    say("fetch", held, f"held back: {detail}")
    return Outcome(candidate.name, candidate.label or held.split(".")[0], "held", detail, found=found)


def _archive(candidate: Candidate, fetched: Fetched, found: str | None) -> Archive:
    name = candidate.name if candidate.label else fetched.name
    source_url = SAMPLE if candidate.is_sample else fetched.source_url
    archive = Archive(fetched.path, fetched.sha256, name, source_url, candidate.is_sample)
    return replace(
        archive,
        found=found,
        wanted=candidate.wanted,
        reference=candidate.reference,
        label=candidate.label,
        is_by_hash=bool(candidate.arrival),
    )
