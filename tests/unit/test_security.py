"""The lines of docs/SECURITY.md that no other test holds, and that every line there names a test that exists."""

from __future__ import annotations

import ast
import io
import json
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from flows.cli import main
from flows.commands import sql
from flows.commands.refresh import _Clean
from flows.plain import as_json
from tests.members import changed, replaced, write_archive
from tests.refreshing import LIGHT, labels, query, run
from tests.slow import IS_SLOW
from warehouse.errors import WarehouseError
from warehouse.home import CODE, Home
from warehouse.publish import close_build, new_build, open_build, publish
from warehouse.read import open_published

HOSTILE = "'); drop table release; --"
ESCAPE = "\x1b]0;owned\x07\x9b31m\x7f"


def test_every_line_of_the_threat_model_names_a_test_that_exists() -> None:
    page = CODE / "docs" / "SECURITY.md"
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "| threat |" not in line]
    assert len(lines) > 15
    for line in lines:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, line
        for file, name in named:
            tree = ast.parse((CODE / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_a_value_that_looks_like_sql_stays_a_value(tmp_path: Path) -> None:
    """In a column, and in the name of a member."""
    members = changed("RVU24AR", {"GPCI2024.csv": replaced("ALABAMA", HOSTILE)})
    members[f"{HOSTILE}.csv"] = f"{HOSTILE},{HOSTILE}\n".encode()
    home = Home(tmp_path / "home")
    result = run(home, write_archive(tmp_path / "source", "RVU24AR.zip", members).parent, LIGHT)
    assert [outcome.status for outcome in result.outcomes] == ["loaded"] and labels(home) == ["RVU24AR"]
    assert [HOSTILE in name for (name,) in query(home, "select locality_name from gpci where mac = '10112'")] == [True]
    assert query(home, f"select count(*) from archive_member where member_name = $${HOSTILE}.csv$$") == [(1,)]


# --- pfs sql -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A published warehouse with a table of its own, whose text is hostile to terminals."""
    home = Home(tmp_path / "home")
    build = new_build(home)
    con = open_build(build)
    con.execute("create table release (release_id varchar, archive_sha256 varchar)")
    con.execute("create table fact as select 1 as number, ? as words", [ESCAPE])
    close_build(con)
    publish(home, build)
    (tmp_path / "other.csv").write_text("secret\n1\n")
    monkeypatch.setenv("PFS_HOME", str(home.root))
    return home


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine as select 1",
        "insert into fact values (2, '')",
        "update fact set number = 2",
        "delete from fact",
        "drop table fact",
        "attach '{folder}/new.duckdb' as mine",
        "attach '{folder}/home/pfs.duckdb' as again (read_write)",
        "select * from read_csv('{folder}/other.csv')",
        "select * from '{folder}/other.csv'",
        "select * from read_text('{folder}/other.csv')",
        "select * from glob('{folder}/*')",
        "copy fact to '{folder}/out.csv'",
        "explain analyze copy fact to '{folder}/out.csv'",
        "export database '{folder}/out'",
        "import database '{folder}/out'",
        "install httpfs",
        "load httpfs",
        "load '{folder}/mine.duckdb_extension'",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "create secret mine (type http)",
        "select getenv('HOME')",
    ],
)
def test_sql_reaches_nothing_but_the_warehouse(
    tiny: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    before = sorted(path.name for path in tmp_path.rglob("*"))
    published = tiny.published.read_bytes()
    assert main(["sql", statement.format(folder=tmp_path), "--format", "csv"]) == 1
    assert capsys.readouterr().err.startswith("pfs: The ")
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert tiny.published.read_bytes() == published


def test_connections_of_one_program_are_all_shut_off(tiny: Home, tmp_path: Path) -> None:
    """DuckDB keeps one set of settings for all connections of a process to a file, and threads may open it at once."""

    def looked_at(_: int) -> list[tuple[int]]:
        with open_published(tiny) as con:
            with pytest.raises(duckdb.PermissionException):
                con.execute(f"select * from read_csv('{tmp_path}/other.csv')")
            found: list[tuple[int]] = con.execute("select number from fact").fetchall()
            return found

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(looked_at, range(200))) == [[(1,)]] * 200


def test_a_connection_that_a_program_locked_open_before_is_refused(tiny: Home) -> None:
    with duckdb.connect(str(tiny.published), read_only=True) as own:
        own.execute("set lock_configuration = true")
        with pytest.raises(WarehouseError, match="this program opened it before with settings of its own"):
            open_published(tiny)


def test_sql_sees_no_variable_of_the_program(tiny: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """DuckDB can look up the names of Python's variables as tables; with external access off it does not."""
    import polars as pl

    hidden = pl.DataFrame({"secret": [1]})
    assert hidden.height == 1 and main(["sql", "select * from hidden"]) == 1
    assert "Table with name hidden does not exist" in capsys.readouterr().err


def test_a_list_as_csv_is_refused_in_a_sentence(tiny: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "select [1, 2] as pair", "--format", "csv"]) == 1
    assert "nested" in capsys.readouterr().err
    assert main(["sql", "select [1, 2] as pair", "--format", "json"]) == 0


# --- terminals -----------------------------------------------------------------------------------------------------------

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@pytest.mark.parametrize("output_format", ["table", "csv", "json"])
def test_no_control_character_reaches_a_terminal(tiny: Home, monkeypatch: pytest.MonkeyPatch, output_format: str) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen = Terminal()
    monkeypatch.setattr(sys, "stdout", seen)
    monkeypatch.setenv("TERM", "dumb")
    assert main(["sql", "select words from fact", "--format", output_format]) == 0
    assert "owned" in seen.getvalue()
    assert not CONTROL.search(seen.getvalue())


def test_programs_get_the_text_as_it_is(tiny: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "select words from fact", "--format", "json"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown) == [{"words": ESCAPE}] and not CONTROL.search(shown)
    assert main(["sql", "select words from fact", "--format", "csv"]) == 0
    assert ESCAPE in capsys.readouterr().out


def test_a_log_line_is_clean() -> None:
    record = logging.LogRecord("pfs", logging.INFO, "file.py", 1, "%s: loaded", (f"a{ESCAPE}.zip",), None)
    assert _Clean("%(message)s").format(record) == "a?]0;owned??31m?.zip: loaded"


# --- secrets -------------------------------------------------------------------------------------------------------------


def test_no_secret_is_printed(tmp_path: Path) -> None:
    """A run with every secret set, whose webhook and whose Prefect server do not answer: not one of them is in what it says."""
    secrets = {
        "PFS_WEBHOOK": "http://127.0.0.1:9/T0KEN-hook",
        "PREFECT_API_KEY": "pnu_T0KEN",
        "PREFECT_API_AUTH_STRING": "me:T0KEN",
    }
    home = tmp_path / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PFS_"))}
    environment |= secrets | {"PFS_HOME": str(home), "PYTHONPATH": str(CODE), "NO_PROXY": "127.0.0.1,localhost"}
    environment |= {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_API_URL": "http://127.0.0.1:9/api", "DO_NOT_TRACK": "1"}
    command = [sys.executable, "-m", "flows", "refresh", "--source", str(tmp_path / "nowhere"), "--json"]
    ways = (["--direct"], []) if IS_SLOW else (["--direct"],)  # Prefect takes its time to say no
    for more in ways:
        done = subprocess.run([*command, *more], cwd=CODE, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        assert json.loads(done.stdout)["status"] == "failed"
        assert "The webhook at 127.0.0.1 did not take the message" in done.stderr
        assert "T0KEN" not in done.stdout + done.stderr
        assert "T0KEN" not in "".join(path.read_text() for path in home.glob("*.json"))


def test_the_webhook_is_named_by_its_host_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from flows.notify import without_secrets

    monkeypatch.setenv("PFS_WEBHOOK", "https://hooks.example/T0KEN")
    assert without_secrets("asked https://hooks.example/T0KEN twice") == "asked [PFS_WEBHOOK] twice"


def test_json_has_no_raw_control_character() -> None:
    assert not CONTROL.search(as_json({"text": ESCAPE}).replace("\n", ""))
    assert json.loads(as_json({"text": ESCAPE})) == {"text": ESCAPE}


def test_sql_is_what_the_command_runs() -> None:
    """So that the tests above are about the command that people use."""
    assert main.__module__ == "flows.cli" and sql.read.open_published.__module__ == "warehouse.read"
