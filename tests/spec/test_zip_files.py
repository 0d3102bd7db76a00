"""View zip_area and the checks on ZIP code files: each ZIP code in a known area, no line lost, no key twice."""

from __future__ import annotations

import pytest

from tests.warehouse import answer, broken_rows, gpci, insert, release, tiny_warehouse

FILE = {"zip_release_id": "ZIP25D", "label": "ZIP25D", "year": 2025, "quarter": "D", "valid_from": "2025-10-01"}
R22, R25 = release("RVU22A", "2022-01-01"), release("RVU25A", "2025-01-01")


def _zip(zip_code: str, mac: str, locality: str, **more):
    return {"zip_release_id": "ZIP25D", "zip_code": zip_code, "mac": mac, "locality": locality, **more}


ZIPS = [_zip("35004", "10112", "00"), _zip("93301", "01112", "54"), _zip("94503", "01112", "51", needs_plus_four=True)]
GPCI = [gpci(mac, locality, release_id="RVU25A") for mac, locality in (("10112", "00"), ("01112", "51"), ("01112", "54"))]


@pytest.fixture
def con():
    with tiny_warehouse(release=[R25], gpci=GPCI, zip_release=[FILE], zip_locality=ZIPS) as opened:
        yield opened


def test_zip_area_gives_each_zip_code_its_stable_id(con) -> None:
    found = answer(con, "select zip_code, locality_id, area_name, needs_plus_four from zip_area order by zip_code limit 2")
    assert found == [("35004", "AL-00", "Alabama", False), ("93301", "CA-54", "Bakersfield", False)]
    assert answer(con, "select count(*) from zip_area where needs_plus_four") == [(1,)]


def test_check_zip_locality_has_gpci_counts_the_zip_codes_that_no_release_of_the_year_prices(con) -> None:
    insert(con, "zip_locality", [_zip("30303", "10212", "01")])
    found = broken_rows(con, "zip_locality_has_gpci")
    assert found == [{"zip_release_id": "ZIP25D", "mac": "10212", "locality": "01", "zip_codes": 1, "example": "30303"}]


def test_check_zip_locality_has_gpci_says_nothing_of_a_year_without_a_release() -> None:
    rows = [gpci("10112", "00", release_id="RVU22A")]
    with tiny_warehouse(release=[R22], gpci=rows, zip_release=[FILE], zip_locality=ZIPS) as con:
        assert broken_rows(con, "zip_locality_has_gpci") == []


def test_checks_on_lines_and_keys_find_a_lost_and_a_repeated_row(con) -> None:
    insert(con, "zip_locality", ZIPS[:1])
    insert(con, "zip_release_file", [{"zip_release_id": "ZIP25D", "kind": "zip_locality", "lines": 6, "rows_loaded": 6}])
    assert [row["row_key"] for row in broken_rows(con, "zip_keys_unique")] == ["ZIP25D 35004"]
    assert [(row["rows_loaded"], row["stored_rows"]) for row in broken_rows(con, "zip_lines_accounted")] == [(6, 4)]


def test_checks_on_lines_and_keys_leave_a_whole_file_alone(con) -> None:
    insert(con, "zip_release_file", [{"zip_release_id": "ZIP25D", "kind": "zip_locality", "lines": 3, "rows_loaded": 3}])
    assert broken_rows(con, "zip_keys_unique") == []
    assert broken_rows(con, "zip_lines_accounted") == []
