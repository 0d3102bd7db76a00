"""The small parts of pages: how figures are shown, plots, splitting of sections. Literal figures in, expected text out."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from flows.site import plots, shown, told
from flows.site.browse import MOST, Entry, classes, sections


def entry(code: str, section: str = "Surgery") -> Entry:
    """A code as lists have it."""
    return Entry(code, "", section, True, "1.00", "10.00", "9.00", None, True)


@pytest.mark.parametrize(("amount", "expected"), [("52.77", "$52.77"), ("1961.97", "$1,961.97"), (None, "\N{EN DASH}")])
def test_dollars(amount: str | None, expected: str) -> None:
    assert shown.dollars(amount) == expected


def test_no_amount_is_a_dash_and_never_zero() -> None:
    assert (shown.cents(None), shown.cents(0), shown.cents(123456)) == ("\N{EN DASH}", "0.00", "1,234.56")
    assert (shown.signed_dollars("-7.20"), shown.signed_dollars("0.00")) == ("\N{MINUS SIGN}$7.20", "$0.00")


def test_days_and_shares() -> None:
    assert (shown.day("2026-04-01"), shown.short_day("2026-04-01")) == ("1 April 2026", "1 Apr 2026")
    assert shown.per_cent(Decimal("33.4009"), Decimal("32.3465")) == "+3.3 %"
    assert shown.per_cent(Decimal(1), Decimal(0)) == ""


def test_sentences_of_the_warehouse_are_told_as_a_page_writes() -> None:
    told_by_it = "2nd percentile of the 5716 codes of Surgery; from 2026-04-01: nonfacility_pe_rvu 0.74 → 0.76."
    assert told.reworded(told_by_it) == (
        "2nd percentile of the 5,716 codes of Surgery; from 1 April 2026: practice expense, non-facility 0.74 → 0.76."
    )


def test_the_scale_of_rvus_rises_and_has_a_place_for_none() -> None:
    """A code without work stands left of all others, and nothing falls off the drawing."""
    places = [plots.rvu_position(Decimal(value)) for value in ("0", "0.01", "0.75", "8", "106.19", "5000")]
    assert places == sorted(places) and len(set(places)) == 6
    assert 0 < places[0] < 40 == places[1] and places[-1] == 1000


def test_a_histogram_has_a_bar_where_there_are_codes_as_high_as_they_are_many() -> None:
    """Two of the three values lie in one bar, which is twice as high as the other."""
    bars = re.findall(r"M[\d.]+ ([\d.]+)h", plots.histogram([Decimal("1.00"), Decimal("1.00"), Decimal("9")]))
    assert sorted(bars) == ["0", "50"]


def test_a_step_plot_begins_at_zero_and_dashes_what_is_not_loaded() -> None:
    line = plots.Line("Non-facility", "a", [Decimal("50.00"), Decimal("60.00")])
    drawn = plots.steps([2024.0, 2026.0], 2027.0, [line], "$", "told", [2025.0, None])
    assert "$0</text>" in drawn and "$60.00" in drawn and 'aria-label="told"' in drawn
    solid = re.search(r'class="line a" d="([^"]+)"', drawn)
    assert solid and solid[1].count("M") == 2  # two known parts with a gap between
    assert 'class="line gap a"' in drawn
    assert 'gap a"' not in plots.steps([2024.0, 2026.0], 2027.0, [line], "$", "told", None)


def test_figures_of_a_setting_while_it_was_not_applicable_are_not_told() -> None:
    """Until 2025 CMS marked the non-facility setting NA, and its figures repeated those of the other one."""
    periods = [
        {"from_date": "2024-01-01", "values_changed": None, "nonfacility_total_rvu": "9.00", "facility_total_rvu": "9.00"},
        {
            "from_date": "2025-01-01",
            "values_changed": "work_rvu 1.00 → 2.00; nonfacility_na yes → no",
            "nonfacility_total_rvu": "90.00",
            "facility_total_rvu": "9.10",
        },
    ]
    paid = [
        {"from_date": "2024-01-01", "nonfacility_allowed": "300.00", "facility_allowed": "300.00"},
        {"from_date": "2024-03-09", "nonfacility_allowed": "305.00", "facility_allowed": "305.00"},
        {"from_date": "2025-01-01", "nonfacility_allowed": "2950.00", "facility_allowed": "299.00"},
    ]
    document = {"rows": [{"nonfacility_na": False, "facility_na": False}]}
    lived, amounts = told._applicable(document, periods, paid)
    assert [row["nonfacility_total_rvu"] for row in lived] == [None, "90.00"]
    assert [row["nonfacility_allowed"] for row in amounts] == [None, None, "2950.00"]
    assert [row["facility_allowed"] for row in amounts] == ["300.00", "305.00", "299.00"]
    assert paid[0]["nonfacility_allowed"] == "300.00"
    gone = {"rows": None, "not_applicable": {"nonfacility": True, "facility": False}}
    lived, amounts = told._applicable(gone, periods[:1], paid[:1])
    assert lived[0]["nonfacility_total_rvu"] is None and amounts[0]["nonfacility_allowed"] is None, "as its last release had it"


def test_one_period_is_no_plot() -> None:
    assert plots.steps([2024.0], 2025.0, [plots.Line("x", "a", [Decimal(1)])], "$", "told", None) == ""


def test_a_strip_has_a_line_an_amount_and_none_where_all_are_equal() -> None:
    drawn = plots.strip([4000, 5000, 5000, 6000], 5277)
    ticks = re.search(r'class="ticks" d="([^"]+)"', drawn)
    assert ticks and ticks[1].count("M") == 3 and 'data-low="4000"' in drawn
    assert plots.strip([5000, 5000], 5000) == ""


def test_a_large_section_is_split_by_the_beginning_of_its_codes() -> None:
    """Every code is on one page, and no page has more than `MOST`."""
    codes = [f"{number:05d}" for number in range(10004, 10004 + 3 * MOST)] + ["27447"]
    (found,) = sections([entry(code) for code in codes])
    assert [e.code for part in found.ranges for e in part.entries] == codes
    assert max(len(part.entries) for part in found.ranges) <= MOST
    assert found.ranges[-1].series == "27xxx" and found.ranges[-1].slug == "surgery-27"


def test_kinds_of_service_share_pages_and_codes_without_one_come_last() -> None:
    """Every code is on one page; a kind has codes of every series, so that short series share a page."""
    codes = [f"{series}{number:03d}" for series in range(10, 90) for number in range(10)]
    kinds = {"99213": ("E&M", "Office visits"), "99221": ("E&M", "E&M - Miscellaneous"), "00100": ("Anesthesia", "Anesthesia")}
    found = classes(
        [entry("0001F")]
        + [replace(entry(code), kind=("Procedure", "Skin")) for code in codes]
        + [replace(entry(code), kind=kind) for code, kind in kinds.items()]
    )
    assert [(kind.title, kind.path, kind.count) for kind in found] == [
        ("Anesthesia", "classes/anesthesia.html", 1),
        ("Evaluation and management", "classes/e-m.html", 2),
        ("Procedure", "classes/procedure.html", 800),
        ("Not classified", "classes/not-classified.html", 1),
    ]
    assert [part.path for part in found[1].subcategories] == ["classes/e-m-miscellaneous.html", "classes/e-m-office-visits.html"]
    (skin,) = found[2].subcategories
    assert [e.code for part in skin.ranges for e in part.entries] == codes
    assert [(part.slug, len(part.entries)) for part in skin.ranges][:2] == [("procedure-10-34", 250), ("procedure-35-59", 250)]
    assert skin.ranges[0].series == "10xxx to 34xxx" and [len(part.entries) for part in skin.ranges] == [250, 250, 250, 50]


def test_where_no_code_has_a_kind_there_are_none() -> None:
    assert classes([entry("27447"), entry("99213")]) == []


def test_a_small_section_is_one_page() -> None:
    (found,) = sections([entry("27447")])
    assert [(part.prefix, part.slug) for part in found.ranges] == [("", "surgery")]
