"""The real archives on two clocks: one release or a reason for any day, nothing published later, and amounts to the cent."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.catalog.announced_ends import last_day
from tests.slow import IS_SLOW, slow
from warehouse.schema import quoted

ONE_CODE = "hcpcs_code = '99213' and modifier = '' and mac = '10112' and locality = '00'"


def rows(con: duckdb.DuckDBPyConnection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


# --- days ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "release", "factor"),
    [
        ("2009-01-01", "RVU09A", "36.0666"),
        ("2015-03-31", "RVU15A", "35.7547"),
        ("2024-03-08", "RVU24A", "32.7442"),
        ("2024-03-09", "RVU24AR", "33.2875"),
        ("2024-03-31", "RVU24AR", "33.2875"),
        ("2025-03-31", "RVU25A", "32.3465"),
        ("2025-10-01", "RVU25D", "32.3465"),
        ("2026-06-30", "RVU26B", "33.4009"),
    ],
)
def test_a_day_is_priced_by_its_release_and_the_factor_of_the_law(
    whole: duckdb.DuckDBPyConnection, day: str, release: str, factor: str
) -> None:
    query = (
        "select distinct release_id, rvu_release_id, conversion_factor from payment_on(?) "
        "where hcpcs_code = '99213' and modifier = '' and qp_status = 'non_qp'"
    )
    assert rows(whole, query, day) == [(release, release, Decimal(factor))]


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2012-01-15", "RVU12AR governs"),  # RVU12A is loaded and never took effect
        ("2012-03-15", "RVU12M governs"),
        ("2015-06-30", "RVU15B governs"),
        ("2015-07-01", "RVU15C governs"),
        ("2024-04-01", "RVU24B governs"),
        ("2025-09-30", "RVU25C governs"),
        ("2010-06-01", "RVU10C_PCT22 governs"),
    ],
)
def test_a_day_whose_release_is_not_loaded_has_no_amount_and_a_reason(
    whole: duckdb.DuckDBPyConnection, day: str, wanted: str
) -> None:
    for macro in ("payment_on", "payment_corrected_on"):
        assert rows(whole, f"select count(*) from {macro}(?)", day) == [(0,)]
    ((reason,),) = rows(whole, "select release_reason_on(?)", day)
    assert reason.startswith(wanted) and "is not loaded" in reason


@pytest.mark.parametrize(
    ("known_on", "release", "factor"),
    [
        ("2024-02-01", "RVU24A", "32.7442"),  # the rule's factor for the year, and RVU24A to the end of March
        ("2024-03-08", "RVU24A", "32.7442"),
        ("2024-03-15", "RVU24A", "33.2875"),  # the law had come, and CMS's file for it had not
        ("2024-04-01", "RVU24AR", "33.2875"),
    ],
)
def test_10_march_2024_has_the_answer_of_the_time(
    whole: duckdb.DuckDBPyConnection, known_on: str, release: str, factor: str
) -> None:
    """RVU24AR came on 1 April with the RVUs and indices of RVU24A, so only the factor of the law makes the difference."""
    query = f"select release_id, conversion_factor, nonfacility_fee from payment_on('2024-03-10', ?) where {ONE_CODE}"
    ((found, used, fee),) = rows(whole, query, known_on)
    assert (found, used) == (release, Decimal(factor))
    now = rows(whole, query, None)[0][2]
    assert (fee == now) == (factor == "33.2875")


def test_no_answer_comes_from_a_release_that_never_took_effect(whole: duckdb.DuckDBPyConnection) -> None:
    """On no day of any year, as known now and as known when RVU12A was the newest file there was."""
    days = "generate_series(date '2008-06-01', date '2026-12-31', interval 1 day) as days(day)"
    for known_on in (None, date(2011, 11, 20), date(2012, 6, 1)):
        query = f"select distinct found.label from {days}, release_on(days.day, cast(? as date)) as found"
        assert ("RVU12A",) not in rows(whole, query, known_on)


def test_both_settings_of_every_locality_change_with_the_factor_of_9_march_2024(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU24A and RVU24AR hold the same RVUs and indices; only the factor differs."""
    query = (
        "select count(*), count(*) filter (where before.work_rvu = later.work_rvu and before.pe_gpci = later.pe_gpci), "
        "count(*) filter (where before.nonfacility_fee < later.nonfacility_fee) "
        "from payment_on('2024-03-08') as before join payment_on('2024-03-09') as later "
        "using (mac, locality, hcpcs_code, modifier, qp_status) where hcpcs_code = '99213'"
    )
    assert rows(whole, query) == [(109, 109, 109)]


def test_the_work_floor_of_2026_is_that_of_the_law(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU26B prints both indices; the floor is law for all of its days, so no index is below 1."""
    query = (
        "select count(distinct (mac, locality)), min(work_gpci) from payment_on('2026-05-01') "
        "where hcpcs_code = '99213' and modifier = ''"
    )
    assert rows(whole, query) == [(109, Decimal("1.000"))]
    assert rows(whole, "select count(*) from gpci where work_gpci_unfloored < 1 and release_id = 'RVU26B'") == [(47,)]


# --- random questions --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(whole: duckdb.DuckDBPyConnection) -> dict[str, tuple[date, date, date]]:
    """First and last day and day of publication of every loaded release that governed."""
    query = "select release_id, valid_from, valid_to, published_on from release where governs"
    return {row[0]: row[1:] for row in rows(whole, query)}


@pytest.fixture(scope="module")
def places(whole: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return rows(whole, "select distinct mac, locality from gpci order by all")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def codes(whole: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return rows(whole, "select distinct hcpcs_code, modifier from priced_rvu order by all")  # type: ignore[return-value]


DAYS = st.dates(date(2009, 1, 1), date(2026, 12, 31))


@slow
@given(
    day=DAYS | st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    known_on=st.none() | st.dates(date(2008, 9, 1), date(2027, 1, 1)),
    code=st.integers(min_value=0),
    place=st.integers(min_value=0),
)
@settings(max_examples=40 if IS_SLOW else 5)
def test_a_random_question_has_one_release_or_a_reason_and_uses_nothing_published_later(
    whole: duckdb.DuckDBPyConnection,
    published: dict[str, tuple[date, date, date]],
    places: list[tuple[str, str]],
    codes: list[tuple[str, str]],
    day: date,
    known_on: date | None,
    code: int,
    place: int,
) -> None:
    found = rows(whole, "select release_id from release_on(?, ?)", day, known_on)
    ((reason,),) = rows(whole, "select release_reason_on(?, ?)", day, known_on)
    assert len(found) == 1 or (not found and reason), (day, known_on)
    known = known_on or date.max
    where = [*codes[code % len(codes)], *places[place % len(places)]]
    for macro in ("payment_on", "payment_corrected_on"):
        amounts = rows(
            whole,
            "select release_id, rvu_release_id, qp_status, conversion_factor, conversion_factor_basis "
            f"from {macro}(?, ?) where hcpcs_code = ? and modifier = ? and mac = ? and locality = ?",
            day,
            known_on,
            *where,
        )
        assert len({row[2] for row in amounts}) == len(amounts) <= (2 if day.year >= 2026 else 1)
        assert bool(found) or not amounts
        for release_id, rvu_release_id, qp_status, factor, basis in amounts:
            first, last, first_said = published[release_id]
            assert release_id == found[0][0] and first <= day <= last_day(release_id, last, known_on) and first_said <= known
            assert published[rvu_release_id][2] <= known and published[rvu_release_id][0].year == day.year
            if basis == "law":
                announced = "select count(*) from legal_conversion_factor where qp_status = ? and conversion_factor = ? "
                announced += "and ? between effective_from and effective_to and announced_on <= ?"
                assert rows(whole, announced, qp_status, factor, day, known)[0][0] > 0


# --- amounts -----------------------------------------------------------------------------------------------------------------


def test_published_amounts_hold_on_their_first_and_last_day(whole: duckdb.DuckDBPyConnection, shared: Path) -> None:
    """Where the release of the day is loaded and has the factor that the amount was published with. Contractor-priced codes
    (status C) have a cap and no payment; the amounts of 2025 hold on days of RVU25A and of RVU25D."""
    file = str(shared / "published" / "published_amounts.tsv")
    whole.execute(
        f"create or replace temporary table amount as from read_csv({quoted(file)}, delim = '\t', all_varchar = true) "
        "where use = 'test' and kind in ('fee_schedule', 'opps_cap')"
    )
    # Codes by name, so that payment_on computes no others.
    codes = ", ".join(quoted(code) for (code,) in rows(whole, "select distinct code from amount"))
    query = f"""
        select id, cast(amount_usd as decimal(18, 2)), case
          when kind = 'fee_schedule' and setting = 'facility' then facility_fee
          when kind = 'fee_schedule' then nonfacility_fee
          when setting = 'facility' then opps_facility_cap
          else opps_nonfacility_cap
        end
        from payment_on($day) as found
        join amount on amount.code = found.hcpcs_code and coalesce(amount.modifier, '') = found.modifier
          and amount.mac = found.mac and amount.locality = found.locality
        where qp_status = 'non_qp' and conversion_factor = cast(cf_usd as decimal(6, 4)) and $day in (dos_from, dos_to)
          and found.hcpcs_code in ({codes})
    """
    held, differing = 0, []
    for (day,) in rows(whole, "select dos_from from amount union select dos_to from amount order by 1"):
        found = whole.execute(query, {"day": day}).fetchall()
        held += len(found)
        differing += [(day, *row) for row in found if row[1] != row[2]]
    assert differing == []
    assert held >= 408


@slow
def test_a_release_priced_through_a_day_equals_the_view_of_the_release(whole: duckdb.DuckDBPyConnection) -> None:
    """Every code in every locality, where the law agrees with the file, which is so on all loaded days."""
    columns = "mac, locality, hcpcs_code, modifier, nonfacility_fee, facility_fee, nonfacility_allowed, facility_limiting_charge"
    content = f"count(*), bit_xor(hash({columns}))"
    for day, release in (("2009-02-01", "RVU09A"), ("2024-03-09", "RVU24AR")):
        by_day = rows(whole, f"select {content} from payment_on('{day}')")
        assert by_day == rows(whole, f"select {content} from payment where release_id = '{release}'")
        assert by_day[0][0] > 700_000


def test_psychotherapy_of_2009_has_its_five_percent(whole: duckdb.DuckDBPyConnection) -> None:
    """24 codes carry the flag, and no other row has a factor."""
    query = "select calculation_factor, count(distinct hcpcs_code) from payment_on('2009-02-01') group by 1 order by 1"
    assert rows(whole, query)[1:] == [(Decimal("1.0500"), 24)]


# --- corrections ---------------------------------------------------------------------------------------------------------------


@slow
def test_february_2025_as_corrected_takes_the_rvus_of_october(whole: duckdb.DuckDBPyConnection) -> None:
    """Every code that RVU25A and RVU25D both hold comes from RVU25D; what was dropped from RVU25A; nothing that was added."""
    query = (
        "select rvu_release_id, count(distinct (hcpcs_code, modifier)) from payment_corrected_on('2025-02-01', ?) "
        "where mac = '10112' group by 1 order by 1"
    )
    both = "select count(*) from rvu a join priced_rvu d using (hcpcs_code, modifier) "
    both += "where a.release_id = 'RVU25A' and d.release_id = 'RVU25D'"
    dropped = "select count(*) from priced_rvu a where release_id = 'RVU25A' and not exists (select 1 from rvu d "
    dropped += "where d.release_id = 'RVU25D' and d.hcpcs_code = a.hcpcs_code and d.modifier = a.modifier)"
    ((corrected,),), ((kept,),) = rows(whole, both), rows(whole, dropped)
    expected = [("RVU25A", kept), ("RVU25D", corrected)]
    assert rows(whole, query, None) == [row for row in expected if row[1]]
    assert rows(whole, query, "2025-09-10") == rows(whole, query.replace("_corrected", ""), None)
    added = "select count(*) from payment_corrected_on('2025-02-01') as found where not exists (select 1 from rvu "
    added += "where release_id = 'RVU25A' and rvu.hcpcs_code = found.hcpcs_code and rvu.modifier = found.modifier)"
    assert rows(whole, added) == [(0,)]


def test_a_correction_reaches_neither_another_year_nor_the_factor(whole: duckdb.DuckDBPyConnection) -> None:
    """8 March 2024: the RVUs of RVU24AR, the factor of RVU24A."""
    query = f"select rvu_release_id, conversion_factor from payment_corrected_on(?) where {ONE_CODE}"
    assert rows(whole, query, "2024-03-08") == [("RVU24AR", Decimal("32.7442"))]
    assert rows(whole, query, "2022-03-08") == [("RVU22A", Decimal("34.6062"))]


# --- speed ---------------------------------------------------------------------------------------------------------------------


def test_one_amount_reads_the_rows_of_its_release_only(whole: duckdb.DuckDBPyConnection) -> None:
    """The day is looked up first, and of the RVUs only the blocks that hold its release are read, not those of all releases."""
    ((_, text),) = rows(
        whole, f"explain (analyze, format json) select nonfacility_fee from payment_on('2025-02-01') where {ONE_CODE}"
    )
    scanned: dict[str, int] = {}

    def walk(node: dict[str, Any]) -> None:
        table = node.get("extra_info", {}).get("Table", "").rsplit(".", 1)[-1].strip('"')
        if table:
            scanned[table] = scanned.get(table, 0) + node.get("operator_rows_scanned", 0)
        for child in node.get("children", []):
            walk(child)

    walk(json.loads(text))
    ((everything,),) = rows(whole, "select count(*) from rvu")
    assert 0 < scanned["rvu"] < everything / 2, scanned
