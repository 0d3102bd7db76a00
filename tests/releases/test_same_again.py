"""Same input, same output: a refresh with nothing new does nothing, and the order in which archives come in does not matter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.discover.discover import Wanted
from flows.outcome import Result
from flows.refresh import refresh
from tests.releases.content import content, derived, everything
from tests.releases.raw import RELEASES
from tests.slow import slow, takes_minutes
from warehouse.home import Home

TODAY = date(2026, 11, 22)
# Newest first, one refresh after the other: an archive with text only, one with csv only, one with all members and 37 columns.
ONE_BY_ONE = ["RVU26B", "RVU24AR", "RVU12A"]
ALONE = "RVU12A"


def test_a_second_refresh_does_nothing_and_says_so(
    first_refresh: tuple[Home, Result], whole: duckdb.DuckDBPyConnection, shared: Path
) -> None:
    """The published file is not touched, nothing is kept aside, and each archive is named with the release that holds it."""
    home, _ = first_refresh
    before = home.published.stat()
    result = refresh(home, str(shared / "cms"), Wanted(all=True), TODAY)
    assert (result.published, result.checks, result.failed) == (None, (), ())
    assert [(outcome.status, outcome.detail) for outcome in result.outcomes] == [
        ("unchanged", f"{label} holds this archive already.") for label in RELEASES
    ]
    after = home.published.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)
    assert not home.kept.exists()


@pytest.fixture(scope="module")
def alone(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of one archive, which in `whole` came second, with eleven others."""
    return _built_one_by_one(Home(tmp_path_factory.mktemp("alone")), shared, [ALONE])


def _built_one_by_one(home: Home, shared: Path, labels: list[str]) -> Path:
    """Adds one archive a refresh. Each refresh loads that one only: definitions must not change while the test runs."""
    for label in labels:
        result = refresh(home, str(shared / "cms" / f"{label}.zip"), Wanted(all=True), TODAY)
        assert [(outcome.label, outcome.status) for outcome in result.outcomes] == [(label, "loaded")], result.notes
    return home.published


@slow
def test_what_is_loaded_with_an_archive_does_not_matter(whole: duckdb.DuckDBPyConnection, alone: Path) -> None:
    """An archive alone gives the rows that it gives among twelve, table by table."""
    with duckdb.connect(str(alone), read_only=True) as con:
        other = content(con, [ALONE])
    assert content(whole, [ALONE]) == other
    assert other["rvu"][0] == 15421
    assert [name for name, (rows, _) in other.items() if not rows and not name.startswith("zip")] == []


@slow
def test_what_is_derived_from_a_release_is_the_same_too(whole: duckdb.DuckDBPyConnection, alone: Path) -> None:
    """Stored tables and views of one release, whatever was loaded beside it."""
    with duckdb.connect(str(alone), read_only=True) as con:
        other = derived(con, [ALONE])
    assert derived(whole, [ALONE]) == other
    assert [name for name, (rows, _) in other.items() if not rows] == []
    assert {"payment_input", "similar_codes", "code_place", "payment_range", "code_percentile"} <= set(other)


@takes_minutes
def test_every_table_and_view_is_the_same_whatever_the_order(shared: Path, tmp_path: Path) -> None:
    """The same archives at once, oldest first, give the hash that they give one by one, newest first: every table and view."""
    source = tmp_path / "source"
    source.mkdir()
    for label in ONE_BY_ONE:
        (source / f"{label}.zip").symlink_to(shared / "cms" / f"{label}.zip")
    home = Home(tmp_path / "home")
    assert refresh(home, str(source), Wanted(all=True), TODAY).published == home.published
    with duckdb.connect(str(home.published), read_only=True) as con:
        at_once = everything(con)
    with duckdb.connect(str(_built_one_by_one(Home(tmp_path / "otherwise"), shared, ONE_BY_ONE)), read_only=True) as con:
        one_by_one = everything(con)
    assert list(at_once) == list(one_by_one)
    assert [name for name in at_once if at_once[name] != one_by_one[name]] == []
    assert len(at_once) > 80


def test_the_hash_sees_a_change_in_any_table(whole: duckdb.DuckDBPyConnection) -> None:
    """Control: the rows of other releases hash otherwise in every table that has rows."""
    one, other = content(whole, ["RVU25A"]), content(whole, ["RVU25D"])
    assert [name for name, (rows, digest) in one.items() if rows and other[name] == (rows, digest)] == []


def test_checks_found_nothing_but_the_known_exceptions(first_refresh: tuple[Home, Result]) -> None:
    """21 rows, one to three a release, have another practice expense in the setting that is marked NA."""
    _, result = first_refresh
    assert {check.name: check.rows_found for check in result.checks if check.rows_found} == {"pe_repeats_where_na": 21}
    assert len(result.checks) > 15
