"""Benchmarks (a) and (b): loading all archives into an empty home against the floor, and a refresh with nothing to do.

Floor and refresh are whole processes and take turns, so that a busy moment of the machine does not fall on one of them only.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.measure import Row, Run, clean_environment, middle, run, spread

_FLOOR_TIMES = 4.0
_PEAK_MB = 1000.0
_IDLE_SECONDS = 1.5
_IDLE_RUNS = 7


def loading(archives: Path, home: Path, pairs: int) -> list[Row]:
    """(a) `pfs refresh --direct` of every archive into an empty home, and the floor; the last home stays for the others."""
    environment = clean_environment(PFS_HOME=str(home))
    floor = ["-m", "tests.benchmarks.floor", str(archives), str(home.parent / "floor.duckdb")]
    bare: list[Run] = []
    tuned: list[Run] = []
    ours: list[Run] = []
    for _ in range(pairs):
        bare.append(run(floor, environment))
        shutil.rmtree(home, ignore_errors=True)
        ours.append(run(_refresh(archives), environment))
        tuned.append(run([*floor, "--tuned"], environment))
    ratios = [mine.wall / its.wall for mine, its in zip(ours, bare, strict=True)]
    low, own, best = middle(bare), middle(ours), middle(tuned)
    size = (home / "pfs.duckdb").stat().st_size / 1e6
    return [
        Row("a  floor: csv members as text into DuckDB", low.wall, "s", None, f"{spread(bare)}, {low.processor:.1f} cpu s"),
        Row("a  refresh --direct, all archives, empty home", own.wall, "s", None, f"{spread(ours)}, {own.processor:.1f} cpu s"),
        Row(
            "a  refresh over floor",
            own.wall / low.wall,
            "times",
            _FLOOR_TIMES,
            f"pairs {min(ratios):.2f} to {max(ratios):.2f}; of processor seconds {own.processor / low.processor:.2f}",
        ),
        Row("a  refresh over a floor tuned as a build is", own.wall / best.wall, "times", None, f"{best.wall:.2f} s"),
        Row("a  peak memory of the refresh", max(r.peak_mb for r in ours), "MB", _PEAK_MB, f"floor {low.peak_mb:.0f} MB"),
        Row("a  size of the warehouse", size, "MB"),
    ]


def idle(archives: Path, home: Path) -> list[Row]:
    """(b) The same refresh again: every archive is hashed and found to be loaded, nothing is built."""
    published = (home / "pfs.duckdb").stat()
    runs = [run(_refresh(archives), clean_environment(PFS_HOME=str(home))) for _ in range(_IDLE_RUNS)]
    after = (home / "pfs.duckdb").stat()
    if (published.st_ino, published.st_mtime_ns) != (after.st_ino, after.st_mtime_ns):
        raise SystemExit(f"The refresh with nothing to do published something:\n{runs[-1].output}")
    return [Row("b  refresh --direct, nothing to do", middle(runs).wall, "s", _IDLE_SECONDS, spread(runs))]


def _refresh(archives: Path) -> list[str]:
    return ["-m", "flows", "refresh", "--source", str(archives), "--all", "--direct"]
