"""The description of an export for programs: a Frictionless Data Package, with a table schema for each relation.

Pure, but for `licensed_relation`, which reads licensed descriptions into a temporary table. The form is that of the Data
Package and Table Schema specifications of Frictionless Data, version 1: one resource a file, its schema in a file of its own.
"""

from __future__ import annotations

from typing import Any

import duckdb

from flows import catalog
from flows.export.relations import ExportedFile, Relation
from flows.notices import Licences
from warehouse import read
from warehouse.home import Home

_TYPES = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}
_WHOLE = ("INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT", "UINTEGER", "UBIGINT")
_MEDIA = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv"}


def schema_name(relation: Relation) -> str:
    """The file that holds the table schema of a relation."""
    return f"schemas/{relation.name}.schema.json"


def table_schema(relation: Relation, file_format: str) -> dict[str, Any]:
    """The table schema of a relation's files; Parquet files lack the column that the name of their folder holds."""
    columns = [column for column in relation.columns if file_format == "csv" or column[0] != relation.partition]
    fields = [{"name": name, "type": _type(kind), "description": said} for name, kind, said in columns]
    key = [name for name in relation.key if any(name == column[0] for column in columns)]
    return {"fields": fields, "missingValues": [""], **({"primaryKey": key} if key else {})}


def _type(kind: str) -> str:
    if "[" in kind:
        return "array"
    if kind.startswith("STRUCT"):
        return "object"
    if kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return "number"
    return "integer" if kind in _WHOLE else _TYPES.get(kind, "any")


def data_package(
    found: list[Relation], made: list[ExportedFile], said: list[str], file_format: str, references: list[str]
) -> dict[str, Any]:
    """The content of datapackage.json: a resource for each file; `references` are the reference files that are loaded."""
    by_name = {relation.name: relation for relation in found}
    return {
        "profile": "data-package",
        "name": "pfs-warehouse",
        "title": "Medicare's Physician Fee Schedule: relative value units, indices, conversion factors, payments",
        "description": "\n\n".join(said),
        "sources": [
            {
                "title": "CMS, PFS Relative Value Files",
                "path": "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files",
            },
            *[
                {"title": f"CMS, {source.name_in_full} ({source.label})", "path": source.page}
                for source in (catalog.references()[name] for name in references)
            ],
        ],
        "resources": [_resource(by_name[file.relation], file, file_format) for file in made],
    }


def _resource(relation: Relation, file: ExportedFile, file_format: str) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource" if file_format == "csv" else "data-resource",
        "name": f"{relation.name}{f'.{file.part}' if file.part else ''}".lower(),
        "title": relation.meaning,
        "path": file.name,
        "format": file_format,
        "mediatype": _MEDIA[file_format],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "rows": file.rows,
        "schema": schema_name(relation),
    }
    if file_format == "csv":
        resource["encoding"] = "utf-8"
    if file.part:
        resource["partition"] = {relation.partition: file.part}
    return resource


def licensed_relation(con: duckdb.DuckDBPyConnection, home: Home, licences: Licences) -> Relation:
    """The descriptions that the declared licences cover, as a temporary table that is exported like the others."""
    from flows.licensed import licensed_descriptions
    from warehouse.load import Stream

    releases = read.rows(
        con,
        """
        select release.release_id, release.archive_sha256, release_file.member_name as rvu_member
        from release
        join release_file on release_file.release_id = release.release_id
        where release_file.kind = 'rvu' and release_file.qp_status = 'non_qp'
        order by release.release_id
        """,
    )
    names = ("release_id", "hcpcs_code", "modifier", "owner", "description")
    con.register("found", Stream(licensed_descriptions(home, releases, licences)))
    con.execute(f"create temporary table licensed_descriptor as select {', '.join(names)} from found")
    con.unregister("found")
    columns = tuple((name, "VARCHAR", "") for name in names)
    meaning = "A description of a CPT or dental code, under the licence that the notices name"
    return Relation(
        "licensed_descriptor", meaning, columns, ("release_id", "hcpcs_code", "modifier"), "release_id", is_licensed=True
    )


def loaded_references(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The kinds of reference files (flows/catalog/reference_kinds.toml) of which an edition is loaded."""
    return [row[0] for row in con.execute("select distinct reference from reference_release order by reference").fetchall()]
