"""The mapping of contractors' localities to stable areas: flows/catalog/localities.csv and locality_areas.csv."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from flows import catalog
from flows.catalog import localities
from flows.catalog.localities import Identity
from warehouse.errors import CatalogError

PAIR = ["mac", "locality", "state", "locality_id", "valid_from_year", "valid_to_year", "note", "source"]
AREA = ["locality_id", "state", "area_name", "first_year", "last_year", "successors", "note"]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """Replaces the two files with lines that a test gives; the first line of each is the heading already."""
    given: dict[str, list[str]] = {"localities.csv": [], "locality_areas.csv": ["AL-00,AL,Alabama,1997,,,"]}
    headings = {"localities.csv": PAIR, "locality_areas.csv": AREA}
    monkeypatch.setattr(
        catalog, "rows", lambda name: [dict(zip(headings[name], line.split(","), strict=True)) for line in given[name]]
    )
    localities.areas.cache_clear()
    localities.identities.cache_clear()
    yield given
    localities.areas.cache_clear()
    localities.identities.cache_clear()


def test_alabama_is_one_area_under_three_contractors() -> None:
    found = [localities.identify(mac, "00", year) for mac, year in [("00510", 2009), ("10102", 2015), ("10112", 2026)]]
    assert [item.locality_id if item else None for item in found] == ["AL-00"] * 3


@pytest.mark.parametrize(
    ("mac", "locality", "year", "expected"),
    [
        ("31140", "99", 2007, "CA-99N"),
        ("31146", "99", 2007, "CA-99S"),
        ("01102", "99", 2012, "CA-99N"),
        ("01182", "99", 2016, "CA-99S"),
        ("01182", "99", 2017, None),
        ("01112", "75", 2017, "CA-75"),
        ("01112", "75", 2016, None),
        ("01112", "06", 2023, "CA-06"),
        ("01112", "06", 2024, None),
        ("01182", "18", 2026, "CA-18"),
        ("05392", "99", 2009, "MO-99E"),
        ("05302", "99", 2009, "MO-99"),
        ("00740", "04", 2008, "KS-04"),
        ("00973", "50", 2009, "VI-50"),
        ("09202", "20", 2011, "PR-20"),
        ("99999", "00", 2026, None),
    ],
)
def test_pair_and_year_give_the_area(mac: str, locality: str, year: int, expected: str | None) -> None:
    found = localities.identify(mac, locality, year)
    assert (found.locality_id if found else None) == expected


def test_id_is_state_and_number_with_a_letter_only_where_two_contractors_share_the_number() -> None:
    odd = set()
    for item in localities.identities():
        assert re.fullmatch(rf"{item.state}-{item.locality}[A-Z]?", item.locality_id)
        if item.locality_id != f"{item.state}-{item.locality}":
            odd.add(item.locality_id)
    assert odd == {"CA-99N", "CA-99S", "MO-99E"}


def test_eighty_nine_areas_by_law_to_2016_and_the_parts_beside_them() -> None:
    """89 localities in law 1997 to 2016; California's rest of state counts twice because two contractors printed it."""
    alive = {
        year: [a for a in localities.areas().values() if a.first_year <= year <= (a.last_year or year)]
        for year in (2012, 2020, 2026)
    }
    assert {year: len(found) for year, found in alive.items()} == {2012: 90, 2020: 112, 2026: 109}


def test_every_area_has_a_pair_in_every_year_of_its_life_since_2003() -> None:
    missing = []
    for area in localities.areas().values():
        pairs = [item for item in localities.identities() if item.locality_id == area.locality_id]
        for year in range(max(2003, area.first_year), (area.last_year or 2026) + 1):
            if not any(item.covers(year) for item in pairs):
                missing.append((area.locality_id, year))
    assert missing == []


def test_split_and_retired_areas_name_what_took_their_place() -> None:
    gone = {area.locality_id: area for area in localities.areas().values() if area.last_year is not None}
    assert {name: area.last_year for name, area in gone.items()} == {
        "CA-03": 2016, "CA-99N": 2016, "CA-99S": 2016, "CA-06": 2023, "CA-07": 2023, "CA-26": 2023, "KS-04": 2008, "MO-99E": 2010,
    }  # fmt: skip
    begun = {area.locality_id for area in localities.areas().values() if area.first_year == 2017}
    assert begun == {name for old in ("CA-03", "CA-99N", "CA-99S") for name in gone[old].successors}
    assert (gone["CA-07"].successors, gone["CA-26"].successors) == (("CA-05",), ("CA-18",))


def test_each_row_says_where_it_comes_from() -> None:
    assert all(item.source for item in localities.identities())


@pytest.mark.parametrize(
    ("pairs", "areas", "said"),
    [
        (["00510,00,AL,XX-00,,,,x"], [], "no area 'XX-00'"),
        (["00510,00,GA,AL-00,,,,x"], [], "not that of AL-00"),
        (["00510,00,AL,AL-00,,2011,,x", "00510,00,AL,AL-00,2011,,,x"], [], "two rows cover the same year"),
        (["00510,00,AL,AL-00,soon,,,x"], [], "'soon' is no year"),
        (["00510,01,AL,AL-01,,,,x"], ["AL-01,AL,Alabama,1997,2010,AL-00,"], "no year after 2010"),
        ([], ["AL-00,AL,Alabama,1997,,,"], "twice"),
        ([], ["GA-01,AL,Atlanta,1997,,,"], "begins with the state"),
        ([], ["AL-01,AL,Mobile,1997,,AL-00,"], "no last year"),
        ([], ["AL-01,AL,Mobile,1997,2010,AL-02,"], "successor AL-02 has no row"),
        ([], ["AL-01,AL,Mobile,1997,2010,AL-02,", "AL-02,AL,Mobile,2015,,,"], "does not exist in the year after 2010"),
    ],
)
def test_a_mapping_that_contradicts_itself_names_the_file(
    files: dict[str, list[str]], pairs: list[str], areas: list[str], said: str
) -> None:
    files["localities.csv"] += pairs
    files["locality_areas.csv"] += areas
    with pytest.raises(CatalogError, match=re.escape(said)) as caught:
        localities.identities()
    assert "flows/catalog/localit" in str(caught.value)


def test_two_rows_for_one_pair_are_fine_when_their_years_do_not_meet(files: dict[str, list[str]]) -> None:
    files["localities.csv"] += ["00510,00,AL,AL-00,,2010,,x", "00510,00,AL,AL-01,2011,,,x"]
    files["locality_areas.csv"] += ["AL-01,AL,Mobile,1997,,,"]
    assert [localities.identify("00510", "00", year) for year in (2010, 2011)] == list(localities.identities())
    assert all(isinstance(item, Identity) for item in localities.identities())
