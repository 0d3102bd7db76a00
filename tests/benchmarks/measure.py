"""Measuring whole processes: seconds, processor seconds and peak memory of each, and the machine that it ran on.

Uses the standard library only, and stays small itself: on Linux the peak of a child is never below what its parent held.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
_LIBRARIES = ("polars", "duckdb", "prefect", "cyclopts", "requests")
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """What one process took: seconds on the clock, processor seconds (user and system), and its peak memory in MB."""

    wall: float
    processor: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Row:
    """One line of the table. `figure` and `limit` have the unit that `unit` names; no limit means: for information."""

    name: str
    figure: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the figure is above its limit."""
        return self.limit is not None and self.figure > self.limit


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without settings of Prefect and of this project, so that every machine measures the same.

    What Python compiles is kept, as where the project is installed: else each run would compile the sources once more.
    """
    unset = ("PREFECT_", "PFS_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unset)} | more


def run(arguments: list[str], environment: dict[str, str]) -> Run:
    """Runs Python with these arguments to its end; stops everything when it fails, since its time would mean nothing."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"python {' '.join(arguments)} ended with {process.returncode}:\n{output[-3000:]}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _MAXRSS_BYTES / 1e6, output)


def middle(runs: list[Run]) -> Run:
    """The medians of several runs, each for itself; the output of the last."""
    return Run(median(r.wall for r in runs), median(r.processor for r in runs), median(r.peak_mb for r in runs), runs[-1].output)


def spread(runs: list[Run]) -> str:
    """Least and largest time of several runs."""
    return f"{len(runs)} runs, {min(r.wall for r in runs):.2f} to {max(r.wall for r in runs):.2f} s"


def archives() -> Path:
    """The folder of CMS's archives; ends the program with 2, saying what is needed, when there is none."""
    folder = Path(os.environ.get("PFS_SHARED") or ROOT.parent / "shared") / "cms"
    if not list(folder.glob("*.zip")):
        print(
            f"The benchmarks load CMS's archives (RVU09A.zip to RVU26B.zip) and found none in {folder}. "
            "Let PFS_SHARED name the folder that holds cms/, or put it beside the checkout as 'shared'.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    return folder


def machine() -> list[str]:
    """Lines that say on what the figures were measured, and whether the machine was busy with something else."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    lines = [
        f"{platform.platform()}; {_processor()}, {os.cpu_count()} processors, {_memory_gb():.0f} GB",
        f"Python {platform.python_version()}, {libraries}; commit {_commit()}",
        f"load average before the run: {busy:.1f}",
    ]
    if busy > 0.5:
        lines.append("The machine is busy with something else: times are too high; ratios and processor seconds say more.")
    return lines


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _memory_gb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError):
        return 0.0


def _commit() -> str:
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
