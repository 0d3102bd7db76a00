"""Macros dollars, ordinal, comparison_sentence, history_sentence, payments_sentence, unpriced_reason and page_questions."""

from __future__ import annotations

import pytest

from tests.warehouse import answer, tiny_warehouse, value


@pytest.mark.parametrize(
    ("amount", "text"),
    [("52.77", "$52.77"), ("0.05", "$0.05"), ("1000.00", "$1000.00")],
)
def test_dollars_have_cents(amount: str, text: str) -> None:
    assert value(tiny_warehouse(), f"dollars(cast('{amount}' as decimal(18, 2)))") == text


def test_no_amount_has_no_text() -> None:
    """An absent amount is never $0.00."""
    assert value(tiny_warehouse(), "dollars(cast(null as decimal(18, 2)))") is None


@pytest.mark.parametrize(
    ("percentile", "text"),
    [("0.00", "0th"), ("1.99", "1st"), ("2.38", "2nd"), ("3.00", "3rd"), ("4.5", "4th"), ("11.9", "11th"), ("12", "12th"),
     ("13", "13th"), ("21.05", "21st"), ("99.98", "99th")],
)  # fmt: skip
def test_a_percentile_is_rounded_down(percentile: str, text: str) -> None:
    """99.98 % of the codes below is the 99th percentile, never the 100th."""
    assert value(tiny_warehouse(), f"ordinal(cast('{percentile}' as decimal(5, 2)))") == text


@pytest.mark.parametrize(
    ("work", "median", "middle"),
    [
        ("0.75", "8.0000", ", 10.7 times below the median of 8.00; "),
        ("8.00", "8.0000", ", equal to the median of 8.00; "),
        ("24.00", "8.0000", ", 3.0 times the median of 8.00; "),
        ("0.00", "8.0000", ", without physician work; the median is 8.00; "),
        ("1.00", "0.0000", "; the median is 0.00; "),
        ("0.01", "7.9950", ", 799.5 times below the median of 8.00; "),
    ],
)
def test_a_work_rvu_is_so_many_times_the_median(work: str, median: str, middle: str) -> None:
    """Below, above or at the median; without work, or with a median of 0, there is no ratio to tell."""
    found = value(
        tiny_warehouse(),
        f"comparison_sentence('Surgery', cast('{work}' as decimal(7, 2)), {{'n': 5716, "
        f"'percentile': cast('2.38' as decimal(5, 2)), 'median': cast('{median}' as decimal(9, 4)), "
        "'maximum': cast('106.19' as decimal(7, 2))})",
    )
    assert found == (
        f"Work RVU {work}: 2nd percentile of the 5716 codes of Surgery that Medicare prices{middle}the highest is 106.19."
    )


def test_the_reason_is_that_of_the_status() -> None:
    """A status that prices has no reason of its own: such a row lacks RVUs. A letter that is not declared is named."""
    con = tiny_warehouse()
    assert value(con, "unpriced_reason('X', true, 'Excluded')") == "Excluded"
    assert value(con, "unpriced_reason('A', true, null)") == "Active (status A) without RVUs"
    assert value(con, "unpriced_reason('Z', false, null)") == "Status Z, whose meaning is not known"


def test_a_question_without_an_answer_is_left_out() -> None:
    """Nothing to compare, no history and no dates: three questions are left, and the price is answered with the reason."""
    found = answer(
        tiny_warehouse(),
        "select unnest(page_questions('99999', 'RVU25D', 0.00, 0.00, 0.00, null, 'Not covered', 'No global period', "
        "null, null, null, null, null, null), recursive := true)",
    )
    assert [row[0] for row in found] == [
        "What is the work RVU of 99999?",
        "What does Medicare allow for 99999?",
        "What is the global period of 99999?",
    ]
    assert found[1][1] == "There is no price. Not covered."


PERIOD = "{{'change_kind': '{}', 'release_id': '{}', 'effective_from': date '{}', 'values_changed': {}}}"


@pytest.mark.parametrize(
    ("periods", "text"),
    [
        (
            [("first_seen", "RVU09A", "2009-01-01", "null")],
            "17340 is in the first release loaded, RVU09A; how old it is the files do not say. Nothing has changed since.",
        ),
        (
            [("added", "RVU15A", "2015-01-01", "null"), ("revalued", "RVU26B", "2026-04-01", "'work_rvu 0.77 → 0.75'")],
            "17340 was added with RVU15A, for services from 2015-01-01. Last change with RVU26B, for services from 2026-04-01: "
            "work_rvu 0.77 → 0.75.",
        ),
        (
            [("added", "RVU15A", "2015-01-01", "null"), ("reactivated", "RVU20A", "2020-01-01", "null")],
            "17340 was added with RVU15A, for services from 2015-01-01. Last change with RVU20A, for services from 2020-01-01: "
            "reactivated.",
        ),
    ],
)
def test_history_begins_with_what_is_loaded_and_ends_with_the_last_change(periods: list[tuple[str, ...]], text: str) -> None:
    """A code that the first loaded release has may be older; every other one was added with a release."""
    listed = ", ".join(PERIOD.format(*period) for period in periods)
    assert value(tiny_warehouse(), f"history_sentence('17340', [{listed}], null)") == text


def test_a_code_whose_day_is_known_is_not_said_to_be_of_unknown_age() -> None:
    """CMS's classification says when it added the code, which the page answers by itself."""
    listed = PERIOD.format("first_seen", "RVU09A", "2009-01-01", "null")
    assert value(tiny_warehouse(), f"history_sentence('17340', [{listed}], date '1985-01-01')") == (
        "17340 is in the first release loaded, RVU09A. Nothing has changed since."
    )


def test_payments_are_told_for_the_nation_and_over_the_localities() -> None:
    """Without localities there is no range to tell, and without a price nothing."""
    amounts = "33.4009, 52.77, 42.09, 109, {}, 65.90, 38.88, 54.52"
    con = tiny_warehouse()
    nation = "Nationally $52.77 outside facilities and $42.09 in facilities, at 33.4009 dollars per RVU."
    assert value(con, f"payments_sentence({amounts.format('48.06')})") == (
        nation + " Over 109 localities from $48.06 to $65.90 outside facilities, and from $38.88 to $54.52 in facilities."
    )
    assert value(con, f"payments_sentence({amounts.format('cast(null as decimal(18, 2))')})") == nation
    assert value(con, f"payments_sentence({amounts.format('48.06').replace('52.77', 'cast(null as decimal(18, 2))')})") is None
