"""The tables of a warehouse, made from the definitions in flows/catalog: DDL, comments, and the rows of the fixed tables.

Reads the catalogue; writes to the connection that it is given. The database enforces types and what may not be null;
`key_faults` finds repeated keys. There are no indexes: rows are stored sorted, which is faster to read and to load.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import duckdb

from flows import catalog
from flows.catalog import Table, localities, releases

SCHEMA_VERSION = "1"
STORAGE_VERSION = "v1.0.0"
_REFERENCE_FACTS = {
    "specialty": "specialties.csv",
    "utilisation_modifier": "utilisation_modifiers.csv",
    "specialty_rule": "specialty_rule.csv",
}


def quoted(text: str) -> str:
    """A text as an SQL literal, for statements that take no parameters (COMMENT ON)."""
    return "'" + text.replace("'", "''") + "'"


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Creates every table that is not there yet, with its comments, and fills the tables of fixed facts anew.

    In one transaction: some hundred statements, of which each would otherwise be a commit of its own.
    """
    con.execute("begin")
    try:
        _create(con)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def _create(con: duckdb.DuckDBPyConnection) -> None:
    for table in catalog.tables().values():
        comments = [f"comment on table {table.name} is {quoted(table_comment(table))}"] + [
            f"comment on column {table.name}.{column.name} is {quoted(column_comment(column))}" for column in table.columns
        ]
        con.execute(";\n".join([table_ddl(table), *comments]))  # at once, which takes half the time
    _fill(con, "correction", [tuple(row.values()) for row in catalog.rows("corrections.csv")])
    _fill(con, "source_defect", [tuple(row.values()) for row in catalog.rows("source_defects.csv")])
    _fill(con, "status_code", [tuple(row.values()) for row in catalog.rows("status_codes.csv")])
    _fill(con, "indicator_value", [tuple(row.values()) for row in catalog.rows("indicator_values.csv")])
    _fill(con, "locality_identity", [astuple(row) for row in localities.identities()])
    _fill(con, "locality_area", localities.area_rows())
    _fill(con, "release_calendar", _calendar_rows())
    _fill(con, "announced_end", [tuple(row.values()) for row in catalog.rows("announced_ends.csv")])
    _fill(con, "coverage_gap", [tuple(row.values()) for row in catalog.rows("coverage_gaps.csv")])
    _fill(con, "legal_conversion_factor", [tuple(row.values()) for row in catalog.rows("conversion_factors.csv")])
    _fill(con, "payment_adjustment", [tuple(row.values()) for row in catalog.rows("payment_adjustments.csv")])
    _fill(con, "modifier_rule", [tuple(row.values()) for row in catalog.rows("modifier_rules.csv")])
    _fill(con, "multiple_procedure_rule", [tuple(row.values()) for row in catalog.rows("multiple_procedure_rules.csv")])
    _fill(con, "practitioner_rule", [tuple(row.values()) for row in catalog.rows("practitioner_rules.csv")])
    _fill(con, "global_test_part", [tuple(row.values()) for row in catalog.rows("global_test_parts.csv")])
    _fill(con, "place_of_service", [tuple(row.values()) for row in catalog.rows("places_of_service.csv")])
    for name, file in _REFERENCE_FACTS.items():
        _fill(con, name, [tuple(row.values()) for row in catalog.rows(file)])
    _fill(con, "section", [tuple(row.values()) for row in catalog.rows("sections.csv")])
    _fill(con, "release_bound", [tuple(row.values()) for row in catalog.rows("release_bounds.csv")])
    _fill(con, "stale_cap", [tuple(row.values()) for row in catalog.rows("stale_caps.csv")])
    _fill(con, "warehouse_fact", [("schema_version", SCHEMA_VERSION)])


def _calendar_rows() -> list[tuple[Any, ...]]:
    """The rows of table release_calendar, whose columns are named as the fields of `Release` but for the factor."""
    fields = [name.removeprefix("expected_") for name in catalog.tables()["release_calendar"].column_names]
    return [tuple(getattr(release, name) for name in fields) for release in releases.releases()]


def table_ddl(table: Table) -> str:
    """The CREATE TABLE statement of a table."""
    columns = [f"  {column.name} {column.type}{'' if column.name in table.nullable else ' not null'}" for column in table.columns]
    return f"create table if not exists {table.name} (\n" + ",\n".join(columns) + "\n)"


def table_comment(table: Table) -> str:
    """Meaning and key of a table, as its comment says them."""
    return f"{table.meaning}. Key: {', '.join(table.key)}."


def column_comment(column: catalog.Column) -> str:
    """Meaning and unit of a column, as its comment says them."""
    unit = column.unit.replace("operational", "").strip()
    return column.meaning + (f" [{unit}]" if unit else "")


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Replaces the rows of a small table. Values stand in the statement: DuckDB binds parameters far more slowly."""
    con.execute(f"delete from {table}")
    nullable = catalog.tables()[table].nullable
    names = catalog.tables()[table].column_names
    lines = [", ".join("null" if not v and names[i] in nullable else quoted(str(v)) for i, v in enumerate(row)) for row in rows]
    con.execute(f"insert into {table} values " + ", ".join(f"({line})" for line in lines))


def key_faults(con: duckdb.DuckDBPyConnection, table: Table, release_id: str) -> list[str]:
    """Keys that stand more than once among the rows of one release, at most five, as text. The edition leads every key."""
    key = ", ".join(table.key)
    found = con.execute(
        f"select concat_ws(' ', {key}) from {table.name} where {table.key[0]} = ? group by {key} having count(*) > 1 limit 5",
        [release_id],
    ).fetchall()
    return [row[0] for row in found]
