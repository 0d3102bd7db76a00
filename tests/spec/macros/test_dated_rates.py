"""Dated rows of the law: conversion factors, adjustments, and the macros that apply them to one amount."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import duckdb
import pytest

from flows import catalog
from flows.catalog.announced_ends import announced_ends
from flows.catalog.releases import coverage_gaps, releases
from tests.warehouse import answer, settled, tiny_warehouse, value


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """A warehouse without releases: the tables of the law are filled when it is made."""
    return tiny_warehouse()


def factor(con: duckdb.DuckDBPyConnection, day: str, known_on: str | None = None) -> str | None:
    """The non-QP conversion factor that was law on a day."""
    found = answer(
        con, "select conversion_factor from legal_conversion_factor_on(?, ?) where qp_status = 'non_qp'", day, known_on
    )
    return found[0][0] if found else None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2003-02-28", "36.1992"),  # the schedule of 2002 stayed until 1 March
        ("2003-03-01", "36.7856"),
        ("2006-01-01", "37.8975"),  # the cut was undone back to 1 January
        ("2008-07-01", "38.0870"),
        ("2010-05-31", "36.0791"),
        ("2010-06-01", "36.8729"),
        ("2010-12-31", "36.8729"),
        ("2011-01-01", "33.9764"),
        ("2012-03-01", "34.0376"),
        ("2013-01-01", "34.0230"),
        ("2015-06-30", "35.7547"),
        ("2015-07-01", "35.9335"),
        ("2016-01-01", "35.8043"),
        ("2021-01-01", "34.8931"),
        ("2022-01-01", "34.6062"),
        ("2023-01-01", "33.8872"),
        ("2024-03-08", "32.7442"),
        ("2024-03-09", "33.2875"),
        ("2025-12-31", "32.3465"),
        ("2026-01-01", "33.4009"),
    ],
)
def test_a_day_has_the_factor_that_the_law_had_for_it(con: duckdb.DuckDBPyConnection, day: str, expected: str) -> None:
    """As known now; factors of rules that never applied (25.5217, 28.1872, 32.4085 and others) are no law."""
    assert factor(con, day) == expected


@pytest.mark.parametrize(
    ("day", "known_on", "expected"),
    [
        ("2024-04-15", "2024-03-08", "32.7442"),  # the law of 9 March was not there yet
        ("2024-04-15", "2024-03-09", "33.2875"),
        ("2006-01-15", "2006-02-07", "36.1770"),  # paid with the cut
        ("2006-01-15", "2006-02-08", "37.8975"),
        ("2010-01-15", "2010-05-10", "36.0846"),  # as first published
        ("2010-01-15", "2010-05-11", "36.0791"),
        ("2010-06-15", "2010-06-24", None),  # no factor was law: the one before had ended on 31 May
        ("2011-01-01", "2010-12-14", None),  # the rule's 25.5217 never applied
    ],
)
def test_a_factor_is_law_from_the_day_on_which_it_was_announced(
    con: duckdb.DuckDBPyConnection, day: str, known_on: str, expected: str | None
) -> None:
    """Nothing announced after known_on is used."""
    assert factor(con, day, known_on) == expected


def test_qualifying_participants_have_a_factor_of_their_own_from_2026(con: duckdb.DuckDBPyConnection) -> None:
    """Two rows from 2026, one before."""
    query = "select qp_status, conversion_factor from legal_conversion_factor_on(?) order by qp_status"
    assert answer(con, query, "2026-01-01") == [("non_qp", "33.4009"), ("qp", "33.5675")]
    assert answer(con, query, "2025-12-31") == [("non_qp", "32.3465")]


def test_every_governing_release_of_the_catalogue_carries_the_factor_of_the_law(con: duckdb.DuckDBPyConnection) -> None:
    """On each of its days as known now, but for RVU06A, which a law undid, and has no factor listed."""
    for release in releases():
        if release.governs and release.conversion_factor is not None:
            for day in (release.valid_from, release.valid_to):
                assert factor(con, day.isoformat()) == str(release.conversion_factor), (release.label, day)


def test_every_day_since_1998_has_one_factor(con: duckdb.DuckDBPyConnection) -> None:
    """The rows leave no day out, and none of a kind is doubtful: of two that share a day one was announced later."""
    last = date(2026, 12, 31)
    days = "generate_series(date '1998-01-01', ?::date, interval 1 day) as days(day)"
    missing = f"select day from {days} where not exists (from legal_conversion_factor_on(days.day)) limit 5"
    assert answer(con, missing, last) == []
    for one, other in combinations(catalog.rows("conversion_factors.csv"), 2):
        if one["qp_status"] == other["qp_status"] and overlap(one, other):
            assert one["announced_on"] != other["announced_on"], (one, other)


def overlap(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two rows share a day; an empty end is open."""
    first, last = max(one["effective_from"], other["effective_from"]), "9999"
    return first <= min(one["effective_to"] or last, other["effective_to"] or last)


def test_adjustments_of_a_kind_are_never_doubtful() -> None:
    """Of two rows that share a day, one was announced later; calculation flags and neutrality share none at all."""
    rows = catalog.rows("payment_adjustments.csv")
    for one, other in combinations(rows, 2):
        if (one["adjustment"], one["applies_when"]) == (other["adjustment"], other["applies_when"]) and overlap(one, other):
            assert one["announced_on"] != other["announced_on"], (one, other)
            assert one["adjustment"] not in ("calculation_flag", "work_budget_neutrality"), (one, other)


def test_each_row_of_the_law_names_its_source_and_cannot_end_before_it_begins() -> None:
    """Also: a release boundary is the only place where a flag or the neutrality adjustor changes (view priced_rvu)."""
    boundaries = {release.valid_from for release in releases()} | {release.valid_to for release in releases()}
    for row in catalog.rows("conversion_factors.csv") + catalog.rows("payment_adjustments.csv"):
        assert row["law"] and row["source"], row
        assert not row["effective_to"] or row["effective_from"] <= row["effective_to"], row
        if row.get("adjustment") in ("calculation_flag", "work_budget_neutrality"):
            for day in (row["effective_from"], row["effective_to"]):
                assert date.fromisoformat(day) in boundaries, row


def adjustment(con: duckdb.DuckDBPyConnection, kind: str, day: str, known_on: str | None = None, when: str = "") -> str | None:
    query = "select factor from payment_adjustment_on(?, ?) where adjustment = ? and applies_when = ?"
    found = answer(con, query, day, known_on, kind, when)
    return found[0][0] if found else None


@pytest.mark.parametrize(
    ("kind", "when", "last_without", "first", "last", "expected"),
    [
        ("work_budget_neutrality", "", "2006-12-31", "2007-01-01", "2007-12-31", "0.8994"),
        ("work_budget_neutrality", "", None, "2008-01-01", "2008-12-31", "0.8806"),
        ("calculation_flag", "1", None, "2006-01-01", "2006-12-31", "1.0300"),
        ("calculation_flag", "2", "2008-06-30", "2008-07-01", "2012-02-29", "1.0500"),
        ("calculation_flag", "3", "2009-12-31", "2010-01-01", "2014-06-30", "0.9800"),
        ("sequestration", "", "2013-03-31", "2013-04-01", "2020-04-30", "0.0200"),
        ("sequestration", "", None, "2020-05-01", "2022-03-31", "0.0000"),
        ("sequestration", "", None, "2022-04-01", "2022-06-30", "0.0100"),
        ("sequestration", "", None, "2022-07-01", "2030-12-31", "0.0200"),
        ("work_gpci_floor", "", "2003-12-31", "2004-01-01", "2026-12-31", "1.0000"),
    ],
)
def test_an_adjustment_holds_from_its_first_to_its_last_day(
    con: duckdb.DuckDBPyConnection, kind: str, when: str, last_without: str | None, first: str, last: str, expected: str
) -> None:
    """As known now: on every day of the period, and not on the day before where there was none."""
    days = "generate_series(?::date, ?::date, interval 1 day) as days(day)"
    query = (
        f"select distinct law.factor from {days} left join lateral (from payment_adjustment_on(days.day)) as law "
        f"on law.adjustment = '{kind}' and law.applies_when = '{when}'"
    )
    assert answer(con, query, first, last) == [(expected,)]
    if last_without:
        assert adjustment(con, kind, last_without, when=when) is None


@pytest.mark.parametrize(
    ("day", "known_on", "expected"),
    [
        ("2018-01-15", "2018-02-08", None),  # lapsed, restored back to 1 January by the law of 9 February
        ("2018-01-15", "2018-02-09", "1.0000"),
        ("2025-10-15", "2025-11-11", None),  # lapsed for six weeks
        ("2025-10-15", "2025-11-12", "1.0000"),
        ("2026-02-15", "2026-02-02", None),  # extended on 3 February
        ("2026-02-15", "2026-02-03", "1.0000"),
    ],
)
def test_the_floor_of_the_work_index_as_it_was_known(
    con: duckdb.DuckDBPyConnection, day: str, known_on: str, expected: str | None
) -> None:
    """No hole ever remained; as known then there were some."""
    assert adjustment(con, "work_gpci_floor", day, known_on) == expected


def test_the_end_of_sequestration_was_not_known_before_the_law(con: duckdb.DuckDBPyConnection) -> None:
    """On 26 March 2020 two percent were law for May 2020; the CARES Act of the 27th suspended them."""
    assert adjustment(con, "sequestration", "2020-05-15", "2020-03-26") == "0.0200"
    assert adjustment(con, "sequestration", "2020-05-15", "2020-03-27") == "0.0000"


@pytest.mark.parametrize(
    ("work", "adjustor", "expected"),
    [
        ("1.42", "0.8994", "1.28"),  # 1.277148
        ("0.92", "0.8994", "0.83"),  # 0.827448
        ("0.25", "0.8806", "0.22"),  # 0.22015
        ("1.25", "0.8806", "1.10"),  # 1.10075
        ("25.00", "0.8806", "22.02"),  # 22.0150: half up
        ("1.30", "1", "1.30"),
        ("0", "0.8994", "0.00"),
    ],
)
def test_the_neutrality_adjustor_lowers_work_to_two_decimals(
    con: duckdb.DuckDBPyConnection, work: str, adjustor: str, expected: str
) -> None:
    """The product is rounded half up before any index."""
    assert value(con, f"adjusted_work_rvu({work}, {adjustor})") == expected


@pytest.mark.parametrize(
    ("work_gpci", "unfloored", "floor", "expected"),
    [
        ("1.000", "0.979", "1", "1.000"),  # the floor is law
        ("1.000", "0.979", "null", "0.979"),  # it is not, and the file prints both
        ("1.000", "null", "null", "1.000"),  # it is not, and the file prints one only
        ("0.979", "null", "1", "1.000"),  # RVU18A was printed without it; a later law restored it
        ("1.500", "1.500", "1", "1.500"),  # Alaska
        ("1.045", "1.045", "null", "1.045"),
    ],
)
def test_the_work_index_as_the_law_had_it(
    con: duckdb.DuckDBPyConnection, work_gpci: str, unfloored: str, floor: str, expected: str
) -> None:
    """Never below the floor while it is law."""
    typed = [f"cast({cell} as decimal(4, 3))" for cell in (work_gpci, unfloored)]
    assert value(con, f"work_gpci_in_law({', '.join(typed)}, cast({floor} as decimal(7, 4)))") == expected


def flagged(con: duckdb.DuckDBPyConnection, work: str, factor: str) -> Any:
    """The fee of a work RVU alone with every index 1 and the factor of 2009, times the factor of a flag."""
    one, none = "cast(1 as decimal(4, 3))", "cast(0 as decimal(7, 2))"
    return value(
        con,
        f"flagged_fee(cast({work} as decimal(7, 2)), {none}, {none}, {one}, {one}, {one}, cast(36.0666 as decimal(6, 4)), "
        f"cast({factor} as decimal(7, 4)))",
    )


def test_a_calculation_flag_multiplies_the_fee(con: duckdb.DuckDBPyConnection) -> None:
    """2.43 x 36.0666 = 87.641838; x 1.05 = 92.0239299; x 0.98 = 85.88900124."""
    assert [flagged(con, "2.43", factor) for factor in ("1", "1.05", "0.98")] == ["87.64", "92.02", "85.89"]


def test_the_fee_is_not_rounded_before_the_flag(con: duckdb.DuckDBPyConnection) -> None:
    """2.50 x 36.0666 x 1.05 = 94.674825: 94.67. The rounded fee 90.17 x 1.05 would be 94.6785: 94.68."""
    assert flagged(con, "2.50", "1.05") == "94.67"


@pytest.mark.parametrize(
    ("allowed", "share"), [("81.86", "65.49"), ("59.93", "47.94"), ("0.01", "0.01"), ("0.02", "0.02"), ("0.00", "0.00")]
)
def test_medicare_owes_eighty_percent_rounded_half_up(con: duckdb.DuckDBPyConnection, allowed: str, share: str) -> None:
    """65.488 is 65.49, 0.008 is 0.01."""
    assert value(con, f"medicare_share({allowed})") == share


def test_share_and_coinsurance_add_up_whichever_is_rounded(con: duckdb.DuckDBPyConnection) -> None:
    """80 % of whole cents never ends in half a cent: the rest equals the rounded 20 % for every amount up to 1,000 dollars."""
    amounts = "(select cast(n as decimal(14, 2)) * cast(0.01 as decimal(3, 2)) as amount from range(100001) as cents(n))"
    query = (
        "select count(*) from (select cast(amount as decimal(14, 2)) as amount from "
        f"{amounts}) where amount - medicare_share(amount) <> round(amount * cast(0.20 as decimal(3, 2)), 2)"
    )
    assert value(con, f"({query})") == 0


@pytest.mark.parametrize(
    ("share", "rate", "expected"),
    [
        ("65.49", "0.02", "1.31"),
        ("65.25", "0.02", "1.31"),
        ("65.49", "0.01", "0.65"),
        ("65.49", "0", "0.00"),
        ("0.25", "0.02", "0.01"),
    ],
)
def test_sequestration_is_a_fraction_of_the_share_rounded_half_up(
    con: duckdb.DuckDBPyConnection, share: str, rate: str, expected: str
) -> None:
    """1.3098 is 1.31, 1.305 is 1.31, 0.005 is 0.01."""
    assert value(con, f"sequestration({share}, {rate})") == expected


def test_the_law_is_refilled_and_not_doubled_when_a_warehouse_is_opened_again() -> None:
    """A build is a copy of the published warehouse: the fixed tables are filled anew each time."""
    from warehouse import schema

    again = settled(tiny_warehouse())
    before = answer(again, "select count(*) from legal_conversion_factor")
    schema.create_tables(again)
    assert (
        answer(again, "select count(*) from legal_conversion_factor")
        == before
        == [(len(catalog.rows("conversion_factors.csv")),)]
    )
    assert answer(again, "select count(*) from release_calendar") == [(len(releases()),)]
    assert answer(again, "select count(*) from coverage_gap") == [(len(coverage_gaps()),)]
    assert answer(again, "select count(*) from announced_end") == [(len(announced_ends()),)]
