"""`pfs site` and `pfs serve`: the pages of a static site, and a server for a look at them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from flows.commands.feed import words_sentence, words_used
from flows.feed.feed import Wish
from flows.feed.folder import require_outside
from flows.plain import as_json
from flows.show import console, line
from flows.site.site import LOCAL, SiteResult, SiteWish, make_site
from warehouse.counted import counted
from warehouse.errors import UsageError
from warehouse.home import home

_NAMED = 10


def command(folder: str, wish: Wish, base_url: str | None, title: str | None, evidence: str | None, json: bool) -> int:
    """Writes the site and says what changed in it."""
    root = Path(folder).expanduser()
    asked = SiteWish(wish, _address(base_url), _title(title), Path(evidence).expanduser() if evidence else None)
    result = make_site(home(), root, asked)
    if json:
        print(as_json(summary(result)))
    else:
        _show(root, result, asked)
    return 0


def wish(release: str | None, licences: Any, words: str | None, rereads: bool) -> Wish:
    """What the feed of the site is to be of, today."""
    own = Path(words).expanduser() if words else None
    return Wish(date.today(), release, licences, own, rereads)  # noqa: DTZ011  the operator's day


def _address(base_url: str | None) -> str | None:
    """The address with one slash at its end; None without one."""
    if base_url is None:
        return None
    if not re.fullmatch(r"https?://[^\s/?#<>\"']+(/[^\s?#<>\"']*)?", base_url):
        raise UsageError(f"--base-url {base_url}: an address such as https://codes.example/ was expected.")
    return base_url.rstrip("/") + "/"


def _title(title: str | None) -> str:
    if title is None:
        return SiteWish.title
    if not title.strip():
        raise UsageError("--title: the name of the site was expected, and it is empty.")
    return title.strip()


def summary(result: SiteResult) -> dict[str, Any]:
    """What was done, for programs."""
    return {
        "release": result.feed.release,
        "feed_id": result.feed.manifest["feed_id"],
        "pages": result.pages,
        "files": result.files,
        "words": words_used(result.feed),
        "files_written": len(result.written),
        "files_removed": len(result.removed),
        "written": [name for name in result.written if name.endswith(".html")],
        "removed": list(result.removed),
    }


def _show(root: Path, result: SiteResult, asked: SiteWish) -> None:
    out = console()
    written = counted(len(result.written), "file was", "files were")
    out.print(line(f"{root}: {counted(result.pages, 'page')} of {result.feed.release}; {written} written."))
    out.print(line(words_sentence(result.feed)))
    codes = [name.removeprefix("codes/").removesuffix(".html") for name in result.written if name.startswith("codes/")]
    if codes:
        further = f" and {len(codes) - _NAMED:,} more" if len(codes) > _NAMED else ""
        out.print(line(f"pages of codes: {', '.join(codes[:_NAMED])}{further}"))
    elif not result.written:
        out.print(line("Nothing new since the site before: every file is as it should be."))
    if result.removed:
        removed = counted(len(result.removed), "file that no longer belongs was", "files that no longer belong were")
        out.print(line(f"{removed} removed."))
    if asked.base_url is None:
        out.print(line(f"sitemap.xml begins its addresses with {LOCAL}; name the site's own with --base-url."))
    out.print(line(f"pfs serve {root} shows it."))


def serve(folder: str, port: int) -> int:
    """Serves a site on this machine until it is stopped. Raises FeedError for a folder with the raw archives below it."""
    from flows.site.serve import HOST, server

    root = Path(folder).expanduser()
    require_outside(home(), root, "site")
    with server(root, port) as running:
        console().print(line(f"http://{HOST}:{running.server_address[1]}/ shows {folder}; Ctrl-C stops it."))
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            console().print(line("Stopped."))
    return 0
