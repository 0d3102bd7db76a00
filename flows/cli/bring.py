"""Commands that bring releases in and keep the warehouse: arguments in, the command module called."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from flows.cli.options import Json


def refresh(
    *releases: str,
    year: Annotated[list[int] | None, Parameter(negative="", consume_multiple=True)] = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    source: str = "cms",
    direct: Annotated[bool, Parameter(negative="")] = False,
    wait: float = 5.0,
    detailed_exit_code: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> int:
    """Bring in releases, check them, and publish the warehouse.

    Without names, every release of this year and the next that is not loaded yet. Two reference files are sources of their own:
    `rbcs` (what kind of service a code is) and `utilisation` (which specialties use it; some 750 MB a year).

    Examples: `pfs refresh --source sample` tries it without network;
    `pfs refresh --source ~/cms-archives --all` loads a folder of archives;
    `pfs refresh RVU26D` brings one release from CMS;
    `pfs refresh rbcs` and `pfs refresh utilisation --year 2023` bring reference files, from CMS's data catalogue.

    Parameters
    ----------
    releases
        Labels of releases, such as RVU25D; or one of rbcs and utilisation.
    year
        All releases of these years: --year 2024 2025.
    all_
        Every release that the source has.
    source
        cms (its pages, held against the catalogue), sample (embedded, no network), an address, a folder or an archive. For rbcs
        and utilisation also a csv file, and the address of a data catalogue (data.json).
    direct
        Run the same stages without Prefect.
    wait
        Seconds to wait for another refresh that is writing; then exit code 6.
    detailed_exit_code
        Exit code 10 instead of 0 when nothing was new.
    quiet
        Print nothing when nothing was new, and no progress: for cron, which mails what is printed.
    json
        Print one JSON document, for programs.
    """
    # On Linux, DuckDB keeps the memory that one thread gave back for that thread. The few threads of a build do better with one
    # store of it: to add a release takes 80 MB less. Read when DuckDB is loaded; where it knows no such setting, nothing happens.
    os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", "narenas:1")
    from flows.commands.refresh import Manner, command

    return command(releases, year or [], all_, source, Manner(direct, json, detailed_exit_code, quiet, wait))


def status(
    *,
    members: Annotated[bool, Parameter(negative="")] = False,
    rejected: Annotated[bool, Parameter(negative="")] = False,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Json = False,
) -> int:
    """What is loaded, what governs, what is superseded, missing or rejected.

    Example: `pfs status --members` accounts for every line of every member.

    Parameters
    ----------
    members
        Show every member with the account of its lines.
    rejected
        Show every rejected row with its line and reason.
    all_
        Show which release governs each date of service since 2003, whether it is loaded, and the gaps with their reasons.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.status import command

    return command(members, rejected, all_, json)


def inspect(file: str, /, *, json: Json = False) -> int:
    """What a file is, which layout fits each member, or how the nearest one differs and the row to add.

    Example: `pfs inspect ~/cms-archives/RVU27A.zip`

    Parameters
    ----------
    file
        An archive of relative value files or one of its members, a ZIP code file, or a payment amount file.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.inspect import command

    return command(file, json)


def rollback(*, undo: Annotated[bool, Parameter(negative="")] = False, json: Json = False) -> int:
    """Publish the previous warehouse again, and leave alone what only the one taken back holds.

    Repeated, it goes further back. `pfs status` names the warehouses that are kept.

    Example: `pfs rollback`

    Parameters
    ----------
    undo
        Publish again what the last rollback took back.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.rollback import command

    return command(undo, json)
