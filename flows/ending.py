"""A request to end a command (Ctrl-C, or a scheduler's signal), kept until it is heeded.

Python raises it in whatever the main thread runs. Where that is a statement of DuckDB, DuckDB puts an error of its own in its
place, or, where it was looking for a module, goes on as if nothing had been asked; Prefect does both, where it makes a message.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from threading import Event, current_thread, main_thread

from flows.commands.exit_codes import TERMINATED

_asked: list[BaseException] = []
_is_late = Event()
_listens = Event()


def listen() -> None:
    """From here on both signals are noted and raised, as KeyboardInterrupt and as SystemExit. For the main thread only."""
    _asked.clear()
    _is_late.clear()
    _listens.set()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)


def listen_again() -> None:
    """Takes SIGTERM back from Prefect, whose engine takes it for the time of a flow run, where a command is listening.

    Prefect would raise an error of its own, which DuckDB hides and which knows nothing of what is too late. A flow that a worker
    runs is left to Prefect, which tells a cancelled run by it.
    """
    if _listens.is_set() and current_thread() is main_thread():
        signal.signal(signal.SIGTERM, _terminate)


def heed() -> None:
    """Raises what was asked for, in the place of what became of it; nothing where nothing was."""
    if _asked:
        raise _asked[0] from None


def too_late() -> None:
    """From here on neither is heard: a warehouse is published, and what remains is to say so."""
    _is_late.set()


def stay_late() -> None:
    """As `too_late` says until the process is gone: Python takes its handlers back before that, and a signal would end it."""
    if _is_late.is_set():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _interrupt(_number: int, _frame: object) -> None:
    if not _is_late.is_set():
        request = KeyboardInterrupt()
        _asked.append(request)
        raise request


def _terminate(_number: int, _frame: object) -> None:
    """As systemd, Prefect and kill ask: like Ctrl-C, so that the build is cleared away and the lock is freed."""
    if not _is_late.is_set():
        request = SystemExit(TERMINATED)
        _asked.append(request)
        if len(_asked) == 1:  # a second request may come while the build is cleared away
            with suppress(OSError, RuntimeError, ValueError):  # nobody listens, or the signal came in the middle of a line
                print("pfs: told to end; the build is thrown away.", file=sys.stderr)
        raise request
