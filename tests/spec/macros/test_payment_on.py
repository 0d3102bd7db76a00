"""Macro payment_on (and dated_payment behind it): the dollars of a date of service, as the governing release published them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from flows import catalog
from tests.warehouse import Row, answer, factor, gpci, release, rvu, tiny_warehouse

CENT = Decimal("0.01")
ALABAMA = gpci("10112", "00", "1.000", "0.869", "0.575")
OFFICE_VISIT = rvu("99213", work="1.30", pe="1.35", facility_pe="0.57", mp="0.10")
SHORT = "select release_id, conversion_factor, nonfacility_fee from payment_on(?, ?) order by all"


def of(label: str, *rows: Row) -> list[Row]:
    """The same rows in another release."""
    return [{**row, "release_id": label} for row in rows]


def quarter(label: str, valid_from: str, valid_to: str, published_on: str, **more: object) -> Row:
    return release(label, valid_from, valid_to=valid_to, published_on=published_on, **more)


def test_each_part_of_a_split_quarter_has_its_own_factor() -> None:
    """8 March 2024: 32.7442; 9 March: 33.2875. The RVUs are the same."""
    releases = [
        quarter("RVU24A", "2024-01-01", "2024-03-08", "2023-12-14"),
        quarter("RVU24AR", "2024-03-09", "2024-03-31", "2024-04-01"),
    ]
    con = tiny_warehouse(
        release=releases,
        rvu=of("RVU24A", OFFICE_VISIT) + of("RVU24AR", OFFICE_VISIT),
        gpci=of("RVU24A", ALABAMA) + of("RVU24AR", ALABAMA),
        conversion_factor=of("RVU24A", factor("32.7442")) + of("RVU24AR", factor("33.2875")),
    )
    assert answer(con, SHORT, "2024-03-08", None) == [("RVU24A", "32.7442", "82.86")]
    assert answer(con, SHORT, "2024-03-09", None) == [("RVU24AR", "33.2875", "84.24")]
    # RVU24AR was published on 1 April. Until then RVU24A had no other end than the quarter's, and the law had its factor already.
    assert answer(con, SHORT, "2024-03-09", "2024-03-31") == [("RVU24A", "33.2875", "84.24")]


@pytest.mark.parametrize(
    ("label", "first", "last", "printed", "days"),
    [
        ("RVU15B", "2015-04-01", "2015-09-30", "35.7547", {"2015-06-30": "35.7547", "2015-07-01": "35.9335"}),
        ("RVU10AR1", "2010-01-01", "2010-06-30", "36.0791", {"2010-05-31": "36.0791", "2010-06-01": "36.8729"}),
        ("RVU24A", "2024-01-01", "2024-03-31", "32.7442", {"2024-03-08": "32.7442", "2024-03-09": "33.2875"}),
    ],
)
def test_the_factor_is_that_of_the_law_also_where_one_file_spans_a_change(
    label: str, first: str, last: str, printed: str, days: dict[str, str]
) -> None:
    """One file has one factor; the law changed it in the midst of the days that this one covers."""
    con = tiny_warehouse(
        release=[quarter(label, first, last, first)],
        rvu=of(label, rvu("99213", work="1.00")),
        gpci=of(label, gpci("10112", "00")),
        conversion_factor=of(label, factor(printed)),
    )
    query = "select conversion_factor, conversion_factor_basis, nonfacility_fee from payment_on(?)"
    for day, expected in days.items():
        assert answer(con, query, day) == [(expected, "law", str(Decimal(expected).quantize(CENT, ROUND_HALF_UP)))]


def test_where_no_law_is_known_the_factor_of_the_file_holds() -> None:
    """A release of 2027 is priced by its own factor until the law of 2027 is listed."""
    con = tiny_warehouse(
        release=[quarter("RVU27A", "2027-01-01", "2027-03-31", "2026-12-10")],
        rvu=of("RVU27A", rvu("99213", work="1.00")),
        gpci=of("RVU27A", gpci("10112", "00")),
        conversion_factor=of("RVU27A", factor("34.1234"), factor("34.5678", "qp")),
    )
    query = (
        "select qp_status, conversion_factor, conversion_factor_basis, nonfacility_fee from payment_on('2027-02-01') order by 1"
    )
    assert answer(con, query) == [("non_qp", "34.1234", "file", "34.12"), ("qp", "34.5678", "file", "34.57")]


def test_qualifying_participants_have_amounts_of_their_own_from_2026() -> None:
    """Also when the archive lacks the QP member: the factors are law."""
    con = tiny_warehouse(
        release=[quarter("RVU26B", "2026-04-01", "2026-06-30", "2026-03-10")],
        rvu=of("RVU26B", rvu("99213", work="1.30", pe="1.46", facility_pe="0.33", mp="0.09")),
        gpci=of("RVU26B", gpci("10112", "00")),
        conversion_factor=of("RVU26B", factor("33.4009")),
    )
    query = "select qp_status, nonfacility_fee, facility_fee from payment_on('2026-05-01') order by qp_status"
    assert answer(con, query) == [("non_qp", "95.19", "57.45"), ("qp", "95.67", "57.74")]


def test_the_work_floor_is_that_of_the_law_as_it_was_known() -> None:
    """RVU26A prints both indices. The floor was law to 30 January; on 3 February it was extended to the end of the year."""
    con = tiny_warehouse(
        release=[quarter("RVU26A", "2026-01-01", "2026-03-31", "2025-12-29")],
        rvu=of("RVU26A", rvu("99213", work="1.00")),
        gpci=of("RVU26A", gpci("14512", "50", "1.000", work_gpci_unfloored="0.988")),
        conversion_factor=of("RVU26A", factor("33.4009")),
    )
    query = "select work_gpci, nonfacility_fee from payment_on(?, ?) where qp_status = 'non_qp'"
    assert answer(con, query, "2026-01-30", "2026-01-15") == [("1.000", "33.40")]
    assert answer(con, query, "2026-01-31", "2026-01-15") == [("0.988", "33.00")]
    assert answer(con, query, "2026-01-31", "2026-02-03") == [("1.000", "33.40")]
    assert answer(con, query, "2026-01-31", None) == [("1.000", "33.40")]


def test_a_later_law_restores_the_floor_to_a_release_printed_without_it() -> None:
    """RVU18A has no floor. As known in January 2018 that was right; the law of 9 February undid it."""
    con = tiny_warehouse(
        release=[quarter("RVU18A", "2018-01-01", "2018-03-31", "2017-11-15")],
        rvu=of("RVU18A", rvu("99213", work="1.00")),
        gpci=of("RVU18A", gpci("10112", "00", "0.979")),
        conversion_factor=of("RVU18A", factor("35.9996")),
    )
    query = "select work_gpci, nonfacility_fee from payment_on('2018-01-15', ?)"
    assert answer(con, query, "2018-01-20") == [("0.979", "35.24")]
    assert answer(con, query, None) == [("1.000", "36.00")]


def one_release(label: str, first: str, last: str, cf: str, *rows: Row) -> list[tuple[object, ...]]:
    con = tiny_warehouse(
        release=[quarter(label, first, last, first)],
        rvu=of(label, *rows),
        gpci=of(label, gpci("10112", "00")),
        conversion_factor=of(label, factor(cf)),
    )
    query = "select hcpcs_code, calculation_factor, work_adjustor, nonfacility_fee from payment_on(?) order by all"
    dated = [(day, *row) for day in (first, last) for row in answer(con, query, day)]
    by_release = answer(con, "select hcpcs_code, nonfacility_fee from payment order by all")
    # The view of a release has the same extra factors.
    assert by_release == [(row[1], row[4]) for row in dated if row[0] == first]
    return dated


def test_psychotherapy_gets_five_percent_where_its_flag_is_set() -> None:
    """1 July 2008 to 29 February 2012 (MIPPA section 138 and its extensions), flag 2; nothing from March 2012 on."""
    rows = (rvu("90806", work="1.86", pe="0.53", mp="0.04", calculation_flag="2"), rvu("99213", work="2.43"))
    assert one_release("RVU09A", "2009-01-01", "2009-03-31", "36.0666", *rows) == [
        ("2009-01-01", "90806", "1.0500", "1.0000", "92.02"),
        ("2009-01-01", "99213", "1.0000", "1.0000", "87.64"),
        ("2009-03-31", "90806", "1.0500", "1.0000", "92.02"),
        ("2009-03-31", "99213", "1.0000", "1.0000", "87.64"),
    ]
    assert one_release("RVU12M", "2012-03-01", "2012-03-31", "34.0376", rows[0])[0] == (
        "2012-03-01",
        "90806",
        "1.0000",
        "1.0000",
        "82.71",
    )


def test_chiropractic_loses_two_percent_where_its_flag_is_set() -> None:
    """2010 to 30 June 2014, flag 3."""
    adjustment = rvu("98940", work="1.00", calculation_flag="3")
    assert one_release("RVU13B", "2013-04-01", "2013-06-30", "34.0230", adjustment)[0] == (
        "2013-04-01",
        "98940",
        "0.9800",
        "1.0000",
        "33.34",
    )


@pytest.mark.parametrize(
    ("label", "first", "last", "cf", "expected"),
    [
        # 0.92 x 0.8994 = 0.83 (and not 0.827448); (0.83 + 0.72 + 0.03) x 37.8975 = 59.87805
        ("RVU07B", "2007-04-01", "2007-06-30", "37.8975", ("0.8994", "59.88")),
        # 0.92 x 0.8806 = 0.81; (0.81 + 0.72 + 0.03) x 38.0870 = 59.41572
        ("RVU08AB", "2008-04-01", "2008-06-30", "38.0870", ("0.8806", "59.42")),
        ("RVU09B", "2009-04-01", "2009-06-30", "36.0666", ("1.0000", "60.23")),
    ],
)
def test_the_neutrality_adjustor_lowers_work_in_2007_and_2008(
    label: str, first: str, last: str, cf: str, expected: tuple[str, str]
) -> None:
    """Work times the adjustor is rounded to two decimals before anything else."""
    found = one_release(label, first, last, cf, rvu("99213", work="0.92", pe="0.72", mp="0.03"))
    assert found[0][3:] == expected


def test_cap_share_coinsurance_and_sequestration_follow_the_allowed_amount() -> None:
    """A scan of 247.77 dollars capped at 224.81: 80 % of that, the rest, and two percent off Medicare's part."""
    con = tiny_warehouse(
        release=[release(published_on="2025-09-11")],
        rvu=[rvu("70496", work="1.75", pe="5.80", mp="0.11", opps_pe="5.10", opps_mp="0.10")],
        gpci=[gpci("10112", "00")],
        conversion_factor=[factor("32.3465")],
    )
    found = answer(
        con,
        "select nonfacility_fee, opps_nonfacility_cap, nonfacility_allowed, nonfacility_nonpar_allowed, "
        "nonfacility_limiting_charge, nonfacility_medicare_share, nonfacility_coinsurance, nonfacility_sequestration, "
        "nonfacility_medicare_payment from payment_on('2025-12-01')",
    )
    assert found == [("247.77", "224.81", "224.81", "213.57", "245.60", "179.85", "44.96", "3.60", "176.25")]


@pytest.mark.parametrize(
    ("label", "first", "last", "cf", "expected"),
    [
        ("RVU13A", "2013-01-01", "2013-03-31", "34.0230", "0.00"),
        ("RVU20A", "2020-01-01", "2020-03-31", "36.0896", "0.58"),  # 2 % of 28.87
        ("RVU21A", "2021-01-01", "2021-03-31", "34.8931", "0.00"),
        ("RVU22B", "2022-04-01", "2022-06-30", "34.6062", "0.28"),  # 1 % of 27.68
        ("RVU22C", "2022-07-01", "2022-09-30", "34.6062", "0.55"),
    ],
)
def test_sequestration_by_period(label: str, first: str, last: str, cf: str, expected: str) -> None:
    """None before April 2013; two percent, suspended from May 2020 to March 2022, one percent for a quarter, two percent."""
    con = tiny_warehouse(
        release=[quarter(label, first, last, first)],
        rvu=of(label, rvu("99213", work="1.00")),
        gpci=of(label, gpci("10112", "00")),
        conversion_factor=of(label, factor(cf)),
    )
    assert answer(con, "select facility_sequestration from payment_on(?)", first) == [(expected,)]


def test_a_release_that_never_took_effect_prices_nothing() -> None:
    """RVU12A with its 24.6712 gives no row for January 2012, whatever was known."""
    con = tiny_warehouse(
        release=[quarter("RVU12A", "2012-01-01", "2012-03-31", "2011-11-01", governs=False)],
        rvu=of("RVU12A", OFFICE_VISIT),
        gpci=of("RVU12A", ALABAMA),
        conversion_factor=of("RVU12A", factor("24.6712")),
    )
    assert answer(con, SHORT, "2012-01-15", None) == answer(con, SHORT, "2012-01-15", "2011-12-01") == []


def test_codes_without_a_price_have_no_row() -> None:
    """As in view payment: status C, bundled, and rows without RVUs (view pricing_rvu says which are priced)."""
    rows = [rvu("99499", status="C"), rvu("99024", status="B", work="1.00"), rvu("D0120", status="R"), OFFICE_VISIT]
    con = tiny_warehouse(
        release=[release(published_on="2025-09-11")], rvu=rows, gpci=[ALABAMA], conversion_factor=[factor("32.3465")]
    )
    assert answer(con, "select hcpcs_code from payment_on('2025-12-01')") == [("99213",)]
    assert answer(con, "select hcpcs_code, is_priced from pricing_rvu order by 1") == [
        ("99024", False),
        ("99213", True),
        ("99499", False),
        ("D0120", False),
    ]


def test_an_edition_prices_from_the_day_on_which_it_was_known() -> None:
    """The first edition keeps its amounts; the second one prices what is asked after it came."""
    first = quarter("RVU20B", "2020-04-01", "2020-06-30", "2020-02-26")
    second = {**first, "release_id": "RVU20B.2", "edition": 2, "known_from": "2020-05-01"}
    con = tiny_warehouse(
        release=[first, second],
        rvu=of("RVU20B", rvu("99441", work="0.25")) + of("RVU20B.2", rvu("99441", work="0.48")),
        gpci=of("RVU20B", gpci("10112", "00")) + of("RVU20B.2", gpci("10112", "00")),
        conversion_factor=of("RVU20B", factor("36.0896")) + of("RVU20B.2", factor("36.0896")),
    )
    assert answer(con, SHORT, "2020-04-15", "2020-04-15") == [("RVU20B", "36.0896", "9.02")]
    assert answer(con, SHORT, "2020-04-15", None) == [("RVU20B.2", "36.0896", "17.32")]


def test_amounts_are_decimal_and_explain_themselves() -> None:
    """No binary fraction in any column; every column is defined; dated_payment gives the columns of both macros."""
    con = tiny_warehouse()
    described = con.execute("describe from payment_on('2025-12-01')").fetchall()
    assert not [row[:2] for row in described if row[1] in ("DOUBLE", "FLOAT")]
    assert {row[0]: row[1] for row in described} == {row[0]: catalog.columns()[row[0]].type for row in described}
    dollars = [row for row in described if catalog.columns()[row[0]].unit == "dollars"]
    assert len(dollars) == 18 and all(row[1].startswith("DECIMAL") and row[1].endswith(",2)") for row in dollars)
    assert con.execute("describe from dated_payment('2025-12-01', null, true)").fetchall() == described
