"""Publishing by a rename: a reader sees the old warehouse or the new one, whole; the last three are kept; one step back."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads
from time import sleep

import duckdb
import pytest

from warehouse import kept as kept_module
from warehouse import publish as publish_module
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.kept import KEEP, kept_warehouses, rollback
from warehouse.publish import close_build, new_build, open_build, publish, settle, write_plainly, write_quickly

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home(tmp_path)


def put(place: Home, content: bytes) -> Path | None:
    """Publishes a build with this content."""
    build = new_build(place, start_empty=True)
    build.write_bytes(content)
    return publish(place, build)


def kept(place: Home) -> list[bytes]:
    return [path.read_bytes() for path in kept_warehouses(place)]


def warehouse_of(place: Home, value: int) -> None:
    """Publishes a real, tiny warehouse."""
    path = new_build(place, start_empty=True)
    con = open_build(path)
    con.execute("create table fact as select ? as value", [value])
    close_build(con)
    publish(place, path)


def value_in(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as con:
        return int(con.execute("select value from fact").fetchall()[0][0])


# --- publish -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manner", "unique", "repeated"),
    [
        (None, "FSST", "Dictionary or FSST"),  # by a sample, which DuckDB draws
        (write_quickly, "Uncompressed", "Dictionary"),
        (write_plainly, "Uncompressed", "Uncompressed"),
    ],
)
def test_a_build_that_is_written_quickly_has_the_same_rows_in_more_room(
    place: Home, manner: Callable[[duckdb.DuckDBPyConnection], None] | None, unique: str, repeated: str
) -> None:
    """Its texts are not compressed by their parts, which takes longest, or not at all: until they are next written."""
    path = new_build(place, start_empty=True)
    con = open_build(path)
    con.execute(
        "create table answer as select 'Code ' || number || ' pays ' || number % 977 as words, 'Group ' || hash(number) % 977 as "
        "category from range(20000) as _(number)"
    )
    if manner:
        manner(con)
    close_build(con)
    with duckdb.connect(str(path), read_only=True) as again:
        used = dict(
            again.execute(
                "select column_name, any_value(compression) from pragma_storage_info('answer') where segment_type = 'VARCHAR' "
                "group by column_name having count(distinct compression) = 1"
            ).fetchall()
        )
        assert used["words"] == unique and used["category"] in repeated.split(" or ")
        assert again.execute("select count(*), count(distinct words), max(words) from answer").fetchall() == [
            (20000, 20000, "Code 9999 pays 229")
        ]


def test_a_build_that_is_closed_late_leaves_what_the_next_one_put_aside(place: Home) -> None:
    """DuckDB removes the folder that it spilled to when it closes: each build has one of its own, beside its file."""
    path = new_build(place, start_empty=True)
    folders = []
    for _ in range(2):
        with open_build(path) as con:
            folders += con.execute("select current_setting('temp_directory')").fetchall()
            close_build(con)
    (first,), (second,) = folders
    assert first != second
    assert {Path(folder).parent for folder in (first, second)} == {place.building}


def test_a_build_that_is_closed_gives_memory_back_and_keeps_its_limit(place: Home) -> None:
    """The limit of memory is set to what it is, which has DuckDB give back what it keeps."""
    with open_build(new_build(place, start_empty=True)) as con:
        con.execute("set memory_limit = '1.5 GiB'")
        close_build(con)
        assert con.execute("select current_setting('memory_limit')").fetchall() == [("1.5 GiB",)]
        assert {thread.name for thread in enumerate_threads()}.isdisjoint({"give back"})


def test_a_fault_of_the_disk_while_a_build_is_closed_is_told(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the checkpoint, and not of what goes on beside it, which has ended then."""
    beside = []

    def ends_late(con: duckdb.DuckDBPyConnection) -> None:
        sleep(0.05)
        beside.append("ended")
        con.close()

    monkeypatch.setattr(publish_module, "_give_memory_back", ends_late)
    with open_build(new_build(place, start_empty=True)) as con:
        con.execute("use memory")
        con.execute("detach pfs")
        with pytest.raises(duckdb.Error, match="pfs"):
            close_build(con)
    assert beside == ["ended"]


def test_the_first_warehouse_takes_its_place_and_nothing_is_kept(place: Home) -> None:
    assert put(place, b"one") is None
    assert place.published.read_bytes() == b"one"
    assert list(place.building.iterdir()) == []
    assert kept(place) == []


def test_the_warehouse_before_is_kept_as_it_was(place: Home) -> None:
    put(place, b"one")
    before = put(place, b"two")
    assert place.published.read_bytes() == b"two"
    assert before is not None and before.read_bytes() == b"one"


def test_the_last_three_are_kept(place: Home) -> None:
    for number in range(6):
        put(place, str(number).encode())
    assert place.published.read_bytes() == b"5"
    assert kept(place) == [b"4", b"3", b"2"]
    assert KEEP == 3


@pytest.mark.parametrize(("setting", "expected"), [("1", [b"4"]), ("0", []), ("5", [b"4", b"3", b"2", b"1", b"0"])])
def test_how_many_are_kept_can_be_set(place: Home, monkeypatch: pytest.MonkeyPatch, setting: str, expected: list[bytes]) -> None:
    monkeypatch.setenv("PFS_KEEP", setting)
    for number in range(6):
        put(place, str(number).encode())
    assert kept(place) == expected


def test_a_number_to_keep_that_is_none_is_said_before_anything_is_done(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(place, b"one")
    monkeypatch.setenv("PFS_KEEP", "many")
    with pytest.raises(WarehouseError, match="PFS_KEEP=many: the number of warehouses"):
        put(place, b"two")
    assert place.published.read_bytes() == b"one"


def test_a_clock_that_is_set_back_does_not_change_the_order(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept are the last ones published, whatever the clock said then; back leads to the one published before."""

    class Clock(datetime):
        years = iter((2026, 2026, 2020, 2019, 2026))

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime(next(cls.years), 1, 1, tzinfo=tz)

    monkeypatch.setattr(kept_module, "datetime", Clock)
    monkeypatch.setattr(kept_module, "KEEP", 2)
    Clock.strptime = datetime.strptime  # type: ignore[method-assign]
    for number in range(5):
        put(place, str(number).encode())
    assert kept(place) == [b"3", b"2"]


def no_links(source: object, target: object) -> None:
    raise OSError("no links here")


def test_a_file_system_without_hard_links_keeps_copies(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    put(place, b"one")
    put(place, b"two")
    assert kept(place) == [b"one"]


def test_a_copy_that_is_cut_short_is_not_kept(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"o")
        raise OSError(28, "No space left on device")

    put(place, b"one")
    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WarehouseError, match="No space left on device"):
        put(place, b"two")
    assert place.published.read_bytes() == b"one"
    assert list(place.kept.iterdir()) == []


def test_a_rename_that_fails_leaves_the_published_warehouse_and_what_is_kept(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, b"one")
    put(place, b"two")

    def no_rename(source: object, target: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", no_rename)
    with pytest.raises(WarehouseError, match=r"pfs.duckdb cannot be replaced: Input/output error. The warehouse of before is"):
        put(place, b"three")
    assert place.published.read_bytes() == b"two"
    assert kept(place) == [b"one"]


def test_a_reader_goes_on_with_the_warehouse_that_it_opened(place: Home) -> None:
    warehouse_of(place, 1)
    with duckdb.connect(str(place.published), read_only=True) as reader:
        warehouse_of(place, 2)
        assert reader.execute("select value from fact").fetchall() == [(1,)]
    assert value_in(place.published) == 2
    assert [value_in(path) for path in kept_warehouses(place)] == [1]


# --- back ----------------------------------------------------------------------------------------------------------------


def test_rollback_publishes_the_one_before_and_goes_further_back_each_time(place: Home) -> None:
    for content in (b"one", b"two", b"three"):
        put(place, content)
    assert rollback(place)[0].path.name.startswith("pfs-")
    assert place.published.read_bytes() == b"two"
    assert kept(place) == [b"one"]
    rollback(place)
    assert place.published.read_bytes() == b"one"


def test_with_nothing_kept_rollback_changes_nothing_and_says_so(place: Home) -> None:
    put(place, b"one")
    with pytest.raises(WarehouseError, match=r"There is no earlier warehouse under .*; nothing was changed\."):
        rollback(place)
    assert place.published.read_bytes() == b"one"


# --- builds --------------------------------------------------------------------------------------------------------------


def test_a_build_begins_as_a_copy_of_the_published_warehouse(place: Home) -> None:
    put(place, b"one")
    build = new_build(place)
    assert build.read_bytes() == b"one"
    build.write_bytes(b"other")
    assert place.published.read_bytes() == b"one"


def test_a_build_may_begin_empty(place: Home) -> None:
    assert not new_build(place).exists()
    put(place, b"one")
    assert not new_build(place, start_empty=True).exists()


def test_what_a_killed_build_left_is_cleared_away(place: Home) -> None:
    place.building.mkdir(parents=True)
    for name in ("pfs.duckdb", "pfs.duckdb.wal", "other"):
        (place.building / name).write_bytes(b"left")
    new_build(place)
    assert list(place.building.iterdir()) == []


def test_a_disk_without_room_for_a_second_warehouse_is_said_before_anything_is_copied(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the published one, and 40 MB for what comes anew each time."""
    put(place, bytes(3 * 2**20))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 45 * 2**20))
    with pytest.raises(WarehouseError) as caught:
        new_build(place)
    assert str(caught.value) == (
        f"{place.root} has 45 MB free; a refresh needs about 46 MB there. Free some space, or set PFS_HOME to a larger disk."
    )
    assert list(place.building.iterdir()) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 46 * 2**20))
    assert new_build(place).stat().st_size == 3 * 2**20


def test_a_build_is_in_the_format_that_older_clients_read_and_leaves_no_log(place: Home) -> None:
    build = new_build(place)
    con = open_build(build)
    con.execute("create table fact as select 1 as value")
    version = con.execute("select tags['storage_version'] from duckdb_databases() where database_name = 'pfs'").fetchall()
    close_build(con)
    assert version[0][0].startswith("v1.0.0")
    assert [path.name for path in place.building.iterdir()] == ["pfs.duckdb"]
    assert value_in(build) == 1


def test_a_path_with_a_quote_in_it_can_be_built_in(tmp_path: Path) -> None:
    place = Home(tmp_path / "O'Hare data")
    warehouse_of(place, 7)
    assert value_in(place.published) == 7


def test_a_build_writes_no_log_and_settling_brings_its_rows_to_the_file(place: Home) -> None:
    build = new_build(place)
    con = open_build(build)
    con.execute("create table fact as select hash(range) as value from range(100_000)")
    assert [path.name for path in place.building.iterdir()] == ["pfs.duckdb"]
    before = build.stat().st_size
    settle(con)
    assert build.stat().st_size > before + 500_000
    close_build(con)


def test_what_is_settled_while_others_read_stands_in_the_file(place: Home) -> None:
    build = new_build(place)
    con = open_build(build)
    con.execute("create table release as select range as release_id from range(100000)")
    is_over = Event()

    def read(own: duckdb.DuckDBPyConnection) -> int:
        own.execute("use pfs")
        while not is_over.is_set():
            assert own.execute("select count(distinct hash(release_id)) from release").fetchone() == (100000,)
        return 1

    with con.cursor() as own, ThreadPoolExecutor(max_workers=1) as reader:
        reading = reader.submit(read, own)
        settle(con)
        is_over.set()
        assert reading.result() == 1
    assert build.stat().st_size > 200_000
    close_build(con)
    with duckdb.connect(str(build), read_only=True) as published:
        assert published.execute("select count(*) from release").fetchall() == [(100000,)]
