"""What the views locality and locality_succession, and the checks on them, promise."""

from __future__ import annotations

from tests.warehouse import answer, broken_rows, gpci, release, tiny_warehouse

Y2009 = release("RVU09A", "2009-01-01")
Y2016 = release("RVU16A", "2016-01-01")
Y2026 = release("RVU26B", "2026-04-01")


def _ids(con, label: str):
    return answer(con, "select mac, locality, state, locality_id from locality where release_id = ? order by 1, 2", label)


def test_a_locality_keeps_its_id_when_its_contractor_is_renumbered() -> None:
    """Alabama was 00510-00 in 2009, 10102-00 in 2016 and 10112-00 in 2026; one id joins the three."""
    rows = [
        gpci("00510", "00", release_id="RVU09A"),
        gpci("10102", "00", release_id="RVU16A"),
        gpci("10112", "00", state="AL", release_id="RVU26B"),
    ]
    with tiny_warehouse(release=[Y2009, Y2016, Y2026], gpci=rows) as con:
        joined = answer(
            con,
            "select earlier.mac, later.mac from locality as earlier join locality as later using (locality_id) "
            "where earlier.release_id = 'RVU09A' and later.release_id = 'RVU26B'",
        )
        assert joined == [("00510", "10112")]


def test_state_is_given_in_years_whose_file_prints_none() -> None:
    with tiny_warehouse(release=[Y2009], gpci=[gpci("00973", "50", release_id="RVU09A")]) as con:
        assert _ids(con, "RVU09A") == [("00973", "50", "VI", "VI-50")]


def test_the_same_pair_means_what_it_meant_in_the_year_of_the_release() -> None:
    """01182-99 was southern California's rest of state until 2016 and nothing afterwards."""
    rows = [gpci("01182", "99", release_id=label) for label in ("RVU16A", "RVU26B")]
    with tiny_warehouse(release=[Y2016, Y2026], gpci=rows) as con:
        assert _ids(con, "RVU16A") == [("01182", "99", "CA", "CA-99S")]
        assert _ids(con, "RVU26B") == [("01182", "99", None, None)]


def test_a_new_area_knows_what_it_came_from_and_an_old_one_what_became_of_it() -> None:
    rows = [
        gpci("01112", "03", release_id="RVU16A"),
        gpci("01112", "05", release_id="RVU26B"),
        gpci("01112", "51", release_id="RVU26B"),
    ]
    with tiny_warehouse(release=[Y2016, Y2026], gpci=rows) as con:
        found = answer(con, "select locality_id, first_year, last_year, predecessors, successors from locality order by 1")
        assert found == [
            ("CA-03", 1997, 2016, None, "CA-51 CA-52 CA-53"),
            ("CA-05", 1997, None, "CA-06 CA-07", None),
            ("CA-51", 2017, None, "CA-03", None),
        ]


def test_succession_says_when_and_whether_the_county_decides() -> None:
    with tiny_warehouse() as con:
        found = answer(
            con,
            "select locality_id, successor_id, succeeds_from_year, is_split from locality_succession "
            "where locality_id in ('CA-03', 'CA-26') order by 1, 2",
        )
    assert found == [
        ("CA-03", "CA-51", 2017, True),
        ("CA-03", "CA-52", 2017, True),
        ("CA-03", "CA-53", 2017, True),
        ("CA-26", "CA-18", 2024, False),
    ]


def test_check_locality_known_names_the_row_and_the_file_to_edit() -> None:
    rows = [gpci("10112", "00", release_id="RVU26B"), gpci("10122", "00", locality_name="ALABAMA", release_id="RVU26B")]
    with tiny_warehouse(release=[Y2026], gpci=rows) as con:
        assert broken_rows(con, "locality_known") == [
            {
                "release_id": "RVU26B",
                "mac": "10122",
                "locality": "00",
                "locality_name": "ALABAMA",
                "edit": "flows/catalog/localities.csv",
            }
        ]


def test_check_locality_state_agrees_compares_with_the_printed_state_only() -> None:
    rows = [gpci("10112", "00", state="GA", release_id="RVU26B"), gpci("10212", "01", release_id="RVU26B")]
    with tiny_warehouse(release=[Y2026], gpci=rows) as con:
        found = broken_rows(con, "locality_state_agrees")
        assert [(row["mac"], row["printed_state"], row["declared_state"]) for row in found] == [("10112", "GA", "AL")]


def test_check_locality_id_unique_finds_two_rows_of_one_area() -> None:
    rows = [gpci("10102", "00", release_id="RVU18A"), gpci("10112", "00", release_id="RVU18A")]
    with tiny_warehouse(release=[release("RVU18A", "2018-01-01")], gpci=rows) as con:
        found = broken_rows(con, "locality_id_unique")
        assert [(row["locality_id"], row["pairs"]) for row in found] == [("AL-00", "10102-00 10112-00")]
