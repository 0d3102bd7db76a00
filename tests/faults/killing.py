"""Kills a refresh over three archives at random moments and looks at what is left.

    python -m tests.faults.killing [TIMES] [--seed N] [--source FOLDER] [--light]

TIMES counts kills of a running process: a run that had ended before its moment came is looked at as well, and tried again with
another moment. After each kill: the published file opens and holds what it held before or what an undisturbed refresh would
publish, and the next refresh ends with exactly that, with nothing left over and no lock in its way. Half of the runs read a
folder, half a slow server on the loopback, so that downloads are cut too. Ends with 1 at the first time that this does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.http_source import Behaviour, Exchange, HttpSource, page
from tests.refreshing import LIGHT, bytes_of, content_of, folder_of, labels, run
from warehouse import leftovers
from warehouse.home import CODE, Home
from warehouse.kept import kept_warehouses

ENDED = "ended before"
RELEASES = ("RVU24AR", "RVU25A", "RVU26B")
# The whole command, with the stage that tests leave out where they are not about it, unless the variable says so.
PROGRAM = """
import os, sys
from flows.cli import main
if os.environ.get("PFS_TEST_LIGHT"):
    import flows.refresh, dataclasses
    from tests.refreshing import LIGHT
    flows.refresh.Steps = lambda: LIGHT
sys.exit(main(["refresh", "--direct", "--all", "--source", sys.argv[1]]))
"""


@dataclass(frozen=True)
class Trial:
    """Where the runs are made and what they have to come to."""

    before: Home
    sources: tuple[str, ...]
    new: str
    seconds: float
    is_light: bool


def content_hash(home: Home) -> str:
    """A hash over the rows of every table, without what depends on when it was built."""
    return hashlib.sha256(repr(sorted(content_of(home).items())).encode()).hexdigest()


def start(home: Home, source: str, is_light: bool) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    light = {"PFS_TEST_LIGHT": "1"} if is_light else {}
    environment = os.environ | {"PYTHONPATH": str(CODE), "PFS_HOME": str(home.root), "NO_PROXY": "127.0.0.1,localhost"} | light
    command = [sys.executable, "-c", PROGRAM, source]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(home: Home, source: str, is_light: bool) -> None:
    """The command to its end, which must be a good one; in this process where tests leave out stages."""
    if is_light:
        assert not run(home, source, LIGHT).failed
        return
    process = start(home, source, is_light)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()


def slow(body: bytes) -> Behaviour:
    """The archive in small pieces over about a fifth of a second, resumable by its ETag."""

    def behave(exchange: Exchange) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        asked = exchange.received.headers.get("Range", "")
        begin = (
            int(asked.removeprefix("bytes=").rstrip("-")) if asked and exchange.received.headers.get("If-Range") == etag else 0
        )
        rest = body[begin:]
        headers = {"Content-Type": "application/zip", "Content-Length": str(len(rest)), "ETag": etag}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        exchange.begin(206 if begin else 200, headers)
        step = max(1, len(body) // 20)
        for place in range(0, len(rest), step):
            exchange.send_body(rest[place : place + step])
            time.sleep(0.01)

    return behave


def serve(source: HttpSource, folder: Path) -> str:
    """A page that links to the archives of a folder, each of them slow to come."""
    names = sorted(path.name for path in folder.glob("*.zip"))
    for name in names:
        source.on(f"/files/{name}", slow((folder / name).read_bytes()))
    return source.on("/releases", page("".join(f'<a href="/files/{name}">{name}</a>' for name in names)))


def prepare(place: Path, source: HttpSource, folder: Path | None, is_light: bool, releases: tuple[str, ...] = RELEASES) -> Trial:
    """A home with one release published, and what the whole folder gives undisturbed. Without a folder: the sample's archives."""
    everything = folder or folder_of(place / "everything", releases)
    first = place / "first"
    first.mkdir()
    archive = min(everything.glob("*.zip"), key=lambda path: path.name)
    shutil.copyfile(archive, first / archive.name)
    before, whole = Home(place / "before"), Home(place / "whole")
    finish(before, str(first), is_light)
    shutil.copytree(before.root, whole.root)
    began = time.monotonic()
    start(whole, str(everything), is_light).communicate()
    seconds = time.monotonic() - began
    assert len(labels(whole)) == len(list(everything.glob("*.zip")))
    address = serve(source, everything)
    return Trial(before, (str(everything), address), content_hash(whole), seconds, is_light)


def kill_once(trial: Trial, place: Path, number: int, after: float) -> str:
    """One run that is killed after so many seconds and what must hold then; says what the kill found published."""
    home, source = Home(place / f"run-{number}"), trial.sources[number % len(trial.sources)]
    shutil.copytree(trial.before.root, home.root)
    untouched = bytes_of(home)
    process = start(home, source, trial.is_light)
    time.sleep(after)
    has_ended = process.poll() is not None
    process.kill()
    process.communicate()
    is_old = bytes_of(home) == untouched
    assert is_old or content_hash(home) == trial.new, f"run {number}: neither the old nor the new warehouse is published"
    left = [found for found in leftovers.found(home) if found.is_cleared]
    finish(home, source, trial.is_light)
    assert content_hash(home) == trial.new, f"run {number}: the next refresh ends with another content"
    assert labels(home) == labels(Home(place / "whole")), f"run {number}: an edition too many or too few"
    assert leftovers.found(home) == [], f"run {number}: left over {leftovers.found(home)}"
    assert len(kept_warehouses(home)) <= 2, f"run {number}: {kept_warehouses(home)}"
    shutil.rmtree(home.root)
    return ENDED if has_ended else f"{'old' if is_old else 'new'}, {'something left over' if left else 'nothing left over'}"


def main() -> int:
    """Kills so many times; prints how often what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.killing", description=__doc__)
    parser.add_argument("times", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--light", action="store_true", help="without derived views and checks, which take most of the time")
    parser.add_argument("--source", type=Path, help="a folder of three archives; without it those of the embedded sample")
    options = parser.parse_args()
    chance, found = random.Random(options.seed), Counter[str]()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="pfs-killing-") as folder, HttpSource() as source:
        trial = prepare(Path(folder), source, options.source, options.light)
        print(f"an undisturbed refresh takes {trial.seconds:.1f} s", flush=True)
        window, killed = 1.05 * trial.seconds, 0
        for number in itertools.count():
            what = kill_once(trial, Path(folder), number, chance.uniform(0.05, window))
            found[what] += 1
            window *= 0.95 if what == ENDED else 1.01  # the machine is not equally busy all the time
            killed += what != ENDED
            if killed == options.times:
                break
            if number % 20 == 19:
                print(f"{killed} kills: {dict(found)}", flush=True)
    print(f"{killed} kills of a running refresh, all as they must be: {dict(found)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
