"""The database explains itself: a comment on every table, view, column and macro, the meaning that the project states once."""

from __future__ import annotations

import pytest

from flows import catalog
from tests.warehouse import answer, tiny_warehouse
from warehouse.schema import column_comment, table_comment
from warehouse.sql_file import sql_files

COLUMNS = (
    "select table_name, column_name, data_type, comment from duckdb_columns() "
    "where database_name = current_database() and not internal"
)


def test_every_table_says_what_a_row_is_and_its_key() -> None:
    """The comment is the meaning of flows/catalog/tables.toml and the key."""
    found = answer(
        tiny_warehouse(),
        "select table_name, comment from duckdb_tables() where database_name = current_database() order by table_name",
    )
    assert found == sorted((table.name, table_comment(table)) for table in catalog.tables().values())
    assert all(" Key: " in comment for _, comment in found)


def test_every_view_gives_meaning_grain_sources_and_rule() -> None:
    """The head of a view's file is its comment."""
    found = answer(
        tiny_warehouse(),
        "select view_name, comment from duckdb_views() where database_name = current_database() and not internal order by 1",
    )
    assert found == sorted((file.name, file.comment) for folder in ("views", "stored") for file in sql_files(folder))
    for name, comment in found:
        assert all(f"\n{part}: " in comment for part in ("grain", "reads", "rule")), name


def test_every_macro_gives_its_rule() -> None:
    """The head of a macro's file is its comment."""
    found = answer(
        tiny_warehouse(),
        "select distinct function_name, comment from duckdb_functions() "
        "where database_name = current_database() and not internal order by 1",
    )
    assert found == [(file.name, file.comment) for file in sql_files("macros")]


def test_every_column_has_its_one_meaning() -> None:
    """A name means the same in every table and view, and its comment says what."""
    found = answer(tiny_warehouse(), COLUMNS)
    assert len(found) > 200
    for table, name, _, comment in found:
        assert comment == column_comment(catalog.column(table, name)), f"{table}.{name}"
        assert comment, f"{table}.{name} has no comment"


def test_no_column_holds_binary_fractions() -> None:
    """Money and what leads to it is decimal; a DOUBLE anywhere would let a cent slip."""
    found = answer(tiny_warehouse(), COLUMNS)
    assert [row[:3] for row in found if row[2] in ("DOUBLE", "FLOAT", "REAL")] == []


@pytest.mark.parametrize("view", ["payment", "national_payment"])
def test_every_amount_is_in_cents(view: str) -> None:
    """Each dollar column of a view of amounts is a DECIMAL with two places."""
    found = answer(
        tiny_warehouse(), f"{COLUMNS} and table_name = '{view}' and column_name similar to '.*(fee|cap|allowed|charge)'"
    )
    assert len(found) == 10
    assert {row[2] for row in found} == {"DECIMAL(18,2)"}


def test_tables_have_the_declared_types() -> None:
    """Types of tables, and of view columns, are those of flows/catalog/columns.csv."""
    for table, name, data_type, _ in answer(tiny_warehouse(), COLUMNS):
        assert data_type == catalog.column(table, name).type, f"{table}.{name}"
