"""A web server on the loopback that misbehaves as scripted, to test fetching against.

    with HttpSource() as source:
        source.on("/rvu25a.zip", cut(body, after=1000, etag='"v1"'), whole(body, etag='"v1"'))
        fetch_url(source.url("/rvu25a.zip"), store)
        assert source.requests[1].headers["Range"] == "bytes=1000-"

Each request to a path takes the next behaviour of its script; the last one stays. A path without a script answers 404.
Every request is recorded, with the status that it got and the bytes of body that were sent.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

ZIP_TYPE = "application/zip"


@dataclass
class Received:
    """One request as it came in, and what it got. Requests over one connection share the client's port."""

    path: str
    headers: dict[str, str]
    client_port: int
    status: int = 0
    sent: int = 0


class Exchange(BaseHTTPRequestHandler):
    """One request and the ways to answer it; the behaviours below are written in its terms."""

    protocol_version = "HTTP/1.1"
    received: Received
    server: _Server

    def do_GET(self) -> None:  # the name is the standard library's
        self.received = Received(self.path, dict(self.headers.items()), self.client_address[1])
        behaviour = self.server.source.next_behaviour(self.received)
        with contextlib.suppress(ConnectionError):  # the client may well hang up on a misbehaving server
            behaviour(self)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """Sends the status line and the headers."""
        self.received.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send_body(self, body: bytes) -> None:
        """Sends bytes of the body, counted before they leave so that a client that has them sees the count."""
        self.received.sent += len(body)
        self.wfile.write(body)
        self.wfile.flush()

    def hang_up(self) -> None:
        """Ends the connection after this answer, whatever was promised."""
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Keeps the terminal quiet."""


Behaviour = Callable[[Exchange], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    source: HttpSource

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play; any other error of the server is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class HttpSource:
    """The server: `on` gives a path its script, `requests` are all that came in, in order."""

    requests: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scripts: dict[str, list[Behaviour]] = {}
        self._server = _Server(("127.0.0.1", 0), Exchange)
        self._server.source = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> HttpSource:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port that the system gave."""
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path; `localhost` is another host by name, at the same server."""
        return f"http://{host}:{self.port}{path}"

    def on(self, path: str, *behaviours: Behaviour) -> str:
        """Sets the script of a path and returns its address."""
        self._scripts[path] = list(behaviours)
        return self.url(path)

    def next_behaviour(self, received: Received) -> Behaviour:
        """Records a request and takes what its path does next."""
        self.requests.append(received)
        script = self._scripts.get(received.path, [status(404)])
        return script.pop(0) if len(script) > 1 else script[0]


def whole(body: bytes, *, etag: str | None = None, last_modified: str | None = None, content_type: str = ZIP_TYPE) -> Behaviour:
    """A server as it should be: conditional requests, ranges, If-Range."""
    return cut(body, after=None, etag=etag, last_modified=last_modified, content_type=content_type)


def cut(
    body: bytes,
    *,
    after: int | None,
    etag: str | None = None,
    last_modified: str | None = None,
    content_type: str = ZIP_TYPE,
) -> Behaviour:
    """Promises all that was asked for and hangs up after `after` bytes of it."""
    validators = {name: value for name, value in (("ETag", etag), ("Last-Modified", last_modified)) if value}

    def answer(exchange: Exchange) -> None:
        asked = exchange.headers
        if asked["If-None-Match"] in (etag or "none",) or asked["If-Modified-Since"] in (last_modified or "none",):
            exchange.begin(304, validators)
            return
        first = _first_byte(asked["Range"]) if asked["If-Range"] in (None, etag, last_modified) else 0
        if first and first >= len(body):
            exchange.begin(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"})
            return
        span = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"} if first else {}
        length = {"Content-Length": str(len(body) - first), "Content-Type": content_type}
        exchange.begin(206 if first else 200, validators | length | span)
        exchange.send_body(body[first:] if after is None else body[first : first + after])
        if after is not None:
            exchange.hang_up()

    return answer


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Behaviour:
    """A bare status, such as 503, with headers such as Retry-After. For a Content-Range that lies, say 206."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(code, {"Content-Length": str(len(body))} | (headers or {}))
        exchange.send_body(body)

    return answer


def page(html: str) -> Behaviour:
    """An HTML page with status 200, where a file was expected."""
    return status(200, {"Content-Type": "text/html; charset=utf-8"}, html.encode())


def redirect(location: str, code: int = 302) -> Behaviour:
    """A redirect to an address or a path."""
    return status(code, {"Location": location})


def ignoring_ranges(body: bytes, *, etag: str | None = None) -> Behaviour:
    """Sends all of the body whatever was asked for."""
    return status(200, {"Content-Type": ZIP_TYPE} | ({"ETag": etag} if etag else {}), body)


def endless(start: bytes = b"PK\x03\x04") -> Behaviour:
    """A body of unstated length that goes on until the client hangs up, or 64 MB: a test that fails shall not hang."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(200, {"Content-Type": ZIP_TYPE, "Connection": "close"})
        exchange.hang_up()
        exchange.send_body(start)
        for _ in range(1024):
            exchange.send_body(bytes(65536))

    return answer


def chunked(body: bytes, *, cut_after: int | None = None) -> Behaviour:
    """A body in chunks, without a length; cut in the middle of a chunk when asked."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(200, {"Content-Type": ZIP_TYPE, "Transfer-Encoding": "chunked"})
        exchange.wfile.write(f"{len(body):x}\r\n".encode())
        exchange.send_body(body if cut_after is None else body[:cut_after])
        if cut_after is None:
            exchange.wfile.write(b"\r\n0\r\n\r\n")
        else:
            exchange.hang_up()

    return answer


def stalling(body: bytes, *, after: int, release: threading.Event, etag: str | None = None) -> Behaviour:
    """Promises the body, sends `after` bytes and then nothing, until `release` is set or ten seconds have passed."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(200, {"Content-Length": str(len(body))} | ({"ETag": etag} if etag else {}))
        exchange.send_body(body[:after])
        release.wait(10)
        exchange.hang_up()

    return answer


def _first_byte(range_header: str | None) -> int:
    found = re.fullmatch(r"bytes=(\d+)-", range_header or "")
    return int(found[1]) if found else 0
