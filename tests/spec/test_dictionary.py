"""The dictionary: generated from the definitions of the schema, complete, and the same as docs/DICTIONARY.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import catalog
from flows.cli import main
from flows.dictionary.collect import Field, entries, other_columns, sources
from flows.dictionary.document import document
from tests.slow import slow
from tests.warehouse import answer, tiny_warehouse
from warehouse.errors import CatalogError
from warehouse.sql_file import sql_files

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "DICTIONARY.md"


@slow
def test_the_document_is_up_to_date() -> None:
    """Whoever changes a column, view or macro writes the page anew."""
    fresh = DOCUMENT.read_text(encoding="utf-8") == document(entries(), other_columns())
    assert fresh, "docs/DICTIONARY.md is out of date. Run 'pfs dictionary --write docs/DICTIONARY.md' and commit it."


def test_every_object_of_the_database_is_in_it() -> None:
    """Each table, view and macro that a warehouse has, and no other."""
    found = answer(
        tiny_warehouse(),
        """
        select table_name from duckdb_tables() where database_name = current_database()
        union select view_name from duckdb_views() where database_name = current_database() and not internal
        union select function_name from duckdb_functions() where database_name = current_database() and not internal
        """,
    )
    assert {entry.name for entry in entries()} == {row[0] for row in found}
    assert {entry.name for entry in entries() if entry.kind == "stored table"} == {file.name for file in sql_files("stored")}


def flat(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from flat(field.fields)


def test_everything_has_a_meaning() -> None:
    """Objects, their columns, and the fields of nested columns; views and macros say what a row is, tables have a key."""
    assert [entry.name for entry in entries() if not entry.meaning or not entry.grain] == []
    without = [(entry.name, field.name) for entry in entries() for field in flat(entry.columns) if not field.meaning.strip()]
    assert without == []
    assert [entry.name for entry in entries() if not entry.columns and entry.kind != "macro"] == []


@slow
def test_a_column_without_a_definition_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the relation, the column, and the file to edit."""
    known = {name: column for name, column in catalog.columns().items() if name != "similar_rank"}
    monkeypatch.setattr(catalog, "columns", lambda: known)
    with pytest.raises(Exception, match="similar_rank") as error:
        entries.__wrapped__()  # not those that were collected before
    assert "columns.csv" in str(error.value)


def test_sources_are_those_of_the_column_maps() -> None:
    """The work RVU stands in column 6 of every csv layout, and in characters 60 to 65 of every text."""
    found = sources("rvu", "work_rvu")
    assert any(text.startswith("csv 6 WORK RVU (2003-2005; ") for text in found)
    assert [text for text in found if text.startswith("text")] == [
        next(t for t in found if t.startswith("text 60-65 (2003-2005; "))
    ]
    assert sources("rvu", "line_number") == ()
    assert any("(2026-)" in text for text in sources("anesthesia_cf", "conversion_factor"))


def test_the_command_prints_one_entry_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    """As a document, or as JSON with the same content."""
    assert main(["dictionary", "code_percentile"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("### code_percentile\n")
    assert "| `percentile` | DECIMAL(5,2) | percent |" in out
    assert main(["dictionary", "rvu", "--json"]) == 0
    (rvu,) = json.loads(capsys.readouterr().out)
    assert (rvu["name"], rvu["kind"], rvu["grain"]) == ("rvu", "table", "release_id, hcpcs_code, modifier")
    assert rvu["columns"][5]["sources"] == list(sources("rvu", "work_rvu"))


def test_an_unknown_name_is_an_error_that_names_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dictionary", "percentil"]) == 1
    assert "Near ones: code_percentile." in capsys.readouterr().err


def test_write_takes_neither_name_nor_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document is the whole dictionary; nothing is written otherwise."""
    assert main(["dictionary", "rvu", "--write", str(tmp_path / "rvu.md")]) == 1
    assert "leave out the name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_undefined_column_raises_a_catalog_error() -> None:
    """The lookup that schema and dictionary share."""
    with pytest.raises(KeyError):
        catalog.column("rvu", "no_such_column")
    assert issubclass(CatalogError, Exception)
