"""A request to end a command (Ctrl-C, or a scheduler's signal), kept until it is heeded.

Python raises it in whatever the main thread runs. Where that is a statement of DuckDB, DuckDB puts an error of its own in its
place, or, where it was looking for a module, goes on as if nothing had been asked.
"""

from __future__ import annotations

import signal
import sys
from threading import Event

from flows.commands.exit_codes import TERMINATED

_asked: list[BaseException] = []
_is_late = Event()


def listen() -> None:
    """From here on both signals are noted and raised, as KeyboardInterrupt and as SystemExit. For the main thread only."""
    _asked.clear()
    _is_late.clear()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)


def heed() -> None:
    """Raises what was asked for, in the place of what became of it; nothing where nothing was."""
    if _asked:
        raise _asked[0] from None


def too_late() -> None:
    """From here on neither is heard: a warehouse is published, and what remains is to say so."""
    _is_late.set()


def _interrupt(_number: int, _frame: object) -> None:
    if not _is_late.is_set():
        _ask(KeyboardInterrupt())


def _terminate(_number: int, _frame: object) -> None:
    """As systemd, Prefect and kill ask: like Ctrl-C, so that the build is cleared away and the lock is freed."""
    if not _is_late.is_set():
        print("pfs: told to end; the build is thrown away.", file=sys.stderr)
        _ask(SystemExit(TERMINATED))


def _ask(request: BaseException) -> None:
    _asked.append(request)
    raise request
