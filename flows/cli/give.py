"""Commands that give what the warehouse holds to others: arguments in, the command module called."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from flows.cli.options import CptLicence, DentalLicence, Json, Reread


def feed(
    folder: str,
    /,
    *,
    release: str | None = None,
    words: str | None = None,
    cpt_licence: CptLicence = None,
    dental_licence: DentalLicence = None,
    reread: Reread = False,
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
    reread
        Read every file again, also those whose size and times are as they were, and mend what is damaged.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.feed import command
    from flows.notices import Licences

    return command(folder, release, Licences(cpt_licence, dental_licence), words, reread, json)


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
        These tables and views instead of all; FOLDER stands before them.
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


def words(folder: str | None = None, /, *, json: Json = False) -> int:
    """Check a folder of the site's own words about codes: every fault with its file and line.

    Example: `pfs words ~/words`

    Parameters
    ----------
    folder
        The folder; without it, `words` in the home folder, else the examples that come with the project.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.words import command

    return command(folder, json)


def site(
    folder: str,
    /,
    *,
    release: str | None = None,
    words: str | None = None,
    base_url: str | None = None,
    title: str | None = None,
    evidence: str | None = None,
    cpt_licence: CptLicence = None,
    dental_licence: DentalLicence = None,
    reread: Reread = False,
    json: Json = False,
) -> int:
    """Write a static reference site: a page a code, a locality and a section, what changed, search; and the feed it is made from.

    A page whose content is the same is not touched; a code that is gone leaves a page that says so. `pfs serve` shows the site.

    Example: `pfs site ~/site --base-url https://codes.example/`

    Parameters
    ----------
    folder
        The folder to write: a new one, or one with a site in it.
    release
        A loaded release, such as RVU25D, instead of the newest one that governs.
    words
        A folder of your own words about codes, as for `pfs feed`.
    base_url
        The address at which the site will stand, for its sitemap and canonical links.
    title
        The name of the site.
    evidence
        Your own evidence page, which `pfs verify --evidence` wrote, instead of the project's.
    cpt_licence
        Your licence for CPT descriptions (AMA), in words; they are then included, and the notices say so.
    dental_licence
        Your licence for dental descriptions (ADA), in words.
    reread
        Read every file again, as for `pfs feed`.
    json
        Print one JSON document, for programs.
    """
    from flows.commands.site import command, wish
    from flows.notices import Licences

    wanted = wish(release, Licences(cpt_licence, dental_licence), words, reread)
    return command(folder, wanted, base_url, title, evidence, json)


def serve(folder: str, /, *, port: int = 8000) -> int:
    """Show a site and its feed on this machine, at 127.0.0.1 only, until stopped.

    Example: `pfs serve ~/site --port 8080`

    Parameters
    ----------
    folder
        The folder that `pfs site` wrote.
    port
        The port; 0 takes a free one.
    """
    from flows.commands.site import serve

    return serve(folder, port)
