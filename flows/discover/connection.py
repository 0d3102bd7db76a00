"""One connection for a whole run: the pages of a site and its archives are asked for over the same session.

Reads and writes nothing itself. Without `one_connection` each request of stage fetch opens its own session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import requests

Session: TypeAlias = "Callable[[], requests.Session]"
_live: ContextVar[Session | None] = ContextVar("pfs_connection", default=None)


@contextmanager
def one_connection() -> Iterator[None]:
    """Lets `connection` give one session to whatever runs inside, in the same thread or a copied context.

    It is opened when it is first asked for: a refresh from the disk needs none.
    """
    with ExitStack() as opened:

        @cache
        def session() -> requests.Session:
            import requests

            return opened.enter_context(requests.Session())

        token = _live.set(session)
        try:
            yield
        finally:
            _live.reset(token)


def connection() -> requests.Session | None:
    """The session of the run, None outside of one."""
    session = _live.get()
    return session() if session else None
