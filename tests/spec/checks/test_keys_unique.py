"""Check keys_unique: no key of a table that files are loaded into stands twice."""

from __future__ import annotations

import pytest

from tests.warehouse import Row, broken_rows, factor, gpci, release, rvu, tiny_warehouse

CAP: Row = {"mac": "10112", "locality": "00", "hcpcs_code": "93925", "modifier": "TC"}
KEYED: dict[str, tuple[Row, str, Row]] = {
    # table: a row, its key, a row with another key
    "rvu": (rvu("76814", "TC"), "RVU25D 76814 TC", rvu("76814", "26")),
    "gpci": (gpci("02102", "01"), "RVU25D 02102 01", gpci("03202", "01")),
    "anesthesia_cf": (
        factor(mac="10112", locality="00"),
        "RVU25D 10112 00 non_qp",
        factor("20.5998", "qp", mac="10112", locality="00"),
    ),
    "opps_cap": (CAP, "RVU25D 10112 00 93925 TC", CAP | {"modifier": ""}),
    "conversion_factor": (factor(), "RVU25D non_qp", factor("33.5675", "qp")),
    "release_file": ({"kind": "rvu", "qp_status": "non_qp"}, "RVU25D rvu non_qp", {"kind": "gpci", "qp_status": "non_qp"}),
    "locality_county": ({"mac": "05302", "locality": "99"}, "RVU25D 05302 99", {"mac": "05302", "locality": "01"}),
}


@pytest.mark.parametrize("table", KEYED)
def test_selects_a_key_that_stands_twice(table: str) -> None:
    """A repeated key would double an amount in every join."""
    row, key, other = KEYED[table]
    found = broken_rows(tiny_warehouse(**{table: [row, row, other]}), "keys_unique")
    assert found == [{"table_name": table, "release_id": "RVU25D", "row_key": key, "rows_found": 2}]


def test_selects_an_edition_that_stands_twice() -> None:
    """Every join by release would double its rows."""
    found = broken_rows(tiny_warehouse(release=[release(), release()]), "keys_unique")
    assert found == [{"table_name": "release", "release_id": "RVU25D", "row_key": "RVU25D", "rows_found": 2}]


def test_leaves_rows_that_differ_in_any_part_of_the_key() -> None:
    """The modifier, the contractor, the QP status and the release are parts of keys."""
    rows = {table: [row, other, row | {"release_id": "RVU25A"}] for table, (row, _, other) in KEYED.items()}
    assert broken_rows(tiny_warehouse(**rows), "keys_unique") == []
