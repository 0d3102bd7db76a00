"""Refreshes a home on disks that are full or read-only and prints what became of it, a JSON line each.

    unshare --user --map-root-user --mount python -m tests.faults.disks HOME SOURCE MOUNTPOINT

Runs in a mount namespace of its own, where small disks can be mounted without being root. The room that is checked before a build
is taken away from the check, so that the disk is full in the middle: that the check says so before is another test's matter.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

from tests.refreshing import LIGHT, bytes_of, run
from tests.slow import IS_SLOW
from warehouse.errors import PfsError
from warehouse.home import Home

Usage = namedtuple("Usage", "total used free")
# Room beside the home as it was: so many copies of the warehouse, and so many kB. What the refresh runs out of differs.
ALL_ROOM = {
    "nothing": (0, 0),
    "a part of the archive": (0, 200),
    "a part of the copy": (0, 2400),
    "the copy": (1, 320),
    "more": (1, 520),
}
ROOM = ALL_ROOM if IS_SLOW else {room: ALL_ROOM[room] for room in ("a part of the archive", "the copy")}


def attempt(name: str, place: Path, source: Path, before: str | None) -> None:
    """One refresh, and whether the warehouse of before is still there."""
    try:
        result = run(Home(place), source, LIGHT)
        said, kind = f"{len(result.loaded)} loaded; {' '.join(o.detail for o in result.failed)}", "result"
    except PfsError as error:
        said, kind = str(error), type(error).__name__
    print(json.dumps({"disk": name, "kind": kind, "said": said, "is_unharmed": bytes_of(Home(place)) == before}), flush=True)


def main(home: Path, source: Path, mountpoint: Path) -> None:
    """Every disk in turn."""
    before = bytes_of(Home(home))
    usual = shutil.disk_usage
    used = sum(-(-path.stat().st_size // 4096) * 4 + 4 for path in home.rglob("*"))
    copy = -(-Home(home).published.stat().st_size // 1024)
    for room, (copies, more) in ROOM.items():
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={used + copies * copy + more}k", "tmpfs", str(mountpoint)], check=True
        )
        shutil.copytree(home, mountpoint / "home")
        shutil.disk_usage = lambda path: Usage(10**12, 0, 10**12)  # type: ignore[assignment]
        attempt(f"room for {room}", mountpoint / "home", source, before)
        shutil.disk_usage = usual
        subprocess.run(["umount", str(mountpoint)], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(mountpoint)], check=True)
    shutil.copytree(home, mountpoint / "home")
    attempt("large enough", mountpoint / "home", source, before)
    shutil.rmtree(mountpoint / "home")
    shutil.copytree(home, mountpoint / "home")
    subprocess.run(["mount", "-o", "remount,ro", str(mountpoint)], check=True)
    attempt("read-only", mountpoint / "home", source, before)
    attempt("read-only, empty", mountpoint / "other", source, None)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
