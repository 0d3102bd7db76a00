"""All benchmarks, and a table of what they found: `python -m tests.benchmarks [--pairs N] [--quick]`.

Ends with 1 when a figure is above its limit, and with 2 when the archives are not there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import history, measure, queries, refreshing, starting
from tests.benchmarks.measure import ROOT, Row


def main() -> int:
    """Measures everything and prints the table; progress goes to the standard error."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="how often floor and refresh take turns")
    parser.add_argument("--quick", action="store_true", help="without the programs that take minutes: flow and verify")
    options = parser.parse_args()
    archives = measure.archives()
    print("\n".join(measure.machine()), flush=True)
    with tempfile.TemporaryDirectory(prefix="pfs-benchmark-") as folder:
        home = Path(folder) / "home"
        rows = show("a", refreshing.loading(archives, home, options.pairs))
        rows += show("b", refreshing.idle(archives, home))
        rows += show("c", queries.times(home))
        rows += show("e", starting.commands(home))
        rows += show("f", history.times(archives, Path(folder) / "history", options.pairs))
        if not options.quick:
            _program("tests.benchmarks.verify_million", home)
            _program("tests.benchmarks.flow_overhead", home)
    missed = [row.name for row in rows if row.is_missed]
    print(f"above the limit: {'; '.join(missed)}" if missed else "every figure is within its limit")
    return 1 if missed else 0


def show(letter: str, rows: list[Row]) -> list[Row]:
    """Prints rows of the table, the headings before (a), and gives the rows back."""
    if letter == "a":
        print(f"{'':52}{'median':>9}       {'limit':>6}")
    for row in rows:
        limit = f"{row.limit:g}" if row.limit is not None else ""
        mark = "above" if row.is_missed else ""
        print(f"{row.name:52}{row.figure:>9.2f} {row.unit:5} {limit:>6}  {mark:5} {row.note}", flush=True)
    return rows


def _program(name: str, home: Path) -> None:
    """Runs a benchmark that prints a table of its own, on the home that was just loaded."""
    print(f"\n{name}", flush=True)
    environment = measure.clean_environment(PFS_HOME=str(home))
    subprocess.run([sys.executable, "-m", name], cwd=ROOT, env=environment, check=False)


if __name__ == "__main__":
    raise SystemExit(main())
