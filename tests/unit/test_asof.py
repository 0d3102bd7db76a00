"""The as-of calendar: every date of service since 2003 with its governing release or a reason, and `pfs status --all`."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from flows.catalog import releases
from flows.catalog.asof import calendar
from flows.catalog.releases import CoverageGap, governing_on
from flows.cli import main
from flows.discover.listing import Entry, Listing
from warehouse.seen import SeenPages

# Where a release governs other days than its quarter, or another one than the letter says (domain, releases by year).
ODD_SPANS = """
2003-03-01 2003-06-30 RVU03A
2005-01-01 2005-03-31 RVU05AR in place of RVU05A
2005-10-01 2005-12-31 RVU05E in place of RVU05D
2006-01-01 2006-03-31 RVU06AR2 in place of RVU06A, RVU06AR
2007-01-01 2007-03-31 RVU07A4
2008-01-01 2008-03-31 RVU08AR
2008-04-01 2008-06-30 RVU08AB
2009-01-01 2009-03-31 RVU09AR in place of RVU09A
2009-07-01 2009-12-31 RVU09C
2010-01-01 2010-05-31 RVU10AR1
2010-06-01 2010-09-30 RVU10C_PCT22
2010-10-01 2010-12-31 RVU10D_PCT22
2011-01-01 2011-03-31 RVU11AR
2011-04-01 2011-06-30 RVU11B_2
2012-01-01 2012-02-29 RVU12AR
2012-03-01 2012-03-31 RVU12M
2013-01-01 2013-03-31 RVU13AR
2018-01-01 2018-03-31 RVU18AR1 in place of RVU18A, RVU18AR
2018-07-01 2018-09-30 RVU18C1
2024-01-01 2024-03-08 RVU24A
2024-03-09 2024-03-31 RVU24AR
"""


def test_the_calendar_has_the_odd_spans_and_plain_quarters_between_them() -> None:
    spans = {
        f"{span.first} {span.last} {span.release.label}" + (f" in place of {', '.join(span.displaced)}" if span.displaced else "")
        for span in calendar()
        if span.release
    }
    odd = {line for line in ODD_SPANS.splitlines() if line}
    assert odd <= spans
    for plain in spans - odd:
        first, last, label = plain.split(" ")
        quarter = {"01-01": "A", "04-01": "B", "07-01": "C", "10-01": "D"}[first[5:]]
        assert label == f"RVU{first[2:4]}{quarter}"
        assert last[5:] == {"A": "03-31", "B": "06-30", "C": "09-30", "D": "12-31"}[quarter]


def test_the_calendar_runs_from_2003_to_2026_without_a_hole() -> None:
    spans = calendar()
    assert (spans[0].first, spans[-1].last) == (date(2003, 1, 1), date(2026, 12, 31))
    assert all((later.first - earlier.last).days == 1 for earlier, later in pairwise(spans))
    [gap] = [span for span in spans if span.release is None]
    assert (gap.first, gap.last) == (date(2003, 1, 1), date(2003, 2, 28))
    assert gap.reason is not None and "2002 schedule" in gap.reason
    for span in spans:
        for day in (span.first, span.last):
            assert governing_on(day, releases.releases()) == ([span.release] if span.release else [])


def test_the_calendar_shows_undeclared_gaps_and_rivals() -> None:
    among = [release for release in releases.releases() if release.label != "RVU26B"]
    undeclared = next(span for span in calendar(among) if span.first == date(2026, 4, 1))
    assert (undeclared.release, undeclared.reason) == (None, "No release is known for these days, and no gap is declared.")
    gap = CoverageGap(date(2026, 4, 1), date(2026, 6, 30), "lost", "test")
    assert next(span for span in calendar(among, [gap]) if span.first == gap.first).reason == "lost"
    rival = [*releases.releases(), releases.provisional("RVU26B", among=among)]
    del rival[[release.label for release in rival].index("RVU26A")]
    assert next(span for span in calendar(rival) if span.first == date(2026, 4, 1)).release is not None


def test_status_prints_the_calendar_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PFS_HOME", str(tmp_path / "home"))
    entry = Entry("RVU27A", "RVU27A", ("http://site/rvu27a",))
    SeenPages(tmp_path / "home" / "raw" / "pages").keep_listing("cms", Listing("cms", "http://site", {"RVU27A": entry}).to_json())
    assert main(["status", "--all"]) == 0
    said = capsys.readouterr().out
    assert "There is no warehouse at" in said
    assert "Of these not loaded: RVU27A." in said
    assert "2018-01-01   2018-03-31   RVU18AR1" in said
    assert "Never governed a day: RVU07A2, RVU07A3, RVU10C_PCT0, RVU10D_PCT0, RVU11A, RVU12A, RVU13A." in said
    assert "96 spans of dates" in said
    assert main(["status", "--all", "--json"]) == 0
    assert '"release": "RVU24AR"' in capsys.readouterr().out
