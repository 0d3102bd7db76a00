"""What a warehouse holds, as one hash a table, without the columns that depend on when and where it was built."""

from __future__ import annotations

import duckdb

from flows import catalog

# Filled from the catalogue or about the build itself, and the same for any archives.
_NOT_OF_A_RELEASE = {name for name, table in catalog.tables().items() if "release_id" not in table.column_names}


def content(con: duckdb.DuckDBPyConnection, releases: list[str]) -> dict[str, tuple[int, int]]:
    """Number of rows of each table for these releases, and the sum of their hashes, operational columns left out."""
    return {name: _hash(con, table, releases) for name, table in catalog.tables().items() if name not in _NOT_OF_A_RELEASE}


def _hash(con: duckdb.DuckDBPyConnection, table: catalog.Table, releases: list[str]) -> tuple[int, int]:
    columns = ", ".join(column.name for column in table.columns if not column.is_operational)
    listed = ", ".join(f"'{release}'" for release in releases)
    ((rows, digest),) = con.execute(
        "select count(*), coalesce(sum(cast(md5_number_lower(line) as hugeint)), 0) "
        f"from (select cast(row({columns}) as varchar) as line from {table.name} where release_id in ({listed}))"
    ).fetchall()
    return rows, digest
