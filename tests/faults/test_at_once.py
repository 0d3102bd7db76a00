"""Many at once: readers while warehouses are published, and two refreshes of one home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from flows.cli import main
from flows.discover.discover import Wanted
from flows.refresh import refresh
from tests.refreshing import LIGHT, TODAY, folder_of, labels
from tests.slow import IS_SLOW, slow
from warehouse.errors import LockedError
from warehouse.home import Home, writing
from warehouse.publish import close_build, open_build, publish

# Each reader is a process, and twenty of them keep a small machine busy for a while: those only where it is asked for.
READERS, PUBLICATIONS = (20, 10) if IS_SLOW else (2, 5)

READ = """
import json, sys, duckdb
path, stop = sys.argv[1:]
answers, values, wrong = 0, [], []
print("ready", flush=True)
while True:
    try:
        with open(stop):
            break
    except FileNotFoundError:
        pass
    try:
        with duckdb.connect(path, read_only=True) as con:
            con.execute("set threads = 1")
            (number,) = con.execute("select number from edition").fetchone()
            found = con.execute("select min(number), max(number), count(*) from fact").fetchone()
    except Exception as error:
        wrong.append(f"{type(error).__name__}: {error}")
        continue
    answers += 1
    if found != (number, number, 5000):
        wrong.append(f"edition {number} has {found}")
    if values[-1:] != [number]:
        values.append(number)
print(json.dumps({"answers": answers, "values": values, "wrong": wrong[:3]}))
"""


def built(folder: Path, number: int) -> Path:
    """A warehouse whose every row tells which one it is."""
    con = open_build(folder / f"{number}.duckdb")
    con.execute("create table edition as select ? as number", [number])
    con.execute("create table fact as select ? as number from range(5000)", [number])
    close_build(con)
    return folder / f"{number}.duckdb"


@contextmanager
def reader(place: Home, stop: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", READ, str(place.published), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@slow
def test_readers_see_one_warehouse_at_a_time_while_others_are_published(tmp_path: Path) -> None:
    """No error, no answer from two of them, and never an older one after a newer one."""
    place, stop = Home(tmp_path / "home"), tmp_path / "stop"
    place.root.mkdir()
    builds = [built(tmp_path, number) for number in range(PUBLICATIONS + 1)]
    publish(place, builds[0])
    with ExitStack() as stack:
        readers = [stack.enter_context(reader(place, stop)) for _ in range(READERS)]
        for process in readers:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for build in builds[1:]:
            time.sleep(0.1)  # so that a reader has the time to see the one before
            publish(place, build)
        stop.touch()
        found = [json.loads(process.communicate(timeout=60)[0]) for process in readers]
    assert [each["wrong"] for each in found] == [[]] * READERS
    assert all(each["answers"] > 0 for each in found)
    assert all(each["values"] == sorted(each["values"]) for each in found)
    assert len({number for each in found for number in each["values"]}) > 2


@slow
def test_of_two_refreshes_at_once_the_second_waits_and_finds_nothing_new(tmp_path: Path) -> None:
    place, source = Home(tmp_path / "home"), folder_of(tmp_path / "source", ["RVU24AR"])
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(refresh, place, str(source), Wanted(all=True), TODAY, LIGHT, 60) for _ in range(2)]
        results = [each.result() for each in both]
    assert sorted(outcome.status for result in results for outcome in result.outcomes) == ["loaded", "unchanged"]
    assert labels(place) == ["RVU24AR"]


def test_a_refresh_that_does_not_wait_ends_with_a_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place, source = Home(tmp_path / "home"), folder_of(tmp_path / "source", ["RVU24AR"])
    monkeypatch.setenv("PFS_HOME", str(place.root))
    with writing(place):
        code = main(["refresh", "--direct", "--all", "--json", "--wait", "0", "--source", str(source)])
    assert code == 6
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == "locked" and f"(process {os.getpid()} on " in said["error"]
    assert not (place.root / "last_refresh.json").exists()


def test_who_waits_too_long_is_told_who_writes(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    with writing(place), pytest.raises(LockedError, match=rf"process {os.getpid()} on .* \(--wait SECONDS does\)"):
        refresh(place, "sample", Wanted(), TODAY, LIGHT, wait_seconds=0.1)
