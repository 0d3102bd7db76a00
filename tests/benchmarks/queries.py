"""Benchmark (c): the view payment in an open connection.

    PFS_HOME=… python -m tests.benchmarks.queries

As a program, prints the times as JSON; `times` runs that program, so that the measuring process itself stays small.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measure import Row, clean_environment, run

_RELEASE = "RVU25D"
_CODE = "99213"
_QUERIES = {
    "localities": ("select * from payment where release_id = ? and hcpcs_code = ?", [_RELEASE, _CODE]),
    "amounts": (
        "select mac, locality, nonfacility_fee, facility_fee from payment where release_id = ? and hcpcs_code = ?",
        [_RELEASE, _CODE],
    ),
    "fees": ("select count(*), sum(nonfacility_fee), sum(facility_fee) from payment where release_id = ?", [_RELEASE]),
    "allowed": ("select count(*), sum(nonfacility_allowed), sum(facility_allowed) from payment where release_id = ?", [_RELEASE]),
    "history": ("select * from national_payment where hcpcs_code = ?", [_CODE]),
}
_COUNTED = ("fees", "allowed")


def times(home: Path) -> list[Row]:
    """(c) One code in every locality, and all payments of one release summed."""
    found = json.loads(run(["-m", "tests.benchmarks.queries"], clean_environment(PFS_HOME=str(home))).output)
    code, amounts, fees, allowed, history = (found[name] for name in _QUERIES)
    return [
        Row(f"c  {_CODE} in every locality of {_RELEASE}", code["median_ms"], "ms", 10.0, _note(code)),
        Row("c  the same, place and fees only", amounts["median_ms"], "ms", None, _note(amounts)),
        Row(f"c  all payments of {_RELEASE} summed, both settings", fees["median_ms"], "ms", 150.0, _note(fees)),
        Row("c  the same after the OPPS cap", allowed["median_ms"], "ms", None, _note(allowed)),
        Row(f"c  {_CODE}, national, every release", history["median_ms"], "ms", None, _note(history)),
    ]


def _note(found: dict[str, Any]) -> str:
    return f"{found['rows']:,} rows; first {found['first_ms']:.1f}, worst of {found['runs']} {found['worst_ms']:.1f}"


def main() -> None:
    """Measures each query in one open connection, fetching every row, and prints JSON."""
    from warehouse.home import home
    from warehouse.read import open_published

    with open_published(home()) as con:
        found = {name: _measured(con, name) for name in _QUERIES}
    json.dump(found, sys.stdout)


def _measured(con: Any, name: str, runs: int = 30) -> dict[str, Any]:
    taken = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        rows = con.execute(*_QUERIES[name]).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    count = rows[0][0] if name in _COUNTED else len(rows)
    if not count:
        raise SystemExit(f"The query {name!r} found no rows; the warehouse lacks {_RELEASE}.")
    return {"rows": count, "first_ms": taken[0], "median_ms": median(taken[1:]), "worst_ms": max(taken[1:]), "runs": runs}


if __name__ == "__main__":
    main()
