"""The temporary Prefect server: a program that flows/flow/server.py runs in a process of its own when the user has no server.

It loads what it needs, waits for a line on its standard input, then serves on a free port of the loopback and prints that
port. It ends when its standard input ends, so that it never outlives the process that started it, however that one dies.
Prefect can start such a server by itself, but then the calling process loads the whole server too (three seconds), its
messages go to the terminal, and a killed caller leaves it running.
"""

from __future__ import annotations

import gc
import sys
import threading
import time

_POLL_SECONDS = 0.02


def main() -> int:
    """Serves until the caller is gone; 1 when the server could not start (it has said why on the standard error)."""
    gc.disable()  # loading makes hundreds of thousands of objects that stay; collecting among them is a tenth of the time
    import uvicorn
    from prefect.server.api.server import create_app

    gc.freeze()
    gc.enable()
    if not sys.stdin.readline():
        return 0
    app = create_app(ephemeral=True, final=True)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    socket = server.config.bind_socket()
    threading.Thread(target=_attend, args=(server, socket.getsockname()[1]), daemon=True).start()
    server.run([socket])
    return 0 if server.started else 1


def _attend(server, port) -> None:  # type: ignore[no-untyped-def]  # uvicorn is imported late
    while not server.started:
        time.sleep(_POLL_SECONDS)
    print(port, flush=True)
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
