"""One connection for a whole run: the pages of a site and its archives are asked for over the same session.

Reads and writes nothing itself. Without `one_connection` each request of stage fetch opens its own session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import requests

_live: ContextVar[requests.Session | None] = ContextVar("pfs_connection", default=None)


@contextmanager
def one_connection() -> Iterator[requests.Session]:
    """Holds one session open; `connection` gives it to whatever runs inside, in the same thread or a copied context."""
    with requests.Session() as session:
        token = _live.set(session)
        try:
            yield session
        finally:
            _live.reset(token)


def connection() -> requests.Session | None:
    """The session of the run, None outside of one."""
    return _live.get()
