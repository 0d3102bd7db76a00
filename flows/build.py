"""One build: archives read and loaded, then stages derive, check and publish; and another one without what a check stopped.

Reads the raw store; writes the build, and publishes it. A release that cannot be loaded leaves nothing behind and does not keep
the others from being loaded, nor does one that a check stops, where what it found can be laid to new editions alone
(warehouse/blame.py): the build is made again as if those had never come. Raises `CheckError` when the rest cannot be published
either, and `WarehouseError` when an archive that is loaded would be lost, or the disk refuses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from flows import ending
from flows import plan as planning
from flows.editions import kept_out, renamed, unheard_of, what_changed
from flows.outcome import Finished, Outcome, say, with_failures
from flows.raw_archive import Archive
from warehouse import load, publish, schema
from warehouse.blame import blamed, undecided
from warehouse.dependents import shapes_releases
from warehouse.errors import CheckError, LayoutError, PfsError, WarehouseError, first_line
from warehouse.raw import RawStore
from warehouse.stored import only_new

if TYPE_CHECKING:
    from flows.plan import Plan
    from flows.steps import Steps
    from warehouse.home import Home
    from warehouse.load import ReleaseContent

# Releases between two checkpoints of a build: about as many as fill the first block of rows (122,880) of table rvu.
_SETTLE_AFTER = 7
# Reading takes twice the time of loading; each archive that is read and not yet loaded takes some 60 MB.
_READ_AHEAD = 2
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

# An archive and what is read from it, which may not be there yet.
Reading: TypeAlias = "tuple[Archive, Future[ReleaseContent]]"


@dataclass(frozen=True)
class Built:
    """What a build came to: an outcome an archive, and what is said of the warehouse, None where it was not published."""

    outcomes: tuple[Outcome, ...]
    finished: Finished | None = None

    @property
    def has_release(self) -> bool:
        """Whether a release became a new edition, not only what stands beside releases."""
        return any(outcome.is_new and "rvu" in outcome.rows for outcome in self.outcomes)


def build(home: Home, plan: Plan, archives: list[Archive], steps: Steps) -> Built:
    """Builds and publishes what the plan and these archives make; without those of them that a check stops.

    The outcomes are those of what is read again (`plan.reload`), then those of the archives, in their order.
    """
    stopped: dict[str, Outcome] = {}
    while True:
        rest = [archive for archive in archives if archive.sha256 not in stopped]
        loaded: list[Outcome] = []
        try:
            finished = _build_once(home, plan, rest, steps, loaded)
        except CheckError as error:
            stopped |= _to_be_left_out(error, plan, rest, loaded, stopped)
            continue
        again, new = loaded[: len(plan.reload)], iter(loaded[len(plan.reload) :])
        of_archives = [stopped.get(archive.sha256) or next(new) for archive in archives]
        return Built((*again, *of_archives), finished)


def _to_be_left_out(
    error: CheckError, plan: Plan, archives: list[Archive], loaded: list[Outcome], before: dict[str, Outcome]
) -> dict[str, Outcome]:
    """The outcomes of the archives that a failed check is laid to, by sha256. Raises the error when nothing would be left."""
    of_archives = loaded[len(plan.reload) :]
    new = {str(outcome.release_id): a for a, outcome in zip(archives, of_archives, strict=True) if outcome.is_new}
    said = blamed(error.broken, new, error.order, error.pairs)
    if not said or (len(said) == len(archives) and not plan.reload):
        raise with_failures(_undecided(error, new, said), [*before.values(), *of_archives]) from error
    for release_id, sentence in said.items():
        say("check", release_id, f"stopped: {sentence}")
    return {new[release_id].sha256: _stopped(new[release_id], release_id, sentence) for release_id, sentence in said.items()}


def _build_once(home: Home, plan: Plan, archives: list[Archive], steps: Steps, loaded: list[Outcome]) -> Finished | None:
    """One build, published; adds the outcomes to `loaded`. None when nothing came of it that is worth a publication."""
    # Reading begins first: it takes longer than the copy of the published warehouse.
    with _reading([*_again(home, plan), *archives], steps) as read, _open(home, plan, archives) as (path, con):
        loaded += _load_each(con, read, len(plan.reload) + len(archives), steps)
        _require_nothing_lost(loaded[: len(plan.reload)])
        fresh = [str(outcome.release_id) for outcome in loaded if outcome.is_new]
        if not fresh or (plan.sets_sample_aside and not Built(tuple(loaded)).has_release):
            return None
        # What is stored a release may follow from a reference file too: then all of it is derived anew when one came.
        references = [archive.reference for archive in archives if archive.reference]
        if not plan.starts_empty and not any(shapes_releases(reference) for reference in references):
            only_new(con, fresh)
        return steps.finish(home, path, con, fresh)


def _stopped(archive: Archive, release_id: str, sentence: str) -> Outcome:
    # Another archive may become the release of this name, when this one is as if it had never come.
    detail = f"{sentence} {release_id} of {archive.name} (sha256 {archive.sha256[:12]}) was not loaded."
    label = release_id.split(".")[0]
    return Outcome(archive.name, label, "failed", detail, error=CheckError(detail), found=archive.found)


def _undecided(error: CheckError, new: Mapping[str, Archive], said: Mapping[str, str]) -> CheckError:
    """The error, with what to do where releases differ and nothing tells which of them is at fault."""
    names = [] if said else undecided(error.broken, new)
    if not names:
        return error
    return CheckError(
        f"{error} Nothing tells which of {', '.join(names)} is at fault: refresh one that you trust by its name (pfs refresh "
        f"{names[0].split('.')[0]}, say); the others are then held against it."
    )


def _again(home: Home, plan: Plan) -> Iterator[Archive]:
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
def _open(home: Home, plan: Plan, archives: list[Archive]) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """A build to load into; when anything fails it is removed, and the published warehouse was not touched.

    An error of the disk that stage load, derive, check or publish runs into becomes a WarehouseError here.
    """
    from warehouse.accepted import load_accepted

    path = publish.new_build(home, plan.starts_empty, sum(archive.path.stat().st_size for archive in archives))
    try:
        with _closing(publish.open_build(path), path) as con:
            if plan.starts_empty:  # else the build is a copy of a warehouse that was made with the same definitions
                schema.create_tables(con)
                con.execute("insert into warehouse_fact values ('definition_hash', ?)", [planning.definition_hash()])
            load_accepted(con, home)  # here, where a long reading is waited for
            yield path, con
    except (duckdb.IOException, duckdb.FatalException, OSError) as fault:
        raise WarehouseError(
            f"The build in {home.building} was cut off: {first_line(fault)}. Nothing was published; the warehouse of "
            "before still stands. Free some space or give the right to write there, and refresh again."
        ) from fault
    finally:
        publish.clear_building(home)


@contextmanager
def _closing(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Closes the connection of a build. Where it was published, that goes on beside what follows: it gives much memory back."""
    try:
        yield con
    finally:
        closing = Thread(target=_close, args=(con,), name="close")
        closing.start()
        if path.exists():  # not published: it is open still, and Windows removes no open file
            closing.join()


def _close(con: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # the warehouse is published, or was given up
        con.close()


def load_all(con: duckdb.DuckDBPyConnection, archives: list[Archive], steps: Steps) -> list[Outcome]:
    """Loads the archives in their order; while one is loaded, the next ones are read in threads, no more than `_READ_AHEAD`."""
    with _reading(archives, steps) as read:
        return _load_each(con, read, len(archives), steps)


@contextmanager
def _reading(archives: list[Archive], steps: Steps) -> Iterator[Iterator[Reading]]:
    """Begins to read the archives in threads. What it gives has each one with its content to come, and begins the next one."""
    waiting: deque[Reading] = deque()
    rest = iter(archives)
    with ThreadPoolExecutor(max_workers=_READ_AHEAD, thread_name_prefix="read") as reader:

        def begin(count: int) -> None:
            # Each in a copy of this context: steps may depend on it, as Prefect's tasks do.
            waiting.extend((archive, reader.submit(copy_context().run, steps.read, archive)) for archive in islice(rest, count))

        def in_order() -> Iterator[Reading]:
            while waiting:
                begin(1)
                yield waiting.popleft()

        begin(_READ_AHEAD)
        yield in_order()


def _load_each(con: duckdb.DuckDBPyConnection, read: Iterator[Reading], count: int, steps: Steps) -> list[Outcome]:
    outcomes = []
    for number, (archive, reading) in enumerate(read, start=1):
        ending.heed()
        outcomes.append(_load(con, archive, reading, steps))
        steps.progress("load", number, count)
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
        detail = f"{error} The file is {archive.sha256}.zip." if archive.is_by_hash else str(error)
        say("extract" if isinstance(error, LayoutError) else "load", archive.name, f"failed: {detail}")
        return Outcome(archive.name, None, "failed", detail, error=error, found=archive.found)
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
