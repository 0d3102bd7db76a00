"""Fixtures for all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import hypothesis
import pytest

from tests.slow import leave_out_slow

if TYPE_CHECKING:
    from flows.outcome import Result
    from warehouse.home import Home


# On a busy machine an example may take any time; what takes too long is a matter for the benchmarks.
hypothesis.settings.register_profile("pfs", hypothesis.settings(deadline=None))  # of the profile in force: CI has one
hypothesis.settings.load_profile("pfs")

# DuckDB asks for pandas at each statement that has parameters or names an unknown table, and Python looks through every folder
# for it again where there is none: a twentieth of the whole run.
if find_spec("pandas") is None:
    sys.modules["pandas"] = None  # type: ignore[assignment]

# Folders whose tests share a fixture that takes seconds to make (every real archive loaded, a feed and a site, a Prefect server),
# slowest first.
_TOGETHER = {"tests/releases": "archives", "tests/evidence": "archives", "tests/feed": "feed", "tests/flows": "server"}


def _group(nodeid: str) -> tuple[int, str]:
    """Where a test comes in the order of the run, and the group of tests that one process runs: a whole file at least."""
    file = nodeid.partition("::")[0]
    for rank, (folder, group) in enumerate(_TOGETHER.items()):
        if file.startswith(f"{folder}/"):
            return rank, group
    return len(_TOGETHER), file


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The groups that take longest go first, so that no process works on alone at the end. The order within a file stays."""
    leave_out_slow(config, items)
    items.sort(key=lambda item: _group(item.nodeid)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes (`pytest -n auto`): what is costly to make is made in one of them. Called by pytest-xdist."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)[1]

    config.option.loadscopereorder = False  # keep the order of pytest_collection_modifyitems
    return ByGroup(config, log)


@pytest.fixture(scope="session", autouse=True)
def one_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tiny warehouses (tests/warehouse.py) and builds (tests/sparing.py) are copies of is made once for all processes."""
    from tests.sparing import sparing

    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    os.environ["PFS_TEST_TEMPLATE"] = str(folder / "template.duckdb")
    with sparing(folder / "empty.duckdb"):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real CMS archives and published amounts: $PFS_SHARED, or `shared` beside the checkout; skips without them."""
    folder = Path(os.environ.get("PFS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not (folder / "cms").is_dir():
        pytest.skip(f"no real CMS archives in {folder / 'cms'}; set PFS_SHARED to the folder that holds cms/")
    return folder


@pytest.fixture(scope="session")
def first_refresh(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Result]:
    """The home and the result of the main job on every real archive, run once for all tests. Tests must not change it."""
    from flows.discover.discover import Wanted
    from flows.refresh import refresh
    from tests.sparing import sparing_nothing
    from warehouse.home import Home

    home = Home(tmp_path_factory.mktemp("whole"))
    with sparing_nothing():
        return home, refresh(home, str(shared / "cms"), Wanted(all=True), date(2026, 11, 22))


@pytest.fixture(scope="session")
def whole(first_refresh: tuple[Home, Result]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse of every real archive, open for reading (temporary tables may be made)."""
    home, result = first_refresh
    assert result.published == home.published, [str(outcome.error) for outcome in result.failed]
    with duckdb.connect(str(home.published), read_only=True) as con:
        yield con
