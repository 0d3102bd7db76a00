"""One connection for a whole run: the pages of a site and its archives are asked for over the same session.

Also what the run knows of its sites: one to which there was no connection is asked for each other archive once.
Reads and writes nothing itself. Without `one_connection` each request of stage fetch opens its own session, and nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import requests

Session: TypeAlias = "Callable[[], requests.Session]"
_live: ContextVar[Session | None] = ContextVar("pfs_connection", default=None)
_silent: ContextVar[set[str] | None] = ContextVar("pfs_silent_sites", default=None)


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

        token, known = _live.set(session), _silent.set(set())
        try:
            yield
        finally:
            _live.reset(token)
            _silent.reset(known)


def connection() -> requests.Session | None:
    """The session of the run, None outside of one."""
    session = _live.get()
    return session() if session else None


def was_silent(url: str) -> bool:
    """Whether the site of an address was the last time noted as one that does not answer."""
    return urlsplit(url).netloc in (_silent.get() or ())


def note_silence(url: str, is_silent: bool) -> None:
    """Notes for the rest of the run whether the site of an address answers; nothing outside of one."""
    sites = _silent.get()
    if sites is not None:
        (sites.add if is_silent else sites.discard)(urlsplit(url).netloc)
