"""Stage publish: a finished warehouse takes the place of the published one by a rename; the ones before it are kept.

Reads and writes the home folder only. A reader sees the old file or the new one, whole, and one that has the old file open
goes on reading it. Raises `WarehouseError` when the disk has no room or refuses, and when there is nothing to go back to.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.errors import WarehouseError
from warehouse.home import Home

KEPT = 3


def new_build(home: Home, start_empty: bool = False) -> Path:
    """A file to build in: a copy of the published warehouse, or a new one when there is none or `start_empty`.

    Raises WarehouseError when the disk has no room for a second warehouse.
    """
    home.building.mkdir(parents=True, exist_ok=True)
    for leftover in home.building.iterdir():
        leftover.unlink()
    target = home.building / "pfs.duckdb"
    if home.published.exists() and not start_empty:
        _require_room(home)
        shutil.copyfile(home.published, target)
    return target


def _require_room(home: Home) -> None:
    size = home.published.stat().st_size
    free = shutil.disk_usage(home.root).free
    if free < 2 * size:
        raise WarehouseError(
            f"{home.root} has {free // 2**20} MB free; a refresh needs about {2 * size // 2**20} MB beside the published "
            "warehouse. Free some space, or set PFS_HOME to a larger disk."
        )


def open_build(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens a warehouse for writing, in the storage version that older DuckDB clients can read.

    Without a write-ahead log: a build that is cut off is thrown away, never recovered, so that writing every row twice would
    be for nothing. What is loaded goes to the file at a checkpoint (`settle`, `close_build`).
    """
    con = duckdb.connect()
    version = schema.quoted(schema.STORAGE_VERSION)
    con.execute(f"attach {schema.quoted(str(path))} as pfs (storage_version {version}, recovery_mode no_wal_writes)")
    con.execute("use pfs")
    con.execute("set wal_autocheckpoint = '1TB'")
    # The frames of a release are far below what DuckDB splits between threads; a second one would only wait for work, busily.
    con.execute("set threads = 1")
    return con


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Writes what was loaded to the file of the build, which frees the memory that it takes."""
    con.execute("checkpoint pfs")


def close_build(con: duckdb.DuckDBPyConnection) -> None:
    """Writes everything to the file and closes it, so that no write-ahead log is left beside it."""
    con.execute("checkpoint pfs")
    con.execute("use memory")
    con.execute("detach pfs")
    con.close()


def publish(home: Home, build: Path) -> Path | None:
    """Puts a finished build in the place of the published warehouse; returns where the one before it is kept.

    Raises WarehouseError when the disk refuses; the published warehouse and the kept ones are then as they were.
    """
    kept: Path | None = None
    try:
        with build.open("rb+") as file:
            os.fsync(file.fileno())
        kept = _keep(home) if home.published.exists() else None
        os.replace(build, home.published)
    except OSError as fault:
        if kept:
            kept.unlink()
        raise WarehouseError(
            f"{home.published} cannot be replaced: {fault.strerror or fault}. The warehouse of before is still published. Free "
            "some space, close programs that hold the file open, and refresh again."
        ) from fault
    _sync_folder(home.root)
    _forget_oldest(home)
    return kept


def _keep(home: Home) -> Path:
    home.kept.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = home.kept / f"pfs-{stamp}.duckdb"
    try:
        os.link(home.published, kept)
    except OSError:  # a file system without hard links
        part = kept.with_suffix(".part")
        try:
            shutil.copyfile(home.published, part)
            os.replace(part, kept)
        finally:
            part.unlink(missing_ok=True)
    return kept


def kept_warehouses(home: Home) -> list[Path]:
    """The warehouses published before, newest first."""
    return sorted(home.kept.glob("pfs-*.duckdb"), reverse=True) if home.kept.exists() else []


def _forget_oldest(home: Home) -> None:
    for path in kept_warehouses(home)[KEPT:]:
        path.unlink()


def rollback(home: Home) -> Path:
    """Publishes the newest kept warehouse again and forgets it there; the one that it replaces is gone from view.

    Its archives stay in the raw store, so a refresh builds it again. Raises WarehouseError when none is kept.
    """
    kept = kept_warehouses(home)
    if not kept:
        raise WarehouseError(f"There is no earlier warehouse under {home.kept}; nothing was changed.")
    os.replace(kept[0], home.published)
    _sync_folder(home.root)
    return home.published


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
