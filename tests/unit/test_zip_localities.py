"""CMS's ZIP code files: recognised by content, every line accounted for, versioned by quarter, loaded once."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.discover.discover import Wanted
from flows.extract import zip_members
from flows.extract.zip_members import data_members, is_zip_archive, is_zip_file, wrapped
from flows.raw_archive import Archive
from flows.references.zip_localities import load_zip_localities, read_zip_localities
from flows.refresh import refresh
from tests.http_source import HttpSource, page, whole
from tests.refreshing import LIGHT
from tests.slow import cases, slow
from tests.warehouse import answer, broken_rows, settled, tiny_warehouse
from tests.zip_files import archive, text, zip5, zip9
from warehouse.errors import LayoutError, PfsError, ReleaseError
from warehouse.home import Home

ZIP5 = [zip5("35004"), zip5("94401", "01112", "05", "CA", flag="1"), zip5("64101", "05302", "02", "WM", rural="R")]
ZIP9 = [zip9("94401", "1234", "01112", "05", "CA"), zip9("94401", "1235", "01112", "52", "CA")]
LAYOUT = b"Zip5 Record Layout\r\nState 1 2 2\r\n"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with settled(tiny_warehouse()) as opened:
        yield opened


def _load(con: duckdb.DuckDBPyConnection, folder: Path, lines: list[str], **more: bytes):
    return load_zip_localities(con, archive(folder / "zips.zip", ZIP5_OCT2025=text(lines), ZIP5lyout=LAYOUT, **more))


# --- what is one ---------------------------------------------------------------------------------------------------------


def test_the_content_tells_a_zip_code_archive_whatever_its_name(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", anything=text(ZIP5), ZIP9=text(ZIP9), ZIP5lyout=LAYOUT)
    assert (is_zip_archive(path), data_members(path)) == (True, ["anything.txt", "ZIP9.txt"])


def test_an_archive_with_an_rvu_member_is_a_release(tmp_path: Path) -> None:
    assert not is_zip_archive(archive(tmp_path / "x.zip", PPRRVU25=b"HDR", ZIP5=text(ZIP5)))


@pytest.mark.parametrize(
    "content", [b"", LAYOUT, b"\x00" * 500, text([zip5("35004")[:-1]]), text([zip5("35004", quarter="20255")])]
)
def test_other_texts_are_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ZIP5.txt"
    path.write_bytes(content)
    assert not is_zip_file(path)


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    assert not is_zip_file(tmp_path / "nothing.txt")


def test_a_bare_text_becomes_the_same_archive_each_time_and_an_archive_stays_as_it_is(tmp_path: Path) -> None:
    bare = tmp_path / "ZIP5_OCT2025.txt"
    bare.write_bytes(text(ZIP5))
    with wrapped(bare) as first, wrapped(bare) as second:
        assert first.read_bytes() == second.read_bytes()
        with zipfile.ZipFile(first) as opened:
            assert opened.read("ZIP5_OCT2025.txt") == text(ZIP5)
    assert not first.exists()
    with wrapped(archive(tmp_path / "x.zip", ZIP5=text(ZIP5))) as path:
        assert path == tmp_path / "x.zip"


# --- rows and lines ------------------------------------------------------------------------------------------------------


def test_each_field_lands_in_its_column(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _load(con, tmp_path, ZIP5)
    assert answer(con, "select * from zip_locality") == [
        ("ZIP25D", "35004", "AL", "AL", "10112", "00", False, "", "", "Z9", "A", 1),
        ("ZIP25D", "64101", "MO", "WM", "05302", "02", False, "R", "R", "Z9", "A", 3),
        ("ZIP25D", "94401", "CA", "CA", "01112", "05", True, "", "", "Z9", "A", 2),
    ]


def test_the_file_is_versioned_by_its_quarter(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for quarter in ("20251", "20254"):
        path = archive(
            tmp_path / f"zip-code-carrier-locality-file-revised-02-13-2025-{quarter}.zip",
            Z=text([zip5("35004", quarter=quarter)]),
        )
        load_zip_localities(con, path)
    found = answer(con, "select zip_release_id, year, quarter, valid_from, valid_to, published_on from zip_release order by 1")
    assert found == [
        ("ZIP25A", 2025, "A", date(2025, 1, 1), date(2025, 3, 31), date(2025, 2, 13)),
        ("ZIP25D", 2025, "D", date(2025, 10, 1), date(2025, 12, 31), date(2025, 2, 13)),
    ]


def test_zip9_rows_go_into_a_table_of_their_own(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _load(con, tmp_path, ZIP5, ZIP9_OCT2025=text(ZIP9))
    assert answer(con, "select zip_code, plus_four, mac, locality, part_b_payment_indicator from zip4_locality") == [
        ("94401", "1234", "01112", "05", "A"),
        ("94401", "1235", "01112", "52", "A"),
    ]


def test_every_line_is_a_row_a_rejected_row_or_ignored(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    good = [zip5(f"{35000 + number}") for number in range(1200)]
    lines = ["", *good[:600], "THIS IS NO ROW", zip5("3500A"), *good[600:], "", "\x1a"]
    _load(con, tmp_path, lines)
    account = answer(con, "select lines, rows_loaded, rows_rejected, lines_ignored from zip_release_file")
    assert account == [(1205, 1200, 2, 3)]
    assert answer(con, "select line_number, text, reason from zip_rejected_row order by 1") == [
        (602, "THIS IS NO ROW", "the record has 14 characters, 80 were expected"),
        (603, zip5("3500A"), "the line does not begin with state, ZIP code, contractor and locality"),
    ]
    assert broken_rows(con, "zip_lines_accounted") == []


def test_a_value_outside_its_domain_rejects_its_row(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _load(con, tmp_path, [*ZIP5, zip5("35005", flag="7")])
    assert answer(con, "select line_number, reason from zip_rejected_row") == [
        (4, "plus_four_flag is '7': text of the form [01] was expected")
    ]


def test_pieces_of_a_long_member_keep_its_line_numbers(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_members, "PIECE_BYTES", 100)
    _load(con, tmp_path, [*ZIP5, "", zip5("35010")])
    assert answer(con, "select zip_code, line_number from zip_locality order by 2") == [
        ("35004", 1), ("94401", 2), ("64101", 3), ("35010", 5),
    ]  # fmt: skip
    assert answer(con, "select lines, rows_loaded, lines_ignored from zip_release_file") == [(5, 4, 1)]


def test_the_end_of_a_line_may_be_any(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for number, end in enumerate((b"\n", b"\r")):
        path = archive(tmp_path / f"{number}.zip", ZIP5=end.join(line.encode() for line in [*ZIP5, zip5(f"3600{number}")]) + end)
        assert load_zip_localities(con, path).zip_codes == 4


# --- what is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "error", "said"),
    [
        ({"ZIP9": text(ZIP9)}, ReleaseError, "a ZIP5 text member"),
        ({"readme": LAYOUT}, ReleaseError, "found no ZIP code file as text"),
        ({"ZIP5_A": text(ZIP5), "ZIP5_B": text(ZIP5)}, ReleaseError, "2 members of the ZIP5 layout"),
        ({"ZIP5": text([*ZIP5, zip5("35005", quarter="20253")])}, ReleaseError, "20254 on 3 rows, 20253 on 1 rows"),
        ({"ZIP5": text(ZIP5), "ZIP9": text([zip9("94401", "1234", quarter="20253")])}, ReleaseError, "one year and quarter"),
        ({"ZIP5": text([*ZIP5, zip5("35004", "10212", "01")])}, ReleaseError, "zip_code='35004'"),
        ({"ZIP5": text([zip5("35004")[:60] + "X" + zip5("35004")[61:]] * 9)}, LayoutError, "column_maps/zip_locality.csv"),
        ({"ZIP5": text([*ZIP5, "no row", "nor this"])}, LayoutError, "2 of 5 rows do not fit the layout zip5_text_80"),
    ],
)  # fmt: skip
def test_a_faulty_archive_is_refused_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, members: dict[str, bytes], error: type[PfsError], said: str
) -> None:
    with pytest.raises(error) as caught:
        load_zip_localities(con, archive(tmp_path / "x.zip", **members))
    assert said in str(caught.value)
    assert answer(con, "select count(*) from zip_release") == [(0,)]


def test_a_zip_code_repeated_in_another_piece_is_refused_at_load(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_members, "PIECE_BYTES", 100)
    with pytest.raises(ReleaseError, match="more than once: ZIP25D 35004"):
        _load(con, tmp_path, [*ZIP5, zip5("35004", "10212", "01")])
    assert answer(con, "select count(*) from zip_release") == [(0,)]


# --- once ----------------------------------------------------------------------------------------------------------------


def test_the_same_content_is_loaded_once_and_other_content_is_a_new_edition(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = _load(con, tmp_path, ZIP5)
    bare = tmp_path / "ZIP5_OCT2025.txt"
    bare.write_bytes(text(ZIP5))
    again = load_zip_localities(con, bare)
    other = _load(con, tmp_path, [*ZIP5, zip5("35005")])
    assert [(item.zip_release_id, item.is_new) for item in (first, again, other)] == [
        ("ZIP25D", True), ("ZIP25D", False), ("ZIP25D.2", True),
    ]  # fmt: skip
    assert answer(con, "select zip_release_id, count(*) from zip_locality group by 1 order by 1") == [
        ("ZIP25D", 3),
        ("ZIP25D.2", 4),
    ]


@slow
def test_refresh_loads_archives_and_bare_texts_from_a_folder_and_reads_them_again_when_definitions_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "source", Home(tmp_path / "home")
    folder.mkdir()
    archive(folder / "saved.zip", ZIP5=text([zip5("35004", quarter="20253")]))
    (folder / "ZIP5_OCT2025.txt").write_bytes(text(ZIP5))
    (folder / "ZIP5lyout.txt").write_bytes(LAYOUT)
    first = refresh(home, str(folder), Wanted(all=True), date(2026, 1, 1), LIGHT)
    assert [(outcome.release_id, outcome.status) for outcome in first.outcomes] == [("ZIP25D", "loaded"), ("ZIP25C", "loaded")]
    second = refresh(home, str(folder), Wanted(all=True), date(2026, 1, 1), LIGHT)
    assert [outcome.status for outcome in second.outcomes] == ["unchanged", "unchanged"]
    assert second.published is None

    monkeypatch.setattr("flows.plan.definition_hash", lambda: "another")
    third = refresh(home, str(folder), Wanted(all=True), date(2026, 1, 1), LIGHT)
    assert sorted(outcome.status for outcome in third.outcomes) == ["loaded", "loaded", "unchanged", "unchanged"]
    with duckdb.connect(str(home.published), read_only=True) as con:
        assert answer(con, "select zip_release_id, count(*) from zip_locality group by 1 order by 1") == [
            ("ZIP25C", 1),
            ("ZIP25D", 3),
        ]
        assert answer(con, "select archive_name from zip_release order by 1") == [("ZIP5_OCT2025.txt",), ("saved.zip",)]


def test_refresh_loads_an_archive_that_a_page_links_to(tmp_path: Path) -> None:
    name = "zip-code-carrier-locality-file-revised-08-14-2025.zip"
    body = archive(tmp_path / "x.zip", ZIP5_OCT2025=text(ZIP5)).read_bytes()
    with HttpSource() as source:
        source.on("/", page(f"<a href='{name}'>Zip Code to Carrier Locality File - Revised 08/14/2025</a>"))
        source.on(f"/{name}", whole(body))
        result = refresh(Home(tmp_path / "home"), source.url("/"), Wanted(all=True), date(2026, 1, 1), LIGHT)
    assert [(outcome.name, outcome.release_id, outcome.status) for outcome in result.outcomes] == [(name, "ZIP25D", "loaded")]


# --- any file ------------------------------------------------------------------------------------------------------------

_GOOD = [zip5(f"{35000 + number}") for number in range(40)]
_JUNK = st.one_of(
    st.text(st.characters(codec="cp1252", exclude_characters="\r\n"), max_size=90),
    st.tuples(st.sampled_from(_GOOD), st.integers(0, 79), st.characters(codec="cp1252", exclude_characters="\r\n")).map(
        lambda given: given[0][: given[1]] + given[2] + given[0][given[1] + 1 :]
    ),
)


@settings(max_examples=cases(15))
@given(junk=st.lists(st.tuples(st.integers(1, 40), _JUNK), max_size=3), end=st.sampled_from(["\r\n", "\n", "\r"]))
def test_whatever_a_file_holds_each_line_is_accounted_for_once_or_a_sentence_refuses_it(
    tmp_path_factory: pytest.TempPathFactory, junk: list[tuple[int, str]], end: str
) -> None:
    lines = list(_GOOD)
    for position, line in junk:
        lines.insert(position, line)
    path = archive(tmp_path_factory.getbasetemp() / "any_zips.zip", ZIP5=(end.join(lines) + end).encode("cp1252"))
    try:
        content = read_zip_localities(Archive(path, "sha", "x.zip", None))
    except PfsError:
        return
    account = content.frames["zip_release_file"].row(0, named=True)
    rows, rejected = content.frames["zip_locality"], content.frames["zip_rejected_row"]
    assert account["lines"] == len(lines) == rows.height + rejected.height + account["lines_ignored"]
    numbers = [*rows["line_number"], *rejected["line_number"]]
    assert len(set(numbers)) == len(numbers)
    assert all(lines[number - 1] == text for number, text in rejected.select("line_number", "text").rows())
    assert all(lines[number - 1][2:7] == zip_code for number, zip_code in rows.select("line_number", "zip_code").rows())
