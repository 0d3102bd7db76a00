"""Which tests run when.

`make test` runs what answers quickly. A test that takes half a second or more, or shares what takes seconds to make, is marked
`slow`; `make test-slow` runs these (one by its name: `pytest -m slow FILE`), and CI runs both. `PFS_SLOW_TESTS=1` has `make test`
run all, with more cases each, and what takes minutes, which CI leaves out.
"""

from __future__ import annotations

import os

import pytest

IS_SLOW = os.environ.get("PFS_SLOW_TESTS", "0") not in ("", "0")
slow = pytest.mark.slow
takes_minutes = pytest.mark.skipif(not IS_SLOW, reason="takes a minute or more; PFS_SLOW_TESTS=1 runs it")


def cases(count: int) -> int:
    """How many cases a property is tried on: all with everything, a third of them (five at least) else."""
    return count if IS_SLOW else max(count // 3, 5)


def leave_out_slow(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what is marked slow, unless it was asked for: by `-m slow`, or with everything."""
    if IS_SLOW or "slow" in config.option.markexpr:
        return
    skipped = pytest.mark.skip(reason="takes half a second or more; make test-slow runs it")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skipped)
