"""What a warehouse holds, as one hash a table, without the columns that depend on when and where it was built."""

from __future__ import annotations

import duckdb

from flows import catalog
from warehouse.sql_file import sql_files

# Filled from the catalogue or about the build itself, and the same for any archives.
_NOT_OF_A_RELEASE = {name for name, table in catalog.tables().items() if "release_id" not in table.column_names}

# Views whose rows follow from one release alone; payment has two million rows a release, and payment_range stands for it.
_OF_A_RELEASE = ("code_percentile", "code_section", "code_standing", "locality", "national_payment", "unpriced")


def content(con: duckdb.DuckDBPyConnection, releases: list[str]) -> dict[str, tuple[int, int]]:
    """Number of rows of each table for these releases, and the sum of their hashes, operational columns left out."""
    return {name: _hash(con, table, releases) for name, table in catalog.tables().items() if name not in _NOT_OF_A_RELEASE}


def _hash(con: duckdb.DuckDBPyConnection, table: catalog.Table, releases: list[str]) -> tuple[int, int]:
    columns = [column.name for column in table.columns if not column.is_operational]
    return _hash_of(con, table.name, columns, releases)


def _hash_of(con: duckdb.DuckDBPyConnection, relation: str, columns: list[str], releases: list[str] | None) -> tuple[int, int]:
    listed = ", ".join(f"'{release}'" for release in releases or [])
    where = "" if releases is None else f" where release_id in ({listed})"
    quoted = ", ".join(f'"{name}"' for name in columns)
    ((rows, digest),) = con.execute(
        "select count(*), coalesce(sum(cast(md5_number_lower(line) as hugeint)), 0) "
        f"from (select cast(row({quoted}) as varchar) as line from {relation}{where})"
    ).fetchall()
    return rows, digest


def derived(con: duckdb.DuckDBPyConnection, releases: list[str]) -> dict[str, tuple[int, int]]:
    """The same for what is derived from each release by itself: stored tables, and the views of `_OF_A_RELEASE`."""
    stored = [file.name for file in sql_files("stored") if file.head.get("scope") == "release"]
    return {name: _hash_of(con, name, _columns(con, name), releases) for name in [*stored, *_OF_A_RELEASE]}


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """The same for every table, stored table and view, all of its rows."""
    found = con.execute("select table_name from duckdb_tables() union select view_name from duckdb_views() where not internal")
    columns = {name: _columns(con, name) for (name,) in sorted(found.fetchall())}
    return {name: _hash_of(con, name, listed, None) for name, listed in columns.items() if listed}


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    found = con.execute("select column_name from duckdb_columns() where table_name = ? order by column_index", [relation])
    return [name for (name,) in found.fetchall() if not catalog.column(relation, name).is_operational]
