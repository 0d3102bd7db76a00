"""The home folder and its write lock: one writer at a time, a sentence for the second, nothing left by one that died."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.home import CODE, Home, home, who_writes, writing

HOLD = """
import sys, pathlib
from warehouse.home import Home, writing
with writing(Home(pathlib.Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_writer(place: Home) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, str(place.root)]
    environment = os.environ | {"PYTHONPATH": str(CODE)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_places_of_a_home(tmp_path: Path) -> None:
    place = Home(tmp_path)
    assert place.published == tmp_path / "pfs.duckdb"
    assert place.raw == tmp_path / "raw"
    assert len({place.raw, place.published, place.building, place.kept, place.sample}) == 5
    assert list(tmp_path.iterdir()) == []


def test_pfs_home_names_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFS_HOME", str(tmp_path / "here"))
    assert home().root == tmp_path / "here"
    monkeypatch.setenv("PFS_HOME", "~/there")
    assert home().root == Path.home() / "there"


def test_without_pfs_home_a_checkout_has_its_data_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PFS_HOME", raising=False)
    assert home().root == CODE / "data"


def test_an_installed_wheel_has_its_data_with_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PFS_HOME", raising=False)
    monkeypatch.setattr("warehouse.home.CODE", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert home().root == tmp_path / "share" / "pfs-warehouse"


# --- the lock ------------------------------------------------------------------------------------------------------------


def test_a_second_writer_gets_a_sentence_that_names_the_process(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    with another_writer(place) as process:
        with pytest.raises(WarehouseError) as caught, writing(place):
            pytest.fail("two writers at a time")
        assert str(caught.value) == (
            f"Another refresh is writing to {place.root} ({who_writes(place)}). Wait until it ends (--wait SECONDS does), or "
            "stop that process; nothing was changed."
        )
        assert str(who_writes(place)).startswith(f"process {process.pid} on ")


def test_a_writer_that_ends_frees_the_lock(tmp_path: Path) -> None:
    place = Home(tmp_path)
    with another_writer(place) as process:
        process.communicate("", timeout=10)
        with writing(place):
            assert str(who_writes(place)).startswith(f"process {os.getpid()} on ")


def test_the_lock_of_a_writer_that_was_killed_is_free(tmp_path: Path) -> None:
    place = Home(tmp_path)
    with another_writer(place) as process:
        process.kill()
        process.wait(timeout=10)
        assert (place.root / "write.holder").exists()
        with writing(place):
            assert str(who_writes(place)).startswith(f"process {os.getpid()} on ")


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    place = Home(tmp_path)
    with pytest.raises(ZeroDivisionError), writing(place):
        raise ZeroDivisionError
    with writing(place):
        pass
    assert not (place.root / "write.holder").exists()


def test_two_writers_in_one_process_are_kept_apart_too(tmp_path: Path) -> None:
    place = Home(tmp_path)
    with writing(place):
        with pytest.raises(WarehouseError, match=rf"\(process {os.getpid()} on "), writing(place):
            pytest.fail("two writers at a time")
        assert (place.root / "write.holder").exists()


def test_homes_do_not_block_each_other(tmp_path: Path) -> None:
    with writing(Home(tmp_path / "one")), writing(Home(tmp_path / "two")):
        assert (tmp_path / "one" / "write.holder").exists()
        assert (tmp_path / "two" / "write.holder").exists()


def test_a_home_that_is_a_file_is_told_as_what_it_is(tmp_path: Path) -> None:
    place = tmp_path / "home"
    place.write_text("a file")
    with (
        pytest.raises(WarehouseError, match=f"{place} was expected to be a folder, and is none.*Let PFS_HOME name a folder"),
        writing(Home(place)),
    ):
        pass
    assert place.read_text() == "a file"
