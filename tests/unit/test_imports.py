"""What a command does not need is not loaded: `pfs --help` and `pfs code` answer at once, and Prefect stays out of the way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slow import slow

_PROGRAM = """
import importlib, json, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
print(json.dumps(sorted(set(json.loads(sys.argv[1])) & set(sys.modules))))
"""
_HEAVY = (
    "duckdb",
    "polars",
    "prefect",
    "requests",
    "filelock",
    "cyclopts",
    "rich",
    "markdown_it",
    "sqlite3",
    "fastapi",
    "pyarrow",
    "matplotlib",
    "numpy",
)


def heavy_modules_loaded_by(*modules: str) -> set[str]:
    """The heavy modules that a new interpreter holds after importing these."""
    command = [sys.executable, "-c", _PROGRAM, json.dumps(_HEAVY), *modules]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return set(json.loads(found.stdout))


_NEEDED: dict[str, set[str]] = {
    "flows.cli": {"cyclopts", "rich"},
    "flows.commands.code": {"duckdb", "rich"},
    "flows.commands.refresh": {"duckdb", "rich"},
}
_ALSO_NEEDED: dict[str, set[str]] = {
    "flows.catalog": set(),
    "flows.catalog.releases": set(),
    "warehouse.errors": set(),
    "warehouse.home": set(),
    "warehouse.raw": set(),
    "warehouse.read": {"duckdb"},
    "warehouse.schema": {"duckdb"},
    "warehouse.load": {"duckdb"},
    "flows.commands.changes": {"duckdb", "rich"},
    "flows.plots.code": {"duckdb", "rich"},
    "flows.commands.price": {"duckdb", "rich"},
    "flows.commands.status": {"duckdb", "rich"},
    "flows.commands.sql": {"duckdb", "rich"},
}


@pytest.mark.parametrize(
    ("module", "needed"), [*_NEEDED.items(), *(pytest.param(*row, marks=slow) for row in _ALSO_NEEDED.items())]
)
def test_a_module_loads_what_it_needs_and_no_more(module: str, needed: set[str]) -> None:
    assert heavy_modules_loaded_by(module) <= needed


def test_the_test_sees_what_is_loaded() -> None:
    assert {"polars", "duckdb"} <= heavy_modules_loaded_by("flows.normalize.release", "warehouse.read")


@slow
def test_reading_a_release_loads_no_numpy(tmp_path: Path) -> None:
    """It is there where matplotlib is, and Polars asks for it when it is given numbers of Python's."""
    program = """
import sys
from pathlib import Path
from flows.raw_archive import Archive
from flows.normalize.release import read_release
from flows.sample import write_archives
path = write_archives(Path(sys.argv[1]))[-1]
read_release(Archive(path, "", path.name, "sample", True))
print("polars" in sys.modules, "numpy" in sys.modules)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout.split() == ["True", "False"]


def test_help_loads_no_library_of_data() -> None:
    shown = "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    program = f"import json, sys; from flows.cli import main; main(['--help']); {shown}"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert "refresh" in found.stdout
    assert not set(json.loads(found.stderr)) & {"duckdb", "polars", "prefect", "requests"}
