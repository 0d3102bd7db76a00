"""The flow from the command line: with the user's Prefect server, or with a temporary one, and without noise.

Reads Prefect's settings (environment, profile); writes what the flow writes. Raises what the refresh raises, and
`PrefectError` when Prefect itself cannot do its part. Prefect takes seconds to load, so it is imported here only when a flow
runs, and while the temporary server is loading in a process beside.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flows import ending, notify
from flows.discover.discover import Wanted
from flows.fetch.download import check_url
from flows.flow.server import PrefectError, TemporaryServer, loopback_without_proxy
from flows.refresh import LOCK_SECONDS
from warehouse.home import Home

if TYPE_CHECKING:
    from prefect import State

    from flows.outcome import Result

_DELIVER_SECONDS = 10.0


def run_flow(home: Home, source: str, wanted: Wanted, today: date, wait_seconds: float = LOCK_SECONDS) -> Result:
    """Runs the flow `refresh` and gives what the refresh gives; an error of the refresh is raised as it was."""
    if urlsplit(source).scheme in ("http", "https"):
        check_url(source)  # before a password in it becomes a parameter of the run
    before = _identity(home)
    with _prefect() as refresh, _quiet_terminal():
        try:
            state = refresh(
                source=source,
                releases=list(wanted.names),
                years=list(wanted.years),
                all_releases=wanted.all,
                home=str(home.root),
                today=today,
                wait_seconds=wait_seconds,
                return_state=True,
            )
            outcome = state.result(raise_on_failure=False)
        except Exception as error:  # errors of the refresh come back in the state; this is Prefect's own
            ending.heed()
            lost = PrefectError(_lost(error, is_published=_identity(home) != before))
            said = notify.error_document(lost)
            notify.tell(home, source, said, said["error"])
            raise lost from error
    if isinstance(outcome, BaseException):
        raise outcome
    return cast("Result", outcome)


def _identity(home: Home) -> tuple[int, int] | None:
    """Which file is published: a publication replaces it."""
    try:
        found = home.published.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _lost(error: Exception, is_published: bool) -> str:
    fate = "The warehouse was published all the same." if is_published else "Nothing was published."
    return (
        f"Prefect's server did not answer as it should: {notify.without_secrets(str(error)) or type(error).__name__}. {fate} "
        "Check PREFECT_API_URL and that server, or run the refresh with --direct, which needs none."
    )


@contextmanager
def _prefect() -> Iterator[Callable[..., State[Any]]]:
    """The flow, ready to run: with the server of Prefect's settings, or a temporary one when they name none."""
    os.environ.setdefault("DO_NOT_TRACK", "1")  # Prefect reads it when it is imported
    with ExitStack() as stack:
        server = None if os.environ.get("PREFECT_API_URL") else stack.enter_context(TemporaryServer())
        from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, get_current_settings, temporary_settings

        from flows.flow.flow import refresh

        settings = get_current_settings()
        if server and not settings.api.url:
            stack.enter_context(loopback_without_proxy())
            here = {PREFECT_API_URL: server.serve(settings), PREFECT_UI_URL: ""}  # it has no pages
            stack.enter_context(temporary_settings(here))
            stack.callback(_deliver)
        yield refresh


def _deliver() -> None:
    """Sends the logs and events that Prefect still holds; it would do so when Python ends, and the server is gone by then."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=_DELIVER_SECONDS)
    EventsWorker.drain_all(timeout=_DELIVER_SECONDS)


@contextmanager
def _quiet_terminal() -> Iterator[None]:
    """Keeps Prefect's account of its runs out of the terminal; warnings about anything else still come through.

    Prefect hangs a handler on the root logger when it is imported. The address of the run's page, which has everything, is
    let through when there is one. With PREFECT_LOGGING_LEVEL set, nothing is held back.
    """
    handlers = [] if os.environ.get("PREFECT_LOGGING_LEVEL") else logging.getLogger().handlers[:]
    for handler in handlers:
        handler.addFilter(_is_for_the_terminal)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(_is_for_the_terminal)


def _is_for_the_terminal(record: logging.LogRecord) -> bool:
    if record.name.startswith(("prefect.flow_runs", "prefect.task_runs")):
        return record.getMessage().startswith("View at ")
    return record.levelno >= logging.WARNING or not record.name.startswith(("prefect", "httpx", "httpcore", "websockets"))
