"""Loading a second archive under a label: the day from which each edition counts as known."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from tests.warehouse import answer, settled, tiny_warehouse
from warehouse.load import ReleaseContent, load_release


def load(con: duckdb.DuckDBPyConnection, sha256: str, dated: date | None, loaded_at: str = "2026-11-22") -> str:
    """Loads an archive of RVU20B, which CMS first published on 26 February 2020."""
    return load_release(
        con,
        ReleaseContent(
            {
                "label": "RVU20B",
                "year": 2020,
                "quarter": "B",
                "valid_from": date(2020, 4, 1),
                "valid_to": date(2020, 6, 30),
                "governs": True,
                "published_on": date(2020, 2, 26),
                "archive_sha256": sha256,
                "archive_name": "RVU20B.zip",
                "archive_dated": dated,
                "content_sha256": sha256,
                "is_sample": False,
                "loaded_at": datetime.fromisoformat(loaded_at),
            },
            {},
        ),
    )


def known(con: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    return {row[0]: row[1] and str(row[1]) for row in answer(con, "select release_id, known_from from release order by 1")}


def test_a_single_edition_is_known_from_the_day_of_publication() -> None:
    """Whatever the archive is dated: the re-cut is often the only one that is still there."""
    con = settled(tiny_warehouse())
    load(con, "a", date(2020, 5, 1))
    assert known(con) == {"RVU20B": None}
    assert answer(con, "select release_id from release_on('2020-04-15', '2020-02-26')") == [("RVU20B",)]


def test_a_re_cut_is_known_from_the_date_of_its_archive() -> None:
    """Until then the first edition answers."""
    con = settled(tiny_warehouse())
    load(con, "a", date(2020, 2, 24))
    assert load(con, "b", date(2020, 5, 1)) == "RVU20B.2"
    assert known(con) == {"RVU20B": None, "RVU20B.2": "2020-05-01"}
    query = "select release_id from release_on('2020-04-15', ?)"
    assert [answer(con, query, day) for day in ("2020-04-30", "2020-05-01", None)] == [
        [("RVU20B",)],
        [("RVU20B.2",)],
        [("RVU20B.2",)],
    ]


def test_the_first_archive_may_arrive_last() -> None:
    """The re-cut was loaded first; once the older archive is there it is the one that was known first."""
    con = settled(tiny_warehouse())
    load(con, "b", date(2020, 5, 1))
    load(con, "a", date(2020, 2, 24))
    assert known(con) == {"RVU20B": "2020-05-01", "RVU20B.2": None}
    query = "select release_id from release_on('2020-04-15', ?)"
    assert [answer(con, query, day) for day in ("2020-04-30", "2020-05-01", None)] == [
        [("RVU20B.2",)],
        [("RVU20B",)],
        [("RVU20B",)],
    ]


def test_a_re_cut_without_a_later_date_is_known_from_the_day_on_which_it_was_loaded() -> None:
    """Nothing shows that anybody could have known it before."""
    for dated in (date(2020, 2, 24), None):
        con = settled(tiny_warehouse())
        load(con, "a", date(2020, 2, 24))
        load(con, "b", dated, "2020-06-10")
        assert known(con) == {"RVU20B": None, "RVU20B.2": "2020-06-10"}


def test_an_archive_dated_before_the_publication_of_its_label_is_not_known_before_it() -> None:
    """Members are made before they are posted."""
    con = settled(tiny_warehouse())
    load(con, "a", date(2020, 2, 10))
    load(con, "b", date(2020, 2, 20))
    assert known(con)["RVU20B.2"] == "2020-02-26"
    assert answer(con, "select release_id from release_on('2020-04-15', '2020-02-26')") == [("RVU20B.2",)]
