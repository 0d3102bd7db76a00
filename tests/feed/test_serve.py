"""`pfs serve`: this machine only, files of the folder only, a busy port is a sentence."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.site.serve import HOST, server
from warehouse.errors import PfsError, UsageError


@pytest.fixture
def served(tmp_path: Path) -> Iterator[int]:
    """A server of a folder with an index, a hidden file, a folder, and a link that leads out; gives its port."""
    root = tmp_path / "site"
    (root / "codes").mkdir(parents=True)
    (root / ".state").mkdir()
    (root / "index.html").write_text("first")
    (root / "site.js").write_text("1")
    (root / ".state" / "site.json").write_text("noted")
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    with server(root, 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


def get(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, type and body of a request whose path is sent as it is."""
    con = http.client.HTTPConnection(HOST, port, timeout=10)
    con.putrequest(method, path, skip_host=False)
    con.endheaders()
    answer = con.getresponse()
    found = answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    con.close()
    return found


def test_files_of_the_folder_are_served_with_their_types(served: int) -> None:
    assert get(served, "/") == (200, "text/html; charset=utf-8", "first")
    assert get(served, "/site.js") == (200, "text/javascript", "1")


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/codes/../../secret.txt", "/..%2fsecret.txt", "/link.txt", "/.state/site.json",
     "/%2estate/site.json", "/codes/", "/none.html"],
)  # fmt: skip
def test_nothing_else_is_found(served: int, path: str) -> None:
    status, _, body = get(served, path)
    assert status == 404 and "secret" not in body and "noted" not in body


def test_nothing_can_be_written(served: int) -> None:
    assert get(served, "/index.html", "PUT")[0] == 501 and get(served, "/index.html", "DELETE")[0] == 501


def test_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("first")
    with server(tmp_path, 0) as running:
        assert running.server_address[0] == "127.0.0.1"


def test_a_busy_port_a_wrong_one_and_a_folder_without_a_site_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(PfsError, match=r"holds no site. 'pfs site"):
        server(tmp_path, 0)
    (tmp_path / "index.html").write_text("first")
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PfsError, match=rf"Port {port} of 127.0.0.1 is taken.*--port {port + 1}"):
            server(tmp_path, port)
    with pytest.raises(UsageError, match=r"--port 70000"):
        server(tmp_path, 70000)


def test_the_home_folder_and_what_holds_it_are_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index.html there, from wherever, makes no site of the archives below it."""
    from flows.cli import main

    (tmp_path / "home").mkdir()
    monkeypatch.setenv("PFS_HOME", str(tmp_path / "home"))
    for root in (tmp_path, tmp_path / "home"):
        (root / "index.html").write_text("mine")
        assert main(["serve", str(root)]) == 1
        assert "whose archives are not to be passed on" in " ".join(capsys.readouterr().err.split())
