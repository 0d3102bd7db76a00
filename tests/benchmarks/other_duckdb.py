"""The rules on another DuckDB: every spec test, run with another version of the library.

    python -m tests.benchmarks.other_duckdb [VERSION [PYTEST_ARGS...]]      # default 2.0.0

Makes a virtual environment in a temporary folder, installs that DuckDB there, takes every other library from the environment
that runs this, and runs tests/spec with it: macros, views, stored tables and checks on literal rows. Names the tests that failed,
each with its error in one line, and ends with the exit code of pytest. By hand, since it needs the network.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.benchmarks.measure import ROOT, clean_environment


def main() -> int:
    """Runs the spec tests on the DuckDB that the first argument names."""
    version = sys.argv[1] if len(sys.argv) > 1 else "2.0.0"
    with tempfile.TemporaryDirectory(prefix="pfs-duckdb-") as folder:
        python = _environment(Path(folder) / "venv", version)
        environment = clean_environment(PYTHONPATH=str(ROOT))
        found = subprocess.run(
            [str(python), "-c", "import duckdb; print(duckdb.__version__)"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        print(f"DuckDB {found}", flush=True)
        if found != version:
            print(f"expected DuckDB {version}", file=sys.stderr)
            return 1
        arguments = [
            str(python),
            "-m",
            "pytest",
            "-q",
            "-m",
            "slow or not slow",
            "-rfE",
            "--tb=line",
            "-p",
            "no:cacheprovider",
            "tests/spec",
            *sys.argv[2:],
        ]
        return subprocess.run(arguments, cwd=ROOT, env=environment, check=False).returncode


def _environment(place: Path, version: str) -> Path:
    """A virtual environment with one DuckDB of its own, and behind it the libraries of this one; its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    python = place / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", f"duckdb=={version}"], check=True)
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # A .pth file adds its folders behind the environment's own, so that the DuckDB installed above comes first.
    (Path(site) / "behind.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return python


if __name__ == "__main__":
    raise SystemExit(main())
