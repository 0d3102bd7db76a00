"""Tiny warehouses of literal rows, and what tests ask of a warehouse.

`tiny_warehouse(rvu=[rvu("99213", work="1.30")], gpci=[gpci("10112", "00")])` gives an open connection to a warehouse with the
real tables, macros and views, and these rows. Every column that a row leaves out holds a neutral value, so that a test states
only what its rule is about.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from decimal import Decimal
from functools import cache
from graphlib import TopologicalSorter
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock

from flows import catalog
from tests.sparing import sparing_nothing
from warehouse import schema
from warehouse.derive import derive, needed
from warehouse.sql_file import inlined, sql_files

Row = dict[str, Any]
RELEASE = "RVU25D"

# What a column holds that a test does not speak of. Other VARCHAR columns are empty, numbers 0, flags false.
_NEUTRAL: Row = {
    "release_id": RELEASE,
    "label": RELEASE,
    "edition": 1,
    "year": 2025,
    "quarter": "D",
    "valid_from": "2025-10-01",
    "valid_to": "2025-12-31",
    "governs": True,
    "loaded_at": "2025-10-02 00:00:00",
    "status_code": "A",
    "qp_status": "non_qp",
    "role": "loaded",
    "form": "text",
    "pctc_indicator": "0",
    "global_days": "XXX",
    "multiple_procedure_indicator": "0",
    "bilateral_surgery_indicator": "0",
    "assistant_surgery_indicator": "0",
    "co_surgery_indicator": "0",
    "team_surgery_indicator": "0",
    "diagnostic_supervision": "09",
    "calculation_flag": "0",
    "imaging_family": "99",
}
_folder = tempfile.TemporaryDirectory(prefix="pfs-tiny-")
_number = count(1)
_free: list[int] = []  # copies whose connection is gone and that hold no rows


@cache
def _instance() -> duckdb.DuckDBPyConnection | Exception:
    """One DuckDB for all tiny warehouses; making tables, comments and views anew for each would take a second a test.

    An error is kept too, so that a statement that does not run fails every test at once and not after a second each.
    """
    try:
        with FileLock(template().with_suffix(".lock")):  # of several processes the first one makes it
            if not template().exists():
                _make(template())
    except Exception as error:
        return error
    return duckdb.connect()


def template() -> Path:
    """The file that holds the tables, macros and views and no rows; see `tests.conftest.one_template`."""
    return Path(os.environ.get("PFS_TEST_TEMPLATE") or _file(0))


def _make(path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished)) as con:
        schema.create_tables(con)
        with sparing_nothing():
            derive(con, store=False)  # a row that a test adds counts at once
    unfinished.rename(path)


def _file(number: int) -> Path:
    return Path(_folder.name) / f"tiny_{number}.duckdb"


def tiny_warehouse(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """A warehouse that holds these rows, table by table, open for writing and used by nobody else.

    Its connection is in a transaction, which is rolled back when nobody holds the connection any more: the warehouse is empty
    again and serves the next test, which spares copying a file and reading what is in it. `settled` ends the transaction.
    """
    instance = _instance()
    if isinstance(instance, Exception):
        raise instance
    number = _free.pop() if _free else _copied(instance)
    con = instance.cursor()
    weakref.finalize(con, _give_back, number)
    con.execute(f"use tiny_{number}")
    con.execute("begin")
    for name, rows in tables.items():
        insert(con, name, rows)
    return con


def settled(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same with its transaction ended: for what begins one of its own, and where a statement may fail."""
    con.execute("commit")
    return con


def stored(con: duckdb.DuckDBPyConnection, below: str | None = None) -> duckdb.DuckDBPyConnection:
    """The same with tables where a published warehouse has them, all or those that the view `below` stands on.

    For questions about rows that stay as they are: DuckDB plans each anew, which takes long where views stand on views.
    """
    for name, statement in _stored_below(below):
        con.execute(f"drop view {name}")
        con.execute(statement)
    return con


@cache
def _stored_below(view: str | None) -> list[tuple[str, str]]:
    """Stored tables with their statements, in an order in which they can be made."""
    files = {file.name: file for folder in ("macros", "views", "stored") for file in sql_files(folder)}
    needs = needed(files)
    wanted, found = ([view] if view else list(files)), set[str]()
    while wanted:
        if (name := wanted.pop()) not in found:
            found.add(name)
            wanted += needs[name]
    made = {file.name: inlined(file).statement for file in sql_files("stored")}
    return [(name, made[name]) for name in TopologicalSorter(needs).static_order() if name in found & made.keys()]


def _copied(instance: duckdb.DuckDBPyConnection) -> int:
    number = next(_number)
    shutil.copyfile(template(), _file(number))
    instance.execute(f"attach {schema.quoted(str(_file(number)))} as tiny_{number}")
    return number


def _give_back(number: int) -> None:
    if not _file(number).with_name(f"{_file(number).name}.wal").exists():  # nothing was ever committed
        _free.append(number)


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    """Inserts rows, each a mapping from column to value; see `_NEUTRAL` for what they leave out."""
    known = catalog.tables()[table]
    lines = []
    for row in rows:
        unknown = set(row) - set(known.column_names)
        assert not unknown, f"table {table} has no column {unknown}"
        cells = [row.get(column.name, _neutral(column, column.name in known.nullable)) for column in known.columns]
        # Literals, because binding a parameter makes DuckDB look for numpy, which takes longer than the whole insert.
        lines.append(f"({', '.join('null' if cell is None else schema.quoted(str(cell)) for cell in cells)})")
    if lines:
        con.execute(f"insert into {table} values {', '.join(lines)}")


def _neutral(column: catalog.Column, is_nullable: bool) -> Any:
    if is_nullable:
        return None
    if column.name in _NEUTRAL:
        return _NEUTRAL[column.name]
    return {"VARCHAR": "", "BOOLEAN": False}.get(column.type, 0)


# --- rows ----------------------------------------------------------------------------------------------------------------


def release(label: str = RELEASE, valid_from: str = "2025-10-01", **more: Any) -> Row:
    """A release; the year follows from its first day."""
    return {"release_id": label, "label": label, "valid_from": valid_from, "year": int(valid_from[:4]), **more}


def rvu(
    code: str,
    modifier: str = "",
    status: str = "A",
    *,
    work: str = "0",
    pe: str = "0",
    facility_pe: str | None = None,
    mp: str = "0",
    opps_pe: str = "0",
    opps_mp: str = "0",
    **more: Any,
) -> Row:
    """A code with its RVUs; `pe` is the non-facility practice expense, and the facility one unless `facility_pe` is given."""
    facility = pe if facility_pe is None else facility_pe
    return {
        "hcpcs_code": code,
        "modifier": modifier,
        "status_code": status,
        "work_rvu": work,
        "nonfacility_pe_rvu": pe,
        "facility_pe_rvu": facility,
        "mp_rvu": mp,
        "nonfacility_total_rvu": str(Decimal(work) + Decimal(pe) + Decimal(mp)),
        "facility_total_rvu": str(Decimal(work) + Decimal(facility) + Decimal(mp)),
        "opps_nonfacility_pe_rvu": opps_pe,
        "opps_facility_pe_rvu": opps_pe,
        "opps_mp_rvu": opps_mp,
        **more,
    }


def gpci(mac: str, locality: str, work: str = "1", pe: str = "1", mp: str = "1", **more: Any) -> Row:
    """A locality and its three indices, 1 unless they are given."""
    return {"mac": mac, "locality": locality, "work_gpci": work, "pe_gpci": pe, "mp_gpci": mp, **more}


def factor(conversion_factor: str = "32.3465", qp_status: str = "non_qp", **more: Any) -> Row:
    """A conversion factor."""
    return {"conversion_factor": conversion_factor, "qp_status": qp_status, **more}


# --- answers -------------------------------------------------------------------------------------------------------------


def answer(con: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query; decimals as text, so that 3.10 is not 3.1 and a float would be seen."""
    return _rows(con.execute(query, list(values)))


def _rows(found: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return [tuple(str(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in found.fetchall()]


def value(con: duckdb.DuckDBPyConnection, expression: str) -> Any:
    """The value of one expression, a decimal as text."""
    return answer(con, f"select {expression}")[0][0]


def broken_rows(con: duckdb.DuckDBPyConnection, check: str) -> list[Row]:
    """The rows that a check of sql/checks selects, each as a mapping; decimals as text."""
    statement = next(file.statement for file in sql_files("checks") if file.name == check)
    found = con.execute(statement)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in _rows(found)]
