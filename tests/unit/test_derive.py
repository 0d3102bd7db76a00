"""Stage derive: what is stored holds what its select gives, and is made anew each time."""

from __future__ import annotations

import re

import duckdb
import pytest

from tests.slow import slow
from tests.warehouse import answer, factor, insert, release, rvu
from warehouse import schema, sql_file, stored
from warehouse.derive import derive
from warehouse.sql_file import as_view, sql_files


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    schema.create_tables(con)
    insert(con, "release", [release()])
    insert(con, "conversion_factor", [factor()])
    insert(con, "rvu", [rvu("99213", work="1.30")])
    derive(con)
    return con


def test_latest_pages_have_an_index_by_code(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select table_name, is_unique, expressions from duckdb_indexes()").fetchall()
    assert found == [("latest_page_body", True, "[hcpcs_code]")]


def test_what_is_stored_is_a_table_and_not_a_view(con: duckdb.DuckDBPyConnection) -> None:
    stored = {file.name for file in sql_files("stored")}
    assert stored
    assert stored <= {name for (name,) in answer(con, "select table_name from duckdb_tables() where comment like '%grain:%'")}


@slow
def test_a_row_that_came_later_counts_after_the_next_derive(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, "rvu", [rvu("99214", work="1.92")])
    assert answer(con, "select hcpcs_code from payment_input") == [("99213",)]
    derive(con)
    assert answer(con, "select hcpcs_code from payment_input") == [("99213",), ("99214",)]


@pytest.mark.parametrize("file", sql_files("stored"), ids=lambda file: file.name)
def test_each_file_can_be_a_view_as_well(file: object) -> None:
    statement = as_view(file).statement  # type: ignore[arg-type]
    assert statement.startswith("create or replace view ")
    assert "create or replace table" not in statement


def test_views_that_a_stored_table_inlines_are_not_asked_for_all_of_their_rows(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their statements stand in the place of their names when it is made, so that they read what it narrowed."""
    ran = []
    monkeypatch.setattr(sql_file, "run_file", lambda _con, _where, statement: ran.append(statement))
    for file in sql_files("stored"):
        if file.inlines:
            stored.make_table(con, file)
            assert not re.search(rf"\b(from|join) ({'|'.join(file.inlines)})\b", ran[-1])
    assert len(ran) == 1


def test_the_head_of_a_file_names_every_object_that_its_statement_reads() -> None:
    """The order in which stored tables are made, two at a time, rests on it: one that is made too early would miss rows."""
    files = {file.name: file for folder in ("macros", "views", "stored") for file in sql_files(folder)}
    found = set()
    for file in files.values():
        code = re.sub("--.*", "", file.statement)
        own = {file.name, *re.findall(r"(?:\bwith|,)\s+(\w+)\s+as\s+(?:(?:not\s+)?materialized\s+)?\(", code)}
        read = {name for name in re.findall(r"(?<!distinct )\b(?:from|join)\s+\(?\s*(\w+)", code) if name in files} - own
        found |= read
        assert read <= set(file.reads), f"{file.name} reads {', '.join(sorted(read - set(file.reads)))}"
    assert len(found) > 30
