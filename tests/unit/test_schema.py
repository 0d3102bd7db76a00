"""Tables come from the catalogue: names, types, what may be null, comments, and the rows of the tables of fixed facts."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from flows import catalog
from tests.slow import slow
from warehouse import schema

TABLES = list(catalog.tables().values())


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        schema.create_tables(connection)
        yield connection


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_the_declared_columns(con: duckdb.DuckDBPyConnection, table: catalog.Table) -> None:
    found = con.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() where table_name = ? order by column_index",
        [table.name],
    ).fetchall()
    assert found == [(column.name, column.type, column.name in table.nullable) for column in table.columns]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_and_its_columns_say_what_they_mean(con: duckdb.DuckDBPyConnection, table: catalog.Table) -> None:
    ((comment,),) = con.execute("select comment from duckdb_tables() where table_name = ?", [table.name]).fetchall()
    assert comment == f"{table.meaning}. Key: {', '.join(table.key)}."
    comments = dict(
        con.execute("select column_name, comment from duckdb_columns() where table_name = ?", [table.name]).fetchall()
    )
    assert all(comments[column.name].startswith(column.meaning) for column in table.columns)


def test_no_key_column_may_be_null() -> None:
    assert [(table.name, name) for table in TABLES for name in table.key if name in table.nullable] == []


def test_the_unit_stands_behind_the_meaning() -> None:
    assert schema.column_comment(catalog.columns()["work_gpci"]).endswith("had it [index]")
    assert "operational" not in schema.column_comment(catalog.columns()["loaded_at"])
    assert schema.column_comment(catalog.columns()["mac"]) == catalog.columns()["mac"].meaning


def test_a_quote_in_a_text_does_not_end_the_literal(con: duckdb.DuckDBPyConnection) -> None:
    text = "CMS's 'own'"
    assert con.execute(f"select {schema.quoted(text)}").fetchall() == [(text,)]


def test_status_codes_are_there_with_what_they_mean_for_a_price(con: duckdb.DuckDBPyConnection) -> None:
    priced = con.execute("select is_priced, reason is null from status_code where status_code = 'A'").fetchall()
    assert priced == [(True, True)]
    bundled = con.execute("select is_priced, reason from status_code where status_code = 'B'").fetchall()
    assert bundled[0][0] is False and bundled[0][1]


@slow
def test_making_the_tables_again_keeps_the_rows_and_refills_the_fixed_facts() -> None:
    with duckdb.connect() as con:
        schema.create_tables(con)
        con.execute("insert into rejected_row values ('RVU31A', 'rvu', 'a.csv', 7, 'text', 'reason')")
        con.execute("delete from status_code where status_code <> 'A'")
        before = con.execute("select count(*) from indicator_value").fetchall()
        schema.create_tables(con)
        assert con.execute("select line_number from rejected_row").fetchall() == [(7,)]
        assert con.execute("select count(*) > 10 from status_code").fetchall() == [(True,)]
        assert con.execute("select count(*) from indicator_value").fetchall() == before
        assert con.execute("select value from warehouse_fact where key = 'schema_version'").fetchall() == [
            (schema.SCHEMA_VERSION,)
        ]


def test_null_where_a_value_is_needed_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConstraintException, match=r"NOT NULL constraint failed: rejected_row\.reason"):
        con.execute("insert into rejected_row values ('RVU31A', 'rvu', 'a.csv', 7, 'text', null)")


def test_key_faults_are_those_of_one_release_and_at_most_five() -> None:
    table = catalog.tables()["rejected_row"]
    with duckdb.connect() as con:
        con.execute(schema.table_ddl(table))
        for line in [1, *range(10, 18), *range(10, 18)]:
            con.execute("insert into rejected_row values ('RVU31A', 'rvu', 'a.csv', ?, 't', 'r')", [line])
        con.execute("insert into rejected_row values ('RVU31B', 'rvu', 'a.csv', 1, 't', 'r')")
        assert schema.key_faults(con, table, "RVU31B") == []
        faults = schema.key_faults(con, table, "RVU31A")
        assert len(faults) == 5
        assert set(faults) <= {f"RVU31A a.csv {line}" for line in range(10, 18)}
