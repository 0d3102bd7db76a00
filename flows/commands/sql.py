"""`pfs sql`: read-only SQL over the published warehouse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from flows.plain import as_json, clean
from flows.show import console, line, table
from warehouse import read
from warehouse.errors import PfsError, UsageError
from warehouse.home import home

_SHOWN = 200


def command(query: str | None, output_format: str, output: str | None) -> int:
    """Runs one statement and prints or writes its rows."""
    if query is None:
        if sys.stdin.isatty():
            raise UsageError('A query was expected, as an argument or on the standard input: pfs sql "select * from release".')
        query = sys.stdin.read()
    if output_format == "parquet" and output is None:
        raise UsageError("--format parquet needs --output FILE: a Parquet file cannot be printed.")
    with read.open_published(home()) as con:
        try:
            _require_one(con, query)
            result = con.sql(query)
            if result is None:
                raise PfsError("The statement gives no rows. pfs sql reads; it cannot write.")
            _print(result, output_format, output)
        except duckdb.Error as error:
            raise PfsError(f"The query does not run: {error}") from error
    return 0


def _require_one(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuses a text without a statement, and several ones, of which only the last would be shown."""
    found = con.extract_statements(query)
    if not found:
        raise UsageError('A query was expected, found none: pfs sql "select * from release".')
    # DuckDB makes two statements of one PIVOT, of which the first creates a type.
    if sum(each.type != duckdb.StatementType.CREATE for each in found) > 1:
        raise UsageError(f"One statement was expected, found {len(found)}. Run 'pfs sql' once for each of them.")


def _print(result: duckdb.DuckDBPyRelation, output_format: str, output: str | None) -> None:
    if output_format == "table" and output is None:
        _show(result)
        return
    import polars as pl

    frame = pl.DataFrame(result)
    target = Path(output) if output else None
    try:
        _write(frame, output_format, target)
    except pl.exceptions.PolarsError as error:
        raise PfsError(f"The rows cannot be written as {output_format}: {error}. Take the lists apart, or use json.") from error
    except OSError as error:
        if target is None:  # the standard output, of which `main` knows what to say
            raise
        raise PfsError(f"{output} cannot be written: {error.strerror or error}. Name a file in a folder that exists.") from error


def _write(frame: Any, output_format: str, target: Path | None) -> None:
    if output_format == "parquet":
        frame.write_parquet(target)
        return
    text = as_json(frame.to_dicts()) + "\n" if output_format == "json" else frame.write_csv()
    if target:
        target.write_text(text, encoding="utf-8")
    else:  # programs get what is there; a terminal would act on control characters
        sys.stdout.write(clean(text) if sys.stdout.isatty() else text)


def _show(result: duckdb.DuckDBPyRelation) -> None:
    rows = result.limit(_SHOWN + 1).fetchall()
    numbers = [name for name, kind in zip(result.columns, result.types, strict=True) if _is_number(str(kind))]
    console().print(table(result.columns, rows[:_SHOWN], numbers))
    if len(rows) > _SHOWN:
        console().print(line(f"The first {_SHOWN} rows; --format csv gives all of them."))


def _is_number(kind: str) -> bool:
    return kind.startswith(
        ("DECIMAL", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER")
    )
