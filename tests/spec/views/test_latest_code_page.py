"""View latest_code_page, tables latest_page_body and latest_listing: a code in the last governing release that lists it."""

from __future__ import annotations

import duckdb
import pytest

from tests.chain import dated
from tests.slow import slow
from tests.warehouse import Row, answer, factor, gpci, rvu, stored, tiny_warehouse

SHOWN = "select hcpcs_code, release_id, work_rvu from latest_code_page order by hcpcs_code"


def loaded(codes: dict[str, list[Row]], releases: list[Row] | None = None) -> duckdb.DuckDBPyConnection:
    """A warehouse with these releases, a factor and a locality each, and the codes of each."""
    return tiny_warehouse(
        release=releases or [dated(label) for label in codes],
        conversion_factor=[factor(release_id=label) for label in codes],
        gpci=[gpci("10112", "00", pe="0.5", release_id=label) for label in codes],
        rvu=[{**row, "release_id": label} for label, rows in codes.items() for row in rows],
    )


@pytest.fixture(scope="module")
def three() -> duckdb.DuckDBPyConnection:
    """10060 in all three releases, 10061 gone after the first, 10080 after the second, 10081 new in the last."""
    con = loaded(
        {
            "RVU24A": [rvu("10060", work="1"), rvu("10061", "26", work="2"), rvu("10061", work="3")],
            "RVU25A": [rvu("10060", work="1.10"), rvu("10080", work="4", pe="1")],
            "RVU25D": [rvu("10060", work="1.10"), rvu("10081", status="X")],
        }
    )
    return stored(con)


def test_the_latest_page_is_that_of_the_last_governing_release_that_lists_the_code(three: duckdb.DuckDBPyConnection) -> None:
    """The newest for 10060, though its figures are those of RVU25A too, and for 10081, which has no price."""
    assert answer(three, SHOWN) == [
        ("10060", "RVU25D", "1.10"),
        ("10061", "RVU24A", "3.00"),
        ("10080", "RVU25A", "4.00"),
        ("10081", "RVU25D", "0.00"),
    ]
    assert answer(three, "select * from latest_listing order by hcpcs_code") == [row[:2] for row in answer(three, SHOWN)]


def test_it_is_the_row_of_code_page_in_every_column(three: duckdb.DuckDBPyConnection) -> None:
    """Where it is stored it is put together from the wanted rows alone: nothing may differ for that."""
    listed = "select columns(*)::varchar from {} order by hcpcs_code, release_id"
    pages = answer(three, listed.format("code_page"))
    assert len(pages) == 6
    latest = {row[:2] for row in answer(three, "select release_id, hcpcs_code from latest_code_page")}
    assert answer(three, listed.format("latest_code_page")) == [page for page in pages if page[:2] in latest]


def test_all_of_it_but_the_questions_is_stored(three: duckdb.DuckDBPyConnection) -> None:
    """latest_page_body and page_body have the same columns; of these, the pages lack the two sentences that only answers have."""
    columns = {
        name: [column for (column,) in answer(three, f"select column_name from (describe {name})")]
        for name in ("page_body", "latest_page_body", "code_page", "latest_code_page")
    }
    assert columns["latest_page_body"] == columns["page_body"]
    assert columns["latest_code_page"] == columns["code_page"]
    aside = ["payments_in_words", "assistant_in_words"]
    assert [*(name for name in columns["page_body"] if name not in aside), "questions"] == columns["code_page"]
    asked = "select questions[2].answer from latest_code_page where hcpcs_code = '10080'"
    assert answer(three, asked) == answer(three, "select payments_in_words from latest_page_body where hcpcs_code = '10080'")


def test_a_code_that_is_gone_keeps_the_page_of_its_last_release(three: duckdb.DuckDBPyConnection) -> None:
    """With the payments, the comparison and the history of that time."""
    assert answer(
        three,
        "select release_id, nonfacility_allowed, nonfacility_lowest, len(standings), history[-1].effective_to::varchar "
        "from latest_code_page where hcpcs_code = '10080'",
    ) == [("RVU25A", "161.73", "145.56", 6, "2025-03-31")]


@slow
def test_a_code_that_returns_has_the_page_of_the_newest_release() -> None:
    con = loaded({"RVU24A": [rvu("10060", work="1")], "RVU25A": [rvu("10061")], "RVU25D": [rvu("10060", work="2"), rvu("10061")]})
    assert answer(con, SHOWN) == [("10060", "RVU25D", "2.00"), ("10061", "RVU25D", "0.00")]


@slow
def test_a_code_of_which_one_modifier_is_gone_is_not_gone() -> None:
    con = loaded({"RVU25A": [rvu("10060", work="1"), rvu("10060", "TC")], "RVU25D": [rvu("10060", work="1")]})
    assert answer(con, "select hcpcs_code, release_id, len(modifiers) from latest_code_page") == [("10060", "RVU25D", 1)]


@slow
def test_a_release_that_never_governs_gives_no_page() -> None:
    """RVU12A was replaced before its first day: neither its figures nor the code that it alone lists are shown."""
    con = loaded({"RVU09A": [rvu("10060", work="1")], "RVU12A": [rvu("10060", work="2"), rvu("10061")]})
    assert answer(con, SHOWN) == [("10060", "RVU09A", "1.00")]
    alone = loaded({"RVU12A": [rvu("10060", work="2")]})
    assert answer(alone, SHOWN) == []


@slow
def test_a_release_whose_days_another_one_took_over_gives_no_page() -> None:
    """RVU18AR governs every day of RVU18A."""
    con = loaded({"RVU18A": [rvu("10060", work="1"), rvu("10061")], "RVU18AR": [rvu("10060", work="2")]})
    assert answer(con, SHOWN) == [("10060", "RVU18AR", "2.00")]


@slow
def test_a_later_edition_takes_the_place_of_the_first() -> None:
    """A code that it drops falls back to the release before."""
    second = dated("RVU25D", edition=2, known_from="2025-10-20") | {"release_id": "RVU25D.2"}
    con = loaded(
        {
            "RVU25A": [rvu("10060", work="1"), rvu("10061", work="3")],
            "RVU25D": [rvu("10060", work="2"), rvu("10061", work="4")],
            "RVU25D.2": [rvu("10060", work="5")],
        },
        [dated("RVU25A"), dated("RVU25D"), second],
    )
    assert answer(con, SHOWN) == [("10060", "RVU25D.2", "5.00"), ("10061", "RVU25A", "3.00")]
