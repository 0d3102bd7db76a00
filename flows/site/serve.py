"""A server for a look at a site: this machine only, files of one folder only, nothing written.

Binds 127.0.0.1. A path that leads out of the folder (also through a link), a hidden file and a folder without an index are not
found. Raises PfsError when the port is taken or the folder holds no site.
"""

from __future__ import annotations

import errno
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from warehouse.errors import PfsError, UsageError

HOST = "127.0.0.1"
_HIGHEST_PORT = 65535


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of the files in `directory`."""

    protocol_version = "HTTP/1.1"
    server_version = "pfs"
    sys_version = ""
    extensions_map = {  # noqa: RUF012  as the base class has it
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".json": "application/json",
        ".html": "text/html; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
    }

    def send_head(self) -> Any:
        """Answers only what lies in the folder, link or not, and is not hidden."""
        path = Path(self.translate_path(self.path))
        root = Path(self.directory).resolve()
        resolved = path.resolve()
        is_inside = resolved == root or root in resolved.parents
        is_hidden = is_inside and any(part.startswith(".") for part in path.relative_to(self.directory).parts)
        if not is_inside or is_hidden:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002  as the base class has it
        """A folder without an index is not listed."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Each look is at the newest files, and types are as they are said."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing of each request."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the folder, ready to serve; port 0 takes a free one. See the module for the errors."""
    if not (folder / "index.html").is_file():
        raise PfsError(f"{folder} holds no site. 'pfs site {folder}' makes one.")
    if not 0 <= port <= _HIGHEST_PORT:
        raise UsageError(f"--port {port}: a number from 0 to {_HIGHEST_PORT} was expected; 0 takes a free port.")
    ThreadingHTTPServer.daemon_threads = True
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    except OSError as fault:
        if fault.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "is taken by another program" if fault.errno == errno.EADDRINUSE else "may not be used"
            raise PfsError(f"Port {port} of {HOST} {why}. Name another one, for example --port {port + 1}.") from fault
        raise PfsError(f"{HOST}, port {port}, cannot be used: {fault.strerror or fault}.") from fault
