"""The exit codes of the command, so that a scheduler can tell what happened."""

from __future__ import annotations

from warehouse.errors import CheckError, LockedError, PfsError, SourceUnavailableError, UsageError

OK, ERROR, USAGE, CHECK, UNREACHABLE, PARTLY, LOCKED = 0, 1, 2, 3, 4, 5, 6
NOTHING_NEW = 10
INTERRUPTED, TERMINATED = 130, 143

_CODES: tuple[tuple[type[PfsError], int], ...] = (
    (UsageError, USAGE),
    (CheckError, CHECK),
    (LockedError, LOCKED),
    (SourceUnavailableError, UNREACHABLE),
)


def exit_code(error: PfsError) -> int:
    """The exit code for an error that ended a command."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ERROR)
