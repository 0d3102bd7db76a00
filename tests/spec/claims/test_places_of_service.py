"""The setting that pays for a place of service, by the day."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse import answer, tiny_warehouse
from warehouse.claim_rules import setting_of
from warehouse.errors import PfsError


@pytest.mark.parametrize(
    ("code", "day", "setting"),
    [
        ("11", "2009-01-01", "nonfacility"),
        ("21", "2009-01-01", "facility"),
        ("22", "2026-04-01", "facility"),
        ("23", "2026-04-01", "facility"),
        ("24", "2026-04-01", "facility"),
        ("31", "2026-04-01", "facility"),
        ("32", "2026-04-01", "nonfacility"),
        ("19", "2016-01-01", "facility"),
        ("02", "2017-01-01", "facility"),
        ("10", "2024-01-01", "nonfacility"),
    ],
)
def test_a_place_has_one_setting_on_a_day(code: str, day: str, setting: str) -> None:
    found = setting_of(code, date.fromisoformat(day))
    assert found["setting"] == setting and found["source"]


@pytest.mark.parametrize(("code", "day"), [("19", "2015-12-31"), ("02", "2016-12-31"), ("10", "2023-12-31")])
def test_before_its_first_day_a_place_has_no_rule(code: str, day: str) -> None:
    with pytest.raises(PfsError) as caught:
        setting_of(code, date.fromisoformat(day))
    assert f"not on {day}" in str(caught.value)


def test_the_table_holds_each_place_once() -> None:
    query = "select count(*), count(distinct place_of_service), count(distinct setting) from place_of_service"
    rows = answer(tiny_warehouse(), query)
    assert rows[0][0] == rows[0][1] >= 47 and rows[0][2] == 2
