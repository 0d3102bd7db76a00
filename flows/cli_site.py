"""The commands `pfs site` and `pfs serve`: arguments in, the command module called."""

from __future__ import annotations

from flows.cli import CptLicence, DentalLicence, Json


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
    json
        Print one JSON document, for programs.
    """
    from flows.commands.site import command, wish
    from flows.notices import Licences

    return command(folder, wish(release, Licences(cpt_licence, dental_licence), words), base_url, title, evidence, json)


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
