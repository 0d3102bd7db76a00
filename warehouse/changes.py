"""What changed between two releases: the questions that `pfs changes` asks.

Reads the published warehouse; writes nothing. Raises WarehouseError for a pair that cannot be compared.
"""

from __future__ import annotations

import duckdb

from warehouse.errors import WarehouseError
from warehouse.read import Row, one, rows

KINDS = ("added", "reactivated", "deleted", "status_changed", "revalued", "indicator_changed", "cap_revalued", "unchanged")


def release_before(con: duckdb.DuckDBPyConnection, release_id: str) -> str:
    """The governing release that was loaded before this one. Raises WarehouseError when it is the first."""
    found = one(con, "select from_release_id from release_pair where basis = 'loaded' and to_release_id = ?", [release_id])
    if found is None:
        raise WarehouseError(
            f"{release_id} is the first governing release that is loaded: there is none before it to compare with. "
            "Load an earlier one with 'pfs refresh', or name another with --from."
        )
    return str(found["from_release_id"])


def summary(con: duckdb.DuckDBPyConnection, before: str, after: str) -> Row:
    """The pair in numbers: code_change_summary, locality_change_summary and the dates that it spans."""
    found = one(
        con,
        """
        select * from code_change_summary
        join locality_change_summary using (basis, from_release_id, to_release_id)
        join (select basis, from_release_id, to_release_id, years_apart, releases_not_loaded from release_pair)
          using (basis, from_release_id, to_release_id)
        where basis = 'any' and from_release_id = ? and to_release_id = ?
        """,
        [before, after],
    )
    if found is None:
        raise WarehouseError(f"{before} and {after} cannot be compared: name two different releases that are loaded.")
    return found


def changed_codes(con: duckdb.DuckDBPyConnection, before: str, after: str, section: str | None, kind: str | None) -> list[Row]:
    """The codes that changed, of one section and kind where they are named.

    The largest change in dollars comes first, then the largest amount among codes with a price in one release only, then by code.
    """
    return rows(
        con,
        """
        with changed as (
          select hcpcs_code, modifier, change_kind, is_status_changed, is_revalued, is_indicator_changed, is_cap_revalued,
            status_code_before, status_code_after, work_rvu_before, work_rvu_after, indicators_changed, setting,
            fee_before, fee_after, fee_change, rvu_effect, conversion_factor_effect, rounding
          from code_comparison
          where basis = 'any' and qp_status = 'non_qp' and from_release_id = $1 and to_release_id = $2
            and (change_kind = $4 or ($4 is null and change_kind <> 'unchanged'))
        ),
        placed as (
          select hcpcs_code, max_by(section, release_id = $2) as section
          from code_section where release_id in ($1, $2) group by hcpcs_code
        )
        select section, changed.* from changed left join placed using (hcpcs_code)
        where $3 is null or lower(section) = lower($3)
        order by abs(fee_change) desc nulls last, coalesce(fee_after, fee_before) desc nulls last, hcpcs_code, modifier
        """,
        [before, after, section, kind],
    )


def sections(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the sections."""
    return [row["section"] for row in rows(con, "select distinct section from section order by section")]


def changed_localities(con: duckdb.DuckDBPyConnection, before: str, after: str) -> list[Row]:
    """The localities that changed, by state and name."""
    return rows(
        con,
        """
        select * from locality_comparison
        where basis = 'any' and from_release_id = ? and to_release_id = ? and change_kind <> 'unchanged'
        order by state, area_name, locality_id
        """,
        [before, after],
    )
