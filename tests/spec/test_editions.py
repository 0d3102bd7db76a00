"""Loading a second archive under a label: the day from which each edition counts as known."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import pytest

from tests.warehouse import answer, settled, tiny_warehouse
from warehouse.load import ReleaseContent, load_release
from warehouse.read import governing_release, loaded_releases
from warehouse.verify_sql import EDITION, GOVERNING


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


def standing(con: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """What `pfs status` says supersedes each edition; the one without is the one that governs."""
    found = {row["release_id"]: row["superseded_by"] for row in loaded_releases(con)}
    governing = governing_release(con, date(2020, 4, 15))
    assert governing and [name for name, later in found.items() if later is None] == [governing["release_id"]]
    return found


FEBRUARY, MAY, MARCH = date(2020, 2, 24), date(2020, 5, 1), date(2020, 3, 9)


@pytest.mark.parametrize(
    ("dates", "newest"),
    [
        ((FEBRUARY, MAY), "RVU20B.2"),
        ((MAY, FEBRUARY), "RVU20B"),
        ((None, MAY), "RVU20B.2"),  # the zip has the dates of 1980: nothing shows that the one of May was first
        ((MAY, None), "RVU20B.2"),
        ((None, None), "RVU20B.2"),
        ((FEBRUARY, FEBRUARY), "RVU20B.2"),
        ((FEBRUARY, MAY, FEBRUARY), "RVU20B.2"),  # the third was loaded last, and cut before the second
        ((date(2020, 2, 10), date(2020, 2, 20), date(2020, 2, 15)), "RVU20B.2"),  # all before the publication
        ((None, MAY, MARCH), "RVU20B.3"),
        ((FEBRUARY, None, MAY), "RVU20B.3"),
        ((FEBRUARY, MAY, None), "RVU20B.3"),
    ],
)
def test_the_archive_that_was_cut_last_governs_and_status_says_so(dates: tuple[date | None, ...], newest: str) -> None:
    """By their dates when all of a label have one, else in the order in which they were loaded; also asked by the label alone."""
    for days in (("2020-06-10",) * 3, ("2020-06-10", "2020-07-10", "2020-08-10")):
        con = settled(tiny_warehouse())
        for number, (dated, day) in enumerate(zip(dates, days, strict=False)):
            load(con, str(number), dated, day)
        assert standing(con)[newest] is None
        assert answer(con, EDITION, "RVU20B.x", "RVU20B") == [(newest,)]
        assert answer(con, GOVERNING, "2020-04-01", "2020-06-30") == [(newest,)]
        assert answer(con, "select edition_date(label, archive_dated) is null from release group by 1") == [(None in dates,)]


def test_a_dated_re_cut_of_an_undated_archive_is_known_from_the_day_on_which_it_was_loaded() -> None:
    """The first archive answers until then, and the re-cut afterwards."""
    con = settled(tiny_warehouse())
    load(con, "a", None, "2020-03-01")
    load(con, "b", MAY, "2020-05-04")
    assert known(con) == {"RVU20B": None, "RVU20B.2": "2020-05-04"}
    query = "select release_id from release_on('2020-04-15', ?)"
    assert [answer(con, query, day) for day in ("2020-05-03", "2020-05-04")] == [[("RVU20B",)], [("RVU20B.2",)]]
    assert standing(con) == {"RVU20B": "RVU20B.2", "RVU20B.2": None}
