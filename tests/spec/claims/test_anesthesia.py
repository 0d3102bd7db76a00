"""Anesthesia: (base units + minutes / 15) x the locality's factor x who directs whom; and the file of base units."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.anesthesia import BaseUnits, base_units_on, price_anesthesia, read_base_units
from warehouse.claim_item import Line, Priced
from warehouse.errors import PfsError

DAY = date(2025, 11, 3)
ALABAMA = Decimal("19.3100")
HEAD = "hcpcs_code,base_units,valid_from,valid_to,source\n"


def sleep(
    *modifiers: str, minutes: int | None = 95, base: str | None = "6", units: int = 1, factor: Decimal | str = ALABAMA
) -> Priced:
    """00840 with 6 base units and 95 minutes unless said otherwise."""
    known = None if base is None else BaseUnits("00840", Decimal(base), DAY, None, "a manual")
    return price_anesthesia(Line(1, "00840", modifiers, units), {"status_code": "J"}, DAY, minutes, known, factor)


def test_base_and_time_units_times_the_factor_of_the_locality() -> None:
    """95 minutes are 6.3 units; 12.3 x 19.31 = 237.513."""
    found = sleep("AA")
    assert [(step.amount, step.unit) for step in found.steps] == [
        (Decimal("6"), "units"),
        (Decimal("6.3"), "units"),
        (Decimal("12.3"), "units"),
        (Decimal("237.51300"), "dollars"),
        (Decimal("237.51300"), "dollars"),
        (Decimal("237.51"), "dollars"),
    ]
    assert found.allowed == Decimal("237.51")


@pytest.mark.parametrize(
    ("minutes", "units"), [(0, "0.0"), (1, "0.1"), (15, "1.0"), (22, "1.5"), (94, "6.3"), (95, "6.3"), (96, "6.4"), (600, "40.0")]
)
def test_time_units_are_minutes_over_fifteen_to_one_decimal(minutes: int, units: str) -> None:
    assert str(sleep("AA", minutes=minutes).steps[1].amount) == units


@pytest.mark.parametrize(
    ("modifier", "expected"), [("AA", "237.51"), ("QZ", "237.51"), ("QK", "118.76"), ("QX", "118.76"), ("QY", "118.76")]
)
def test_who_performs_or_directs_decides_the_part(modifier: str, expected: str) -> None:
    """Both the directing physician and the directed nurse anesthetist are paid half; 118.7565 is rounded once."""
    assert str(sleep(modifier).allowed) == expected


def test_supervision_of_more_than_four_is_three_base_units_without_time() -> None:
    """Whatever the base units and minutes; one more unit is possible, which a note says."""
    found = sleep("AD", minutes=None, base=None)
    assert str(found.allowed) == "57.93"
    assert found.notes == ["one time unit more when the physician is documented as present at induction"]


def test_marks_change_no_amount() -> None:
    assert str(sleep("AA", "QS", "P3").allowed) == "237.51"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (sleep(), "anesthesia needs one modifier for who performs or directs it: AA, AD, QK, QX, QY or QZ"),
        (sleep("AA", "QK"), "anesthesia needs one modifier for who performs or directs it: AA, AD, QK, QX, QY or QZ"),
        (sleep("AA", minutes=None), "the minutes of anesthesia are not known: give --minutes"),
        (sleep("AA", units=2), "anesthesia is given with --minutes, not with units"),
        (sleep("AA", "50"), "there is no rule here for modifier 50 with anesthesia on 2025-11-03"),
        (sleep("AA", factor="no factor here"), "no factor here"),
    ],
)
def test_what_is_missing_leaves_no_price(found: Priced, reason: str) -> None:
    assert (found.allowed, found.reason) == (None, reason)


def test_base_units_that_nobody_gave_are_asked_for() -> None:
    assert "give --base-units, or add them to anesthesia_base_units.csv" in str(sleep("AA", base=None).reason)


def test_a_file_of_base_units_is_read_by_day(tmp_path: Path) -> None:
    path = tmp_path / "anesthesia_base_units.csv"
    path.write_text(HEAD + "00840,6,2009-01-01,2025-12-31,ASA 2025\n00840,7,2026-01-01,,ASA 2026\n\n", encoding="utf-8")
    rows = read_base_units(path)
    on = {day: base_units_on(rows, "00840", date.fromisoformat(day)) for day in ("2025-12-31", "2026-01-01", "2008-12-31")}
    assert {day: found and found.units for day, found in on.items()} == {
        "2025-12-31": Decimal(6),
        "2026-01-01": Decimal(7),
        "2008-12-31": None,
    }
    assert base_units_on(rows, "00100", DAY) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,units\n", "line 1: the headings hcpcs_code,base_units,valid_from,valid_to,source were expected"),
        (HEAD + "00840,6,2009-01-01,,x\n840,6,2009-01-01,,x\n", "line 3: '840' is no anesthesia code"),
        (HEAD + "00840,six,2009-01-01,,x\n", "line 2: base units between 0 and 99 were expected, found 'six'"),
        (HEAD + "00840,NaN,2009-01-01,,x\n", "line 2: base units between 0 and 99 were expected"),
        (HEAD + "00840,6,1/1/2009,,x\n", "line 2: dates as YYYY-MM-DD were expected"),
        (HEAD + "00840,6,2009-01-01,2008-01-01,x\n", "line 2: valid_to 2008-01-01 is before valid_from 2009-01-01"),
        (HEAD + "00840,6,2009-01-01,,\n", "line 2: source is empty"),
        (HEAD + "00840,6,2009-01-01\n", "line 2: 5 cells were expected, found 3"),
        (HEAD + "00840,6,2009-01-01,,x\n00840,7,2026-01-01,,x\n", "line 3: 00840 has base units already for some of these dates"),
    ],
)
def test_a_file_that_is_not_as_described_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "anesthesia_base_units.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PfsError) as caught:
        read_base_units(path)
    assert message in str(caught.value)
