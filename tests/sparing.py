"""What tests of the whole job spare themselves: builds begin as copies, views have no comments, and nobody waits for the disk.

To make a hundred tables, to fill those of fixed facts and to comment two thousand columns takes longer than the rest of a refresh
of a small archive, and a run of the tests refreshes a hundred times. What is spared has tests of its own
(tests/unit/test_schema.py, tests/spec/test_names_and_comments.py); the real archives, and every command that runs in a process of
its own, are refreshed as they are, without any of this.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from flows import build
from warehouse import derive, publish, schema
from warehouse.home import Home

_new_build, _comment_columns, _fsync = publish.new_build, derive._comment_columns, os.fsync


@contextmanager
def sparing(empty: Path) -> Iterator[None]:
    """Within it, builds are copies of the file `empty`, which the first one makes."""

    def new_build(home: Home, start_empty: bool = False, archive_bytes: int = 0) -> Path:
        path = _new_build(home, start_empty, archive_bytes)
        if not path.exists():
            shutil.copyfile(_made(empty), path)
        return path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "new_build", new_build)
        patch.setattr(build, "schema", SimpleNamespace(create_tables=lambda con: None))
        patch.setattr(derive, "_comment_columns", lambda con, folder_of: None)
        patch.setattr(os, "fsync", lambda handle: None)  # what it is for, a machine that loses its power, is not tested here
        yield


@contextmanager
def sparing_nothing() -> Iterator[None]:
    """Within it, the job as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "new_build", _new_build)
        patch.setattr(build, "schema", schema)
        patch.setattr(derive, "_comment_columns", _comment_columns)
        patch.setattr(os, "fsync", _fsync)
        yield


def _made(empty: Path) -> Path:
    with FileLock(empty.with_suffix(".lock")):  # of several processes the first one makes it
        if not empty.exists():
            unfinished = empty.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            con = publish.open_build(unfinished)
            schema.create_tables(con)
            publish.close_build(con)
            unfinished.rename(empty)
    return empty
