"""Commands that ask the warehouse: arguments in, the command module called."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from flows.cli.options import Json


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
    Without files: CMS's own OPPS cap tables of every loaded release, or of --release.

    Exit code 0 when every comparable row matches, 3 when rows differ, 1 when no row could be compared or there is none.

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
