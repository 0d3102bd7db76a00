"""The command `pfs` (and `python -m flows`): arguments in, one command module called, errors shown as sentences.

Exit codes: 0 done (for `pfs refresh`: published, or nothing was new), 1 an error, 2 wrong arguments, 3 stopped by a check, or
published amounts differ, 4 the source could not be reached, 5 some releases could not be loaded and the others were, 6 another
refresh is writing, 10 nothing was new (only with --detailed-exit-code), 130 and 143 ended by Ctrl-C and by a signal.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from flows.commands.exit_codes import INTERRUPTED, OK, USAGE, exit_code
from warehouse.errors import PfsError

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document, for programs.")]

app = App(
    name="pfs",
    help="Medicare's Physician Fee Schedule: every release in one DuckDB file, and the dollars that follow from it.",
    version_flags=["--version"],
    result_action="return_value",
)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pfs-warehouse")
    except PackageNotFoundError:
        return "not installed"


app.version = _version


@app.command
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
    from flows.commands.refresh import Manner, command

    return command(releases, year or [], all_, source, Manner(direct, json, detailed_exit_code, quiet, wait))


@app.command
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


@app.command
def code(
    code: str,
    /,
    *,
    modifier: str = "",
    on: str | None = None,
    release: str | None = None,
    plot: str | None = None,
    json: Json = False,
) -> int:
    """The page of a code: RVUs, indicators in words, payments, and its history over the loaded releases.

    Examples: `pfs code 17340 --on 2026-05-01`; `pfs code 17340 --plot 17340.svg`

    Parameters
    ----------
    code
        A CPT or HCPCS code, five characters.
    modifier
        Show the history of this modifier: 26, TC or 53.
    on
        Date of service, YYYY-MM-DD; without it, the newest loaded release answers.
    release
        A loaded release, such as RVU25D, instead of a date.
    plot
        Also draw the code to this file (.svg, .png or .pdf); needs the extra `plots`.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.code import command

    return command(code, modifier, on, release, plot, json)


@app.command
def price(
    *codes: str,
    modifier: str = "",
    mac: str | None = None,
    locality: str | None = None,
    zip_: Annotated[str | None, Parameter(name="--zip")] = None,
    county: str | None = None,
    on: str | None = None,
    known_on: str | None = None,
    corrected: Annotated[bool, Parameter(negative="")] = False,
    release: str | None = None,
    qp: Annotated[bool, Parameter(negative="")] = False,
    pos: str | None = None,
    practitioner: str = "physician",
    nonpar: Annotated[bool, Parameter(negative="")] = False,
    claim: str | None = None,
    minutes: int | None = None,
    base_units: str | None = None,
    json: Json = False,
) -> int:
    """The dollars for a code or the lines of a claim, the steps they come from, and why there are none where there are none.

    A line is a code with its modifiers and units: 27447-50, 99213-25, 97110-GPx3. The lines of a claim are those of one
    practitioner, patient and day; docs/PRICING.md says which rules apply. Without a place, the national amount (every geographic
    index is 1).

    Examples: `pfs price 99213 --mac 10112 --locality 00 --on 2026-05-01`;
    `pfs price 27447-50 99213-25 70450-TC --zip 35203 --on 2025-11-03 --pos 22`;
    `pfs price 00840-AA --minutes 95 --base-units 6 --mac 10112 --locality 00`

    Parameters
    ----------
    codes
        CPT or HCPCS codes, five characters, with modifiers (-50) and units (x3).
    modifier
        A modifier of the only code, for example 26 professional component, TC technical component.
    mac
        Number of the contractor, five digits.
    locality
        Number of the locality, two digits; only together with --mac.
    zip_
        ZIP code instead of --mac and --locality, five or nine digits; needs CMS's ZIP code file.
    county
        County of the ZIP code, where the ZIP code alone does not decide the locality.
    on
        Date of service, YYYY-MM-DD, whose law and release hold; without it, the newest loaded release answers.
    known_on
        Answer as it was known on this date, YYYY-MM-DD; only together with --on.
    corrected
        With the RVUs that later releases of the year corrected; only together with --on.
    release
        A loaded release, such as RVU25D, with its own conversion factor, instead of a date.
    qp
        For a qualifying participant of an advanced alternative payment model (from 2026).
    pos
        Place of service code, such as 11 or 22: the amount of its setting comes first.
    practitioner
        Who is no physician is paid a part: np, pa, cns, cnm (nurse midwife), csw (social worker), rd (dietitian), mft, mhc.
    nonpar
        For a physician who does not participate in Medicare: 95 %, and the limiting charge.
    claim
        A csv file of lines with the columns code, modifiers and units.
    minutes
        Minutes of anesthesia.
    base_units
        Base units of the anesthesia code; without them, those of anesthesia_base_units.csv in the home folder.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.price import Asked, command

    asked = Asked(
        modifier, mac, locality, zip_, county, on, known_on, corrected, release, qp, pos, practitioner, nonpar, claim, minutes,
        base_units, json,
    )  # fmt: skip
    return command(codes, asked)


@app.command
def changes(
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    section: str | None = None,
    kind: Literal[
        "added", "reactivated", "deleted", "status_changed", "revalued", "indicator_changed", "cap_revalued", "unchanged"
    ]
    | None = None,
    limit: int = 20,
    localities: Annotated[bool, Parameter(negative="")] = False,
    plot: str | None = None,
    json: Json = False,
) -> int:
    """What changed between two releases: codes, work RVUs, national amounts with the parts of their change, localities.

    Without releases, the newest governing one against the governing one before it.

    Examples: `pfs changes --from RVU25D --to RVU26B --section Surgery`;
    `pfs changes --kind deleted --limit 0 --json`

    Parameters
    ----------
    from_
        The loaded release to compare from, such as RVU25D.
    to
        The loaded release to compare to.
    section
        Only codes of this section, such as Surgery, Radiology or "HCPCS G".
    kind
        Only changes of this kind.
    limit
        How many codes to show, 0 for all.
    localities
        Show the localities that changed, too.
    plot
        Also draw the changes to this file (.svg, .png or .pdf); needs the extra `plots`.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.changes import command

    return command(from_, to, section, kind, limit, localities, plot, json)


@app.command
def verify(
    *files: str,
    release: str | None = None,
    qp: Annotated[bool, Parameter(negative="")] = False,
    show: int = 5,
    evidence: str | None = None,
    json: Json = False,
) -> int:
    """Compare the warehouse with amounts that CMS published, row by row, to the cent.

    Reads CMS's payment amount files as posted (PFALL, PFREV, one a carrier; archives inside archives) and tables, tab or comma
    separated, with the columns code, modifier, mac, locality, setting, kind, amount_usd and needs_release or dos_from, or with
    a column for each amount (docs/PRICING.md lists headings and kinds). The release follows from the file's name and year.
    Without files: CMS's own OPPS cap tables of every loaded release.

    Exit code 0 when every comparable row matches, 3 when rows differ, 1 when no row could be compared.

    Example: `pfs verify PFREV25D.zip`, or `pfs verify PFREV25C.txt --release RVU25D`

    Parameters
    ----------
    files
        Payment amount files, tables, archives or folders of them.
    release
        Compare with this loaded release instead of the one that the name says; rows of a table that name their own keep it.
    qp
        The amounts are for qualifying participants, where the name of the file does not say so.
    show
        How many rows that differ are shown, with the computation.
    evidence
        Also write the evidence page (docs/EVIDENCE.md) to this file.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.verify import command

    return command(files, release, qp, show, evidence, json)


@app.command
def sql(
    query: str | None = None,
    /,
    *,
    output_format: Annotated[Literal["table", "csv", "json", "parquet"], Parameter(name="--format")] = "table",
    output: str | None = None,
) -> int:
    """Read-only SQL over the published warehouse.

    The query cannot write, reach other files, or load extensions. Without a query, it is read from the standard input.

    Example: `pfs sql "select release_id, conversion_factor from conversion_factor" --format csv`

    Parameters
    ----------
    query
        The statement.
    output_format
        How to print: table, csv, json, or parquet (needs --output).
    output
        A file to write to instead of the terminal.
    """
    from flows.commands.sql import command

    return command(query, output_format, output)


@app.command
def dictionary(name: str | None = None, /, *, write: str | None = None, json: Json = False) -> int:
    """What every table, view, column and macro means, with units, grain, rules, and the columns of CMS's files they come from.

    Example: `pfs dictionary code_percentile`

    Parameters
    ----------
    name
        A table, view or macro; without it, all of them.
    write
        Write the whole dictionary to this file, as docs/DICTIONARY.md holds it.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.dictionary import command

    return command(name, json, write)


@app.command
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


CptLicence = Annotated[str | None, Parameter(name="--cpt-licence")]
DentalLicence = Annotated[str | None, Parameter(name="--dental-licence")]


@app.command
def feed(
    folder: str,
    /,
    *,
    release: str | None = None,
    words: str | None = None,
    cpt_licence: CptLicence = None,
    dental_licence: DentalLicence = None,
    json: Json = False,
) -> int:
    """Write what reference sites read: one JSON document a code, indexes, what changed, and the schemas.

    A file whose content is the same is not touched; changes.json names the codes that changed since the feed before.
    Descriptions of CPT and dental codes are left out unless a licence is declared.

    Example: `pfs feed ~/site/feed`

    Parameters
    ----------
    folder
        The folder to write: a new one, or one with a feed in it.
    release
        A loaded release, such as RVU25D, instead of the newest one that governs.
    words
        A folder of your own words about codes, one file a code; without it, `words` in the home folder, else the examples.
    cpt_licence
        Your licence for CPT descriptions (AMA), in words; they are then included, and the notices say so.
    dental_licence
        Your licence for dental descriptions (ADA), in words.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.feed import command
    from flows.notices import Licences

    return command(folder, release, Licences(cpt_licence, dental_licence), words, json)


@app.command
def export(
    folder: str,
    /,
    *,
    output_format: Annotated[Literal["parquet", "csv"], Parameter(name="--format")] = "parquet",
    only: Annotated[list[str] | None, Parameter(negative="", consume_multiple=True)] = None,
    release: Annotated[list[str] | None, Parameter(negative="", consume_multiple=True)] = None,
    cpt_licence: CptLicence = None,
    dental_licence: DentalLicence = None,
    json: Json = False,
) -> int:
    """Write every table and view as files, one folder each, one file a release, with checksums and a Frictionless data package.

    Descriptions of CPT and dental codes are left out unless a licence is declared; lines that were rejected are never in it.

    Examples: `pfs export ~/pfs-parquet`; `pfs export ~/pfs-csv --format csv --only rvu gpci --release RVU26B`

    Parameters
    ----------
    folder
        The folder to write: a new one, or one with an export in it.
    output_format
        parquet, or csv.
    only
        These tables and views instead of all.
    release
        These releases instead of all.
    cpt_licence
        Your licence for CPT descriptions (AMA), in words; they are then included, and the notices say so.
    dental_licence
        Your licence for dental descriptions (ADA), in words.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.export import command
    from flows.export.export import ExportWish
    from flows.notices import Licences

    licences = Licences(cpt_licence, dental_licence)
    wish = ExportWish(output_format, tuple(only or ()), tuple(name.upper() for name in release or ()), licences)
    return command(folder, wish, json)


@app.command
def words(folder: str | None = None, /, *, json: Json = False) -> int:
    """Check a folder of the site's own words about codes: every fault with its file and line.

    Example: `pfs words ~/site/words`

    Parameters
    ----------
    folder
        The folder; without it, `words` in the home folder, else the examples that come with the project.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.words import command

    return command(folder, json)


# The commands of the static site are loaded when they are called.
app.command("flows.cli_site:site", name="site", help="Write a static reference site: a page a code, a locality and a section.")
app.command("flows.cli_site:serve", name="serve", help="Show a site and its feed on this machine until stopped.")


@app.command
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


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code; errors are printed as sentences, without a trace."""
    tokens = sys.argv[1:] if arguments is None else arguments
    try:
        result = app(tokens, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        print(f"pfs: {_usage(error)} {_where_help(tokens)} shows what is possible.", file=sys.stderr)
        return USAGE
    except PfsError as error:
        from flows.notify import without_secrets
        from flows.show import clean

        print(f"pfs: {without_secrets(clean(error))}", file=sys.stderr)
        return exit_code(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("pfs: stopped; the published warehouse is as it was.", file=sys.stderr)
        return INTERRUPTED
    return result if isinstance(result, int) else OK


def _usage(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith((".", "?")) else text + "."


def _where_help(tokens: list[str]) -> str:
    known = {name for name in app if not name.startswith("-")}
    return f"'pfs {tokens[0]} --help'" if tokens and tokens[0] in known else "'pfs --help'"


def script() -> None:
    """The console script: ends the process with the exit code."""
    raise SystemExit(main())
