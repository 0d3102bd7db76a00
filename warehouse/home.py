"""Where the data lies: the home folder, its places, and the lock that keeps writers apart.

The home is `PFS_HOME`; without it `data/` beside the code in a checkout, or the user's data folder for an installed wheel.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import LockedError, WarehouseError

if TYPE_CHECKING:
    from filelock import FileLock

logger = logging.getLogger("pfs")
_SAID_SECONDS = 1.0

CODE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The places of one home folder; nothing is created before it is needed."""

    root: Path

    @property
    def raw(self) -> Path:
        """The raw archives, each under its sha256."""
        return self.root / "raw"

    @property
    def published(self) -> Path:
        """The warehouse that readers open."""
        return self.root / "pfs.duckdb"

    @property
    def building(self) -> Path:
        """Warehouses that are being built; never read by anyone else."""
        return self.root / "building"

    @property
    def kept(self) -> Path:
        """The warehouses that were published before."""
        return self.root / "kept"

    @property
    def words(self) -> Path:
        """The operator's own words about codes, if there are any."""
        return self.root / "words"

    @property
    def sample(self) -> Path:
        """The archives of the embedded sample, written when they are asked for."""
        return self.root / "sample"


def home() -> Home:
    """The home that `PFS_HOME` names, or the default of this installation."""
    if named := os.environ.get("PFS_HOME"):
        return Home(Path(named).expanduser().resolve())
    if (CODE / "pyproject.toml").exists():
        return Home(CODE / "data")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return Home(data / "pfs-warehouse")


# --- writing -------------------------------------------------------------------------------------------------------------


@contextmanager
def writing(place: Home, timeout: float = 0) -> Iterator[None]:
    """Holds the home's write lock. The operating system frees it when the holder dies, so no lock is left behind.

    Raises LockedError, naming the holder, when another process holds the lock for longer than `timeout` seconds, and
    WarehouseError when the home cannot be written.
    """
    from filelock import FileLock  # commands that only read do without

    lock = FileLock(place.root / "write.lock")
    holder = place.root / "write.holder"
    try:
        place.root.mkdir(parents=True, exist_ok=True)
        _acquire(lock, holder, place, timeout)
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        _note_holder(holder, place)
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, holder: Path, place: Home, timeout: float) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        try:
            if timeout >= _SAID_SECONDS:
                logger.info("waiting up to %.0f s: another refresh is writing (%s)", timeout, who_writes(place))
            lock.acquire(timeout=timeout)
        except Timeout:
            raise LockedError(
                f"Another refresh is writing to {place.root} ({who_writes(place)}). Wait until it ends (--wait SECONDS does), or "
                "stop that process; nothing was changed."
            ) from None
    if (left := who_writes(place)) is not None:
        logger.info("the refresh of before was cut off (%s); what it left is cleared away", left)
        holder.unlink()


def who_writes(place: Home) -> str | None:
    """The process that holds the lock, or that held it when it died: its number, machine and time. None: it ended."""
    try:
        return (place.root / "write.holder").read_text(encoding="utf-8").strip() or "an unknown process"
    except OSError:
        return None


def _note_holder(holder: Path, place: Home) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()} since {now}\n", encoding="utf-8")
    except OSError as error:
        raise _unwritable(place, error) from error


def _unwritable(place: Home, error: OSError) -> WarehouseError:
    if os.path.lexists(place.root) and not place.root.is_dir():
        return WarehouseError(
            f"{place.root} was expected to be a folder, and is none. Nothing was changed. Let PFS_HOME name a folder."
        )
    what = "cannot be written" if place.root.exists() else "cannot be made"
    return WarehouseError(
        f"The home folder {place.root} {what}: {error.strerror or error}. Nothing was changed. Free some space or give the right "
        "to write there, or set PFS_HOME to a folder that can be written."
    )


def require_room(folder: Path, needed: int, what: str) -> None:
    """WarehouseError unless the disk of a folder has so many bytes free: said before anything is written, not after."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise WarehouseError(
            f"{folder} has {_megabytes(free)} free; {what} needs about {_megabytes(needed)} there. Free some space, "
            "or set PFS_HOME to a larger disk."
        )


def _megabytes(count: int) -> str:
    return f"{count / 2**20:,.{0 if count >= 2**20 else 1}f} MB"


def write_whole(path: Path, text: str) -> None:
    """Writes a small file so that it is there whole or not at all. Raises OSError when the disk refuses."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    if os.name == "nt":  # Windows has no handle on a folder that could be synced
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
