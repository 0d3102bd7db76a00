"""`pfs changes`: what changed between two releases, in sentences, a table and a document."""

from __future__ import annotations

import json

import duckdb
import pytest

from flows.commands import changes as command
from tests.chain import loaded, visit
from tests.slow import slow
from tests.warehouse import insert, stored
from warehouse import changes, read
from warehouse.errors import PfsError, WarehouseError


@pytest.fixture(scope="module")
def made() -> duckdb.DuckDBPyConnection:
    """RVU25D and RVU26B: 17340 adjusted and in Surgery, 99213 exempt, 99201 gone, 99417 new; one place with new indices."""
    made = loaded(
        {"RVU25D": "32.3465", "RVU26B": "33.4009"},
        {
            "RVU25D": [
                visit("0.77", "0.74", "0.63", "0.08", code="17340"),
                visit("1.30", "1.35", "0.57", "0.10"),
                visit(code="99201"),
            ],
            "RVU26B": [
                visit("0.75", "0.76", "0.44", "0.07", code="17340"),
                visit("1.30", "1.46", "0.33", "0.09"),
                visit(code="99417"),
            ],
        },
    )
    places = [("RVU25D", "0.869"), ("RVU26B", "0.875")]
    rows = [{"release_id": r, "mac": "10112", "locality": "00", "work_gpci": 1, "pe_gpci": pe, "mp_gpci": 1} for r, pe in places]
    insert(made, "gpci", rows)
    return stored(made)


@pytest.fixture
def con(made: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    """The published warehouse of the command."""
    monkeypatch.setattr(read, "open_published", lambda _home: _Kept(made))
    return made


class _Kept:
    """A connection that a command may close without ending the test's."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self.con

    def __exit__(self, *_error: object) -> None:
        return None


def run(*, section: str | None = None, kind: str | None = None, limit: int = 20, as_json: bool = False, **more: object) -> int:
    before, after = more.get("before"), more.get("after")
    return command.command(before, after, section, kind, limit, bool(more.get("localities")), None, as_json)  # type: ignore[arg-type]


def test_the_newest_release_is_compared_with_the_one_before_it(
    con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(localities=True) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "RVU25D (services from 2025-10-01) to RVU26B (from 2026-04-01). 1 release between them not loaded." in shown
    assert "3 codes and modifiers became 3: 1 added, 0 back, 1 deleted; 0 have another status, 2 other RVUs" in shown
    assert (
        "Conversion factor 32.3465 to 33.4009 (+3.26 %). Of 2 with a price in both, more is paid for 2 and less for 0, nationally"
        in shown
    )
    assert "Of 2 active ones with work RVUs in both, 1 have what the efficiency adjustment left of their work RVU" in shown
    assert "17340 Surgery revalued 0.77 → 0.75 $51.43 → $52.77 +1.34 +2.61 %" in shown
    assert "AL-00" in shown and "0.869 → 0.875" in shown


def test_a_section_a_kind_and_a_limit(con: duckdb.DuckDBPyConnection) -> None:
    """Section and kind choose; the largest change in dollars comes first, then the larger amount of those in one release."""
    codes = [row["hcpcs_code"] for row in changes.changed_codes(con, "RVU25D", "RVU26B", None, None)]
    assert codes == ["99213", "17340", "99417", "99201"]
    assert [row["hcpcs_code"] for row in changes.changed_codes(con, "RVU25D", "RVU26B", "surgery", None)] == ["17340"]
    assert [row["hcpcs_code"] for row in changes.changed_codes(con, "RVU25D", "RVU26B", None, "deleted")] == ["99201"]


@slow
def test_what_is_shown_is_told_from_what_there_is(con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentences are of all codes; the table has those that were asked for, or the first of them."""
    assert run(limit=1) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 of 4 codes and modifiers that changed (--limit 0 shows all). The largest change" in shown
    assert "of all codes" not in shown
    assert run(section="Surgery") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "3 codes and modifiers became 3" in shown
    assert "The sentences above are of all codes; the table has those that were asked for." in shown
    assert "1 of 1 code or modifier that changed, section Surgery. The largest change" in shown


def test_a_pair_that_goes_back_in_time_is_said_to(con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(before="RVU26B", after="RVU25D") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "RVU26B is the later of the two, so what it brought counts as deleted" in shown
    assert "In order: pfs changes --from RVU25D --to RVU26B" in shown


def test_a_document_for_programs(con: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(kind="added", as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"]["codes_added"] == 1
    assert document["summary"]["conversion_factor_after"] == "33.4009"
    assert [row["hcpcs_code"] for row in document["codes"]] == ["99417"]
    assert len(document["sentences"]) == 5


def test_what_cannot_be_compared_is_said(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match="RVU25D is the first governing release that is loaded"):
        run(after="RVU25D")
    with pytest.raises(WarehouseError, match="RVU26B and RVU26B cannot be compared: name two different releases"):
        run(before="RVU26B", after="RVU26B")
    with pytest.raises(WarehouseError, match="Release RVU27A is not loaded"):
        run(before="RVU27A")
    with pytest.raises(PfsError, match=r"There is no section 'Surgeries'\. Sections: Anesthesia"):
        run(section="Surgeries")
    with pytest.raises(PfsError, match="--limit is the number of codes to show"):
        run(limit=-1)
