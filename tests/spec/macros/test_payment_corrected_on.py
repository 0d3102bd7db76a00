"""Macro payment_corrected_on: the dollars of a date of service with the RVUs that later releases of its year corrected."""

from __future__ import annotations

import duckdb

from tests.warehouse import Row, answer, factor, gpci, release, rvu, tiny_warehouse

QUERY = (
    "select release_id, rvu_release_id, hcpcs_code, modifier, conversion_factor, nonfacility_fee "
    "from payment_corrected_on(?, ?) order by hcpcs_code, modifier"
)


def of(label: str, *rows: Row) -> list[Row]:
    return [{**row, "release_id": label} for row in rows]


def quarter(label: str, valid_from: str, valid_to: str, published_on: str, **more: object) -> Row:
    return release(label, valid_from, valid_to=valid_to, published_on=published_on, **more)


A15 = quarter("RVU15A", "2015-01-01", "2015-03-31", "2014-12-23")
C15 = quarter("RVU15C", "2015-07-01", "2015-09-30", "2015-05-27")
A16 = quarter("RVU16A", "2016-01-01", "2016-03-31", "2016-01-05")


def year_2015(a: list[Row], c: list[Row], *more: Row, gpcis: tuple[str, str] = ("1", "1")) -> duckdb.DuckDBPyConnection:
    """RVU15A and RVU15C with these codes, and other releases that hold 88366 with a work RVU of 9."""
    others = [row for extra in more for row in of(str(extra["label"]), rvu("88366", work="9.00"))]
    return tiny_warehouse(
        release=[A15, C15, *more],
        rvu=of("RVU15A", *a) + of("RVU15C", *c) + others,
        gpci=of("RVU15A", gpci("01112", "05", gpcis[0])) + of("RVU15C", gpci("01112", "05", gpcis[1])),
        conversion_factor=of("RVU15A", factor("35.7547")) + of("RVU15C", factor("35.9335")),
    )


def test_a_later_release_of_the_year_corrects_the_rvus_and_the_factor_stays_that_of_the_day() -> None:
    """January 2015 as RVU15C corrected it: its RVUs, the factor of January. RVU15A as published stays as it was."""
    con = year_2015([rvu("88366", work="1.24", pe="3.77")], [rvu("88366", work="1.24", pe="6.79")])
    assert answer(con, QUERY, "2015-01-15", None) == [("RVU15A", "RVU15C", "88366", "", "35.7547", "287.11")]
    assert answer(con, "select release_id, nonfacility_fee from payment_on('2015-01-15')") == [("RVU15A", "179.13")]


def test_before_the_correction_was_published_the_answer_is_the_old_one() -> None:
    """RVU15C was published on 27 May 2015."""
    con = year_2015([rvu("88366", work="1.24", pe="3.77")], [rvu("88366", work="1.24", pe="6.79")])
    assert answer(con, QUERY, "2015-01-15", "2015-05-26") == [("RVU15A", "RVU15A", "88366", "", "35.7547", "179.13")]
    assert answer(con, QUERY, "2015-01-15", "2015-05-27") == [("RVU15A", "RVU15C", "88366", "", "35.7547", "287.11")]
    assert answer(con, QUERY, "2015-01-15", "2014-12-22") == [], "not even RVU15A was published"


def test_a_code_that_a_later_release_adds_was_not_there_yet() -> None:
    """What starts in July has no amount in January."""
    con = year_2015([rvu("99213", work="0.97")], [rvu("99213", work="0.97"), rvu("G9999", work="1.00")])
    assert [row[2] for row in answer(con, QUERY, "2015-01-15", None)] == ["99213"]
    assert [row[2] for row in answer(con, QUERY, "2015-07-15", None)] == ["99213", "G9999"]


def test_a_code_that_a_later_release_drops_keeps_its_last_rvus() -> None:
    """The latest release that has the code and modifier is taken, row by row."""
    con = year_2015([rvu("99213", work="0.97"), rvu("99213", "26", work="0.50")], [rvu("99213", work="1.00")])
    assert [row[1:4] for row in answer(con, QUERY, "2015-01-15", None)] == [("RVU15C", "99213", ""), ("RVU15A", "99213", "26")]


def test_a_code_that_turns_out_not_to_be_priced_has_no_corrected_amount() -> None:
    """The status is corrected with the RVUs, in both directions."""
    con = year_2015(
        [rvu("88366", work="1.00"), rvu("99441", status="N", work="0.25")],
        [rvu("88366", status="B", work="1.00"), rvu("99441", work="0.48")],
    )
    assert [row[1:3] for row in answer(con, QUERY, "2015-01-15", None)] == [("RVU15C", "99441")]


def test_the_indices_and_the_flag_are_those_of_the_day() -> None:
    """CMS changed indices within a year (2023) without reaching back; flags end within a year (July 2014)."""
    con = year_2015([rvu("88366", work="1.00")], [rvu("88366", work="2.00")], gpcis=("1.100", "1.200"))
    assert answer(con, QUERY, "2015-01-15", None)[0][5] == "78.66", "2.00 x 1.100 x 35.7547"
    flags = tiny_warehouse(
        release=[
            quarter("RVU14A", "2014-01-01", "2014-03-31", "2014-01-03"),
            quarter("RVU14D", "2014-10-01", "2014-12-31", "2014-08-27"),
        ],
        rvu=of("RVU14A", rvu("98940", work="1.00", calculation_flag="3")) + of("RVU14D", rvu("98940", work="1.00")),
        gpci=of("RVU14A", gpci("10112", "00")) + of("RVU14D", gpci("10112", "00")),
        conversion_factor=of("RVU14A", factor("35.8228")) + of("RVU14D", factor("35.8228")),
    )
    assert [row[5] for row in answer(flags, QUERY, "2014-01-15", None)] == ["35.11"]
    assert [row[5] for row in answer(flags, QUERY, "2014-10-15", None)] == ["35.82"]


def test_other_years_and_releases_that_never_took_effect_correct_nothing() -> None:
    """RVU16A is of another year, a zero percent file of 2015 never in force."""
    never = quarter("RVU15D", "2015-10-01", "2015-12-31", "2015-08-27", governs=False)
    con = year_2015([rvu("88366", work="1.00")], [rvu("88366", work="2.00")], A16, never)
    assert answer(con, QUERY, "2015-01-15", None)[0][1] == "RVU15C"


def test_without_a_governing_release_there_is_no_estimate() -> None:
    """April 2015 is governed by RVU15B, which is not loaded: no row, and release_reason_on says why."""
    con = year_2015([rvu("88366", work="1.00")], [rvu("88366", work="2.00")])
    assert answer(con, QUERY, "2015-04-15", None) == []
    assert "RVU15B" in answer(con, "select release_reason_on('2015-04-15')")[0][0]


def test_several_days_at_once_are_answered_each_by_itself() -> None:
    """A lateral join over days of two releases and two years."""
    con = year_2015([rvu("88366", work="1.00")], [rvu("88366", work="2.00")])
    con.execute("create table claim as select unnest(['2015-01-15', '2015-04-15', '2015-08-15']) as day")
    query = (
        "select day, fee.release_id, fee.rvu_release_id, fee.nonfacility_fee from claim "
        "left join lateral (from payment_corrected_on(claim.day)) as fee on true order by day"
    )
    assert answer(con, query) == [
        ("2015-01-15", "RVU15A", "RVU15C", "71.51"),
        ("2015-04-15", None, None, None),
        ("2015-08-15", "RVU15C", "RVU15C", "71.87"),
    ]
