"""The Prefect flow `refresh`: the steps of flows/steps.py as task runs, with retries, logs and artifacts.

One task run for each coarse step and release. A release that fails fails its own task run and the others go on; the flow run
is Failed when anything failed, and its message says what was published all the same. Prefect is imported in the modules
of this folder only; `flows.flow.run.run_flow` calls the flow from the command line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.logging.handlers import APILogHandler
from prefect.states import Completed, Failed
from prefect.tasks import Task

from flows import bring, ending, notify, steps
from flows import refresh as stages
from flows.discover.discover import Wanted
from flows.flow import report as flow_report
from warehouse.errors import PfsError, SourceUnavailableError
from warehouse.home import Home
from warehouse.home import home as usual_home
from warehouse.load import load_release

logger = logging.getLogger("pfs")

# What a step gives are frames and paths of this machine: nothing of it is stored, and no step is skipped because an earlier
# run had the same input; the raw store and the content hashes know better what is there already.
_UNSTORED: dict[str, Any] = {"persist_result": False, "cache_policy": NO_CACHE}
_WAITS: list[float] = [15, 60]


def _is_unavailable(_task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Whether another attempt may succeed, which is then announced."""
    if not isinstance(state.result(raise_on_failure=False), SourceUnavailableError):
        return False
    logger.warning("%s: the source cannot be reached; another try in %d s", run.name, _WAITS[min(run.run_count, len(_WAITS)) - 1])
    return True


# fetch tries six times by itself; the two more tries of its task are for a source that is down for longer.
_fetch_archive = task(
    name="fetch-archive",
    task_run_name="fetch-archive {candidate.name}",
    retries=len(_WAITS),
    retry_delay_seconds=_WAITS,
    retry_condition_fn=_is_unavailable,
    **_UNSTORED,
)(bring.fetch_archive)
_read_release = task(name="read-release", task_run_name="read-release {archive.name}", **_UNSTORED)(bring.read_archive)
_load_release = task(name="load-release", task_run_name="load-release {content.label}", **_UNSTORED)(load_release)
_finish = task(name="derive-check-publish", task_run_name="derive-check-publish", **_UNSTORED)(steps.finish)
_TASKS = steps.Steps(_fetch_archive, _read_release, _load_release, _finish)


@flow(name="refresh", flow_run_name="refresh from {source}", persist_result=False)
def refresh(
    source: str = "cms",
    releases: list[str] | None = None,
    years: list[int] | None = None,
    all_releases: bool = False,
    home: str | None = None,
    today: date | None = None,
    wait_seconds: float = stages.LOCK_SECONDS,
) -> State[Any]:
    """Brings in releases, checks them, and publishes the warehouse.

    Args:
        source: cms (the catalogue's addresses), sample (embedded), an address, a folder or an archive.
        releases: Labels of releases, such as RVU25D, or the name of one reference file: rbcs or utilisation. Neither these nor
            years: this year and the next.
        years: All releases of these years.
        all_releases: Every release that the source has.
        home: The folder of the warehouse; without it, PFS_HOME or the usual place.
        today: The day of the run, which decides what this year is; without it, today.
        wait_seconds: How long to wait for another refresh that is writing to the same home.
    """
    ending.listen_again()
    ending.heed()
    place = Home(Path(home)) if home else usual_home()
    wanted = Wanted.of(releases or (), years or (), all_releases)
    day = today or date.today()  # noqa: DTZ011  the operator's day
    with _logs_to_prefect():
        try:
            result = stages.refresh(place, source, wanted, day, replace(_TASKS, progress=_progress()), wait_seconds)
        except PfsError as error:
            logger.error("stopped: %s", error)
            _show(flow_report.failure_report(source, error))
            return Failed(message=str(error), data=error)
        changes, members = flow_report.change_rows(place, result), flow_report.member_rows(place, result)
        _show(flow_report.report(source, result, changes), members)
        state = Failed if result.failed else Completed
        return state(message=stages.sentence(result), data=result)


def _progress() -> Callable[[str, int, int], None]:
    """Shows how many archives were fetched, and read and loaded, on the page of the run; each half of the bar is one of them."""
    made: list[UUID] = []

    def show(stage: str, done: int, count: int) -> None:
        percent = round(50 * done / max(count, 1) + (50 if stage == "load" else 0), 1)
        said = f"{stage}: {done} of {count}"
        try:
            if made:
                update_progress_artifact(made[0], progress=percent, description=said)
            else:
                made.append(cast("UUID", create_progress_artifact(percent, key="refresh-progress", description=said)))
        except Exception as error:  # the bar is not worth the run
            logger.debug("The progress of the run could not be sent to Prefect: %s", error)

    return show


def _show(report: str, members: list[dict[str, Any]] | None = None) -> None:
    """Makes the artifacts. The warehouse is published by then: a report that cannot be sent must not undo that."""
    try:
        if evidence := flow_report.evidence_address():
            said = "Amounts that CMS published, compared with this pipeline's, to the cent"
            create_link_artifact(evidence, "The evidence", key="refresh-evidence", description=said)
        create_markdown_artifact(report, key="refresh-report", description="What was loaded, unchanged or failed; the checks")
        if members:
            create_table_artifact(members, key="refresh-members", description="Members and the account of their lines")
    except Exception as error:  # whatever Prefect raises when its server is gone
        logger.warning("The report of the run could not be sent to Prefect: %s", notify.without_secrets(str(error)))


@contextmanager
def _logs_to_prefect() -> Iterator[None]:
    """Sends what the stages log to the run's page, as lines of the task run in which they were said."""
    handler, level = _RunLogs(), logger.level
    ours = (logger, logging.getLogger("flows"))  # the second: modules that log under their own name, such as flows.fetch.download
    for each in ours:
        each.addHandler(handler)
    if not logger.isEnabledFor(logging.INFO):
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for each in ours:
            each.removeHandler(handler)
        logger.setLevel(level)


class _RunLogs(APILogHandler):
    """Prefect's own handler, but for runs only: a line from a thread without one would raise a warning."""

    def emit(self, record: logging.LogRecord) -> None:
        if FlowRunContext.get() is not None:
            super().emit(record)
