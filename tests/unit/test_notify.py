"""What is said of a refresh outside of the terminal: one word, one note in the home, and one message to the webhook."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from requests import exceptions

from flows import notify
from flows.outcome import Outcome, Result
from tests.refreshing import LIGHT, folder_of, run
from warehouse.errors import CheckError, LockedError, ReleaseError, SourceError, SourceUnavailableError
from warehouse.home import Home

LOADED = Outcome("a.zip", "RVU25D", "loaded", "1 rvu.", "RVU25D")
SAME = Outcome("b.zip", "RVU25A", "unchanged", "RVU25A holds this archive already.", "RVU25A")


SILENT = 299  # which the hook answers when it may


def failed(error: Any) -> Outcome:
    return Outcome("c.zip", "RVU24A", "failed", str(error), error=error)


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (Result((LOADED, SAME), published=Path("pfs.duckdb")), "published"),
        (Result((SAME,)), "nothing_new"),
        (Result(()), "nothing_new"),
        (Result((LOADED, failed(ReleaseError("x"))), published=Path("pfs.duckdb")), "partly"),
        (Result((SAME, failed(SourceUnavailableError("x")))), "partly"),
        (Result((failed(SourceUnavailableError("x")),)), "source_unreachable"),
        (Result((failed(SourceError("404")),)), "failed"),
    ],
)
def test_one_word_for_a_result(result: Result, word: str) -> None:
    assert notify.status_of(result) == word == notify.document(result)["status"]


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (CheckError("x"), "stopped_by_check"),
        (SourceUnavailableError("x"), "source_unreachable"),
        (LockedError("x"), "locked"),
        (ReleaseError("x"), "failed"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_one_word_for_an_error(error: Exception, word: str) -> None:
    assert notify.error_document(error)["status"] == word
    assert notify.error_document(error)["error"]


class Hook(BaseHTTPRequestHandler):
    """Answers with the statuses of its server in turn, and keeps what came in."""

    server: Any

    def do_POST(self) -> None:
        self.server.got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == SILENT:
            self.server.until.wait(10)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keeps the terminal quiet."""


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.got, server.answers = [], []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("PFS_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook/T0KEN")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield server
    server.shutdown()
    server.server_close()


def test_a_publication_is_told_and_a_day_without_news_is_not(hook: Any, tmp_path: Path) -> None:
    home, source = Home(tmp_path / "home"), folder_of(tmp_path / "source", ["RVU24AR"])
    run(home, source, LIGHT)
    ((path, said),) = hook.got
    assert path == "/hook/T0KEN"
    assert (said["status"], said["published"], said["source"]) == ("published", str(home.published), str(source))
    assert said["text"] == f"PFS Warehouse: RVU24AR loaded. Published {home.published}."
    assert [(outcome["release_id"], outcome["status"]) for outcome in said["outcomes"]] == [("RVU24AR", "loaded")]
    run(home, source, LIGHT)
    assert len(hook.got) == 1
    note = notify.last_refresh(home)
    assert note is not None and (note["status"], note["error"]) == ("nothing_new", None)


def test_a_stop_is_told_with_its_sentence(hook: Any, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with pytest.raises(SourceError):
        run(home, tmp_path / "nowhere", LIGHT)
    ((_, said),) = hook.got
    assert said["status"] == "failed" and "neither a folder, nor a file" in said["error"]
    note = notify.last_refresh(home)
    assert note is not None and note["error"] == said["error"]


def tell(home: Home) -> None:
    notify.tell(home, "cms", {"status": "published"}, "RVU25D loaded.")


def test_a_webhook_that_is_busy_is_asked_again(hook: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hook.answers = [503]
    tell(Home(tmp_path))
    assert len(hook.got) == 2 and caplog.text == ""


def test_a_webhook_that_does_not_answer_is_told_once(
    hook: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken the message, and would take it for news again."""
    hook.answers, hook.until = [SILENT], Event()
    monkeypatch.setattr(notify, "_TIMEOUT_SECONDS", (5.0, 0.1))
    logging.getLogger("pfs").propagate = True
    tell(Home(tmp_path))
    hook.until.set()
    assert "The webhook at 127.0.0.1 did not take the message: no answer came within 0.1 s, and whether" in caplog.text
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.ReadTimeout("T0KEN"), "no answer came within 15 s"),
        (exceptions.ConnectTimeout("T0KEN"), "there was no connection within 5 s"),
        (exceptions.SSLError("T0KEN"), "no secure connection was made"),
        (exceptions.ConnectionError("T0KEN"), "there was no connection, or it broke off"),
        (exceptions.InvalidHeader("T0KEN"), "InvalidHeader"),
    ],
)
def test_why_a_webhook_did_not_take_it_is_told_in_our_words(error: Exception, said: str) -> None:
    """The words of the library hold the address, which is the secret."""
    assert notify._why(error).startswith(said) and "T0KEN" not in notify._why(error)


def test_a_webhook_that_nobody_listens_at_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("PFS_WEBHOOK", f"http://127.0.0.1:{port}/hook/T0KEN")
    logging.getLogger("pfs").propagate = True
    tell(Home(tmp_path))
    assert "The webhook at 127.0.0.1 did not take the message: there was no connection, or it broke off." in caplog.text
    assert "T0KEN" not in caplog.text


def test_a_webhook_that_fails_is_a_warning(hook: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hook.answers = [404]
    logging.getLogger("pfs").propagate = True
    tell(Home(tmp_path))
    assert "The webhook at 127.0.0.1 did not take the message: it answered 404." in caplog.text
    assert "T0KEN" not in caplog.text


def test_a_redirect_of_the_webhook_is_not_followed(hook: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hook.answers = [302]
    logging.getLogger("pfs").propagate = True
    tell(Home(tmp_path))
    assert [path for path, _ in hook.got] == ["/hook/T0KEN"]
    assert "it answered 302" in caplog.text


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "no address", "https://", "https://[x/T0KEN"])
def test_a_webhook_that_is_no_address_is_a_warning(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PFS_WEBHOOK", url)
    logging.getLogger("pfs").propagate = True
    tell(Home(tmp_path))
    assert "PFS_WEBHOOK holds no web address" in caplog.text
