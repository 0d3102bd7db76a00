"""Modifiers on one line: what each pays, by the indicator of the code, and in which order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from flows import catalog
from tests.spec.claims.lines import allowed, claim, rate
from tests.warehouse import answer, tiny_warehouse


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        ("0", "100.01"),  # no more than for one side
        ("1", "150.02"),  # 150.015
        ("2", "100.01"),  # the RVUs are for both sides already
        ("3", "200.02"),  # each side in full
        ("9", "modifier 50 does not apply to this code (bilateral indicator 9)"),
    ],
)
def test_both_sides_are_paid_by_the_bilateral_indicator(indicator: str, expected: str) -> None:
    assert allowed(("27447-50", rate("100.01", bilateral=indicator))) == [expected]


@pytest.mark.parametrize(
    ("indicator", "expected", "notes"),
    [
        ("0", "not paid: two surgeons are not permitted for this code (co-surgery indicator 0)", []),
        ("1", "625.00", ["documentation must show that two surgeons were needed"]),
        ("2", "625.00", ["the two surgeons must be of different specialties"]),
        ("9", "modifier 62 does not apply to this code (co-surgery indicator 9)", []),
    ],
)
def test_each_of_two_surgeons_is_paid_62_5_percent(indicator: str, expected: str, notes: list[str]) -> None:
    assert allowed(("27447-62", rate("1000.00", co=indicator))) == [expected]
    assert claim(("27447-62", rate("1000.00", co=indicator)))[0].notes == notes


@pytest.mark.parametrize("indicator", ["1", "2"])
def test_a_team_is_paid_by_report(indicator: str) -> None:
    assert allowed(("27447-66", rate("1000.00", team=indicator)))[0].startswith("by report: the contractor prices a team")


@pytest.mark.parametrize("modifier", ["80", "81", "82"])
def test_an_assistant_is_paid_16_percent_where_one_is_paid(modifier: str) -> None:
    """Indicator 2: paid; 0: paid with documentation; 1: never; 9: the concept does not apply."""
    by_indicator = {code: claim((f"27447-{modifier}", rate("1000.00", assistant=code)))[0] for code in "0129"}
    assert {code: found.allowed for code, found in by_indicator.items()} == {
        "0": Decimal("160.00"),
        "1": None,
        "2": Decimal("160.00"),
        "9": None,
    }
    assert by_indicator["0"].notes == ["paid only if documentation shows that an assistant was needed"]
    assert by_indicator["1"].reason == "not paid: by law no assistant at surgery is paid for this code (assistant indicator 1)"
    assert by_indicator["9"].reason == f"modifier {modifier} does not apply to this code (assistant indicator 9)"


def test_an_assistant_who_is_no_physician_is_paid_85_percent_of_16_percent_once() -> None:
    """13.6 %, and --practitioner takes no second 85 % off."""
    assert allowed(("27447-AS", rate("1000.00"))) == ["136.00"]
    assert allowed(("27447-AS", rate("1000.00")), practitioner="pa") == ["136.00"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("27447-54", "790.00"),
        ("27447-55", "210.00"),
        ("27447-56", "100.00"),
        ("27447-54-56", "790.00"),
        ("27447-54-55", "1000.00"),
        ("27447-78", "690.00"),
    ],
)
def test_parts_of_a_global_package_are_its_fractions(line: str, expected: str) -> None:
    """54 is the operation with the care before it, as contractors are told to assume; a return to the operating room (78) is the
    operation alone; several parts by one practitioner add up, each once."""
    assert allowed((line, rate("1000.00"))) == [expected]


def test_a_code_without_a_global_package_has_no_parts() -> None:
    none = dict.fromkeys(("preoperative_fraction", "intraoperative_fraction", "postoperative_fraction"), Decimal("0.00"))
    found = allowed(("45385-54", rate("1000.00", global_days="000", **none)))
    assert found == ["the code has no such part (global days 000): modifier 54 does not apply"]


@pytest.mark.parametrize("modifier", ["22", "52"])
def test_more_or_less_than_the_service_is_priced_by_report(modifier: str) -> None:
    assert allowed((f"27447-{modifier}", rate("1000.00")))[0].startswith("by report: the contractor decides")


@pytest.mark.parametrize("practitioner", ["np", "pa", "cns"])
def test_other_practitioners_are_paid_85_percent_since_1998(practitioner: str) -> None:
    visit = ("99213", rate("81.86", multiple="0"))
    assert allowed(visit, practitioner=practitioner) == ["69.58"]  # 69.581
    (reason,) = allowed(visit, practitioner=practitioner, day=date(1997, 12, 31))
    assert reason.startswith("there is no rule here for a") and reason.endswith("on 1997-12-31")


@pytest.mark.parametrize(
    ("practitioner", "day", "expected"),
    [
        ("cnm", "2010-12-31", "53.21"),  # 53.209: 65 %
        ("cnm", "2011-01-01", "81.86"),
        ("csw", "2025-11-03", "61.40"),  # 61.395: 75 %
        ("mft", "2024-01-01", "61.40"),
        ("mft", "2023-12-31", "there is no rule here for a marriage and family therapist on 2023-12-31"),
        ("rd", "2025-11-03", "69.58"),
    ],
)
def test_the_part_of_a_practitioner_is_that_of_the_day(practitioner: str, day: str, expected: str) -> None:
    found = allowed(("99213", rate("81.86", multiple="0")), practitioner=practitioner, day=date.fromisoformat(day))
    assert found == [expected]


def test_an_unknown_modifier_leaves_no_price_rather_than_a_wrong_one() -> None:
    assert allowed(("27447-73", rate("1000.00"))) == ["there is no rule here for modifier 73 with this code on 2025-11-03"]


def test_marks_change_no_amount() -> None:
    assert allowed(("27447-LT-59", rate("1000.00")), ("99213-25", rate("81.86", multiple="0"))) == ["1000.00", "81.86"]


@pytest.mark.parametrize("line", ["27447-80-62", "70450-26-TC", "27447-80-AS"])
def test_modifiers_that_exclude_each_other_are_refused(line: str) -> None:
    assert "exclude each other" in allowed((line, rate("1000.00")))[0]


def test_a_modifier_counts_once() -> None:
    assert allowed(("27447-50-50", rate("1000.00"))) == ["a modifier is given twice"]


def test_left_and_right_are_one_procedure_on_both_sides() -> None:
    """Two lines would be ranked as two procedures; CMS pays 150 % of one before any ranking."""
    both = allowed(("27447-LT", rate("1000.00")), ("27447-RT", rate("1000.00")))
    assert both == ["LT and RT of one code on one day are one procedure on both sides: give one line with modifier 50"] * 2
    each = allowed(
        ("73560-LT", rate("30.00", bilateral="3", multiple="0")), ("73560-RT", rate("30.00", bilateral="3", multiple="0"))
    )
    assert each == ["30.00", "30.00"]


def test_the_steps_are_in_cms_order_and_only_the_last_is_rounded() -> None:
    """Both sides, then several procedures, then the assistant, then the practitioner: 333.33 x 1.5 x 50 % x 16 % x 85 %."""
    found = claim(("27447-80-50", rate("333.33")), ("27130-80", rate("900.00")), practitioner="np")[0]
    assert [(str(step.factor), step.amount) for step in found.steps] == [
        ("1.5", Decimal("499.995")),
        ("0.5", Decimal("249.9975")),
        ("0.16", Decimal("39.9996")),
        ("0.85", Decimal("33.999660")),
        ("None", Decimal("34.00")),
    ]
    assert all(step.citation for step in found.steps)


def test_units_multiply_what_no_other_rule_reduces() -> None:
    assert allowed(("96372x3", rate("13.91", multiple="0"))) == ["41.73"]


def test_the_lower_outpatient_cap_is_paid() -> None:
    found = claim(("70553", rate("300.00", cap="250.00", multiple="4", technical="200.00", professional="100.00")))[0]
    assert found.allowed == Decimal("250.00")
    assert found.steps[-2].what == "outpatient (OPPS) cap, which is lower"


def test_a_line_without_a_rate_has_the_reason_and_does_not_disturb_the_others() -> None:
    assert allowed(("36415", "by another fee schedule"), ("99213", rate("81.86", multiple="0"))) == [
        "by another fee schedule",
        "81.86",
    ]


def test_the_rules_stand_in_the_database_with_their_sources() -> None:
    """The same rows as in the catalogue, so that SQL can ask for them."""
    con = tiny_warehouse()
    for table, file in (("modifier_rule", "modifier_rules.csv"), ("multiple_procedure_rule", "multiple_procedure_rules.csv")):
        assert answer(con, f"select count(*) from {table} where law <> '' and source <> ''") == [(len(catalog.rows(file)),)]
    query = "select factor from modifier_rule where modifier = '50' and value = '1'"
    assert answer(con, query) == [("1.5000",)]
