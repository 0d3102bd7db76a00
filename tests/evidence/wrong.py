"""Warehouses with one of the common mistakes built in, to show that a comparison with published amounts sees each of them.

Each mistake is a statement that is run on a copy of the warehouse; the views, the rows and the comparison stay the same.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.warehouse import settled, tiny_warehouse
from warehouse.schema import quoted

_MACRO = "create or replace macro fee(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor) as "
_EXACT = "((work_rvu * work_gpci + pe_rvu * pe_gpci + mp_rvu * mp_gpci) * conversion_factor)"
_WHOLE = "order by {} rows between unbounded preceding and unbounded following"

MISTAKES = {
    "locality without its contractor": (
        # A mapping from locality number to indices, in which the last contractor overwrites the others.
        "create or replace table gpci as select * replace (last(work_gpci) over one as work_gpci, last(pe_gpci) over one as "
        f"pe_gpci, last(mp_gpci) over one as mp_gpci) from gpci window one as (partition by release_id, locality "
        f"{_WHOLE.format('line_number')})"
    ),
    "code without its modifier": (
        # A mapping from code to RVUs, in which the last of the global, 26, TC and 53 rows overwrites the others.
        "create or replace table rvu as select * replace (last(work_rvu) over one as work_rvu, last(nonfacility_pe_rvu) over one "
        "as nonfacility_pe_rvu, last(facility_pe_rvu) over one as facility_pe_rvu, last(mp_rvu) over one as mp_rvu, "
        "last(opps_nonfacility_pe_rvu) over one as opps_nonfacility_pe_rvu, last(opps_mp_rvu) over one as opps_mp_rvu) "
        f"from rvu window one as (partition by release_id, hcpcs_code {_WHOLE.format('line_number')})"
    ),
    "cutting off after the cent": _MACRO + f"cast(floor({_EXACT} * 100) as decimal(18, 0)) * cast(0.01 as decimal(3, 2))",
    "rounding each part": _MACRO
    + "round(work_rvu * work_gpci * conversion_factor, 2) + round(pe_rvu * pe_gpci * conversion_factor, 2) "
    "+ round(mp_rvu * mp_gpci * conversion_factor, 2)",
    "rounding each adjusted RVU": _MACRO
    + "round((round(work_rvu * work_gpci, 2) + round(pe_rvu * pe_gpci, 2) + round(mp_rvu * mp_gpci, 2)) * conversion_factor, 2)",
    "one conversion factor a year": (
        "create or replace table conversion_factor as select conversion_factor.* replace (last(conversion_factor) over one as "
        "conversion_factor) from conversion_factor join release using (release_id) window one as (partition by year, qp_status "
        f"{_WHOLE.format('valid_from')})"
    ),
}
_COPIED = ("release", "rvu", "gpci", "conversion_factor")


def copy_of(published: Path, codes: set[str]) -> duckdb.DuckDBPyConnection:
    """A warehouse of one's own with every release of the published one, and these codes."""
    con = settled(tiny_warehouse())
    con.execute(f"attach {quoted(str(published))} as published_one (read_only)")
    for table in _COPIED:
        some = f" where hcpcs_code in ({', '.join(quoted(code) for code in sorted(codes))})" if table == "rvu" else ""
        con.execute(f"insert into {table} select * from published_one.{table}{some}")
    con.execute("detach published_one")
    return con


def make_mistake(con: duckdb.DuckDBPyConnection, mistake: str) -> None:
    """Builds one of MISTAKES into a warehouse."""
    con.execute(MISTAKES[mistake])
