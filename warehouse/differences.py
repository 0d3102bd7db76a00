"""What a loaded release differs by from the one before it, as a sentence for the summary of a refresh.

Reads table release_diff of a warehouse; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import duckdb

from warehouse.read import Row, rows


def differences(con: duckdb.DuckDBPyConnection, release_ids: Sequence[str]) -> list[Row]:
    """The rows of release_diff for these releases, in the order of their dates of service."""
    return rows(
        con,
        """
        select release_diff.* from release_diff join release using (release_id)
        where release_id in (select unnest(cast(? as varchar[]))) order by release.valid_from, release_id
        """,
        [list(release_ids)],
    )


def what_differs(con: duckdb.DuckDBPyConnection, release_ids: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each of these releases; none for the first release of a warehouse."""
    return tuple(sentence(diff) for diff in differences(con, release_ids))


def sentence(diff: Row) -> str:
    """One release against the one before it, in numbers."""
    codes = [
        (diff["codes_added"] + diff["codes_reactivated"], "added"),
        (diff["codes_deleted"], "deleted"),
        (diff["codes_status_changed"], "with another status"),
        (diff["codes_revalued"], "revalued"),
        (diff["codes_indicator_changed"], "with other indicators"),
    ]
    changed = ", ".join(f"{count:,} {what}" for count, what in codes if count) or "none changed"
    count = f"{diff['codes_before']:,} codes and modifiers"
    if diff["codes_before"] != diff["codes_after"]:
        count += f" became {diff['codes_after']:,}"
    return (
        f"{diff['release_id']} against {diff['compared_release_id']}{_spans(diff['releases_not_loaded'])}: {count}, {changed}; "
        f"{_places(diff)}; {factor_sentence(diff['conversion_factor_before'], diff['conversion_factor_after'])}."
    )


def _spans(releases: int) -> str:
    if not releases:
        return ""
    return f" ({releases} {'release' if releases == 1 else 'releases'} between them not loaded)"


def _places(diff: Row) -> str:
    parts = [f"{diff['localities_before']} localities"]
    if diff["localities_before"] != diff["localities_after"]:
        parts[0] += f" became {diff['localities_after']}"
    if not diff["gpcis_changed"]:
        return f"{parts[0]}, no index changed"
    return f"{parts[0]}, the indices of {diff['gpcis_changed']} changed, by {diff['largest_gpci_change']} at most"


def factor_sentence(before: Decimal | None, after: Decimal | None) -> str:
    """Two conversion factors and the change between them."""
    if before is None or after is None:
        return "one of them has no conversion factor"
    if before == after:
        return f"conversion factor {after} as before"
    return f"conversion factor {before} to {after} ({(after / before - 1) * 100:+.2f} %)"
