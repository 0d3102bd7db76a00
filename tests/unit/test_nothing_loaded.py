"""A warehouse that holds no release, but ZIP code or reference files: each command says so in a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main
from tests.warehouse import release, tiny_warehouse
from warehouse import read
from warehouse.home import Home

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command on a tiny warehouse with these tables; gives the exit code and what it prints, without line breaks."""
    monkeypatch.setenv("PFS_HOME", str(tmp_path))
    Home(tmp_path).published.touch()

    def runner(*arguments: str, **tables: list[dict[str, object]]) -> tuple[int, str]:
        monkeypatch.setattr(read, "open_published", lambda _: tiny_warehouse(**tables))
        code = main(list(arguments))
        told = capsys.readouterr()
        return code, " ".join(f"{told.out} {told.err}".split())

    return runner


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("price", "99213", "--on", "2025-11-03"), "Loaded are: none."),
        (("price", "99213", "--release", "RVU25D"), "Release RVU25D is not loaded. Loaded are: none. 'pfs refresh' loads more."),
        (("code", "99213", "--on", "2025-11-03"), "Loaded are: none."),
        (("price", "99213"), "The warehouse holds no release that governs a day. Load one with 'pfs refresh'."),
        (("changes", "--from", "RVU25A", "--to", "RVU25D"), "Loaded are: none."),
        (("verify",), "There is nothing to verify: without files, 'pfs verify' compares CMS's own tables of OPPS caps"),
        (("verify", "--release", "RVU25D"), "Loaded are: none."),
    ],
)
def test_a_command_that_needs_a_release_says_that_none_is_loaded(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, told = run(*arguments)
    assert (code, said in told) == (1, True), told
    assert "are: ." not in told


def test_verify_without_files_names_the_release_that_has_no_cap_table(run: Run, tmp_path: Path) -> None:
    code, told = run("verify", "--release", "RVU25D", release=[release("RVU25D")])
    assert code == 1
    assert "RVU25D has no member with them. Loaded are: RVU25D. Bring in a release that has one ('pfs refresh')" in told
    page = tmp_path / "EVIDENCE.md"
    assert run("verify", "--evidence", str(page), release=[release("RVU25D")])[0] == 1
    assert not page.exists()


def test_status_says_that_no_release_is_loaded(run: Run) -> None:
    for arguments in (("status",), ("status", "--members")):
        code, told = run(*arguments)
        assert code == 0 and "No release is loaded; 'pfs refresh' brings them in." in told
        assert "rvu rows" not in told and "lines = loaded" not in told
