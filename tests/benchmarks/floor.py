"""The bare floor: the csv members of a folder of archives as text in a DuckDB file, and nothing else.

    python -m tests.benchmarks.floor ARCHIVES TARGET [--tuned]

Opens each zip, reads each csv member as text with Polars, and inserts it into a table of its own. No types, no text members,
no account of lines, no keys, no checks. `--tuned` writes as a build of the project does: without a write-ahead log, in one
thread, with one checkpoint at the end.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl


class Stream:
    """A frame as an Arrow stream, which DuckDB reads without pyarrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def frames(folder: Path) -> Iterator[pl.DataFrame]:
    """Every csv member of every archive, every cell as text."""
    for path in sorted(folder.glob("*.zip")):
        yield from frames_of(path)


def frames_of(path: Path) -> Iterator[pl.DataFrame]:
    """Every csv member of one archive, every cell as text."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.lower().endswith(".csv"):
                content = archive.read(name).decode("cp1252").encode()
                yield pl.read_csv(content, has_header=False, infer_schema=False, truncate_ragged_lines=True)


def main() -> None:
    """Writes the file anew."""
    folder, target, *options = sys.argv[1:]
    Path(target).unlink(missing_ok=True)
    con = duckdb.connect()
    con.execute(f"attach '{target}' as floor" + (" (recovery_mode no_wal_writes)" if options else ""))
    con.execute("use floor")
    if options:
        con.execute("set wal_autocheckpoint = '1TB'")
        con.execute("set threads = 1")
    for number, frame in enumerate(frames(Path(folder))):
        con.register("incoming", Stream(frame))
        con.execute(f"create table member_{number} as select * from incoming")
        con.unregister("incoming")
    con.execute("checkpoint floor")
    con.close()


if __name__ == "__main__":
    main()
