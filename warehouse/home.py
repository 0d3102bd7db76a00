"""Where the data lies: the home folder, its places, and the lock that keeps writers apart.

The home is `PFS_HOME`; without it `data/` beside the code in a checkout, or the user's data folder for an installed wheel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError

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


@contextmanager
def writing(place: Home, timeout: float = 0) -> Iterator[None]:
    """Holds the home's write lock. The operating system frees it when the holder dies, so no lock is left behind.

    Raises WarehouseError, naming the holder, when another process holds the lock for longer than `timeout` seconds.
    """
    from filelock import FileLock, Timeout  # commands that only read do without

    try:
        place.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"The home folder {place.root} cannot be made: {error.strerror or error}. "
            "Set PFS_HOME to a folder that can be written."
        ) from error
    lock = FileLock(place.root / "write.lock")
    holder = place.root / "write.holder"
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        who = holder.read_text(encoding="utf-8").strip() if holder.exists() else "an unknown process"
        raise WarehouseError(
            f"Another refresh is writing to {place.root} (process {who}). Wait until it ends, or stop that process; "
            "nothing was changed."
        ) from None
    try:
        holder.write_text(f"{os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
