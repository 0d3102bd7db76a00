"""Stage publish: a finished warehouse takes the place of the published one by a rename; the ones before it are kept.

Reads and writes the home folder only. A reader sees the old file or the new one, whole, and one that has the old file open
goes on reading it. Raises `WarehouseError` when the disk has no room or refuses.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from threading import Thread
from uuid import uuid4

import duckdb

from warehouse import schema
from warehouse.errors import WarehouseError
from warehouse.home import Home, require_room, sync_folder
from warehouse.kept import forget_oldest, keep_count, keep_published, release_hold

# What is loaded takes less room than its archives; a build also holds, for a while, what it replaces in its own file. The latest
# pages and the periods of all codes come anew each time: up to 36 MB that a young warehouse has no place for yet.
_ROOM_FOR_ARCHIVES, _ROOM_FOR_CODES = 2, 40 * 2**20


def new_build(home: Home, start_empty: bool = False, archive_bytes: int = 0) -> Path:
    """A file to build in: a copy of the published warehouse, or a new one when there is none or `start_empty`.

    Raises WarehouseError when the disk refuses, or has no room for a second warehouse and `archive_bytes` of archives in it.
    """
    try:
        home.building.mkdir(parents=True, exist_ok=True)
        clear_building(home)
        target = home.building / "pfs.duckdb"
        size = home.published.stat().st_size if home.published.exists() else 0
        require_room(home.root, 2 * size + _ROOM_FOR_ARCHIVES * archive_bytes + _ROOM_FOR_CODES, "a refresh")
        if size and not start_empty:
            shutil.copyfile(home.published, target)
            # Publishing waits until all of it is on the disk: that begins now, while the releases are read and loaded.
            Thread(target=_write_through, args=(target,), daemon=True).start()
    except OSError as fault:
        clear_building(home)
        raise WarehouseError(
            f"No warehouse can be built in {home.building}: {fault.strerror or fault}. Nothing was published. Free some space or "
            "give the right to write there, or let PFS_HOME name another folder."
        ) from fault
    except BaseException:  # a request to end: there is no build yet that the caller would clear away
        clear_building(home)
        raise
    return target


def _write_through(path: Path) -> None:
    with suppress(OSError), path.open("rb") as file:  # what the disk refuses is said when the build is published
        os.fsync(file.fileno())


def clear_building(home: Home) -> None:
    """Removes what a build left. What cannot be removed stays: the next build says why it cannot begin."""
    if home.building.is_dir():
        for leftover in home.building.iterdir():
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)


def open_build(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens a warehouse for writing, in the storage version that older DuckDB clients can read.

    Without a write-ahead log: a build that is cut off is thrown away, never recovered, so that writing every row twice would
    be for nothing. What is loaded goes to the file at a checkpoint (`settle`, `close_build`).
    """
    con = duckdb.connect()
    version = schema.quoted(schema.STORAGE_VERSION)
    con.execute(f"attach {schema.quoted(str(path))} as pfs (storage_version {version}, recovery_mode no_wal_writes)")
    con.execute("use pfs")
    # What does not fit into memory goes beside the build, not into the folder that the command happens to run in.
    # By a name of its own, for DuckDB removes the folder when it closes, which may be when the next build has begun.
    con.execute(f"set temp_directory = {schema.quoted(str(path.parent / f'spilled-{uuid4().hex}'))}")
    con.execute("set wal_autocheckpoint = '1TB'")
    # The frames of a release are far below what DuckDB splits between threads; a second one would only wait for work, busily.
    con.execute("set threads = 1")
    return con


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Writes what was loaded to the file of the build, which frees the memory that it takes.

    Others may read meanwhile, and nothing may be written: what comes in as the checkpoint begins would be lost, for there is no
    write-ahead log.
    """
    con.execute("checkpoint pfs")


def write_quickly(con: duckdb.DuckDBPyConnection) -> None:
    """From here on the build is written in three quarters of the time, and its new rows take more room.

    Texts are not compressed by their parts (FSST), nor runs of a value looked for (RLE). For a build that adds few releases: most
    of what it writes are the latest pages and the periods of all codes, which are made anew each time, and take 15 MB more then.
    What else comes with a release takes some 0.7 MB more, until the warehouse is next built anew.
    """
    _leave_out(con, "fsst", "rle")


def write_plainly(con: duckdb.DuckDBPyConnection) -> None:
    """From here on texts are written as they are too: in two thirds of that time, and one of them is read a little sooner.

    For the latest pages alone, which take 23 MB more then, since most texts of a page are those of many. They are written anew
    each time, so that the place of those before stays free in the file: it grows by 40 MB in the course of some additions.
    """
    _leave_out(con, "fsst", "rle", "dictionary")


def _leave_out(con: duckdb.DuckDBPyConnection, *methods: str) -> None:
    con.execute(f"set disabled_compression_methods = '{','.join(methods)}'")


def close_build(con: duckdb.DuckDBPyConnection) -> None:
    """Writes everything to the file and lets go of it, so that no write-ahead log is left; `con` has nothing open then.

    One thread writes. Beside it, the memory that DuckDB keeps for what is to come goes back to the system: half of all that a
    refresh takes, and to give it back at the end of the process would take longer.
    """
    giving_back = Thread(target=_give_memory_back, args=(con.cursor(),), name="give back")
    giving_back.start()
    try:
        con.execute("checkpoint pfs")
    finally:
        giving_back.join()
    con.execute("use memory")
    con.execute("detach pfs")


def _give_memory_back(con: duckdb.DuckDBPyConnection) -> None:
    """DuckDB does so when its limit of memory is set, which may be to what it is (told with one decimal, cut off)."""
    with con, suppress(duckdb.Error):  # a build that was cut off by a fault of the disk gives it back with all else
        limit = con.execute("select current_setting('memory_limit')").fetchall()[0][0]
        con.execute(f"set memory_limit = {schema.quoted(limit)}")


def publish(home: Home, build: Path) -> Path | None:
    """Puts a finished build in the place of the published warehouse; returns where the one before it is kept.

    Raises WarehouseError when the disk refuses; the published warehouse and the kept ones are then as they were.
    """
    kept: Path | None = None
    keep_count()  # a setting that is no number is said before anything is done
    try:
        with build.open("rb+") as file:
            os.fsync(file.fileno())
        kept = keep_published(home) if home.published.exists() else None
        os.replace(build, home.published)
    except OSError as fault:
        if kept:
            kept.unlink()
        raise WarehouseError(
            f"{home.published} cannot be replaced: {fault.strerror or fault}. The warehouse of before is still published. Free "
            "some space, close programs that hold the file open, and refresh again."
        ) from fault
    sync_folder(home.root)
    forget_oldest(home)
    release_hold(home)
    return kept if kept and kept.exists() else None
