"""Loading a release: all of it or nothing, a new edition beside the old one, keys and constraints enforced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl
import pytest

from flows import catalog
from flows.normalize.release import read_release
from flows.raw_archive import Archive
from tests.members import changed, replaced, sample_archives, write_archive
from warehouse import load, schema
from warehouse.errors import ReleaseError
from warehouse.load import ReleaseContent, known_content, load_release, next_edition, release_id

OF_A_RELEASE = [name for name, table in catalog.tables().items() if table.key[0] == "release_id"]
FRAMES = ["rvu", "gpci", "anesthesia_cf", "opps_cap", "locality_county", "conversion_factor", "archive_member", "rejected_row"]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, bytes]], ReleaseContent]:
    """Reads an archive of these members under the name of a release."""

    def reader(label: str, members: dict[str, bytes]) -> ReleaseContent:
        path = write_archive(tmp_path_factory.mktemp("archive"), f"{label}.zip", members)
        return read_release(Archive(path, f"sha of {path}", path.name, None))

    return reader


@pytest.fixture(scope="module")
def content(read: Callable[[str, dict[str, bytes]], ReleaseContent]) -> ReleaseContent:
    return read("RVU24A", dict(sample_archives()["RVU24A"]))


@pytest.fixture(scope="module")
def recut(read: Callable[[str, dict[str, bytes]], ReleaseContent]) -> ReleaseContent:
    """The same release with one GPCI changed in both members."""
    edit = replaced("0.575", "0.576")
    return read("RVU24A", changed("RVU24A", {"GPCI2024.csv": edit, "GPCI2024.txt": edit}))


@pytest.fixture(scope="module")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        schema.create_tables(connection)
        yield connection


@pytest.fixture
def con(tables: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse; making its tables anew for each test would take longer than the test."""
    yield tables
    for name in counts(tables):
        tables.execute(f"delete from {name}")


def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each table that belongs to releases, without the empty ones."""
    found = {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for name in OF_A_RELEASE}
    return {name: rows for name, rows in found.items() if rows}


def with_frame(content: ReleaseContent, name: str, frame: pl.DataFrame) -> ReleaseContent:
    return replace(content, frames={**content.frames, name: frame})


def ids(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute("select release_id, label, edition from release order by edition").fetchall()


# --- what is loaded --------------------------------------------------------------------------------------------------


def test_every_frame_is_in_its_table_under_the_release(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    assert load_release(con, content) == "RVU24A"
    found = counts(con)
    assert set(FRAMES) <= set(content.frames)
    assert {name: found.get(name, 0) for name in FRAMES} == {name: content.frames[name].height for name in FRAMES}
    assert con.execute("select distinct release_id from rvu").fetchall() == [("RVU24A",)]
    ((row),) = con.execute(
        "select label, edition, year, quarter, valid_from, valid_to, governs, is_sample, loaded_at from release"
    ).fetchall()
    assert row[:8] == ("RVU24A", 1, 2024, "A", date(2024, 1, 1), date(2024, 3, 8), True, False)
    assert isinstance(row[8], datetime)


def test_values_arrive_as_they_were_typed(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    load_release(con, content)
    names = [name for name in catalog.tables()["rvu"].column_names if name in content.frames["rvu"].columns]
    stored = con.execute(f"select {', '.join(names)} from rvu order by hcpcs_code, modifier").fetchall()
    assert stored == content.frames["rvu"].select(names).sort("hcpcs_code", "modifier").rows()


def test_a_column_that_the_release_lacks_is_null_and_not_zero(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    assert "work_gpci_unfloored" not in content.frames["gpci"].columns
    load_release(con, content)
    assert con.execute("select distinct work_gpci_unfloored from gpci").fetchall() == [(None,)]
    assert con.execute("select distinct pricing_indicator from rvu").fetchall() == [(None,)]


# --- editions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edition", "identity"), [(1, "RVU24A"), (2, "RVU24A.2"), (11, "RVU24A.11")])
def test_the_id_of_an_edition(edition: int, identity: str) -> None:
    assert release_id("RVU24A", edition) == identity


def test_other_content_under_a_label_is_a_new_edition_and_the_old_one_stays(
    con: duckdb.DuckDBPyConnection, content: ReleaseContent, recut: ReleaseContent
) -> None:
    load_release(con, content)
    before = con.execute("select * from gpci where release_id = 'RVU24A' order by all").fetchall()
    assert next_edition(con, "RVU24A") == 2
    assert load_release(con, recut) == "RVU24A.2"
    assert ids(con) == [("RVU24A", "RVU24A", 1), ("RVU24A.2", "RVU24A", 2)]
    assert con.execute("select * from gpci where release_id = 'RVU24A' order by all").fetchall() == before
    alabama = "select mp_gpci::varchar from gpci where mac = '10112' and locality = '00' order by release_id"
    assert con.execute(alabama).fetchall() == [("0.575",), ("0.576",)]
    assert load_release(con, content) == "RVU24A.3"


def test_editions_are_counted_by_label(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    load_release(con, content)
    assert next_edition(con, "RVU24AR") == 1


def test_an_archive_is_known_by_its_bytes_or_by_its_members(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    archive, members = content.release["archive_sha256"], content.release["content_sha256"]
    assert known_content(con, archive, members) is None
    load_release(con, content)
    assert known_content(con, archive, members) == "RVU24A"
    assert known_content(con, "another zip", members) == "RVU24A"
    assert known_content(con, archive, "other members") == "RVU24A"
    assert known_content(con, "another zip", "other members") is None


def test_members_zipped_again_in_another_order_and_folder_are_the_same_content(
    content: ReleaseContent, recut: ReleaseContent, read: Callable[[str, dict[str, bytes]], ReleaseContent]
) -> None:
    members = sample_archives()["RVU24A"]
    again = {f"rvu24a/{name.upper()}": members[name] for name in reversed(members)} | {"rvu24a/LICENSE.pdf": b"new"}
    assert read("RVU24A", again).release["content_sha256"] == content.release["content_sha256"]
    assert recut.release["content_sha256"] != content.release["content_sha256"]


# --- all or nothing --------------------------------------------------------------------------------------------------


def failing_at(monkeypatch: pytest.MonkeyPatch, table: str, fault: BaseException) -> None:
    """Makes the load fail after the rows of a table were inserted."""
    usual = load._insert

    def fails(con: duckdb.DuckDBPyConnection, of: catalog.Table, identity: str, frame: pl.DataFrame) -> None:
        usual(con, of, identity, frame)
        if of.name == table:
            assert con.execute(f"select count(*) > 0 from {table} where release_id = ?", [identity]).fetchall() == [(True,)]
            raise fault

    monkeypatch.setattr(load, "_insert", fails)


@pytest.mark.parametrize(
    ("table", "fault"),
    [("rvu", RuntimeError("a bug")), ("opps_cap", KeyboardInterrupt()), ("archive_member", duckdb.IOException("no space left"))],
    ids=["a bug", "interrupted", "disk full"],
)
def test_a_failure_in_the_middle_leaves_nothing_of_the_release(
    con: duckdb.DuckDBPyConnection,
    content: ReleaseContent,
    recut: ReleaseContent,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    fault: BaseException,
) -> None:
    load_release(con, content)
    before = counts(con)
    with monkeypatch.context() as patch:
        failing_at(patch, table, fault)
        with pytest.raises(type(fault)):
            load_release(con, recut)
    assert counts(con) == before
    assert ids(con) == [("RVU24A", "RVU24A", 1)]
    assert load_release(con, recut) == "RVU24A.2"


def test_a_value_that_is_missing_is_an_error_of_the_release(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    frame = content.frames["gpci"]
    holed = frame.with_columns(pl.when(pl.col("mac") == "02102").then(None).otherwise(pl.col("pe_gpci")).alias("pe_gpci"))
    with pytest.raises(ReleaseError) as caught:
        load_release(con, with_frame(content, "gpci", holed))
    said = str(caught.value)
    assert said.startswith("RVU24A: the rows break a rule of the warehouse: ")
    assert "gpci.pe_gpci" in said
    assert said.endswith("Nothing of this release was loaded.")
    assert counts(con) == {}


def test_a_column_that_is_missing_is_an_error_too(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    with pytest.raises(ReleaseError, match=r"gpci\.mp_gpci"):
        load_release(con, with_frame(content, "gpci", content.frames["gpci"].drop("mp_gpci")))
    assert counts(con) == {}


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("rvu", "RVU24A 00100 "),
        ("gpci", "RVU24A 10112 00"),
        ("anesthesia_cf", "RVU24A 10112 00 non_qp"),
        ("conversion_factor", "RVU24A non_qp"),
    ],
)
def test_a_repeated_key_names_table_and_key_and_leaves_nothing(
    con: duckdb.DuckDBPyConnection, content: ReleaseContent, table: str, key: str
) -> None:
    frame = content.frames[table]
    parts = dict(zip(catalog.tables()[table].key[1:], key.split(" ")[1:], strict=True))
    row = frame.filter(pl.all_horizontal([pl.col(name) == value for name, value in parts.items()]))
    assert row.height == 1
    with pytest.raises(ReleaseError) as caught:
        load_release(con, with_frame(content, table, pl.concat([frame, row])))
    said = str(caught.value)
    assert said.startswith(f"RVU24A: table {table} would hold the key (release_id, ")
    assert f"more than once: {key}. Nothing of this release was loaded." in said
    assert counts(con) == {}


def test_a_figure_too_large_for_its_column_is_an_error(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    wide = content.frames["gpci"].with_columns(pl.lit("12.000").cast(pl.Decimal(9, 3)).alias("pe_gpci"))
    with pytest.raises(ReleaseError, match="break a rule of the warehouse"):
        load_release(con, with_frame(content, "gpci", wide))
    assert counts(con) == {}


def test_rows_that_lie_in_polars_are_not_changed_by_loading(con: duckdb.DuckDBPyConnection, content: ReleaseContent) -> None:
    before = content.frames["rvu"].clone()
    load_release(con, content)
    assert content.frames["rvu"].equals(before)
    assert con.execute("select count(*) from duckdb_views() where view_name = 'incoming'").fetchall() == [(0,)]
