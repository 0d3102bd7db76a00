"""Macros release_on, calendar_on, release_reason_on and rvu_on: which release governs a date of service, as known when."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.catalog.releases import FIRST_DAY, coverage_gaps, governing_on, releases
from tests.slow import cases
from tests.warehouse import Row, answer, insert, release, rvu, tiny_warehouse, value

LAST_DAY = max(release.valid_to for release in releases())


def calendar(*labels: str) -> list[Row]:
    """Rows of table release for these labels of the catalogue, or for all of them."""
    return [
        release(
            found.label,
            found.valid_from.isoformat(),
            valid_to=found.valid_to.isoformat(),
            governs=found.governs,
            published_on=found.published_on.isoformat(),
            supersedes=found.supersedes,
        )
        for found in releases()
        if not labels or found.label in labels
    ]


def governing(con: duckdb.DuckDBPyConnection, day: str, known_on: str | None = None) -> str | None:
    """The edition that release_on gives, None for no row; more than one row fails."""
    found = answer(con, "select release_id from release_on(?, ?)", day, known_on)
    assert len(found) <= 1
    return found[0][0] if found else None


def reason(con: duckdb.DuckDBPyConnection, day: str, known_on: str | None = None) -> str | None:
    found = answer(con, "select release_reason_on(?, ?)", day, known_on)
    return found[0][0]  # type: ignore[no-any-return]


def test_a_quarter_may_be_split_between_two_releases() -> None:
    """In 2024 the factor changed on 9 March: RVU24A governs to the 8th, RVU24AR from the 9th."""
    con = tiny_warehouse(release=calendar("RVU24A", "RVU24AR", "RVU24B"))
    days = ("2024-01-01", "2024-03-08", "2024-03-09", "2024-03-31", "2024-04-01")
    assert [governing(con, day) for day in days] == ["RVU24A", "RVU24A", "RVU24AR", "RVU24AR", "RVU24B"]


def test_a_release_that_never_took_effect_governs_no_day() -> None:
    """RVU12A was published in November 2011 and replaced by a law before 1 January 2012."""
    con = tiny_warehouse(release=calendar("RVU12A"))
    assert governing(con, "2012-01-01") is None
    assert governing(con, "2012-01-01", "2011-11-30") is None
    assert reason(con, "2012-01-01") == ("RVU12AR governs 2012-01-01 and is not loaded; bring it in with: pfs refresh RVU12AR")


def test_a_quarter_without_its_own_release_gets_no_other_one() -> None:
    """With RVU25A and RVU25D loaded, May 2025 has no row; RVU25B would govern it."""
    con = tiny_warehouse(release=calendar("RVU25A", "RVU25D"))
    assert [governing(con, day) for day in ("2025-03-31", "2025-04-01", "2025-09-30", "2025-10-01")] == [
        "RVU25A",
        None,
        None,
        "RVU25D",
    ]
    assert reason(con, "2025-05-01") == "RVU25B governs 2025-05-01 and is not loaded; bring it in with: pfs refresh RVU25B"
    assert reason(con, "2025-03-31") is None


def test_a_revision_takes_over_once_it_is_known() -> None:
    """January 2018: RVU18A, from 9 February RVU18AR, from 31 March RVU18AR1."""
    con = tiny_warehouse(release=calendar("RVU18A", "RVU18AR", "RVU18AR1"))
    known = ("2017-11-14", "2017-11-15", "2018-02-08", "2018-02-09", "2018-03-30", "2018-03-31", None)
    assert [governing(con, "2018-01-15", day) for day in known] == [
        None,
        "RVU18A",
        "RVU18A",
        "RVU18AR",
        "RVU18AR",
        "RVU18AR1",
        "RVU18AR1",
    ]
    assert reason(con, "2018-01-15", "2017-11-14") == (
        "The first release that governs 2018-01-15 is RVU18A, which CMS published on 2017-11-15, after 2017-11-14"
    )


def test_a_chain_of_revisions_holds_although_its_middle_is_not_loaded() -> None:
    """RVU18AR1 supersedes RVU18A by way of RVU18AR, also when RVU18AR is missing."""
    con = tiny_warehouse(release=calendar("RVU18A", "RVU18AR1"))
    assert governing(con, "2018-01-15") == "RVU18AR1"


def test_a_superseded_release_answers_where_its_revision_is_not_loaded_and_it_is_said() -> None:
    """With RVU09A alone, January 2009 is priced by it, and the reason names RVU09AR."""
    con = tiny_warehouse(release=calendar("RVU09A"))
    assert governing(con, "2009-01-15") == "RVU09A"
    assert reason(con, "2009-01-15") == (
        "RVU09AR supersedes RVU09A for 2009-01-15 and is not loaded; bring it in with: pfs refresh RVU09AR"
    )
    assert reason(con, "2009-01-15", "2008-12-01") is None, "RVU09AR was not published yet"


def test_a_release_keeps_the_end_that_cms_had_announced_until_it_is_changed() -> None:
    """RVU24A was for January to March 2024, until CMS posted RVU24AR on 1 April for services from 9 March."""
    con = tiny_warehouse(release=calendar("RVU24A", "RVU24AR"))
    known = ("2023-12-13", "2023-12-14", "2024-02-01", "2024-03-31", "2024-04-01", None)
    assert [governing(con, "2024-03-12", day) for day in known] == [None, "RVU24A", "RVU24A", "RVU24A", "RVU24AR", "RVU24AR"]
    assert governing(con, "2024-04-01", "2024-02-01") is None, "the next quarter was not announced with it"
    ends = "select valid_to from release_on('2024-03-01', ?)"
    assert answer(con, ends, "2024-03-31") == [(date(2024, 3, 31),)]
    assert answer(con, ends, "2024-04-01") == answer(con, ends, None) == [(date(2024, 3, 8),)]
    assert reason(con, "2024-03-12", "2024-03-15") is None
    assert reason(con, "2024-03-12", "2023-12-01") == (
        "The first release that governs 2024-03-12 is RVU24A, which CMS published on 2023-12-14, after 2023-12-01"
    )
    assert reason(con, "2024-03-12", "2023-12-14") is None, "on that day it is known"


def test_an_end_that_was_announced_answers_for_no_later_release() -> None:
    """With RVU24A alone, 12 March 2024 is RVU24A's as known in March, and nobody's as known in April, which names RVU24AR."""
    con = tiny_warehouse(release=calendar("RVU24A"))
    assert governing(con, "2024-03-12", "2024-03-15") == "RVU24A"
    assert governing(con, "2024-03-12", "2024-04-01") is None
    assert str(reason(con, "2024-03-12", "2024-04-01")).startswith("RVU24AR governs 2024-03-12 and is not loaded")


def test_of_several_changes_of_an_end_the_first_that_was_to_come_counts() -> None:
    """A release shortened twice: to May on 1 March, to April on 15 March; valid_to_known asked with a column named label."""
    made = {"label": "RVU25B", "reason": "-", "source": "-"}
    con = tiny_warehouse(
        release=[release("RVU25B", "2025-04-01", valid_to="2025-04-30", published_on="2025-02-01")],
        announced_end=[
            {**made, "announced_valid_to": "2025-05-31", "changed_on": "2025-03-15"},
            {**made, "announced_valid_to": "2025-06-30", "changed_on": "2025-03-01"},
            {**made, "label": "RVU25C", "announced_valid_to": "2025-12-31", "changed_on": "2025-12-01"},
        ],
    )
    ends = "select valid_to_known(label, valid_to, ?) from release"
    known = ("2025-02-28", "2025-03-01", "2025-03-14", "2025-03-15", None)
    found = [answer(con, ends, day)[0][0].isoformat() for day in known]
    assert found == ["2025-06-30", "2025-05-31", "2025-05-31", "2025-04-30", "2025-04-30"]


def test_days_that_no_release_covers_have_a_reason() -> None:
    """The gap of early 2003 is declared; before and after the catalogue nothing is known."""
    con = tiny_warehouse(release=calendar())
    assert str(reason(con, "2003-01-15")).startswith("Services of January and February 2003 were paid on the 2002 schedule")
    assert reason(con, "2002-06-01") == "CMS lists no relative value file for 2002-06-01; the first release begins on 2003-03-01"
    beyond = LAST_DAY + timedelta(days=1)
    assert reason(con, beyond.isoformat()) == f"The catalogue knows no release for {beyond}; its last one ends on {LAST_DAY}"


def test_of_several_editions_the_newest_known_one_answers() -> None:
    """A re-cut under the same label counts from the day on which it was known; before that day the first edition answers."""
    first = release("RVU20B", "2020-04-01", valid_to="2020-06-30", published_on="2020-02-26")
    second = {**first, "release_id": "RVU20B.2", "edition": 2, "known_from": "2020-05-01"}
    con = tiny_warehouse(release=[second, first])
    assert governing(con, "2020-04-15", "2020-04-30") == "RVU20B"
    assert governing(con, "2020-04-15", "2020-05-01") == "RVU20B.2"
    assert governing(con, "2020-04-15") == "RVU20B.2"


def test_a_late_re_cut_of_a_superseded_release_does_not_come_back() -> None:
    """RVU18A re-cut in May 2018 is still RVU18A: RVU18AR, published in February, supersedes it."""
    again = {**calendar("RVU18A")[0], "release_id": "RVU18A.2", "edition": 2, "known_from": "2018-05-01"}
    con = tiny_warehouse(release=[*calendar("RVU18A", "RVU18AR"), again])
    assert governing(con, "2018-01-15") == "RVU18AR"


def test_a_release_that_the_catalogue_has_never_heard_of_governs_its_quarter() -> None:
    """A provisional RVU27A governs January 2027 by its label; nothing is missing then."""
    con = tiny_warehouse(release=[release("RVU27A", "2027-01-01", valid_to="2027-03-31", published_on="2026-12-10")])
    assert governing(con, "2027-02-01") == "RVU27A"
    assert reason(con, "2027-02-01") is None


def test_rvus_are_those_of_the_governing_release() -> None:
    """rvu_on gives the columns of rvu, of one release only."""
    rows = [rvu("99213", work="0.97", release_id="RVU20B"), rvu("99213", work="1.30", release_id="RVU25D")]
    con = tiny_warehouse(release=calendar("RVU20B", "RVU25D"), rvu=rows)
    query = "select release_id, hcpcs_code, work_rvu from rvu_on(?)"
    assert answer(con, query, "2020-05-01") == [("RVU20B", "99213", "0.97")]
    assert answer(con, query, "2025-12-31") == [("RVU25D", "99213", "1.30")]
    assert answer(con, query, "2024-05-01") == []
    columns = [column[0] for column in con.execute("from rvu_on('2025-12-31')").description or []]
    assert columns == [column[0] for column in con.execute("from rvu").description or []]


def test_one_question_a_row_can_be_asked_at_once() -> None:
    """A table of days is answered by a lateral join, each day by itself."""
    con = tiny_warehouse(release=calendar("RVU24A", "RVU24AR"))
    con.execute("create table claim as select unnest([date '2024-03-08', date '2024-03-09', date '2024-05-01']) as day")
    query = "select day, release_id from claim left join lateral (from release_on(claim.day)) on true order by day"
    assert answer(con, query) == [
        (date(2024, 3, 8), "RVU24A"),
        (date(2024, 3, 9), "RVU24AR"),
        (date(2024, 5, 1), None),
    ]


@pytest.fixture(scope="module")
def everything() -> duckdb.DuckDBPyConnection:
    """A warehouse in which every release of the catalogue is loaded."""
    return tiny_warehouse(release=calendar())


DAYS = st.dates(FIRST_DAY, LAST_DAY)
QUESTION = st.tuples(DAYS, st.none() | st.dates(date(2002, 12, 1), date(2027, 1, 1)))


@given(questions=st.lists(QUESTION, min_size=60, max_size=60))
@settings(max_examples=cases(10))
def test_any_day_at_any_time_has_the_one_release_of_the_catalogue_or_a_reason(
    everything: duckdb.DuckDBPyConnection, questions: list[tuple[date, date | None]]
) -> None:
    """SQL and `governing_on` of the catalogue agree; where there is none, a sentence says why."""
    asked = ", ".join(
        f"({number}, '{day}', " + (f"'{known_on}')" if known_on else "null)") for number, (day, known_on) in enumerate(questions)
    )
    everything.execute("create or replace temporary table question (number integer, day date, known_on date)")
    everything.execute(f"insert into question values {asked}")
    found = everything.execute(
        "select number, release_on.label, calendar_on.label, release_reason_on(day, question.known_on) from question "
        "left join lateral (from release_on(question.day, question.known_on)) as release_on on true "
        "left join lateral (from calendar_on(question.day, question.known_on)) as calendar_on on true order by number"
    ).fetchall()
    assert [row[0] for row in found] == list(range(len(questions))), "one row a question"
    for (day, known_on), (_, label, by_calendar, why) in zip(questions, found, strict=True):
        expected = [release.label for release in governing_on(day, releases(), known_on)]
        assert ([label] if label else []) == expected == ([by_calendar] if by_calendar else []), (day, known_on)
        assert (why is None) == bool(expected), (day, known_on, why)


def test_every_day_of_the_catalogue_is_governed_or_in_a_declared_gap(everything: duckdb.DuckDBPyConnection) -> None:
    """As known now: all days from 2003 on, in one query."""
    missing = answer(
        everything,
        "select day::date from generate_series(?::date, ?::date, interval 1 day) as days(day) "
        "where not exists (from release_on(days.day)) order by day",
        FIRST_DAY,
        LAST_DAY,
    )
    (gap,) = coverage_gaps()
    assert [row[0] for row in missing] == [gap.first + timedelta(days=n) for n in range((gap.last - gap.first).days + 1)]


def test_no_date_is_no_answer(everything: duckdb.DuckDBPyConnection) -> None:
    """A null date of service has no release, and the reason says so."""
    assert value(everything, "(select count(*) from release_on(null))") == 0
    assert value(everything, "release_reason_on(null)") == "No date of service was given."


def test_loading_a_newer_release_changes_the_answer() -> None:
    """The macros read the tables; nothing is kept from an earlier build."""
    con = tiny_warehouse(release=calendar("RVU18A"))
    assert governing(con, "2018-01-15") == "RVU18A"
    insert(con, "release", calendar("RVU18AR"))
    assert governing(con, "2018-01-15") == "RVU18AR"
