"""Where a ZIP code lies in a release: macro locality_of_zip, and the function that asks it."""

from __future__ import annotations

import duckdb
import pytest

from tests.warehouse import answer, gpci, insert, release, tiny_warehouse
from warehouse.errors import PfsError
from warehouse.places import parse_zip, places_of_zip

LABELS = ("RVU16A", "RVU22A", "RVU25A", "RVU26A")
R16, R22, R25, R26 = (release(a, f"20{a[3:5]}-01-01", valid_to=f"20{a[3:5]}-12-31") for a in LABELS)
FILE = {"zip_release_id": "ZIP25D", "label": "ZIP25D", "year": 2025, "quarter": "D", "valid_from": "2025-10-01"}
OLD_FILE = FILE | {"zip_release_id": "ZIP22A", "label": "ZIP22A", "year": 2022, "quarter": "A", "valid_from": "2022-01-01"}


def _zip(zip_code: str, mac: str, locality: str, **more):
    return {"zip_release_id": "ZIP25D", "zip_code": zip_code, "mac": mac, "locality": locality, **more}


ZIPS = [
    _zip("35004", "10112", "00"),
    _zip("94401", "01112", "05"),
    _zip("93301", "01112", "54"),
    _zip("94503", "01112", "51", needs_plus_four=True),
]
GPCI = [
    *[
        gpci("10102", "00", release_id="RVU16A"),
        gpci("10112", "00", release_id="RVU22A"),
        gpci("10112", "00", release_id="RVU25A"),
    ],
    *[gpci("01112", number, release_id="RVU16A") for number in ("03", "05", "06", "07", "99")],
    *[gpci("01112", number, release_id="RVU22A") for number in ("05", "06", "07", "51", "52", "54")],
    *[gpci("01112", number, release_id="RVU25A") for number in ("05", "51", "52", "54")],
    *[gpci("01112", number, release_id="RVU26A") for number in ("05", "51", "52", "54")],
]


@pytest.fixture
def con():
    files = [FILE]
    with tiny_warehouse(release=[R16, R22, R25, R26], gpci=GPCI, zip_release=files, zip_locality=ZIPS) as opened:
        yield opened


def _pairs(con: duckdb.DuckDBPyConnection, zip_text: str, label: str):
    return [(place.mac, place.locality, place.is_certain) for place in places_of_zip(con, zip_text, label)]


def test_a_zip_code_lies_in_the_pair_that_the_file_prints(con) -> None:
    assert _pairs(con, "94401", "RVU25A") == [("01112", "05", True)]


def test_a_renumbered_contractor_is_found_by_the_stable_id(con) -> None:
    """The file of 2025 says 10112-00; in 2016 Alabama was 10102-00."""
    assert _pairs(con, "35004", "RVU16A") == [("10102", "00", True)]


def test_a_release_from_before_a_split_has_the_area_that_was_split(con) -> None:
    """Bakersfield (54) was in northern California's rest of state (99) until 2016."""
    assert _pairs(con, "93301", "RVU16A") == [("01112", "99", True)]


def test_a_release_from_before_a_merger_leaves_every_merged_area_open(con) -> None:
    """San Mateo (06) and Oakland (07) went into 05 in 2024: the file of 2025 no longer tells them apart."""
    assert _pairs(con, "94401", "RVU22A") == [("01112", "05", False), ("01112", "06", False), ("01112", "07", False)]


def test_a_file_from_before_a_merger_leads_to_the_area_that_took_its_place() -> None:
    zips = [{**_zip("94401", "01112", "06"), "zip_release_id": "ZIP22A"}]
    with tiny_warehouse(release=[R22, R25], gpci=GPCI, zip_release=[OLD_FILE], zip_locality=zips) as con:
        assert _pairs(con, "94401", "RVU22A") == [("01112", "06", True)]
        assert _pairs(con, "94401", "RVU25A") == [("01112", "05", True)]


def test_the_newest_file_from_before_the_end_of_the_release_is_used() -> None:
    zips = [*ZIPS, {**_zip("94401", "01112", "06"), "zip_release_id": "ZIP22A"}]
    with tiny_warehouse(release=[R16, R22, R26], gpci=GPCI, zip_release=[FILE, OLD_FILE], zip_locality=zips) as con:
        used = {
            label: answer(con, "select zip_release_id from locality_of_zip('94401', ?)", label)
            for label in ("RVU16A", "RVU22A", "RVU26A")
        }
    assert used == {"RVU16A": [("ZIP22A",)] , "RVU22A": [("ZIP22A",)], "RVU26A": [("ZIP25D",)]}  # fmt: skip


def test_a_later_edition_of_a_quarter_is_used_instead_of_an_earlier_one() -> None:
    second = FILE | {"zip_release_id": "ZIP25D.2", "edition": 2}
    zips = [_zip("94401", "01112", "05"), {**_zip("94401", "01112", "52"), "zip_release_id": "ZIP25D.2"}]
    with tiny_warehouse(release=[R25], gpci=GPCI, zip_release=[FILE, second], zip_locality=zips) as con:
        assert _pairs(con, "94401", "RVU25A") == [("01112", "52", True)]


def test_a_flagged_zip_code_is_uncertain_until_its_further_digits_are_known(con) -> None:
    assert _pairs(con, "94503", "RVU25A") == [("01112", "51", False)]
    insert(con, "zip4_locality", [_zip("94503", "01112", "52", plus_four="1234")])
    assert _pairs(con, "94503-1234", "RVU25A") == [("01112", "52", True)]
    assert _pairs(con, "94503-9999", "RVU25A") == [("01112", "51", False)]


@pytest.mark.parametrize(
    ("zip_text", "label", "said"),
    [
        ("9440", "RVU25A", "'9440' is no ZIP code"),
        ("99999", "RVU25A", "The ZIP code 99999 is not in CMS's ZIP code file (ZIP25D)"),
        ("94401", "RVU27A", "RVU27A is not loaded"),
        ("35004", "RVU26A", "has no row in the GPCI file of RVU26A"),
    ],
)
def test_a_zip_code_without_a_locality_is_said_in_a_sentence(con, zip_text: str, label: str, said: str) -> None:
    with pytest.raises(PfsError) as caught:
        places_of_zip(con, zip_text, label)
    assert said in str(caught.value)


def test_without_a_zip_code_file_the_error_says_how_to_load_one() -> None:
    with tiny_warehouse(release=[R25], gpci=GPCI) as con, pytest.raises(PfsError, match="pfs refresh --source"):
        places_of_zip(con, "94401", "RVU25A")


def test_a_zip_code_may_be_written_in_three_ways() -> None:
    assert [parse_zip(text) for text in ("94401", " 94401-1234", "944011234")] == [
        ("94401", None),
        ("94401", "1234"),
        ("94401", "1234"),
    ]
