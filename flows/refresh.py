"""The main job: all stages in order, from what a source offers to a published warehouse.

`refresh` runs it directly. flows/flow/flow.py runs the steps as Prefect tasks. Reads the source and the raw store; writes
the raw store, a build, and the published warehouse, in that order. A release that fails leaves nothing behind and does not
keep the others from being loaded; a failed check keeps everything from being published.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows import notify
from flows.bring import fetch_archive, read_archive
from flows.discover.connection import one_connection
from flows.discover.discover import SAMPLE, Candidate, Wanted, discover
from flows.discover.findings import finding
from flows.editions import kept_out, renamed, unheard_of, what_changed
from flows.plan import Plan, definition_hash, make_plan, require_named
from flows.show import clean
from warehouse import leftovers, load, publish, schema
from warehouse.dependents import shapes_releases
from warehouse.derive import derive, only_new
from warehouse.differences import what_differs
from warehouse.errors import LayoutError, PfsError, WarehouseError
from warehouse.home import Home, writing
from warehouse.raw import RawStore

if TYPE_CHECKING:
    from flows.fetch.fetch import Fetched
    from flows.normalize.release import Archive
    from warehouse.check import CheckResult
    from warehouse.load import ReleaseContent

logger = logging.getLogger("pfs")
LOCK_SECONDS = 5.0
# Releases between two checkpoints of a build: about as many as fill the first block of rows (122,880) of table rvu.
_SETTLE_AFTER = 7
_COUNTED: tuple[str, ...] = (
    "rvu",
    "gpci",
    "anesthesia_cf",
    "opps_cap",
    "locality_county",
    "zip_locality",
    "zip4_locality",
    "rbcs_assignment",
    "utilisation_count",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one archive, `status`: loaded, new_edition, unchanged, skipped, held or failed; `detail` is a sentence.

    `found` is how a site offered it: known, new, re-cut or gone (flows/discover/offer.py); None for a file.
    """

    name: str
    label: str | None
    status: str
    detail: str
    release_id: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    error: PfsError | None = None
    found: str | None = None


@dataclass(frozen=True)
class Result:
    """What a refresh did: one outcome an archive, the check results, and the published file (None: nothing was new).

    `differences` says of each release that came in what it differs by from the governing one before it.
    """

    outcomes: tuple[Outcome, ...]
    checks: tuple[CheckResult, ...] = ()
    published: Path | None = None
    notes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The archives that could not be loaded."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")

    @property
    def loaded(self) -> tuple[Outcome, ...]:
        """The archives that became a new edition of a release."""
        return tuple(outcome for outcome in self.outcomes if outcome.status in ("loaded", "new_edition"))


def say(stage: str, release: str, message: str) -> None:
    """Logs a message that names the release and the stage."""
    logger.info("%-10s %-9s %s", release, stage, message, extra={"pfs_stage": stage, "pfs_release": release})


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
        return run(home, replace(plan, notes=(*offered.notes, *plan.notes), named=wanted.labels), steps)


def sentence(result: Result) -> str:
    """What a run did in one line: what failed comes first."""
    parts = [f"{outcome.name} failed: {outcome.detail}" for outcome in result.failed]
    if result.loaded:
        parts.append(f"{', '.join(str(outcome.release_id) for outcome in result.loaded)} loaded.")
    if back := [str(outcome.label) for outcome in result.outcomes if outcome.status == "held"]:
        parts.append(f"{', '.join(back)} held back since a rollback.")
    if unchanged := sum(outcome.status == "unchanged" for outcome in result.outcomes):
        parts.append(f"{unchanged} {'archive holds' if unchanged == 1 else 'archives hold'} nothing new.")
    if not result.outcomes:
        parts.append("The source has no release that was asked for.")
    parts.append(f"Published {result.published}." if result.published else "Nothing was published.")
    return clean(" ".join(parts))


# --- the steps -----------------------------------------------------------------------------------------------------------


def finish(home: Home, build: Path, con: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Stages derive, check and publish for a build."""
    from warehouse.accepted import load_accepted
    from warehouse.check import check

    load_accepted(con, home)
    con.execute("reset threads")  # loading is best done by one
    derive(con)
    say("derive", "all", "macros and views made")
    results = check(con)
    warned = [result for result in results if result.rows_found]
    say("check", "all", f"{len(results)} checks passed, {len(warned)} with warnings")
    publish.close_build(con)
    kept = publish.publish(home, build)
    say("publish", "all", f"{home.published}" + (f"; the one before it is {kept}" if kept else ""))
    return results


# --- the run -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Steps:
    """What a run calls for each coarse step: once an archive, and `finish` once a build.

    `progress` is told the stage (fetch, load), how many archives have been through it, and how many there are.
    """

    fetch: Callable[[Candidate, Home], Fetched] = fetch_archive
    read: Callable[[Archive], ReleaseContent] = read_archive
    load: Callable[[duckdb.DuckDBPyConnection, ReleaseContent], str] = load.load_release
    finish: Callable[[Home, Path, duckdb.DuckDBPyConnection], list[CheckResult]] = finish
    progress: Callable[[str, int, int], None] = lambda *_: None


def run(home: Home, plan: Plan, steps: Steps) -> Result:
    """Carries out a plan with the given steps. Nothing is built when there is nothing new."""
    for note in plan.notes:
        say("refresh", "all", note)
    outcomes, archives = _bring_in(home, plan, steps)
    if not archives and not plan.reload:
        return Result(tuple(outcomes), notes=plan.notes)
    with _build(home, plan, archives) as (build, con):
        loaded = _load_all(con, [*_again(home, plan), *archives], steps)
        _require_nothing_lost(loaded[: len(plan.reload)])
        outcomes += loaded
        if not any(outcome.status in ("loaded", "new_edition") for outcome in outcomes):
            return Result(tuple(outcomes), notes=plan.notes)
        # What is stored a release may follow from a reference file too: then all of it is derived anew when one came.
        if not plan.starts_empty and not any(
            shapes_releases(str(archive.reference)) for archive in archives if archive.reference
        ):
            only_new(con, [str(outcome.release_id) for outcome in loaded if outcome.status in ("loaded", "new_edition")])
        checks = steps.finish(home, build, con)
    fresh = [str(outcome.release_id) for outcome in outcomes if outcome.status in ("loaded", "new_edition")]
    said = what_differs(home, fresh) if checks else ()  # what was not derived and checked is not compared either
    return Result(tuple(outcomes), tuple(checks), home.published, plan.notes, said)


def _bring_in(home: Home, plan: Plan, steps: Steps) -> tuple[list[Outcome], list[Archive]]:
    """Fetches every candidate; what is already loaded becomes an outcome, the rest an archive to read."""
    outcomes: list[Outcome] = []
    archives: dict[str, Archive] = {}
    store = RawStore(home.raw)
    for number, candidate in enumerate(plan.candidates):
        steps.progress("fetch", number, len(plan.candidates))
        release = candidate.label or candidate.name
        try:
            fetched = steps.fetch(candidate, home)
        except PfsError as error:
            say("fetch", release, f"failed: {error}")
            outcomes.append(Outcome(candidate.name, candidate.label, "failed", str(error), error=error, found=candidate.found))
            continue
        found = finding(candidate, fetched, store)
        if (loaded := plan.known.get(fetched.sha256)) is not None:
            detail = f"{loaded} holds this archive already."
            outcomes.append(Outcome(candidate.name, candidate.label, "unchanged", detail, loaded, found=found))
        elif fetched.sha256 in plan.held.archives and candidate.label not in plan.named:
            outcomes.append(_held_back(candidate, plan, fetched.sha256, found))
        elif fetched.sha256 in archives:
            detail = f"the same bytes as {archives[fetched.sha256].name}."
            outcomes.append(Outcome(candidate.name, candidate.label, "unchanged", detail, found=found))
        else:
            say("fetch", release, f"{fetched.size:,} bytes, sha256 {fetched.sha256[:12]}")
            archives[fetched.sha256] = _archive(candidate, fetched, found)
    return outcomes, list(archives.values())


def _held_back(candidate: Candidate, plan: Plan, sha256: str, found: str | None) -> Outcome:
    held, named = plan.held.archives[sha256], candidate.label or "it by its label"
    detail = (
        f"{held} was taken back by a rollback on {plan.held.at[:10]} and is not loaded again by itself: 'pfs refresh {named}' "
        "does, 'pfs rollback --undo' publishes the warehouse of then."
    )
    say("fetch", held, f"held back: {detail}")
    return Outcome(candidate.name, candidate.label or held.split(".")[0], "held", detail, found=found)


def _archive(candidate: Candidate, fetched: Fetched, found: str | None) -> Archive:
    from flows.normalize.release import Archive

    name = candidate.name if candidate.label else fetched.name
    source_url = SAMPLE if candidate.is_sample else fetched.source_url
    archive = Archive(fetched.path, fetched.sha256, name, source_url, candidate.is_sample)
    return replace(archive, found=found, wanted=candidate.wanted, reference=candidate.reference, label=candidate.label)


def _again(home: Home, plan: Plan) -> Iterator[Archive]:
    from flows.normalize.release import Archive

    store = RawStore(home.raw)
    for row in plan.reload:
        path = store.verify(row["archive_sha256"])
        archive = Archive(path, row["archive_sha256"], row["archive_name"], row["source_url"], row["is_sample"], row["loaded_at"])
        yield replace(archive, reference=row.get("reference"), label=row["label"])


def _require_nothing_lost(again: list[Outcome]) -> None:
    """A release that was loaded before must be in the new warehouse too, or the new one is not published."""
    lost = [outcome for outcome in again if outcome.status == "failed"]
    if lost:
        raise WarehouseError(
            f"{len(lost)} of {len(again)} archives that are loaded cannot be read with the definitions of now: "
            f"{' '.join(outcome.detail for outcome in lost[:5])} Nothing was published; the warehouse of before still stands."
        ) from lost[0].error


@contextmanager
def _build(home: Home, plan: Plan, archives: list[Archive]) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """A build to load into; when anything fails it is removed, and the published warehouse was not touched.

    An error of the disk that stage load, derive, check or publish runs into becomes a WarehouseError here.
    """
    path = publish.new_build(home, plan.starts_empty, sum(archive.path.stat().st_size for archive in archives))
    con = publish.open_build(path)
    try:
        if plan.starts_empty:  # else the build is a copy of a warehouse that was made with the same definitions
            schema.create_tables(con)
            con.execute("insert into warehouse_fact values ('definition_hash', ?)", [definition_hash()])
        yield path, con
    except (duckdb.IOException, duckdb.FatalException, OSError) as fault:
        raise WarehouseError(
            f"The build in {home.building} was cut off: {str(fault).splitlines()[0]}. Nothing was published; the warehouse of "
            "before still stands. Free some space or give the right to write there, and refresh again."
        ) from fault
    finally:
        con.close()
        publish.clear_building(home)


def _load_all(con: duckdb.DuckDBPyConnection, archives: list[Archive], steps: Steps) -> list[Outcome]:
    """Loads the archives in their order; while one is loaded, the next one is read in a thread, no more than that one."""
    outcomes = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read") as reader:
        # Each in a copy of this context: steps may depend on it, as Prefect's tasks do.
        reading = [reader.submit(copy_context().run, steps.read, archive) for archive in archives[:1]]
        for number, archive in enumerate(archives, start=1):
            reading += [reader.submit(copy_context().run, steps.read, after) for after in archives[number : number + 1]]
            outcomes.append(_load(con, archive, reading.pop(0), steps))
            steps.progress("load", number, len(archives))
            if number % _SETTLE_AFTER == 0:
                publish.settle(con)
    return outcomes


def _load(con: duckdb.DuckDBPyConnection, archive: Archive, reading: Future[ReleaseContent], steps: Steps) -> Outcome:
    try:
        content = reading.result()
        if archive.wanted and not archive.wanted.includes(content.label):
            detail = f"By its content this is {content.label}, which was not asked for."
            return Outcome(archive.name, content.label, "skipped", detail, found=archive.found)
        same = load.known_content(con, archive.sha256, content.release["content_sha256"], content.header)
        if same is not None:
            detail = f"{same} has the same members; only the zip differs."
            return Outcome(archive.name, content.label, "unchanged", detail, same, found=archive.found)
        for note in content.notes:
            say("normalize", content.label, note)
        release_id = steps.load(con, content)
    except WarehouseError:  # of the home, not of this archive
        raise
    except PfsError as error:
        say("extract" if isinstance(error, LayoutError) else "load", archive.name, f"failed: {error}")
        return Outcome(archive.name, None, "failed", str(error), error=error, found=archive.found)
    rows = {name: content.frames[name].height for name in _COUNTED if name in content.frames}
    counted = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    said = (
        f"{counted}.",
        kept_out(content),
        what_changed(con, release_id),
        renamed(archive.name, content.label),
        unheard_of(content),
    )
    detail = " ".join(part for part in said if part)
    say("load", release_id, detail)
    status = "loaded" if release_id == content.label else "new_edition"
    return Outcome(archive.name, content.label, status, detail, release_id, rows, found=archive.found)
