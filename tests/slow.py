"""Which tests run: by default those that fit into two minutes, all of them with `PFS_SLOW_TESTS=1 make test`.

A test is marked slow where a shorter one beside it looks at the same rule; the mark says so in its reason.
"""

from __future__ import annotations

import os

import pytest

IS_SLOW = bool(os.environ.get("PFS_SLOW_TESTS"))
slow = pytest.mark.skipif(not IS_SLOW, reason="a shorter test beside it looks at the same; PFS_SLOW_TESTS=1 runs this one too")
