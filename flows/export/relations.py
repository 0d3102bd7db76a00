"""What is exported: tables and views with their columns, cut into parts by the release that leads their key.

Reads the warehouse and flows/catalog/exports.toml. A relation is searched for descriptions that need a licence before its
files are written (`require_clean`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from flows import catalog
from warehouse.errors import FeedError

# A relation with one of these columns is cut by it, and each file holds one value of it.
_PARTITIONS = ("release_id", "zip_release_id", "reference_release_id")
# Columns of codes, numbers and names of a few characters, in which no description can stand.
_SHORT = 10


@dataclass(frozen=True)
class Relation:
    """A table or view to export: what a row means, its columns as (name, DuckDB type, comment), the column that cuts it.

    `where` is what a row must be to be exported (exports.toml); `meaning` then says what is left out.
    """

    name: str
    meaning: str
    columns: tuple[tuple[str, str, str], ...]
    key: tuple[str, ...]
    partition: str | None
    is_licensed: bool = False
    where: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(name for name, _, _ in self.columns)


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export: its name in the folder, the relation and the part of it that it holds, its rows, size and sha256."""

    name: str
    relation: str
    part: str | None
    rows: int
    size: int
    sha256: str


def relations(con: duckdb.DuckDBPyConnection, wanted: tuple[str, ...] = ()) -> list[Relation]:
    """The tables and views to export by name: those that flows/catalog/exports.toml lets out, or the wanted ones.

    Raises FeedError when a wanted one is not there or is one that is not exported.
    """
    found = {
        name: comment or ""
        for name, comment in con.execute(
            """
            select table_name, comment from duckdb_tables() where database_name = current_database() and not internal
            union all
            select view_name, comment from duckdb_views() where database_name = current_database() and not internal
            """
        ).fetchall()
    }
    declared = catalog.settings("exports.toml")
    for name in wanted:
        if name in declared["never"]:
            raise FeedError(f"{name} is not exported: {declared['never'][name]}.")
        if name not in found:
            known = ", ".join(sorted(found.keys() - declared["never"].keys()))
            raise FeedError(f"There is no table or view {name!r}. There are: {known}.")
    names = sorted(set(wanted) or found.keys() - declared["never"].keys() - declared["by_name"].keys())
    return [_relation(con, name, found[name]) for name in names]


def _relation(con: duckdb.DuckDBPyConnection, name: str, comment: str) -> Relation:
    declared = catalog.settings("exports.toml")
    left_out, kept = declared["columns"], declared["rows"].get(name, {})
    columns = tuple(
        (column, kind, said or "")
        for column, kind, said in con.execute(
            """
            select column_name, data_type, comment from duckdb_columns()
            where database_name = current_database() and table_name = ? order by column_index
            """,
            [name],
        ).fetchall()
        if column not in left_out and not (column in catalog.columns() and catalog.columns()[column].is_operational)
    )
    names = [column for column, _, _ in columns]
    table = catalog.tables().get(name)
    key = tuple(column for column in table.key if column in names) if table else ()
    # A table that has one row for each value is one file.
    is_header = key in [(partition,) for partition in _PARTITIONS]
    partition = next((column for column in _PARTITIONS if column in names), None)
    meaning = comment.split("\n")[0] + (f" {kept['reason']}." if kept else "")
    return Relation(name, meaning, columns, key, None if is_header else partition, where=kept.get("where"))


def parts(con: duckdb.DuckDBPyConnection, relation: Relation, releases: tuple[str, ...]) -> list[str | None]:
    """The values that cut a relation, in order; one None for a relation that is not cut. With `releases`, only those."""
    if relation.partition is None:
        return [None]
    header = relation.partition.removesuffix("_id")
    values = [row[0] for row in con.execute(f"select {relation.partition} from {header} order by 1").fetchall()]
    return [value for value in values if not releases or relation.partition != "release_id" or value in releases]


def require_clean(con: duckdb.DuckDBPyConnection, relation: Relation, file: str) -> None:
    """Raises FeedError when a text in a written file is a description of the CPT or of a dental code, whole or in part.

    Parts are what stands between punctuation. `file` is a call such as read_parquet('…'), which DuckDB reads. Labels of CMS's
    classification are its own and public, also where a description has the same words.
    """
    columns = [(name, kind) for name, kind, _ in relation.columns if name != relation.partition]
    texts = [(name, kind) for name, kind in columns if any(part in kind for part in ("VARCHAR", "STRUCT", "MAP"))]
    if not texts:
        return
    words = " union ".join(_words(name, kind, file) for name, kind in texts)
    hits = con.execute(
        f"""
        with long as ({words}),
        mark as (select unnest(descriptor_fingerprints(words)) as fingerprint from long),
        label as (select distinct unnest([category, subcategory, family]) as words from rbcs_assignment),
        public_mark as (select unnest(descriptor_fingerprints(words)) as fingerprint from label where words is not null)
        select min(protected_descriptor.hcpcs_code), count(*)
        from mark
        join protected_descriptor on protected_descriptor.fingerprint = mark.fingerprint
        where mark.fingerprint not in (select fingerprint from public_mark)
        """
    ).fetchone()
    if hits and hits[1]:
        named = ", ".join(name for name, _ in texts)
        raise FeedError(
            f"{relation.name} would hold the description of {hits[0]}, which needs a licence, in one of {named}. "
            "The file was not published. Report it: none of these columns should hold any."
        )


def _words(name: str, kind: str, file: str) -> str:
    """The texts of a column. Lists and structures are cut at their commas first: their many figures are then few texts."""
    text = f'cast("{name}" as varchar)'
    if "[" in kind or "STRUCT" in kind or "MAP" in kind:
        return f"select distinct unnest(string_split({text}, ', ')) as words from {file}"
    return f"select distinct {text} as words from {file} where length({text}) >= {_SHORT}"
