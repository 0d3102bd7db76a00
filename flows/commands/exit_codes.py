"""The exit codes of the command, so that a scheduler can tell what happened."""

from __future__ import annotations

from warehouse.errors import CheckError, PfsError, SourceUnavailableError, UsageError

OK, ERROR, USAGE, CHECK, UNREACHABLE, PARTLY = 0, 1, 2, 3, 4, 5
INTERRUPTED = 130


def exit_code(error: PfsError) -> int:
    """The exit code for an error that ended a command."""
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, CheckError):
        return CHECK
    return UNREACHABLE if isinstance(error, SourceUnavailableError) else ERROR
