"""`pfs sql`: one statement, read only; anything else is refused in a sentence."""

from __future__ import annotations

import duckdb
import pytest

from flows.cli import main
from warehouse import read


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(_: object) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        con.execute("create table release as from (values ('RVU25A', 1), ('RVU25D', 2)) as rows(release_id, n)")
        return con

    monkeypatch.setattr(read, "open_published", opened)


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("select 1; select 2", 2, "One statement was expected, found 2."),
        ("", 2, "A query was expected, found none"),
        ("/* a remark */", 2, "A query was expected, found none"),
        ("drop table release", 1, "pfs sql reads; it cannot write."),
        ("selct 1", 1, "The query does not run"),
    ],
)
def test_what_is_not_one_query_is_refused(query: str, code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", query]) == code
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    "query",
    ["select release_id from release;", "from release; -- all of them", "pivot release on release_id using sum(n)"],
)
def test_one_query_is_answered(query: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A closing semicolon, a remark behind it, and a PIVOT, which DuckDB parts in two, are one statement."""
    assert main(["sql", query]) == 0
    assert "RVU25D" in capsys.readouterr().out
