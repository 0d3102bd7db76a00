"""The command `pfs` (and `python -m flows`): arguments in, one command module called, errors shown as sentences.

Exit codes: 0 done (for `pfs refresh`: published, or nothing was new), 1 an error, 2 wrong arguments, 3 stopped by a check, or
published amounts differ, 4 the source could not be reached, 5 some releases could not be loaded and the others were, 6 another
refresh is writing, 10 nothing was new (only with --detailed-exit-code), 130 and 143 ended by Ctrl-C and by a signal.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from contextlib import suppress

from cyclopts import App, CycloptsError

from flows.cli import ask, bring, give
from flows.commands.exit_codes import ERROR, INTERRUPTED, OK, USAGE, exit_code
from warehouse.errors import PfsError

app = App(
    name="pfs",
    help="Medicare's Physician Fee Schedule: every release in one DuckDB file, and the dollars that follow from it.",
    version_flags=["--version"],
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # `main` says what it means
)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pfs-warehouse")
    except PackageNotFoundError:
        return "not installed"


app.version = _version
for _command in (
    *(bring.refresh, bring.status, bring.inspect, bring.rollback),
    *(ask.code, ask.price, ask.changes, ask.verify, ask.sql, ask.dictionary),
    *(give.feed, give.export, give.words, give.site, give.serve),
):
    app.command(_command)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; errors are printed as sentences, without a trace.

    A reader that stops reading (`| head`) changes nothing of the exit code; a standard output that cannot be written is an error.
    """
    tokens = sys.argv[1:] if arguments is None else arguments
    try:
        result = app(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        print(f"pfs: {_usage(error)} {_where_help(tokens)} shows what is possible.", file=sys.stderr)
        return USAGE
    except PfsError as error:
        from flows.notify import without_secrets
        from flows.plain import clean

        print(f"pfs: {without_secrets(clean(error))}", file=sys.stderr)
        return exit_code(error)
    except BrokenPipeError:
        _say_no_more()
        return OK
    except OSError as fault:
        if fault.errno != errno.ENOSPC or fault.filename:
            raise
        return _unwritten(fault)
    except KeyboardInterrupt:
        return _interrupted()
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # which came while DuckDB ran a statement
            return _interrupted()
        raise
    code = result if isinstance(result, int) else OK
    return _out(code)


def _out(code: int) -> int:
    """Sends off what was printed; the exit code, of an error where it cannot be written."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:
        _say_no_more()
    except OSError as fault:
        return code or _unwritten(fault)
    return code


def _unwritten(fault: OSError) -> int:
    _say_no_more()
    print(f"pfs: the standard output cannot be written: {fault.strerror}. Whatever else was asked for was done.", file=sys.stderr)
    return ERROR


def _say_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted() -> int:
    print("pfs: stopped; what was published is as it was.", file=sys.stderr)
    return INTERRUPTED


def _usage(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?")) else text + "."


def _where_help(tokens: list[str]) -> str:
    known = {name for name in app if not name.startswith("-")}
    return f"'pfs {tokens[0]} --help'" if tokens and tokens[0] in known else "'pfs --help'"


def script() -> None:
    """The console script: ends the process with the exit code.

    At once, when all is said: to give the memory of a refresh back piece by piece takes a seventh of a second. Not where Prefect
    ran, which has something to end of its own.
    """
    code = main()
    if "prefect" in sys.modules:
        from flows import ending

        ending.stay_late()
        raise SystemExit(code)
    logging.shutdown()
    for stream in filter(None, (sys.stdout, sys.stderr)):  # either may be closed
        with suppress(OSError):
            stream.flush()
    os._exit(code)
