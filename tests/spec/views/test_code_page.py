"""Views code_page, page_fact, code_periods and payment_range: everything that a page of a code shows, from one release."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from tests.slow import slow
from tests.warehouse import answer, factor, gpci, release, rvu, stored, tiny_warehouse


@pytest.fixture(scope="module")
def surgery() -> duckdb.DuckDBPyConnection:
    """A code with both components, one without a price, and two localities."""
    con = tiny_warehouse(
        release=[release(archive_name="RVU25D.zip", archive_sha256="ab" * 32)],
        conversion_factor=[factor("32.3465"), factor("33.0000", "qp")],
        gpci=[gpci("10112", "00", pe="0.5"), gpci("05302", "01", work="1.5")],
        rvu=[
            rvu("10060", "26", work="1", line_number=8),
            rvu("10060", work="1", pe="2", facility_pe="1", mp="0.1", global_days="010", assistant_surgery_indicator="1",
                line_number=7),
            rvu("10061", work="3", pe="1", global_days="010"),
            rvu("10080", status="X"),
        ],
    )  # fmt: skip
    return stored(con)


def page(con: duckdb.DuckDBPyConnection, code: str, columns: str) -> tuple[Any, ...]:
    (row,) = answer(con, f"select {columns} from code_page where hcpcs_code = '{code}'")
    return row


def test_a_row_is_a_code_of_a_release(surgery: duckdb.DuckDBPyConnection) -> None:
    """Whatever modifiers it has, and whether it has a price or not; with the hash of the archive and the line."""
    assert answer(
        surgery,
        "select release_id, hcpcs_code, modifier, section, archive_sha256, line_number from code_page order by hcpcs_code",
    ) == [
        ("RVU25D", "10060", "", "Surgery", "ab" * 32, 7),
        ("RVU25D", "10061", "", "Surgery", "ab" * 32, 0),
        ("RVU25D", "10080", "", "Surgery", "ab" * 32, 0),
    ]


def test_both_totals_stand_beside_work(surgery: duckdb.DuckDBPyConnection) -> None:
    """The total RVU is not the work RVU: a reference page that we know prints 0.75 for both."""
    columns = "work_rvu, nonfacility_pe_rvu, facility_pe_rvu, mp_rvu, nonfacility_total_rvu, facility_total_rvu"
    assert page(surgery, "10060", columns) == ("1.00", "2.00", "1.00", "0.10", "3.10", "2.10")


def test_payments_are_national_with_their_range_over_the_localities(surgery: duckdb.DuckDBPyConnection) -> None:
    """3.10 and 2.10 RVUs at 32.3465: $100.27 and $67.93; with a practice expense index of 0.5 $67.93, with work 1.5 $116.45."""
    assert page(
        surgery,
        "10060",
        "conversion_factor, nonfacility_allowed, facility_allowed, locality_count, nonfacility_lowest, nonfacility_highest, "
        "facility_lowest, facility_highest",
    ) == ("32.3465", "100.27", "67.93", 2, "67.93", "116.45", "51.75", "84.10")
    assert answer(
        surgery,
        "select modifier, qp_status, nonfacility_allowed, nonfacility_highest from "
        "(select unnest(payments, recursive := true) from code_page where hcpcs_code = '10060')",
    ) == [
        ("", "non_qp", "100.27", "116.45"),
        ("", "qp", "102.30", "118.80"),
        ("26", "non_qp", "32.35", "48.52"),
        ("26", "qp", "33.00", "49.50"),
    ]


def test_the_range_is_that_of_the_views_of_payments(surgery: duckdb.DuckDBPyConnection) -> None:
    """payment_range gives what national_payment and payment give, for every modifier and kind of participant."""
    expected = answer(
        surgery,
        """
        select national.hcpcs_code, national.modifier, national.qp_status, any_value(national.nonfacility_fee),
          any_value(national.facility_allowed), count(*), min(payment.nonfacility_allowed), max(payment.facility_allowed)
        from national_payment as national
        join payment using (release_id, hcpcs_code, modifier, qp_status)
        group by all order by all
        """,
    )
    found = answer(
        surgery,
        "select hcpcs_code, modifier, qp_status, nonfacility_fee, facility_allowed, locality_count, nonfacility_lowest, "
        "facility_highest from payment_range order by all",
    )
    assert found == expected
    assert len(found) == 6


def test_without_a_price_the_reason_stands_there(surgery: duckdb.DuckDBPyConnection) -> None:
    """No amount is 0: amounts, comparison and similar codes are absent, and the reason is a sentence."""
    row = page(
        surgery, "10080", "is_priced, reason, nonfacility_allowed, payments, standings, comparison, similar_codes, work_rvu"
    )
    assert row[0] is False
    assert row[1].startswith("Excluded from the fee schedule by statute (status X)")
    assert row[2:] == (None, None, None, None, None, "0.00")


def test_the_global_period_and_the_indicators_are_told_in_words(surgery: duckdb.DuckDBPyConnection) -> None:
    """Each with its value; the words are those of table indicator_value."""
    assert page(surgery, "10060", "global_days, global_period") == (
        "010",
        "Minor procedure: care on the day and for the 10 days after it is included",
    )
    found = answer(
        surgery,
        "select indicator, value, meaning from "
        "(select unnest(indicators, recursive := true) from code_page where hcpcs_code = '10060')",
    )
    assert ("assistant_surgery_indicator", "1", "An assistant is not paid") in found
    assert len(found) == 8
    assert all(meaning for _, _, meaning in found)


def test_standings_and_similar_codes_are_those_of_their_views(surgery: duckdb.DuckDBPyConnection) -> None:
    """Sorted by grouping, group and measure."""
    assert page(surgery, "10060", "len(standings), standings[3].group_name, standings[3].measure, standings[3].percentile") == (
        6,
        "Surgery",
        "work_rvu",
        "0.00",
    )
    assert page(surgery, "10060", "comparison")[0].startswith("Work RVU 1.00: 0th percentile of the 2 codes of Surgery")
    assert page(surgery, "10060", "similar_codes[1].hcpcs_code, similar_codes[1].rvu_distance") == ("10061", "3.10")


def test_questions_are_answered_from_the_figures(surgery: duckdb.DuckDBPyConnection) -> None:
    """The work RVU and the total are told apart, and dollars are those of the row."""
    found = dict(
        answer(
            surgery,
            "select question, answer from "
            "(select unnest(questions, recursive := true) from code_page where hcpcs_code = '10060')",
        )
    )
    assert found["What is the work RVU of 10060?"] == (
        "The work RVU is 1.00 in RVU25D. The total RVU, which the payment follows from, is 3.10 outside facilities and 2.10 in "
        "facilities."
    )
    assert found["What does Medicare allow for 10060?"].startswith(
        "Nationally $100.27 outside facilities and $67.93 in facilities, at 32.3465 dollars per RVU. Over 2 localities from "
        "$67.93"
    )
    assert found["Is an assistant at surgery paid for 10060?"] == "An assistant is not paid."
    assert found["Has 10060 changed?"].startswith("10060 is in the first release loaded, RVU25D; ")
    assert len(found) == 6


@slow
def test_history_ends_with_the_release_of_the_page() -> None:
    """The page of RVU25D does not know what RVU26A changed; the page of RVU26A has both periods."""
    con = tiny_warehouse(
        release=[
            release(published_on="2025-09-11"),
            release("RVU26A", "2026-01-01", valid_to="2026-03-31", quarter="A", published_on="2025-12-29"),
        ],
        conversion_factor=[factor(), factor(release_id="RVU26A")],
        rvu=[rvu("10060", work="1"), rvu("10060", work="2", release_id="RVU26A")],
    )
    found = answer(
        con,
        "select release_id, len(history), history[-1].release_id, history[-1].work_rvu, history_in_words "
        "from code_page order by 1",
    )
    assert [row[:4] for row in found] == [("RVU25D", 1, "RVU25D", "1.00"), ("RVU26A", 2, "RVU26A", "2.00")]
    assert found[0][4].endswith("Nothing has changed since.")
    assert "Last change with RVU26A, for services from 2026-01-01: work_rvu 1.00 → 2.00" in found[1][4]
    assert answer(con, "select hcpcs_code, modifier, len(periods) from code_periods") == [("10060", "", 2)]
    assert answer(con, "select release_id, work_rvu, len(modifiers) from page_fact order by 1") == [
        ("RVU25D", "1.00", 1),
        ("RVU26A", "2.00", 1),
    ]


def test_a_code_without_a_row_of_its_own_is_shown_by_its_first_modifier() -> None:
    """CMS lists one or two codes a release with components only."""
    con = tiny_warehouse(
        release=[release()],
        conversion_factor=[factor()],
        gpci=[gpci("10112", "00")],
        rvu=[rvu("0042T", "TC", pe="3"), rvu("0042T", "26", work="1")],
    )
    assert page(con, "0042T", "modifier, work_rvu, nonfacility_allowed, len(modifiers), standings") == (
        "26",
        "1.00",
        "32.35",
        2,
        None,
    )


def test_each_combination_of_indicators_has_its_words_once() -> None:
    """Two codes share a combination and a third has another; a value that CMS never declared has no meaning."""
    con = tiny_warehouse(
        release=[release()],
        rvu=[
            rvu("10060", global_days="010"),
            rvu("10061", global_days="010"),
            rvu("10080", global_days="090", team_surgery_indicator="7"),
        ],
    )
    found = answer(con, "select indicator_key, global_period, indicators[6].value, indicators[6].meaning from indicator_words")
    assert [row[0].split("|")[1] for row in found] == ["010", "090"]
    assert found[0][1] == "Minor procedure: care on the day and for the 10 days after it is included"
    assert (found[1][2], found[1][3]) == ("7", None)
    key = "indicator_key('0', '010', '2', '0', '1', '0', null, '09', '')"
    assert answer(con, f"select {key}") == [("0|010|2|0|1|0||09|",)]
