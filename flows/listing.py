"""How an archive of a site stands to what is known of it: known, new, re-cut or gone. Belongs to stage discover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.offer import RECUT

if TYPE_CHECKING:
    from flows.fetch import Fetched
    from flows.offer import Candidate
    from warehouse.raw import RawStore


def finding(candidate: Candidate, fetched: Fetched, store: RawStore) -> str | None:
    """How an archive was found, told again once it is fetched: re-cut when its address gave other bytes the time before."""
    if candidate.found is None or fetched.not_modified:
        return candidate.found
    gave = [entry.sha256 for entry in store.entries() if entry.source_url == fetched.source_url]
    return RECUT if len(gave) > 1 and gave[-2] != fetched.sha256 else candidate.found
