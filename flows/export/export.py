"""Stage export: every table and view of the published warehouse as Parquet or csv, one folder each, one file a release.

Reads the published warehouse; writes the folder: `rvu/release_id=RVU26B/part-0.parquet` (the value of the folder's name is a
column for those who read the folder as a whole), `datapackage.json` (Frictionless Data Package), `checksums.sha256` and
`NOTICES.txt`. Every file is written aside and renamed, one that has its bytes already is not touched, and a run that was cut
off goes on where it was. Same warehouse, same bytes. Raises FeedError.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb
import orjson

from flows import catalog
from flows.export.package import data_package, licensed_relation, loaded_references, schema_name, table_schema
from flows.export.relations import ExportedFile, Relation, parts, relations, require_clean
from flows.feed.folder import require_outside
from flows.notices import Licences, notices
from warehouse import read
from warehouse.errors import FeedError, WarehouseError, first_line
from warehouse.home import Home
from warehouse.schema import quoted

_STATE = ".state.jsonl"
_LOCK = ".lock"
_PART = ".part"
# What does not fit goes to files beside the export for a while.
_MEMORY = "800MB"
_COPY = {"parquet": "format parquet, compression zstd, row_group_size 122880", "csv": "format csv, header true"}
# As it was written: a guess from the first lines takes a comma within quotes, which come later, for one between cells.
_READ = {"parquet": "", "csv": """, header = true, delim = ',', quote = '"', escape = '"', all_varchar = true"""}
Found = TypeVar("Found")


@dataclass(frozen=True)
class ExportWish:
    """What the operator wants: the format (parquet, csv), names of tables and views and of releases (none: all), licences."""

    file_format: str = "parquet"
    only: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    licences: Licences = field(default_factory=Licences)


@dataclass(frozen=True)
class ExportResult:
    """What an export holds, how many files describe it (schemas, checksums, notices), and which files a run wrote and removed."""

    files: tuple[ExportedFile, ...]
    described: int
    written: tuple[str, ...]
    removed: tuple[str, ...]


def make_export(home: Home, root: Path, wish: ExportWish) -> ExportResult:
    """Writes the export. See the module for its files and errors."""
    require_outside(home, root, "export")
    with _writing(root), _warehouse(home, root) as con:
        _require_releases(con, wish.releases)
        stamp = _stamp(home, wish)
        found = relations(con, wish.only)
        if wish.licences.owners:
            found.append(licensed_relation(con, home, wish.licences))
        made, written = [], []
        done = _done(root, stamp)
        for relation in found:
            for part in parts(con, relation, wish.releases):
                file, is_written = _file(con, root, relation, part, wish.file_format, done)
                made.append(file)
                written += [file.name] * is_written
                _note(root, stamp, file)
        described = _descriptions(found, made, wish, loaded_references(con))
        written += [name for name, content in described.items() if _replace(root, name, content)]
        removed = _remove_others(root, {file.name for file in made} | described.keys())
        return ExportResult(tuple(made), len(described), tuple(written), tuple(removed))


# --- one file ----------------------------------------------------------------------------------------------------------------


def _file(
    con: duckdb.DuckDBPyConnection,
    root: Path,
    relation: Relation,
    part: str | None,
    file_format: str,
    done: dict[str, ExportedFile],
) -> tuple[ExportedFile, bool]:
    """Writes one file, unless an earlier run did so from the same warehouse and it is whole; whether its bytes are new."""
    name = f"{relation.name}/" + (f"{relation.partition}={part}/" if part else "") + f"part-0.{file_format}"
    target = root / name
    before = _sha256(target)
    if (known := done.get(name)) and known.sha256 == before:
        return known, False
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + _PART)
    statement = f"copy ({_select(relation, part, file_format)}) to {quoted(str(aside))} ({_COPY[file_format]})"
    ((rows,),) = _bounded(con, lambda: con.execute(statement).fetchall())
    if not relation.is_licensed:
        written = f"read_{file_format}({quoted(str(aside))}{_READ[file_format]})"
        _bounded(con, lambda: require_clean(con, relation, written))
    digest = _sha256(aside) or ""
    file = ExportedFile(name, relation.name, part, rows, aside.stat().st_size, digest)
    if digest == before:
        aside.unlink()
    else:
        os.replace(aside, target)
    return file, digest != before


def _bounded(con: duckdb.DuckDBPyConnection, work: Callable[[], Found]) -> Found:
    """What a piece of work gives that is done in little memory, and in what the machine has where that is not enough."""
    try:
        con.execute(f"set memory_limit = '{_MEMORY}'")
        return work()
    except duckdb.OutOfMemoryException:
        con.execute("reset memory_limit")  # after which DuckDB names its usual limit, and keeps to the other one until it is set
        ((usual,),) = con.execute("select current_setting('memory_limit')").fetchall()
        con.execute(f"set memory_limit = {quoted(usual)}")
        return work()


def _select(relation: Relation, part: str | None, file_format: str) -> str:
    """The rows of a part in a fixed order. Parquet leaves out the column of the folder's name; csv writes lists as JSON."""
    shown = [
        f"cast(to_json({name}) as varchar) as {name}"
        if file_format == "csv" and ("[" in kind or "STRUCT" in kind)
        else f'"{name}"'
        for name, kind, _ in relation.columns
        if file_format == "csv" or name != relation.partition
    ]
    kept = [f"{relation.partition} = {quoted(part)}"] if part else []
    kept += [relation.where] if relation.where else []
    where = f"where {' and '.join(kept)}" if kept else ""
    order = ", ".join(f'"{name}"' for name in (relation.key or relation.column_names))
    return f"select {', '.join(shown)} from {relation.name} {where} order by {order}"


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- the folder --------------------------------------------------------------------------------------------------------------


def _descriptions(found: list[Relation], made: list[ExportedFile], wish: ExportWish, references: list[str]) -> dict[str, str]:
    """The files that describe the export: the data package with a schema for each relation, checksums, notices."""
    said = notices(wish.licences)
    texts = {schema_name(relation): _json(table_schema(relation, wish.file_format)) for relation in found}
    texts["datapackage.json"] = _json(data_package(found, made, said, wish.file_format, references))
    texts["NOTICES.txt"] = "\n\n".join(said) + "\n"
    hashes = {file.name: file.sha256 for file in made}
    hashes |= {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    texts["checksums.sha256"] = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return texts


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _replace(root: Path, name: str, text: str) -> bool:
    target = root / name
    if target.is_file() and target.read_bytes() == text.encode():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + _PART)
    aside.write_bytes(text.encode())
    os.replace(aside, target)
    return True


def _remove_others(root: Path, wanted: set[str]) -> list[str]:
    """Removes the files of an export before this one that it no longer has; files of others are left alone."""
    endings = (".parquet", ".csv", ".schema.json")
    others = [path for path in root.rglob("*") if path.is_file() and path.name.endswith(endings)]
    removed = [path for path in others if path.relative_to(root).as_posix() not in wanted]
    for path in removed:
        path.unlink()
        for folder in list(path.parents)[: len(path.relative_to(root).parents) - 1]:
            if not any(folder.iterdir()):
                folder.rmdir()
    return sorted(path.relative_to(root).as_posix() for path in removed)


def _done(root: Path, stamp: str) -> dict[str, ExportedFile]:
    """The files that earlier runs finished from the same warehouse with the same wish."""
    try:
        lines = (root / _STATE).read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines]
    except (FileNotFoundError, ValueError):
        entries = []
    found = {
        entry["name"]: ExportedFile(**{k: v for k, v in entry.items() if k != "stamp"})
        for entry in entries
        if entry["stamp"] == stamp
    }
    with (root / _STATE).open("w", encoding="utf-8") as file:
        file.writelines(_line(stamp, entry) for entry in found.values())
    return found


def _note(root: Path, stamp: str, file: ExportedFile) -> None:
    with (root / _STATE).open("a", encoding="utf-8") as notes:
        notes.write(_line(stamp, file))


def _line(stamp: str, file: ExportedFile) -> str:
    return json.dumps({"stamp": stamp, **file.__dict__}) + "\n"


def _stamp(home: Home, wish: ExportWish) -> str:
    """What decides the bytes of a file: the warehouse, the licences, this code, and the DuckDB that writes it."""
    digest = hashlib.sha256((_sha256(home.published) or "").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    digest.update(orjson.dumps(catalog.settings("exports.toml")))
    digest.update(f"{wish.licences} {wish.file_format} {duckdb.__version__}".encode())
    return digest.hexdigest()


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """The folder made ready; one export at a time. Raises FeedError for a folder with files that no export wrote."""
    from filelock import FileLock, Timeout

    is_new = not root.exists()
    try:
        if root.is_dir() and any(root.iterdir()) and not (root / _STATE).exists():
            raise FeedError(f"{root} holds files, and no export wrote them. Name an empty folder, or one with an export in it.")
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / _LOCK, timeout=0):
            (root / _STATE).touch()
            for part in root.rglob(f"*{_PART}"):
                part.unlink()
            yield
    except Timeout:
        raise FeedError(f"Another export is being written to {root}. Wait until it ends; nothing was changed.") from None
    except (OSError, duckdb.IOException) as fault:
        raise FeedError(
            f"{root} cannot be written: {first_line(fault)}. Free some space or name another folder, and export again: "
            "the files that are finished are kept."
        ) from fault
    finally:
        if is_new and root.exists() and {entry.name for entry in root.iterdir()} <= {_STATE, _LOCK}:
            shutil.rmtree(root)  # it was refused before anything was written


@contextmanager
def _warehouse(home: Home, root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, read-only, in a connection that may write files."""
    read.open_published(home).close()  # says what is wrong with it
    with TemporaryDirectory(prefix=".spill-", dir=root) as spilled, duckdb.connect() as con:
        con.execute(f"set temp_directory = {quoted(spilled)}")
        con.execute(f"attach {quoted(str(home.published))} as pfs (read_only)")
        con.execute("use pfs")
        yield con


def _require_releases(con: duckdb.DuckDBPyConnection, wanted: tuple[str, ...]) -> None:
    loaded = {row[0] for row in con.execute("select release_id from release").fetchall()}
    if missing := [release for release in wanted if release not in loaded]:
        raise WarehouseError(read.not_loaded(con, missing[0]))
