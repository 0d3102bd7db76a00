"""View opps_cap_comparison and check opps_cap_reproduced: CMS's own capped amounts follow from the RVUs, or are declared stale.

The example, with made-up RVUs: 0.80 x 1.000 + 7.52 x 0.869 + 0.09 x 0.575 = 7.38663, times the factor 32.3465 is 238.93.
"""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from flows import catalog
from tests.warehouse import Row, answer, broken_rows, factor, gpci, release, rvu, tiny_warehouse

ALABAMA = gpci("10112", "00", "1.000", "0.869", "0.575")
CAPPED = rvu("93925", work="0.80", pe="6.00", mp="0.12", opps_pe="7.52", opps_mp="0.09")
STALE: Row = {
    "stale_cap": "a_test",
    "label": "RVU25D",
    "mac_pattern": "10112",
    "locality_pattern": "%",
    "code_pattern": "939%",
    "stale_rows": 1,
}


def cap(amount: str = "238.93", code: str = "93925", modifier: str = "", **more: str) -> Row:
    """CMS's own capped amount, the same in both settings."""
    place = {"mac": "10112", "locality": "00"}
    return {"hcpcs_code": code, "modifier": modifier, "nonfacility_amount": amount, "facility_amount": amount} | place | more


def warehouse(caps: list[Row], stale: tuple[Row, ...] = (), **more: list[Row]) -> duckdb.DuckDBPyConnection:
    """One release with these cap rows, in which only these declarations hold."""
    tables = {"release": [release()], "rvu": [CAPPED], "gpci": [ALABAMA], "conversion_factor": [factor()]} | more
    con = tiny_warehouse(**tables, opps_cap=caps, stale_cap=list(stale))
    con.execute("delete from stale_cap where stale_cap <> 'a_test'")
    return con


def computed(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return answer(con, "select mac, gpci_mac, computed_nonfacility_cap, is_reproduced from opps_cap_comparison order by mac")


def test_the_cap_is_the_formula_with_the_outpatient_columns() -> None:
    """Work is priced too, though the record layout of 2009 leaves it out."""
    con = warehouse([cap()])
    assert computed(con) == [("10112", "10112", "238.93", True)]
    assert broken_rows(con, "opps_cap_reproduced") == []


def test_a_carrier_priced_global_takes_the_work_of_its_26_row() -> None:
    """Status C: the global row prints no work; with that of the 26 row the table is reproduced."""
    rows = [rvu("93925", status="C", opps_pe="7.52", opps_mp="0.09"), rvu("93925", "26", "A", work="0.80")]
    assert computed(warehouse([cap()], rvu=rows)) == [("10112", "10112", "238.93", True)]


def test_a_carrier_priced_technical_component_takes_no_work() -> None:
    """The TC row of the same code has none to take."""
    rows = [rvu("93925", "TC", "C", opps_pe="7.52", opps_mp="0.09"), rvu("93925", "26", "A", work="0.80")]
    con = warehouse([cap("213.05", modifier="TC")], rvu=rows)
    assert computed(con) == [("10112", "10112", "213.05", True)]


def test_work_is_adjusted_as_it_was_in_2008() -> None:
    """0.80 x 0.8806 is 0.70 after rounding, and 0.10 x 32.3465 = 3.23 less than without."""
    con = warehouse([cap("235.70")], release=[release("RVU25D", "2008-01-01")])
    assert computed(con) == [("10112", "10112", "235.70", True)]


def test_a_locality_listed_under_two_contractors_has_the_indices_of_one() -> None:
    """01112 beside 01182: the copy has no GPCI row; a contractor of another state with the same locality is no help."""
    caps = [cap(mac="01112", locality="18"), cap(mac="01182", locality="18"), cap(mac="02202", locality="18")]
    con = warehouse(caps, gpci=[{**ALABAMA, "mac": "01182", "locality": "18"}])
    assert computed(con) == [
        ("01112", "01182", "238.93", True),
        ("01182", "01182", "238.93", True),
        ("02202", None, None, False),
    ]
    assert [row["mac"] for row in broken_rows(con, "opps_cap_reproduced")] == ["02202"]


@pytest.mark.parametrize(
    "change",
    [
        {"caps": [cap("238.94")]},
        {"caps": [cap() | {"facility_amount": "238.94"}]},
        {"caps": [cap(code="93926")]},
        {"rvu": [rvu("93925", work="0.80")]},
        {"stale": (STALE | {"mac_pattern": "1011", "stale_rows": None},), "caps": [cap("1.00")]},
        {"stale": (STALE | {"label": "RVU25A"},), "caps": [cap("1.00")]},
    ],
    ids=["a cent", "facility", "no such code", "no outpatient RVUs", "another place declared", "another release declared"],
)
def test_selects_a_row_that_does_not_follow(change: dict[str, object]) -> None:
    """One cent is enough, in either setting, and so is a code that the RVU file does not know or gives no outpatient RVUs."""
    con = warehouse(**({"caps": [cap()]} | change))  # type: ignore[arg-type]
    (found,) = broken_rows(con, "opps_cap_reproduced")
    assert (found["problem"], found["release_id"]) == ("not reproduced and not declared stale", "RVU25D")


def test_leaves_rows_that_are_declared_stale_to_the_stated_extent() -> None:
    """Both say which rows: the declaration covers them, and there are as many as it says."""
    con = warehouse([cap("1.00")], (STALE,))
    assert answer(con, "select is_reproduced, stale_cap from opps_cap_comparison") == [(False, "a_test")]
    assert broken_rows(con, "opps_cap_reproduced") == []


def test_a_declared_factor_covers_only_the_rows_that_it_reproduces() -> None:
    """The first posting of RVU24C was priced with the factor before: 7.38663 x 32.7442 is 241.87. Any other difference is new."""
    stale = STALE | {"stale_rows": None, "stale_conversion_factor": "32.7442"}
    assert broken_rows(warehouse([cap("241.87")], (stale,)), "opps_cap_reproduced") == []
    assert broken_rows(warehouse([cap()], (stale,)), "opps_cap_reproduced") == []
    (found,) = broken_rows(warehouse([cap("241.88")], (stale,)), "opps_cap_reproduced")
    assert found["problem"] == "not reproduced and not declared stale"


def test_declared_indices_cover_only_the_rows_that_they_reproduce() -> None:
    """RVU19A has California priced with the indices of the year before. 0.80 x 1.001 + 7.52 x 0.869 + 0.09 x 0.618 is 7.39130,
    times 32.3465 is 239.08; a cent more is a new difference, in the same row of the same stale table too."""
    indices = {"stale_work_gpci": "1.001", "stale_pe_gpci": "0.869", "stale_mp_gpci": "0.618"}
    stale = STALE | {"stale_rows": None} | indices
    assert answer(warehouse([cap("239.08")], (stale,)), "select stale_cap from opps_cap_comparison") == [("a_test",)]
    assert broken_rows(warehouse([cap("239.08")], (stale,)), "opps_cap_reproduced") == []
    (found,) = broken_rows(warehouse([cap("239.09")], (stale,)), "opps_cap_reproduced")
    assert found["problem"] == "not reproduced and not declared stale"


@pytest.mark.parametrize(("caps", "differing"), [([cap()], 0), ([cap("1.00"), cap("1.00", code="93926")], 2)])
def test_selects_a_declaration_whose_extent_no_longer_holds(caps: list[Row], differing: int) -> None:
    """Fewer rows: CMS has mended its table, or we misread it. More rows: a new difference hides behind an old one."""
    (found,) = broken_rows(warehouse(caps, (STALE,)), "opps_cap_reproduced")
    assert (found["problem"], found["stale_cap"]) == ("the declared extent no longer holds", "a_test")
    assert (found["rows_declared"], found["rows_differing"]) == (1, differing)


@pytest.mark.parametrize(
    "change",
    [
        {"stale": (STALE | {"stale_rows": None},)},
        {"release": [release(edition=2)]},
        {"release": [release(is_sample=True)]},
        {"release": [release("RVU25A")], "caps": []},
    ],
    ids=["never counted", "a later edition", "the sample", "no cap member"],
)
def test_leaves_an_extent_that_cannot_be_held_against_the_rows(change: dict[str, object]) -> None:
    """A table that no one counted, one that CMS may have mended, one that holds some rows only, one that is not there."""
    con = warehouse(**({"caps": [cap()], "stale": (STALE,)} | change))  # type: ignore[arg-type]
    assert broken_rows(con, "opps_cap_reproduced") == []


# --- an extent that nobody has counted -------------------------------------------------------------------------------------

UNCOUNTED = STALE | {"stale_rows": None}
TWO_STALE = [cap("1.00"), cap("1.00", code="93926")]


def test_a_declaration_without_extent_is_told_once_its_release_is_loaded() -> None:
    """Any difference at all would pass under it: the operator pins the number of rows."""
    (found,) = broken_rows(warehouse(TWO_STALE, (UNCOUNTED,)), "stale_caps_counted")
    assert (found["release_id"], found["stale_cap"], found["rows_covered"]) == ("RVU25D", "a_test", 2)
    assert "Rows covered: 2; look at them in view opps_cap_comparison, then write 2 into stale_rows" in found["sentence"]
    pinned = warehouse(TWO_STALE, (STALE | {"stale_rows": 2},))
    assert broken_rows(pinned, "stale_caps_counted") == []
    assert broken_rows(pinned, "opps_cap_reproduced") == []


def test_a_declaration_that_names_a_factor_only_is_told_too() -> None:
    """As RVU24C: what it covers is right to the cent, and how many rows it covers is not known."""
    stale = UNCOUNTED | {"stale_conversion_factor": "32.7442"}
    (found,) = broken_rows(warehouse([cap("241.87"), cap("1.00", code="93926")], (stale,)), "stale_caps_counted")
    assert found["rows_covered"] == 1


def test_what_a_declaration_covers_in_a_later_edition_is_no_extent() -> None:
    (found,) = broken_rows(warehouse(TWO_STALE, (UNCOUNTED,), release=[release(edition=2)]), "stale_caps_counted")
    assert "this is a later edition of the release" in found["sentence"] and "stale_rows" not in found["sentence"]


@pytest.mark.parametrize(
    "change",
    [
        {"stale": (STALE,)},
        {"caps": [cap()]},
        {"stale": (UNCOUNTED | {"label": "RVU25A"},)},
        {"stale": (UNCOUNTED | {"code_pattern": "78429"},)},
        {"release": [release(is_sample=True)]},
    ],
    ids=["counted", "nothing differs", "of a release not loaded", "of another code", "the sample"],
)
def test_a_declaration_that_hides_nothing_is_not_told(change: dict[str, object]) -> None:
    con = warehouse(**({"caps": TWO_STALE, "stale": (UNCOUNTED,)} | change))  # type: ignore[arg-type]
    assert broken_rows(con, "stale_caps_counted") == []


# --- the catalogue -----------------------------------------------------------------------------------------------------------


def test_a_declaration_that_was_measured_names_its_extent_and_the_indices_of_the_stale_table() -> None:
    """What we have a copy of is covered by what it holds; all three indices, or none."""
    for row in catalog.rows("stale_caps.csv"):
        named = [bool(row[f"stale_{part}_gpci"]) for part in ("work", "pe", "mp")]
        assert named in ([True] * 3, [False] * 3), row["stale_cap"]
        if "these indices reproduce every row" in row["source"]:
            assert all(named) and row["stale_rows"], row["stale_cap"]


def test_declarations_do_not_overlap() -> None:
    """A row under two declarations would stand twice in the comparison. Patterns are a value or % for all."""
    rows = catalog.rows("stale_caps.csv")
    places = Counter((row["label"], row["mac_pattern"], row["locality_pattern"], row["code_pattern"]) for row in rows)
    wide = {row["label"] for row in rows if row["mac_pattern"] == "%"}
    assert max(places.values()) == 1
    assert all(row["mac_pattern"] == "%" or row["label"] not in wide for row in rows)
    assert len({row["stale_cap"] for row in rows}) == len(rows)
