"""Benchmark (h): feed, site and export of a whole warehouse, the first time and with nothing new, as whole processes.

    PFS_HOME=… python -m tests.benchmarks.passing_on

The note has the processor seconds, which say more than the clock on a machine that others use, the peak memory and the size of
the folder. Ends with 1 when a figure is above its limit.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks import measure
from tests.benchmarks.measure import Row, clean_environment, run
from warehouse.home import home

# Seconds: 17,000 codes the first time, and with nothing new.
_LIMITS: dict[str, tuple[float | None, float | None]] = {"feed": (20.0, 3.0), "site": (60.0, None), "export": (None, None)}


def main() -> int:
    """Prints a line for each run."""
    print("\n".join(measure.machine()), flush=True)
    missed = False
    for command, limits in _LIMITS.items():
        with tempfile.TemporaryDirectory(prefix="pfs-benchmark-") as folder:
            for again, limit in zip(("", ", nothing new"), limits, strict=True):
                row = _row(command, again, Path(folder) / command, limit)
                missed |= row.is_missed
                above = "above" if row.is_missed else ""
                limited = f"{row.limit:g}" if row.limit is not None else ""
                print(f"{row.name:32}{row.figure:>8.1f} {row.unit:3}{limited:>5} {above:5} {row.note}", flush=True)
    return 1 if missed else 0


def _row(command: str, again: str, folder: Path, limit: float | None) -> Row:
    taken = run(["-m", "flows", command, str(folder)], clean_environment(PFS_HOME=str(home().root)))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    note = f"{taken.processor:.1f} processor seconds, {taken.peak_mb:,.0f} MB, folder {size:,.0f} MB"
    return Row(f"h  pfs {command}{again}", taken.wall, "s", limit, note)


if __name__ == "__main__":
    raise SystemExit(main())
