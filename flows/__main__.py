"""`python -m flows`, and the console script `pfs`, which are the same command."""

from __future__ import annotations

import gc
import sys


def script() -> None:
    """Runs the command, and answers Ctrl-C in a sentence while its modules are still loaded, as the command does from then on."""
    # What is loaded stays: to look through it for what could be freed, after each 700 new objects, is for nothing.
    gc.set_threshold(100_000, 10, 10)
    try:
        from flows.cli import script as command
    except KeyboardInterrupt:
        print("pfs: stopped before it began.", file=sys.stderr)
        sys.exit(130)  # INTERRUPTED of flows/commands/exit_codes.py, which may not be loaded yet
    command()


if __name__ == "__main__":
    script()
