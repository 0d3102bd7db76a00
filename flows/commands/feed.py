"""`pfs feed`: the folder that reference sites read, brought up to date with the published warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flows.feed.feed import FeedResult, Wish, make_feed
from flows.notices import Licences
from flows.plain import as_json
from flows.show import console, line
from warehouse.counted import counted
from warehouse.home import home

_NAMED = 10


def command(folder: str, release: str | None, licences: Licences, words: str | None, rereads: bool, json: bool) -> int:
    """Writes the feed and says what changed in it."""
    root = Path(folder).expanduser()
    own = Path(words).expanduser() if words else None
    result = make_feed(home(), root, Wish(date.today(), release, licences, own, rereads))  # noqa: DTZ011  the operator's day
    if json:
        print(as_json(summary(result)))
    else:
        _show(root, result)
    return 0


def summary(result: FeedResult) -> dict[str, Any]:
    """What a feed did, for programs."""
    return {
        "release": result.release,
        "feed_id": result.manifest["feed_id"],
        "documents": result.documents,
        "files_written": len(result.written),
        "is_new": result.is_new,
        "changes": result.changes["codes"] if result.is_new else None,
        "words": words_used(result),
        "unused_words": result.unused_words,
    }


def words_used(result: FeedResult) -> dict[str, Any]:
    """Which words were used, for programs."""
    return {"folder": str(result.words_folder), "codes": result.words, "are_examples": result.has_example_words}


def words_sentence(result: FeedResult) -> str:
    """Which words were used: the operator's own, or the examples where they have none."""
    told = f"Words about {counted(result.words, 'code')}"
    if result.has_example_words:
        return f"{told}: the examples that come with the project; name the folder of your own with --words."
    return f"{told} from {result.words_folder}."


def _show(root: Path, result: FeedResult) -> None:
    out = console()
    written = counted(len(result.written), "file was", "files were")
    out.print(line(f"{root}: {counted(result.documents, 'code')} of {result.release}; {written} written."))
    out.print(line(words_sentence(result)))
    if result.unused_words:
        out.print(line(f"There are words about codes that no release has: {', '.join(result.unused_words)}."))
    if not result.is_new:
        same = "every file is as it should be" if not result.written else "files that were missing or damaged are whole again"
        out.print(line(f"Nothing new since the feed before: {same}."))
        return
    for kind, codes in result.changes["codes"].items():
        if codes:
            named = ", ".join(code["code"] if isinstance(code, dict) else code for code in codes[:_NAMED])
            further = f" and {len(codes) - _NAMED:,} more" if len(codes) > _NAMED else ""
            out.print(line(f"{kind}: {named}{further}"))
