"""The dictionary as data, read off the definitions that the schema is made of.

Reads flows/catalog (tables.toml, columns.csv, column_maps) and the heads of the files in sql/, makes an empty warehouse from them
in memory, and asks that for columns and types; so the dictionary cannot say what the schema does not. Raises CatalogError when a
column, or a field of a nested column, has no meaning in columns.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import duckdb

from flows import catalog
from flows.extract.layouts import Layout, Place, layouts
from warehouse import schema
from warehouse.derive import derive
from warehouse.errors import CatalogError
from warehouse.sql_file import SqlFile, sql_files

# The tables that the rows of a kind of member go to; one row of the RVU file carries the conversion factor and a description too.
_TABLES_OF_KIND = {
    "rvu": ("rvu", "conversion_factor", "hcpcs_descriptor"),
    "gpci": ("gpci",),
    "anesthesia": ("anesthesia_cf",),
    "opps_cap": ("opps_cap",),
    "locality_county": ("locality_county",),
    "zip_locality": ("zip_locality",),
    "zip4_locality": ("zip4_locality",),
    "rbcs": ("rbcs_assignment",),
    "utilisation": ("utilisation_count",),
}


@dataclass(frozen=True)
class Field:
    """One column: type, unit (empty: none), meaning, and its sources as texts such as `csv 6 WORK RVU (2013-2025)`.

    `fields` holds the fields of a nested column (STRUCT), each with its own meaning.
    """

    name: str
    type: str
    unit: str
    meaning: str
    sources: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One table, view or macro. `kind` is table, stored table, view, macro or table macro; `reads` is empty for plain tables."""

    name: str
    kind: str
    meaning: str
    grain: str
    reads: str
    rule: str
    parameters: tuple[str, ...]
    columns: tuple[Field, ...]


@cache
def entries() -> tuple[Entry, ...]:
    """Every table, stored table, view and macro, by kind and name."""
    with duckdb.connect() as con:
        schema.create_tables(con)
        derive(con)
        return (*_tables(con), *_relations(con, "stored", "stored table"), *_relations(con, "views", "view"), *_macros(con))


def _tables(con: duckdb.DuckDBPyConnection) -> Iterator[Entry]:
    for name in sorted(catalog.tables()):
        table = catalog.tables()[name]
        yield Entry(name, "table", table.meaning, ", ".join(table.key), "", "", (), _columns(con, name))


def _relations(con: duckdb.DuckDBPyConnection, folder: str, kind: str) -> Iterator[Entry]:
    for file in sql_files(folder):
        yield _of_file(file, kind, (), _columns(con, file.name))


def _macros(con: duckdb.DuckDBPyConnection) -> Iterator[Entry]:
    known = con.execute(
        "select distinct function_name, function_type, parameters from duckdb_functions() where not internal order by 1"
    ).fetchall()
    heads = {file.name: file for file in sql_files("macros")}
    for name, function_type, parameters in known:
        is_table = function_type == "table_macro"
        columns = _described(con, name, len(parameters)) if is_table else ()
        yield _of_file(heads[name], "table macro" if is_table else "macro", tuple(parameters), columns)


def _of_file(file: SqlFile, kind: str, parameters: tuple[str, ...], columns: tuple[Field, ...]) -> Entry:
    head = file.head
    return Entry(
        file.name, kind, head["meaning"], head.get("grain", ""), head.get("reads", ""), head.get("rule", ""), parameters, columns
    )


def _columns(con: duckdb.DuckDBPyConnection, relation: str) -> tuple[Field, ...]:
    found = con.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not internal order by column_index",
        [relation],
    ).fetchall()
    return tuple(_field(relation, name, data_type) for name, data_type in found)


def _described(con: duckdb.DuckDBPyConnection, macro: str, parameters: int) -> tuple[Field, ...]:
    """The columns that a table macro gives; they do not depend on what it is asked for."""
    found = con.execute(f"describe select * from {macro}({', '.join(['null'] * parameters)})").fetchall()
    return tuple(_field(macro, row[0], row[1]) for row in found)


def _field(relation: str, name: str, data_type: str) -> Field:
    try:
        column = catalog.column(relation, name)
    except KeyError:
        raise CatalogError(
            f"{relation} has the column or field {name!r}, which {catalog.PLACE}/columns.csv does not define. "
            "Add its meaning there."
        ) from None
    unit = column.unit.replace("operational", "").strip()
    nested = tuple(_field(relation, field, field_type) for field, field_type in _fields_of(data_type))
    return Field(name, data_type, unit, column.meaning, sources(relation, name), nested)


def _fields_of(data_type: str) -> Iterator[tuple[str, str]]:
    """The names and types of the fields of a STRUCT, or of a list of STRUCTs; none for other types."""
    found = re.fullmatch(r"STRUCT\((.*)\)(\[\])*", data_type)
    for part in re.findall(r'("[^"]+"|\w+) (\w+(?:\([\d,]+\))?)(?:, |$)', found[1]) if found else ():
        yield part[0].strip('"'), part[1]


@cache
def other_columns() -> tuple[Field, ...]:
    """Columns of CMS's files that no table has under their name: read only to find a row, to check it, or to make another."""
    kept = {column.name for entry in entries() for column in entry.columns}
    found = {
        place.column: kind
        for kind in _TABLES_OF_KIND
        for layout in layouts(kind)
        for place in layout.places
        if place.column not in kept
    }
    return tuple(_field(f"the {kind} file", name, catalog.columns()[name].type) for name, kind in sorted(found.items()))


def sources(table: str, column: str) -> tuple[str, ...]:
    """Where CMS's files have a column, in each layout: form, place and heading, and the years of that layout."""
    spots: dict[str, list[str]] = {}
    for kind, tables in _TABLES_OF_KIND.items():
        for layout in layouts(kind) if table in tables else ():
            for place in layout.places:
                if place.column in (column, f"printed_{column}", f"qp_{column}"):
                    spots.setdefault(_spot(layout, place), []).append(layout.years)
    return tuple(f"{spot} ({'; '.join(dict.fromkeys(years))})" for spot, years in spots.items())


def _spot(layout: Layout, place: Place) -> str:
    if layout.form == "csv":
        heading = next((text for text in place.headings if text and not text.startswith("~")), "")
        return f"csv {place.position}{' (joined)' if place.joined else ''} {heading}".rstrip()
    if layout.form == "fixed":
        return f"text {place.first}-{place.last}"
    return "text, by its place in the line"
