"""Which tests run: by default those that are quick or that nothing else stands in for, all with `PFS_SLOW_TESTS=1 make test`.

A test is marked slow where it takes about a second or more and others look at most of what it looks at.
"""

from __future__ import annotations

import os

import pytest

IS_SLOW = bool(os.environ.get("PFS_SLOW_TESTS"))
slow = pytest.mark.skipif(not IS_SLOW, reason="takes long, and others look at most of it; PFS_SLOW_TESTS=1 runs it")
