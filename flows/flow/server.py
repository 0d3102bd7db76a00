"""A temporary Prefect server beside this process, for a flow run when the user has no server of their own.

Runs flows/flow/server_program.py; Prefect's database under PREFECT_HOME, the user's own, is what stays of it. Raises
`PrefectError` when the server does not come up. Knows Prefect's settings, but does not import Prefect.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from warehouse.errors import PfsError

if TYPE_CHECKING:
    from prefect.settings import Settings

_START_SECONDS = 180.0  # Prefect's own limit of 20 is too short for making its database on a slow machine
_SPEAK_SECONDS = 15.0
_STOP_SECONDS = 10.0
_LOOPBACK = "127.0.0.1,localhost"

# Registering block types costs two seconds at the first start, and any real server does it; the memo of it would tell that
# server that it was done. What a user of this project runs is nobody else's business.
_SETTINGS = {
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}


class PrefectError(PfsError):
    """Prefect could not do its part: no server, or one that does not answer."""


class TemporaryServer:
    """The server as a context: its process loads at once and waits; `serve` lets it begin; it ends with the context."""

    def __enter__(self) -> TemporaryServer:
        self._is_serving = False
        self._log: IO[bytes] = tempfile.TemporaryFile(prefix="pfs-prefect-")
        program = Path(__file__).with_name("server_program.py")
        # -P: the folder of the program must not come before the libraries. A session of its own: Ctrl-C ends the run, which
        # then still has a server to report that to.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_SETTINGS | os.environ,
            start_new_session=True,
        )
        return self

    def serve(self, settings: Settings) -> str:
        """Lets the server begin and waits until it answers: the address of its API.

        Raises PrefectError when its database cannot be written, when it fails, and when it takes too long.
        """
        _require_writable(settings)
        print(f"pfs: starting a temporary Prefect server ({_duration(settings)}); its data: {settings.home}", file=sys.stderr)
        print("pfs: with PREFECT_API_URL set, yours is used; --direct needs none", file=sys.stderr, flush=True)
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # it has died; what it said is read below
            self._process.stdin.write(b"serve\n")
            self._process.stdin.flush()
        self._wait(self._process.stdout, _limit(settings))
        port = self._process.stdout.readline().strip()
        if not port:
            raise PrefectError(
                f"The temporary Prefect server did not start. {self._said()} Set PREFECT_HOME to an empty folder if its "
                "database is of another version of Prefect, PREFECT_API_URL to a server that runs, or use --direct."
            )
        self._is_serving = True
        return f"http://127.0.0.1:{int(port)}/api"

    def _wait(self, pipe: IO[bytes], limit: float) -> None:
        """Waits until the server has said something or is gone, and says now and then that it is waiting."""
        began = time.monotonic()
        while not select.select([pipe], [], [], min(_SPEAK_SECONDS, limit))[0]:
            passed = time.monotonic() - began
            if passed >= limit:
                raise PrefectError(
                    f"The temporary Prefect server did not answer within {limit:.0f} s. Allow it more with "
                    f"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, or use --direct. {self._said()}"
                )
            print(f"pfs: still starting, {passed:.0f} s of at most {limit:.0f} s", file=sys.stderr, flush=True)

    def _said(self) -> str:
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().decode(errors="replace").splitlines() if line.strip()]
        return f"It said: {lines[-1]}" if lines else "It said nothing."

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin and self._process.stdout
        if not self._is_serving:
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()  # which it takes as the sign to end
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


def _limit(settings: Settings) -> float:
    """Seconds that the server may take: what Prefect's settings say, when they do."""
    ephemeral = settings.server.ephemeral
    is_set = "startup_timeout_seconds" in ephemeral.model_fields_set
    return float(ephemeral.startup_timeout_seconds) if is_set else _START_SECONDS


def _duration(settings: Settings) -> str:
    return "a few seconds" if (settings.home / "prefect.db").exists() else "the first time about 20 s: it makes its database"


def _require_writable(settings: Settings) -> None:
    """PrefectError when the server would keep its database under PREFECT_HOME and cannot."""
    if str(settings.home) not in _database(settings):
        return
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        raise PrefectError(
            f"The temporary Prefect server keeps its database in {settings.home}, which cannot be written: "
            f"{error.strerror or error}. Set PREFECT_HOME to a folder that can, or PREFECT_API_URL to a server that runs, or use "
            "--direct, which needs none."
        ) from error


def _database(settings: Settings) -> str:
    url = settings.server.database.connection_url
    return url.get_secret_value() if url else ""


@contextlib.contextmanager
def loopback_without_proxy() -> Iterator[None]:
    """Lets requests to this machine pass by a proxy that the environment names."""
    names = ("NO_PROXY", "no_proxy")
    before = {name: os.environ.get(name) for name in names}
    for name in names:
        os.environ[name] = ",".join(filter(None, (before[name], _LOOPBACK)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
