"""Benchmark (g): pages, percentiles and changes in an open connection, beside the same thing done in pandas by a plain script.

    PFS_HOME=… python -m tests.benchmarks.pages

The pandas side has its tables in memory before the clock starts, and does less: no history, no sentences, no indicators in words.
What both sides compute is compared, so that neither is measured on a wrong answer. The limit of a page is held by the stored
view `latest_code_page`, which has every code as the last release that lists it has it. The page of any release (view
`code_page`) is put together from nine tables each time, and stands beside it without a limit: it takes longer. Needs pandas
(extra benchmarks). Ends with 1 when a figure is above its limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import duckdb
import pandas as pd

from tests.benchmarks import measure
from tests.benchmarks.measure import Row
from warehouse.home import home
from warehouse.read import open_published

_RELEASE = "RVU26B"
_CODE = "17340"
_MEASURES = ["work_rvu", "nonfacility_total_rvu", "facility_total_rvu"]


def main() -> int:
    """Prints the table; the pandas figure of the same thing stands in the note."""
    print("\n".join(measure.machine()), flush=True)
    with open_published(home()) as con:
        frames = _frames(con)
        rows = [*_one_page(con, frames), _all_pages(con, frames), _percentiles(con, frames), _changes(con, frames)]
    for row in rows:
        limit = f"{row.limit:g}" if row.limit is not None else ""
        print(
            f"{row.name:52}{row.figure:>10.1f} {row.unit:4}{limit:>6} {'above' if row.is_missed else '':5} {row.note}", flush=True
        )
    return 1 if any(row.is_missed for row in rows) else 0


def _timed(action: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The median time of an action in milliseconds, after one run that does not count, and what it gave."""
    found = action()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        found = action()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken), found


def _frames(con: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """What a plain script would have read from files: RVUs, indices and factors, figures as floats."""
    figures = ["work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu", "nonfacility_total_rvu", "facility_total_rvu"]
    rvu = (
        "select rvu.release_id, hcpcs_code, modifier, status_code, global_days, code_section.section, "
        + ", ".join(f"{name}::double as {name}" for name in figures)
        + " from rvu left join code_section using (release_id, hcpcs_code)"
    )
    gpci = "select release_id, work_gpci::double as work_gpci, pe_gpci::double as pe_gpci, mp_gpci::double as mp_gpci from gpci"
    factor = "select release_id, qp_status, conversion_factor::double as conversion_factor from conversion_factor"
    pair = "select from_release_id, to_release_id from release_pair where basis = 'year'"
    return {name: _frame(con, query) for name, query in {"rvu": rvu, "gpci": gpci, "factor": factor, "pair": pair}.items()}


def _frame(con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    result = con.execute(query)
    names = [column[0] for column in result.description or []]
    return pd.DataFrame(result.fetchall(), columns=names)


def _priced(frame: pd.DataFrame) -> pd.DataFrame:
    has_rvus = (frame.nonfacility_total_rvu > 0) | (frame.facility_total_rvu > 0)
    return frame[(frame.modifier == "") & frame.status_code.isin(["A", "R", "T"]) & has_rvus]


def _ranked(priced: pd.DataFrame) -> pd.DataFrame:
    """Share strictly below and median, for each measure within its section."""
    parts = []
    for name in _MEASURES:
        groups = priced.groupby(["release_id", "section"])[name]
        part = priced[["release_id", "section", "hcpcs_code"]].assign(measure=name, value=priced[name])
        part["percentile"] = 100 * (groups.rank(method="min") - 1) / groups.transform("count")
        part["median"] = groups.transform("median")
        parts.append(part)
    return pd.concat(parts)


def _spread(priced: pd.DataFrame, frames: dict[str, pd.DataFrame], release: str) -> pd.DataFrame:
    """Least and greatest amount over the localities, for each code."""
    factor = frames["factor"].query("release_id == @release and qp_status == 'non_qp'").conversion_factor.iloc[0]
    places = frames["gpci"][frames["gpci"].release_id == release]
    crossed = priced.merge(places, on="release_id")
    for setting in ("nonfacility", "facility"):
        rvus = (
            crossed.work_rvu * crossed.work_gpci
            + crossed[f"{setting}_pe_rvu"] * crossed.pe_gpci
            + crossed.mp_rvu * crossed.mp_gpci
        )
        crossed[setting] = (rvus * factor).round(2)
    return crossed.groupby("hcpcs_code")[["nonfacility", "facility"]].agg(["min", "max"])


def _one_page(con: duckdb.DuckDBPyConnection, frames: dict[str, pd.DataFrame]) -> list[Row]:
    query = "select * from code_page where release_id = ? and hcpcs_code = ?"
    ours, page = _timed(lambda: con.execute(query, [_RELEASE, _CODE]).fetchall(), 30)
    latest, stored = _timed(lambda: con.execute("select * from latest_code_page where hcpcs_code = ?", [_CODE]).fetchall(), 30)
    if stored != con.execute(query, [stored[0][0], _CODE]).fetchall():
        raise SystemExit(f"latest_code_page and code_page differ for {_CODE} in {stored[0][0]}.")

    def plain() -> tuple[float, float]:
        of_release = frames["rvu"][frames["rvu"].release_id == _RELEASE]
        priced = _priced(of_release)
        code = priced[priced.hcpcs_code == _CODE]
        section = priced[priced.section == code.section.iloc[0]]
        below = 100 * (section.work_rvu < code.work_rvu.iloc[0]).sum() / len(section)
        return float(below), float(_spread(code, frames, _RELEASE)["nonfacility"]["max"].iloc[0])

    theirs, (below, highest) = _timed(plain, 10)
    names = [column[0] for column in con.execute(query, [_RELEASE, _CODE]).description or []]
    found = dict(zip(names, page[0], strict=True))
    section_work = next(s for s in found["standings"] if s["grouping"] == "section" and s["measure"] == "work_rvu")
    _same(round(below, 2), float(section_work["percentile"]))
    _same(highest, float(found["nonfacility_highest"]))
    pandas = f"pandas, percentile and range only: {theirs:.1f} ms"
    return [
        Row(f"g  latest page of {_CODE} ({stored[0][0]})", latest, "ms", 10.0, pandas),
        Row(f"g  page of {_CODE} of any release ({_RELEASE})", ours, "ms", None, f"put together each time; {pandas}"),
    ]


def _all_pages(con: duckdb.DuckDBPyConnection, frames: dict[str, pd.DataFrame]) -> Row:
    con.execute("create or replace temp table page as select * from code_page where false")

    def pages() -> int:
        con.execute("create or replace temp table page as select * from code_page where release_id = ?", [_RELEASE])
        (count,) = con.execute("select count(*) from page").fetchone() or (0,)
        return int(count)

    ours, count = _timed(pages, 3)

    def plain() -> tuple[int, int]:
        priced = _priced(frames["rvu"][frames["rvu"].release_id == _RELEASE])
        return len(_ranked(priced)), len(_spread(priced, frames, _RELEASE))

    theirs, _ = _timed(plain, 3)
    note = f"{count:,} pages, as a table; pandas, percentiles and ranges only: {theirs:.0f} ms"
    return Row(f"g  all pages of {_RELEASE}", ours, "ms", 3000.0, note)


def _percentiles(con: duckdb.DuckDBPyConnection, frames: dict[str, pd.DataFrame]) -> Row:
    query = "select count(*), sum(percentile), sum(median) from code_percentile"
    ours, answer = _timed(lambda: con.execute(query).fetchall(), 5)

    def plain() -> tuple[int, float, float]:
        found = _ranked(_priced(frames["rvu"]))
        return len(found), float(found.percentile.sum()), float(found["median"].sum())

    theirs, expected = _timed(plain, 3)
    _same(expected[0], answer[0][0])
    _same(round(expected[1] / expected[0], 2), round(float(answer[0][1]) / expected[0], 2))
    _same(round(expected[2]), round(float(answer[0][2])))
    return Row("g  code_percentile of every release", ours, "ms", None, f"{answer[0][0]:,} rows; pandas: {theirs:.0f} ms")


def _changes(con: duckdb.DuckDBPyConnection, frames: dict[str, pd.DataFrame]) -> Row:
    query = "select count(*), sum(nonfacility_fee_change) from code_change where basis = 'year'"
    ours, answer = _timed(lambda: con.execute(query).fetchall(), 5)

    def plain() -> int:
        keys = ["hcpcs_code", "modifier"]
        values = ["status_code", "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu"]
        changed = 0
        for pair in frames["pair"].itertuples():
            before = frames["rvu"][frames["rvu"].release_id == pair.from_release_id][keys + values]
            after = frames["rvu"][frames["rvu"].release_id == pair.to_release_id][keys + values]
            both = before.merge(after, on=keys, how="outer", suffixes=("_before", "_after"))
            differs = [both[f"{name}_before"] != both[f"{name}_after"] for name in values]
            changed += int(pd.concat(differs, axis=1).any(axis=1).sum())
        return changed

    theirs, changed = _timed(plain, 3)
    note = f"{answer[0][0]:,} rows; pandas, which codes changed only: {changed:,} in {theirs:.0f} ms"
    return Row("g  code_change of every pair of years", ours, "ms", 1000.0, note)


def _same(expected: float, found: float) -> None:
    if abs(expected - found) > 0.005:
        raise SystemExit(f"pandas and the warehouse differ: {expected} and {found}")


if __name__ == "__main__":
    raise SystemExit(main())
