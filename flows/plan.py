"""The plan of a refresh: what the published warehouse holds, what is new, and whether it has to be built anew. Reads only.

A warehouse whose definitions changed is read again from the raw store; what a rollback took back is left alone. Raises
`WarehouseError` when the published file cannot be read or must not be built upon, `SourceError` when a named release is nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from flows import catalog
from flows.discover.discover import CMS, SAMPLE, Candidate, Wanted
from warehouse import schema
from warehouse.errors import SourceError, WarehouseError, first_line
from warehouse.home import Home
from warehouse.kept import Hold, held
from warehouse.read import if_damaged, no_warehouse

# Tables with a row for each edition of what stands beside the releases, in the order in which it is loaded again.
_BESIDE = ("zip_release", "reference_release")
_READ_AGAIN = (
    "The definitions of tables, views or releases changed since the warehouse was built; all its archives are read again."
)


@dataclass(frozen=True)
class Plan:
    """What a refresh is about to do: archives to bring in, whether the build starts empty, and why.

    `known` maps the hash of each loaded archive to its release_id. `reload` lists loaded archives that are read again
    because the definitions changed: first editions before later ones, each in the order in which they were loaded. `held` is what
    a rollback took back, and `named` are the candidates that were asked for by name, for which that does not count.

    `holds_sample`: the embedded sample is published, and archives that are none of it are offered. It gives way when one of them
    comes in as a release (`without_sample`, whose plan `sets_sample_aside`), and to nothing else. `beside`: the real ZIP code and
    reference files beside the sample, which stay.
    """

    candidates: tuple[Candidate, ...]
    known: dict[str, str]
    starts_empty: bool
    reload: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    held: Hold = field(default_factory=Hold)
    named: tuple[Candidate, ...] = ()
    holds_sample: bool = False
    sets_sample_aside: bool = False
    beside: tuple[dict[str, Any], ...] = ()


def definition_hash() -> str:
    """Hash over everything that decides what a warehouse holds besides the archives: the catalogue and sql/."""
    digest = hashlib.sha256(schema.SCHEMA_VERSION.encode())
    for root in (catalog.folder(), catalog.folder().joinpath("column_maps"), *_sql_folders()):
        for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
            if entry.is_file() and entry.name.endswith((".csv", ".toml", ".sql")):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()


def _sql_folders() -> Iterator[Any]:
    from importlib.resources import files

    for name in ("macros", "views", "stored", "checks"):
        yield files("sql").joinpath(name)


def make_plan(home: Home, candidates: list[Candidate]) -> Plan:
    """Looks at the published warehouse and decides what a refresh with these candidates has to do."""
    if not home.published.exists():
        return Plan(tuple(candidates), {}, starts_empty=True)
    rows, beside, facts = _loaded_releases(home)
    is_of_sample = bool(rows) and rows[0]["is_sample"]
    offered = {candidate.is_sample for candidate in candidates if candidate.reference is None}
    if rows and not is_of_sample and True in offered:
        raise WarehouseError(
            f"{home.published} holds real releases, and the sample has the same labels with a selection of codes only. "
            "Set PFS_HOME to another folder to try the sample."
        )
    plan = _upon(home, candidates, rows + beside, facts)
    if is_of_sample and False in offered:
        return replace(plan, holds_sample=True, beside=tuple(row for row in beside if not row["is_sample"]))
    return plan


def without_sample(plan: Plan) -> Plan:
    """The plan that begins a new warehouse in the place of the embedded sample, with what is real beside it read again."""
    note = "The warehouse held the embedded sample; it is set aside and kept, and a new one is begun with real releases."
    notes = tuple(said for said in plan.notes if said != _READ_AGAIN)
    return replace(plan, starts_empty=True, reload=plan.beside, notes=(*notes, note), sets_sample_aside=True)


def _upon(home: Home, candidates: list[Candidate], rows: list[dict[str, Any]], facts: dict[str, str]) -> Plan:
    """The plan to build upon what is published, or to read all of it again when the definitions changed."""
    known = {row["archive_sha256"]: row["release_id"] for row in rows}
    hold = held(home)
    if facts.get("definition_hash") == definition_hash():
        return Plan(tuple(candidates), known, starts_empty=False, held=hold)
    if hold.definition_hash == definition_hash():
        raise WarehouseError(
            f"The warehouse that the definitions of this installation made was taken back by a rollback on {hold.at[:10]}; it is "
            "not built again. Install other definitions, or publish it again with 'pfs rollback --undo'. Nothing was changed."
        )
    return Plan(tuple(candidates), known, starts_empty=True, reload=tuple(rows), notes=(_READ_AGAIN,), held=hold)


def _loaded_releases(home: Home) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    """What the published warehouse holds: releases, what stands beside them (nothing in one from before there was any), facts."""
    try:
        with duckdb.connect(str(home.published), read_only=True) as con:
            rows = _editions(con, "release")
            tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
            beside = [row for header in _BESIDE if header in tables for row in _editions(con, header)]
            facts = dict(con.execute("select key, value from warehouse_fact").fetchall())
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise no_warehouse(home) from error
    except duckdb.Error as error:
        raise WarehouseError(
            f"{home.published} cannot be read: {first_line(error)}. If another process has it open for writing, wait. "
            f"{if_damaged(home)}"
        ) from error
    return rows, beside, facts


def _editions(con: duckdb.DuckDBPyConnection, header: str) -> list[dict[str, Any]]:
    names: tuple[str, ...] = ("label", "archive_sha256", "archive_name", "source_url", "is_sample", "loaded_at")
    names += ("reference",) if header == "reference_release" else ()
    # By edition first: numbers are given in this order, and a later edition bears the earlier time where the clock was set back.
    found = con.execute(f"select {header}_id, {', '.join(names)} from {header} order by edition, loaded_at, label").fetchall()
    return [dict(zip(("release_id", *names), row, strict=True)) for row in found]


def named(source: str, wanted: Wanted, plan: Plan) -> tuple[Candidate, ...]:
    """The candidates that were asked for by name: releases by label, a year of a reference file, or one file on the disk."""
    if source not in (CMS, SAMPLE) and Path(source).expanduser().is_file():
        return plan.candidates
    labels = set(wanted.labels)
    if wanted.reference:
        labels |= {f"{catalog.references()[wanted.reference].label}{year}" for year in wanted.years}
    return tuple(candidate for candidate in plan.candidates if candidate.label in labels)


def require_named(source: str, wanted: Wanted, plan: Plan) -> None:
    """A release that was named and that neither the source nor the warehouse has is an error, not a day without news."""
    if wanted.reference or any(candidate.label is None for candidate in plan.candidates):
        return  # discover has said what a source lacks; what an archive without a name is shows once it is read
    had = {candidate.label for candidate in plan.candidates} | {release.split(".")[0] for release in plan.known.values()}
    missing = [label for label in wanted.labels if label not in had]
    if wanted.years and not plan.candidates and not plan.known:
        missing += [f"of the year {year}" for year in wanted.years]
    if missing:
        raise SourceError(
            f"{source} has no release {', '.join(missing)}. 'pfs status --all' lists the releases that CMS posted; "
            "--source names another folder or address."
        )
