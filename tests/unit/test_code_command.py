"""`pfs code`: where a code stands, the codes that are most like it and its history, in sentences and as a document."""

from __future__ import annotations

import json

import duckdb
import pytest

from flows.commands import code as command
from tests.chain import loaded, visit
from tests.slow import slow
from tests.warehouse import stored
from warehouse import read
from warehouse.errors import PfsError, UsageError


class _Kept:
    """A connection that a command may close without ending the test's."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self.con

    def __exit__(self, *_error: object) -> None:
        return None


@pytest.fixture(scope="module")
def made() -> duckdb.DuckDBPyConnection:
    """RVU25D and RVU26B: 17340 adjusted, 10060 and 10061 above it, 17343 gone; no classification of codes is loaded."""
    others = [visit("1.20", code="10060"), visit("2.40", code="10061")]
    gone = visit("0.90", code="17343", modifier="26")
    return stored(
        loaded(
            {"RVU25D": "32.3465", "RVU26B": "33.4009"},
            {
                "RVU25D": [visit("0.77", "0.74", "0.63", "0.08", code="17340"), gone, *others],
                "RVU26B": [visit("0.75", "0.76", "0.44", "0.07", code="17340"), *others],
            },
        )
    )


@pytest.fixture(autouse=True)
def published(made: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "open_published", lambda _home: _Kept(made))


def run(code: str = "17340", *, as_json: bool = False) -> int:
    return command.command(code, "", None, "RVU26B", None, as_json)


def test_the_page_says_where_the_code_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Lowest of three: no code has less, the median 1.20 is 1.6 times 0.75. Similar codes need no classification."""
    assert run() == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "of the 3 codes of Surgery that Medicare prices, 1.6 times below the median of 1.20; the highest is 2.40." in shown
    assert "Similar codes: 10060, 10061." in shown
    assert "Last change with RVU26B" in shown
    assert "work RVU 0.77 → 0.75" in shown and "_rvu" not in shown
    assert "RVU25D 2025-10-01 A 0.77 1.59 1.48 $51.43 $47.87" in shown
    assert "RVU26B 2026-04-01 A 0.75 1.58 1.26 $52.77 $42.09" in shown


def test_the_document_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert [found["hcpcs_code"] for found in document["comparison"]["similar_codes"]] == ["10060", "10061"]
    assert [row["release_id"] for row in document["history"]] == ["RVU25D", "RVU26B"]
    assert document["class"] is None


@slow
def test_an_older_release_has_its_own_page(made: duckdb.DuckDBPyConnection) -> None:
    """The page of the newest release is stored, and any other one is put together: each says what its release knew."""
    newest, older = read.comparison(made, "RVU26B", "17340"), read.comparison(made, "RVU25D", "17340")
    assert newest and older
    assert newest["comparison"].startswith("Work RVU 0.75: 0th percentile")
    assert older["comparison"].startswith("Work RVU 0.77: 0th percentile")
    assert "Last change with RVU26B" in newest["history_in_words"]
    assert older["history_in_words"].endswith("Nothing has changed since.")
    assert read.comparison(made, "RVU26B", "99999") is None


def test_a_code_that_no_release_has_is_said() -> None:
    with pytest.raises(PfsError, match=r"RVU26B has no code 99999\. Loaded releases that have it: none\."):
        run("99999")


def test_a_code_that_is_gone_is_said_to_be_where_it_was_with_the_command_that_shows_it() -> None:
    """Also a code that has rows with a modifier only."""
    said = r"RVU26B has no code 17343\. .* that have it: RVU25D\. To see it there: pfs code 17343 --release RVU25D$"
    with pytest.raises(PfsError, match=said):
        run("17343")


def test_a_modifier_that_the_code_lacks_and_a_day_beside_a_release_are_refused() -> None:
    with pytest.raises(PfsError, match="RVU26B has 17340, but not with modifier ZZ; it has: none"):
        command.command("17340", "ZZ", None, "RVU26B", None, json=True)
    with pytest.raises(UsageError, match="--on and --release exclude each other"):
        command.command("17340", "", "2026-05-01", "RVU26B", None, json=True)
