"""A release added to a published warehouse: only its rows are derived and checked; the outcome is that of a whole build."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Event
from typing import TypeAlias

import duckdb
import pytest

from flows import catalog
from flows.discover.discover import Wanted
from flows.references.sample import write_references
from flows.refresh import refresh
from flows.steps import Steps
from tests.chain import dated
from tests.refreshing import LIGHT, TODAY, content_of, folder_of, query, run
from tests.slow import slow
from tests.warehouse import Row, factor, insert, release, rvu, settled, tiny_warehouse
from warehouse import stored
from warehouse.check import check
from warehouse.dependents import following, shapes_releases
from warehouse.derive import _behind, _continue, derive, making_latest
from warehouse.errors import CheckError, WarehouseError
from warehouse.home import Home
from warehouse.publish import close_build, open_build, settle
from warehouse.schema import create_tables
from warehouse.sql_file import sql_files
from warehouse.stored import only_new

TWICE: list[Row] = [rvu("99213"), rvu("99213")]


def of(label: str, *rows: Row) -> list[Row]:
    return [row | {"release_id": label} for row in rows]


def sound(**tables: list[Row]) -> duckdb.DuckDBPyConnection:
    """Two releases that no check has anything against but what a test adds."""
    both = [release("RVU25A", "2025-01-01", valid_to="2025-03-31"), release("RVU25D")]
    factors = of("RVU25A", factor()) + of("RVU25D", factor())
    return settled(tiny_warehouse(release=both, conversion_factor=factors, **tables))


@slow
def test_a_check_of_one_release_looks_at_new_releases_only() -> None:
    """RVU25A was checked when it was published; what is wrong in RVU25D stops."""
    con = sound(rvu=of("RVU25A", *TWICE) + of("RVU25D", rvu("99213")))
    only_new(con, ["RVU25D"])
    check(con)
    con = sound(rvu=of("RVU25D", *TWICE))
    only_new(con, ["RVU25D"])
    with pytest.raises(CheckError, match="keys_unique"):
        check(con)


@slow
def test_what_it_found_in_the_others_before_is_added() -> None:
    con = sound(
        check_result=[
            {"check_name": "opps_cap_reproduced", "severity": "warning", "rows_found": 7, "example": "release_id=RVU25A"}
        ],
        opps_cap=of("RVU25D", {"mac": "10112", "locality": "00", "hcpcs_code": "70450", "nonfacility_amount": "1.00"}),
    )
    only_new(con, ["RVU25D"])
    found = next(result for result in check(con) if result.name == "opps_cap_reproduced")
    assert found.rows_found == 8
    assert found.examples[0].startswith("release_id=RVU25D") and found.examples[1] == "release_id=RVU25A"


@slow
def test_a_check_over_releases_looks_at_all_of_them() -> None:
    """Its result of before is not added: it looks at everything again."""
    con = sound(check_result=[{"check_name": "locality_count_stable", "severity": "warning", "rows_found": 7}])
    only_new(con, ["RVU25D"])
    assert next(result for result in check(con) if result.name == "locality_count_stable").rows_found == 0


@slow
def test_a_stored_table_of_one_release_keeps_the_rows_that_are_there(tmp_path: Path) -> None:
    con = open_build(tmp_path / "build.duckdb")
    create_tables(con)
    for label, code, cf in (("RVU25A", "99213", "32"), ("RVU25D", "99214", "33")):
        insert(con, "release", [release(label)])
        insert(con, "rvu", of(label, rvu(code, work="1.30")))
        insert(con, "conversion_factor", of(label, factor(cf)))
        derive(con)
        con.execute("update payment_input set payment_factor = 1 where release_id = 'RVU25A'")
        only_new(con, ["RVU25D"])
    stored = con.execute("select release_id, hcpcs_code, payment_factor::varchar from payment_input order by all").fetchall()
    assert stored == [("RVU25A", "99213", "1.000000"), ("RVU25D", "99214", "33.000000")]


@slow
def test_releases_in_batches_give_the_rows_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each release a batch of its own, also within a year, then all in one: the same rows."""
    con = tiny_warehouse(
        release=[release("RVU24A", "2024-01-01", valid_to="2024-12-31"), release("RVU25A", "2025-01-01"), release("RVU25D")],
        conversion_factor=[row for label in ("RVU24A", "RVU25A", "RVU25D") for row in of(label, factor())],
        rvu=of("RVU24A", rvu("10060", work="1"))
        + of("RVU25A", rvu("10060", work="1.30"))
        + of("RVU25D", rvu("10060", work="1.40")),
    )
    made = {}
    for at_once in (1, 1000):
        monkeypatch.setattr(stored, "_RELEASES_AT_ONCE", at_once)
        for file in sql_files("stored"):
            if file.name in ("payment_input", "code_profile", "code_event", "code_place"):
                con.execute(f"drop {'view' if at_once == 1 else 'table'} {file.name}")
                stored.make_table(con, file)
                made[at_once, file.name] = con.execute(f"select * from {file.name} order by all").fetchall()
    assert {name: rows for (at_once, name), rows in made.items() if at_once == 1} == {
        name: rows for (at_once, name), rows in made.items() if at_once == 1000
    }
    assert [len(made[1, name]) for name in ("payment_input", "code_profile", "code_event", "code_place")] == [3, 3, 2, 6]


def add_releases(con: duckdb.DuckDBPyConnection, labels: Iterable[str]) -> None:
    """In each of them 10060 has another work RVU; 10061 is in first editions up to RVU24AR alone."""
    for label in labels:
        first, _, edition = label.partition(".")
        own = {"release_id": label, "edition": int(edition), "known_from": "2026-06-01"} if edition else {}
        (work,) = con.execute("select 1 + count(*) from release").fetchone() or (0,)
        gone = [] if edition or label >= "RVU24B" else [rvu("10061", work="3")]
        insert(con, "release", [dated(first) | own])
        insert(con, "conversion_factor", of(label, factor()))
        insert(con, "rvu", of(label, rvu("10060", work=str(work)), *gone))


# Releases that are added at once, the release of the latest page of 10060 then, that of 10061, and whose page is left as it is.
Step: TypeAlias = "tuple[list[str], str, str, list[str]]"
NEWER: list[Step] = [
    (["RVU24B"], "RVU24B", "RVU24AR", []),  # a code goes, within a year
    (["RVU26A"], "RVU26A", "RVU24AR", ["10061"]),
]
OTHERS: list[Step] = [
    (["RVU26C", "RVU26D"], "RVU26D", "RVU24AR", ["10061"]),
    (["RVU12A"], "RVU26D", "RVU24AR", []),  # older, and never governed
    (["RVU18AR"], "RVU26D", "RVU24AR", []),  # takes over the days of RVU18A
    (["RVU09A", "RVU26B"], "RVU26D", "RVU24AR", []),
    (["RVU24AR.2"], "RVU26D", "RVU24A", []),  # another edition, which lacks a code
]


@slow
@pytest.mark.parametrize("steps", [NEWER, [*NEWER, *OTHERS]], ids=["newer", "others too"])
def test_latest_pages_follow_what_is_added_and_are_left_where_it_changes_nothing(tmp_path: Path, steps: list[Step]) -> None:
    """After each step they are those of a whole build. A reference file says something of every code: then all are made anew."""
    con = open_build(tmp_path / "build.duckdb")
    create_tables(con)
    add_releases(con, ["RVU18A", "RVU24A", "RVU24AR"])
    derive(con)
    file = next(file for file in sql_files("stored") if file.name == "latest_page_body")
    for labels, newest, last, kept in steps:
        con.execute("update latest_page_body set reason = 'of before'")
        add_releases(con, labels)
        only_new(con, labels)
        derive(con)
        found = con.execute("select hcpcs_code, release_id from latest_page_body order by hcpcs_code").fetchall()
        assert found == [("10060", newest), ("10061", last)], labels
        left = "update latest_page_body set reason = null where reason = 'of before' returning hcpcs_code"
        assert con.execute(left).fetchall() == [(code,) for code in kept], labels
        con.execute("create or replace temp table continued as from latest_page_body")
        con.execute("set variable new_releases = null")
        stored.make_table(con, file)
        assert con.execute("from continued except from latest_page_body").fetchall() == [], labels
    con.execute("update latest_page_body set reason = 'of before'")
    insert(con, "reference_release", [{"reference_release_id": "PSPS2023", "reference": "utilisation", "year": 2023}])
    only_new(con, ["PSPS2023"])
    derive(con)
    assert con.execute("select count(*), count(reason) from latest_page_body").fetchall() == [(2, 0)]


def without_its_latest_pages(build: Path) -> duckdb.DuckDBPyConnection:
    """A build on a published warehouse (RVU24A) to which RVU26A was added, derived but for the latest pages."""
    con = open_build(build)
    create_tables(con)
    add_releases(con, ["RVU24A"])
    derive(con)
    add_releases(con, ["RVU26A"])
    only_new(con, ["RVU26A"])
    derive(con, but_latest=True)
    return con


@slow
def test_latest_pages_are_made_beside_what_reads_the_build_and_come_in_when_they_may(tmp_path: Path) -> None:
    con = without_its_latest_pages(tmp_path / "build.duckdb")
    asked = "select release_id from latest_code_page where hcpcs_code = '10060'"
    with making_latest(con) as let_come_in:
        settle(con)
        assert con.execute(asked).fetchall() == [("RVU24A",)]
        let_come_in()
        insert(con, "check_result", [{"check_name": "that ran beside it", "severity": "warning", "rows_found": 0}])
    assert con.execute(asked).fetchall() == [("RVU26A",)]
    file = next(file for file in sql_files("stored") if file.name == "latest_page_body")
    described = "select comment from duckdb_tables() where table_name = 'latest_page_body'"
    assert con.execute(described).fetchall() == [(file.comment,)]
    close_build(con)
    with duckdb.connect(str(tmp_path / "build.duckdb"), read_only=True) as published:
        assert published.execute(asked).fetchall() == [("RVU26A",)]
        assert published.execute("select check_name from check_result").fetchall() == [("that ran beside it",)]


@slow
def test_what_fails_beside_the_latest_pages_is_the_error(tmp_path: Path) -> None:
    con = without_its_latest_pages(tmp_path / "build.duckdb")
    with pytest.raises(CheckError, match="broken"), making_latest(con):
        raise CheckError("broken", [], [], [])


def test_work_side_by_side_has_connections_of_its_own_that_know_the_new_releases() -> None:
    """Two at once: each waits for the other, so that neither could end alone."""
    con = sound(rvu=of("RVU25A", rvu("99213")) + of("RVU25D", rvu("99214")))
    only_new(con, ["RVU25D"])
    both = Barrier(2, timeout=10)

    def work(own: duckdb.DuckDBPyConnection, query: str) -> object:
        both.wait()
        return own, own.execute(query).fetchall()

    query = "select hcpcs_code from rvu where is_new_release(release_id)"
    with stored.side_by_side(con) as submit:
        (first, found), (second, same) = (future.result() for future in [submit(work, query), submit(work, query)])
    assert found == same == [("99214",)]
    assert len({id(con), id(first), id(second)}) == 3


def test_many_new_releases_are_worked_on_one_statement_at_a_time() -> None:
    """Their rows take the memory: the second begins when the first has ended."""
    con = sound()
    only_new(con, ["RVU25A", "RVU25B", "RVU25C", "RVU25D", "RVU26A"])
    running: list[int] = []

    def work(_own: duckdb.DuckDBPyConnection, number: int) -> int:
        running.append(number)
        time.sleep(0.01)
        seen = len(running)
        running.remove(number)
        return seen

    with stored.side_by_side(con) as submit:
        assert {future.result() for future in [submit(work, number) for number in range(4)]} == {1}


def test_what_is_made_again_reaches_as_far_as_a_new_release_may_change_it() -> None:
    """`release`: the new one. `onward`: also the later ones, compared with it. `year`: also those that it may correct."""
    dates = {"RVU23A": "2023-01-01", "RVU24A": "2024-01-01", "RVU24AR": "2024-03-09", "RVU25A": "2025-01-01"}
    con = tiny_warehouse(release=[release(label, day) for label, day in dates.items()])
    chosen = {scope: stored._releases(con, scope, ["RVU24AR"]) for scope in ("release", "onward", "year")}
    assert chosen == {
        "release": ["RVU24AR"],
        "onward": ["RVU24AR", "RVU25A"],
        "year": ["RVU24A", "RVU24AR", "RVU25A"],
    }


def test_what_most_must_wait_for_comes_first() -> None:
    """The length of the longest chain behind each: a view in between is made of nothing, and takes no time."""
    needs = {"event": {"chain"}, "chain": set(), "view": {"event"}, "periods": {"view"}, "words": set(), "diff": {"chain"}}
    stored_ones = needs.keys() - {"view"}
    assert _behind(needs, stored_ones) == {"chain": 2, "event": 1, "view": 1, "periods": 0, "words": 0, "diff": 0}


@pytest.mark.parametrize("fault", [WarehouseError("the first"), KeyboardInterrupt()])
def test_nothing_more_is_begun_once_one_failed_and_the_first_failure_is_told(
    fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: the second fails when the first has, as where DuckDB refuses all that follows."""
    begun: list[str] = []
    has_failed = Event()

    def make(_own: duckdb.DuckDBPyConnection, file: str) -> None:
        begun.append(file)
        if file == "b":
            has_failed.set()
            raise fault
        assert has_failed.wait(10)
        time.sleep(0.05)
        raise WarehouseError("what followed")

    monkeypatch.setattr("warehouse.derive._bring_up_to_date", make)
    names = "abcdef"
    con = sound()
    only_new(con, ["RVU25D"])
    with pytest.raises(type(fault)) as raised:
        _continue(con, {name: name for name in names}, {name: set() for name in names})  # type: ignore[misc]
    assert raised.value is fault
    assert sorted(begun) == ["a", "b"]


@slow
def test_a_stored_table_that_cannot_be_made_stops_a_build_that_adds_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of those that are made side by side: the error names its file."""
    con = sound(rvu=of("RVU25A", rvu("99213")) + of("RVU25D", rvu("99213")))
    for file in sql_files("stored"):
        con.execute(f"drop view {file.name}")
    derive(con)
    only_new(con, ["RVU25D"])
    con.execute("drop table similar_codes")
    con.execute("create table similar_codes (release_id varchar)")
    with pytest.raises(WarehouseError, match=r"sql/stored/similar_codes\.sql does not run"):
        derive(con)


@dataclass(frozen=True)
class Built:
    """What the others are compared with: `home`, in which the reference files `files` came first and then two releases at once.

    `begun` is that home before the releases, `source` the folder with both, `differences` what was said of the second of them.
    """

    home: Home
    begun: Home
    files: list[tuple[str, Path]]
    source: Path
    differences: tuple[str, ...]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("one")
    first, *_, last = write_references(place / "references")
    begun = Home(place / "begun")
    bring([first, last], begun, LIGHT)
    home = Home(Path(shutil.copytree(begun.root, place / "home")))
    source = folder_of(place / "source", ["RVU24AR", "RVU26B"])
    return Built(home, begun, [first, last], source, run(home, source).differences)


def bring(files: list[tuple[str, Path]], home: Home, steps: Steps | None = None) -> None:
    for kind, path in files:
        refresh(home, str(path), Wanted(reference=kind), TODAY, steps)


def require_equal(one: Home, other: Home) -> None:
    """Table by table, the stored ones and the results of the checks among them."""
    assert content_of(other) == content_of(one)
    for file in sql_files("stored"):
        rows = f"select * from {file.name} order by all"
        assert query(other, rows) == query(one, rows), file.name


@slow
def test_release_by_release_gives_the_warehouse_that_one_build_gives(one: Built, tmp_path: Path) -> None:
    step = Home(Path(shutil.copytree(one.begun.root, tmp_path / "step")))
    run(step, folder_of(tmp_path / "source", ["RVU24AR"]))
    added = run(step, one.source)
    require_equal(one.home, step)
    assert [said.split()[:3] for said in added.differences] == [["RVU26B", "against", "RVU24AR"]]
    assert added.differences == one.differences
    assert query(step, "select count(distinct release_id), count(*) > 500 from payment_input") == [(2, True)]


@slow
def test_reference_files_that_come_after_the_releases_give_the_warehouse_of_those_that_came_first(
    one: Built, tmp_path: Path
) -> None:
    """What is stored of a release follows from the classification of codes, though the release came before it."""
    after = Home(tmp_path / "after")
    run(after, one.source)
    assert query(after, "select count(*) from code_profile where rbcs_class is not null") == [(0,)]
    bring(one.files, after)
    assert query(after, "select count(*) > 100 from code_profile where rbcs_class is not null") == [(True,)]
    assert query(after, "select count(*) > 100 from code_percentile where subcategory_rank is not null") == [(True,)]
    assert query(after, "select count(*) > 0 from similar_code where unlike_class = 0") == [(True,)]
    require_equal(one.home, after)


def test_only_the_classification_shapes_what_is_stored_of_a_release() -> None:
    """So a year of the procedure summary leaves what is stored of releases as it is, and derives who uses a code anew."""
    assert {name: shapes_releases(name) for name in catalog.references()} == {"rbcs": True, "utilisation": False}
    assert {"code_class", "code_profile", "similar_code", "code_percentile", "code_standings"} <= following("rbcs_assignment")
    assert {"code_specialty", "code_specialty_sentence", "code_page"} <= following("utilisation_count")


@slow
def test_what_follows_from_reference_files_alone_is_left_where_none_is_new(tmp_path: Path) -> None:
    """Its head says so, and its statement: it reads no table that has rows of a release."""
    of_references = [file.name for file in sql_files("stored") if file.head.get("scope") == "reference"]
    of_releases = [table.name for table in catalog.tables().values() if table.key[0] == "release_id"]
    assert not {(name, table) for name in of_references for table in of_releases if name in following(table)}
    con = open_build(tmp_path / "build.duckdb")
    create_tables(con)
    derive(con)
    con.execute("insert into code_specialty (hcpcs_code) values ('99213')")
    insert(con, "release", [release("RVU25D")])
    only_new(con, ["RVU25D"])
    derive(con)
    assert con.execute("select count(*) from code_specialty").fetchall() == [(1,)]
    insert(con, "reference_release", [{"reference_release_id": "PSPS2023", "reference": "utilisation", "year": 2023}])
    only_new(con, ["PSPS2023"])
    derive(con)
    assert con.execute("select count(*) from code_specialty").fetchall() == [(0,)]
