"""Benchmark (f): a refresh with nothing new, and one that adds a release, with the whole history loaded, beside their floors.

    python -m tests.benchmarks.history [--runs N]

CMS's whole history are about a hundred releases, and a checkout rarely has them all. What is missing is made up to size: the
rows of the loaded release nearest in time under the label and dates of each release of the catalogue. The release that is
added is a real archive, read and checked like any other, and the newest one, as releases come: the history is made up to it.
Its floor copies the published file and inserts the csv members of the archive as text; the floor of the refresh with nothing new
hashes the archives of the source.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from flows import catalog
from flows.catalog import releases
from flows.catalog.releases import Release
from tests.benchmarks import measure
from tests.benchmarks.measure import Row, Run, clean_environment, middle, run, spread
from warehouse import accepted, publish
from warehouse.derive import derive

ADDED = "RVU26B"
_NOTHING_NEW_SECONDS = 1.5
_ADDING_SECONDS = 3.0
_ANY_DIFFERENCE, _MADE_ON = 1000, "2026-11-25"

# The factor of the donor would be stopped by the checks: the catalogue's, else that of the law.
_LAWFUL = """
update conversion_factor set conversion_factor = coalesce(?, (
  select arg_max(conversion_factor, announced_on) from legal_conversion_factor
  where qp_status = 'non_qp' and ? between effective_from and effective_to
), conversion_factor)
where release_id = ?
"""
# So would CMS's caps, which the donor's factor made: those that follow from the rows.
_CAPPED = """
update opps_cap set nonfacility_amount = made.computed_nonfacility_cap, facility_amount = made.computed_facility_cap
from opps_cap_comparison as made
where not made.is_reproduced and made.computed_nonfacility_cap is not null and made.computed_facility_cap is not null
  and list_contains(?, opps_cap.release_id)
  and made.release_id = opps_cap.release_id and made.mac = opps_cap.mac and made.locality = opps_cap.locality
  and made.hcpcs_code = opps_cap.hcpcs_code and made.modifier = opps_cap.modifier
"""


def whole_history(archives: Path, home: Path) -> Path:
    """A home with every release of the catalogue before `ADDED`, and a folder with the archives that it was made from."""
    source = home.parent / "source"
    source.mkdir(parents=True)
    for path in archives.glob("*.zip"):
        if path.stem in _earlier():
            (source / path.name).symlink_to(path)
    run(_refresh(source), clean_environment(PFS_HOME=str(home)))
    build = home / "pfs.duckdb"
    con = publish.open_build(build)
    con.execute(_CAPPED, [_make_up(con)])
    con.execute("reset threads")
    derive(con)  # what is stored a release, of the made ones too
    _accept_differences(con, home)
    publish.close_build(con)
    # What was replaced leaves gaps that the next checkpoint closes: a history that grew release by release has none of them.
    con = publish.open_build(build)
    con.execute("comment on table release is 'A history made up to size.'")
    publish.close_build(con)
    return source


def _earlier() -> dict[str, Release]:
    """The releases of the catalogue that come before the one that is added, by label."""
    added = releases.find(ADDED)
    assert added is not None
    return {release.label: release for release in releases.releases() if release.valid_from < added.valid_from}


def _accept_differences(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Accepts, as an operator would, whatever a made release differs by, and what the added one and its neighbours do.

    An accepted value stands for one side: far above every bound, but for a conversion factor that fell.
    """
    rose = con.execute(
        "select release_id from release_diff_measure where diff_measure = 'conversion_factor_ratio' and found > most"
    ).fetchall()
    found = con.execute(
        "select distinct release_id, diff_measure from (select release_id from release union select ?) cross join release_bound "
        "where most is not null order by all",
        [ADDED],
    ).fetchall()
    with (home / accepted.FILE_NAME).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(accepted.COLUMNS)
        for release_id, measure in found:
            fell = measure == "conversion_factor_ratio" and (release_id,) not in rose
            value = 0 if fell else _ANY_DIFFERENCE
            writer.writerow([release_id, measure, value, _MADE_ON, "made up to size for a benchmark"])


def _make_up(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Adds the releases that are not there; their labels."""
    made = []
    loaded = con.execute("select release_id, label, valid_from from release order by valid_from").fetchall()
    there = {label for _, label, _ in loaded}
    own = {"release_id", "label", "year", "quarter", "valid_from", "valid_to", "governs", "published_on", "published_basis"}
    for release in _earlier().values():
        if release.label in there:
            continue
        donor = min(loaded, key=lambda row: abs((row[2] - release.valid_from).days))[0]
        digest = hashlib.sha256(release.label.encode()).hexdigest()
        new = {name: getattr(release, name) for name in own - {"release_id"}}
        new |= {"release_id": release.label, "archive_sha256": digest, "content_sha256": digest, "supersedes": release.supersedes}
        new |= {"archive_name": f"{release.label}.zip", "expected_conversion_factor": release.conversion_factor}
        _copy(con, "release", donor, new)
        for table in catalog.tables().values():
            if table.key[0] == "release_id" and table.name != "release":
                _copy(con, table.name, donor, {"release_id": release.label})
        con.execute(_LAWFUL, [release.conversion_factor, release.valid_from, release.label])
        made.append(release.label)
    return made


def _copy(con: duckdb.DuckDBPyConnection, table: str, donor: str, new: dict[str, object]) -> None:
    names = catalog.tables()[table].column_names
    chosen = ", ".join("?" if name in new else name for name in names)
    values = [new[name] for name in names if name in new]
    con.execute(f"insert into {table} select {chosen} from {table} where release_id = ?", [*values, donor])


def times(archives: Path, folder: Path, runs: int) -> list[Row]:
    """The rows of the table; `folder` is empty and large enough for four warehouses."""
    home, source = folder / "home", folder / "source"
    # In a process of its own: what is measured would count the memory that making up the history took.
    run(["-m", "tests.benchmarks.history", "--make", str(archives), str(home)], clean_environment())
    environment = clean_environment(PFS_HOME=str(home))
    idle_floor = [run(["-m", "tests.benchmarks.history", "--floor-idle", str(source)], environment) for _ in range(runs)]
    idle = [run(_refresh(source), environment) for _ in range(runs)]
    with duckdb.connect(str(home / "pfs.duckdb"), read_only=True) as con:
        (count,) = con.execute("select count(*) from release").fetchone() or (0,)
    size = (home / "pfs.duckdb").stat().st_size / 1e6
    added, floors = [], []
    for _ in range(runs):
        shutil.copyfile(home / "pfs.duckdb", folder / "before.duckdb")
        os.sync()  # what is measured would wait until what was copied before it is on the disk
        floors.append(
            run(["-m", "tests.benchmarks.history", "--floor-add", str(archives / f"{ADDED}.zip"), str(home)], environment)
        )
        os.sync()
        added.append(run(_refresh(archives / f"{ADDED}.zip"), environment))
        shutil.copyfile(folder / "before.duckdb", home / "pfs.duckdb")
        _forget_what_is_kept(home)
    bare, own = middle(floors), middle(added)
    return [
        Row("f  releases in the warehouse", count, "", None, f"{size:.0f} MB"),
        Row("f  floor of nothing new: start, hash the archives", middle(idle_floor).wall, "s", None, _times(idle_floor)),
        Row("f  refresh --direct, nothing new", middle(idle).wall, "s", _NOTHING_NEW_SECONDS, _times(idle)),
        Row("f  floor of adding: copy the file, insert the csv", bare.wall, "s", None, _times(floors)),
        Row("f  refresh --direct, one release added", own.wall, "s", _ADDING_SECONDS, _times(added)),
        Row("f  peak memory of adding", max(r.peak_mb for r in added), "MB"),
    ]


def _forget_what_is_kept(home: Path) -> None:
    """Takes the warehouses of before out of the memory of the system: a release comes after months, not after seconds.

    The oldest of them is removed when a warehouse is published, which takes as long as it has pages there.
    """
    os.sync()
    if not hasattr(os, "posix_fadvise"):  # as on macOS: there the figure has that time in it
        return
    for path in (home / "kept").iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _times(runs: list[Run]) -> str:
    return f"{spread(runs)}, {middle(runs).processor:.2f} cpu s"


def _refresh(source: Path) -> list[str]:
    return ["-m", "flows", "refresh", "--source", str(source), "--all", "--direct"]


def _floor_idle(source: Path) -> None:
    for path in source.glob("*.zip"):
        hashlib.sha256(path.read_bytes()).hexdigest()
    with duckdb.connect(str(Path(os.environ["PFS_HOME"]) / "pfs.duckdb"), read_only=True) as con:
        con.execute("select archive_sha256 from release").fetchall()


def _floor_add(archive: Path, home: Path) -> None:
    from tests.benchmarks.floor import Stream, frames_of

    target = home.parent / "floor.duckdb"
    shutil.copyfile(home / "pfs.duckdb", target)
    con = publish.open_build(target)
    for number, frame in enumerate(frames_of(archive)):
        con.register("incoming", Stream(frame))
        con.execute(f"create table member_{number} as select * from incoming")
    publish.close_build(con)


def main() -> int:
    """Measures and prints; 1 when a figure is above its limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    from tests.benchmarks.__main__ import show

    with tempfile.TemporaryDirectory(prefix="pfs-benchmark-") as folder:
        rows = show("a", times(measure.archives(), Path(folder), options.runs))
    return int(any(row.is_missed for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor-idle"]:
        _floor_idle(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["--make"]:
        whole_history(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--floor-add"]:
        _floor_add(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        raise SystemExit(main())
