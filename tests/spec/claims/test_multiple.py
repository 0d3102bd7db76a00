"""Several procedures of one day: operations, endoscopies, imaging, therapy, cardiovascular and ophthalmology tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.claims.lines import allowed, claim, rate
from warehouse.claim_item import Rate

BY_REPORT = "by report: ranked {} of {} operations, and the rule ends with the fifth"


def test_operations_are_ranked_by_amount_and_paid_100_50_50_50_50_and_then_by_report() -> None:
    """Not by the order in which they are given."""
    lines = [(f"2000{number}", rate(f"{number}00.00")) for number in range(1, 7)]
    assert allowed(*lines) == [BY_REPORT.format(6, 6), "100.00", "150.00", "200.00", "250.00", "600.00"]


def test_one_operation_alone_is_paid_in_full() -> None:
    found = claim(("20001", rate("100.00")), ("99213-25", rate("81.86", multiple="0")))
    assert [answer.allowed for answer in found] == [Decimal("100.00"), Decimal("81.86")]
    assert len(found[0].steps) == 1, "no step but the rounding"


@pytest.mark.parametrize("indicator", ["0", "9"])
def test_add_on_codes_and_codes_exempt_from_modifier_51_are_not_reduced_nor_ranked(indicator: str) -> None:
    """Their indicator is 0 (or 9), and they do not make the only operation the second of two."""
    add_on = rate("900.00", multiple=indicator, global_days="ZZZ")
    assert allowed(("22551", rate("100.00")), ("22552", add_on)) == ["100.00", "900.00"]
    assert allowed(("22551", rate("100.00")), ("22552", add_on), ("20930", rate("80.00"))) == ["100.00", "900.00", "40.00"]


def test_both_sides_come_before_the_ranking() -> None:
    """150 % of 800 outranks 1000 and is one procedure."""
    assert allowed(("27130", rate("1000.00")), ("27447-50", rate("800.00"))) == ["500.00", "1200.00"]


def test_each_unit_of_an_operation_is_a_procedure() -> None:
    assert allowed(("20610x3", rate("60.00"))) == ["120.00"]


def test_assistants_are_ranked_apart_from_surgeons() -> None:
    found = allowed(("27447", rate("1000.00")), ("27130-80", rate("900.00")), ("27132-80", rate("800.00")))
    assert found == ["1000.00", "144.00", "64.00"]


# --- endoscopies ----------------------------------------------------------------------------------------------------------


def scope(fee: str, base: str = "45378", base_fee: str = "200.00", **more: Any) -> Rate:
    return rate(fee, multiple="3", base=base, base_fee=base_fee, bilateral="0", **more)


def test_the_highest_endoscopy_is_paid_in_full_and_of_the_others_what_exceeds_the_base() -> None:
    assert allowed(("45380", scope("250.00")), ("45385", scope("300.00")), ("45384", scope("280.00"))) == [
        "50.00",
        "300.00",
        "80.00",
    ]


def test_the_base_is_not_paid_beside_an_endoscopy_of_its_family() -> None:
    assert allowed(("45378", rate("200.00")), ("45380", scope("250.00"))) == ["0.00", "250.00"]
    assert allowed(("45378", rate("200.00"))) == ["200.00"], "alone it is an operation as any other"


def test_a_family_is_ranked_as_one_procedure_with_the_operations_of_the_day() -> None:
    """Family 300 + 50 = 350; another family 320; an operation of 400: 100 %, 50 %, 50 %."""
    found = allowed(
        ("45385", scope("300.00")),
        ("45380", scope("250.00")),
        ("43239", scope("320.00", base="43235", base_fee="150.00")),
        ("27447", rate("400.00")),
    )
    assert found == ["150.00", "25.00", "160.00", "400.00"]


def test_an_endoscopy_below_its_base_adds_nothing() -> None:
    assert allowed(("45385", scope("300.00")), ("45330", scope("150.00"))) == ["300.00", "0.00"]


def test_a_base_without_a_price_leaves_the_others_without_one() -> None:
    priceless = rate("250.00", multiple="3", base="0652T")
    assert allowed(("0653T", rate("300.00", multiple="3", base="0652T")), ("0654T", priceless)) == [
        "300.00",
        "the base endoscopy 0652T has no price to take off",
    ]


def test_both_sides_of_an_endoscopy_take_the_base_off_as_its_own_indicator_says() -> None:
    """31267-50 is 450; 31255-50 is 300 less the base: 100 once where its RVUs are for both sides, else 150."""
    for base_indicator, expected in (("2", "200.00"), ("1", "150.00")):
        base_rvu = {"bilateral_surgery_indicator": base_indicator}
        sinus = {"multiple": "3", "base": "31231", "base_fee": "100.00", "base_rvu": base_rvu}
        assert allowed(("31267-50", rate("300.00", **sinus)), ("31255-50", rate("200.00", **sinus))) == ["450.00", expected]


# --- components -----------------------------------------------------------------------------------------------------------


def image(fee: str, technical: str | None, professional: str | None, family: str = "88", cap: str | None = None) -> Rate:
    parts = {"technical": technical, "professional": professional}
    return rate(fee, multiple="4", family=family, cap=cap, **{name: fee for name, fee in parts.items() if fee is not None})


def test_of_a_whole_service_both_components_are_ranked_each_for_itself() -> None:
    found = allowed(("74177", image("300.00", "200.00", "100.00")), ("70450", image("180.00", "50.00", "130.00")))
    assert found == ["295.00", "155.00"], "300 - 5 % of 100; 180 - 50 % of 50"


@pytest.mark.parametrize(
    ("day", "technical", "professional"),
    [
        ("2005-12-31", "100.00", "40.00"),
        ("2006-01-01", "75.00", "40.00"),
        ("2010-06-30", "75.00", "40.00"),
        ("2010-07-01", "50.00", "40.00"),
        ("2011-12-31", "50.00", "40.00"),
        ("2012-01-01", "50.00", "30.00"),
        ("2016-12-31", "50.00", "30.00"),
        ("2017-01-01", "50.00", "38.00"),
        ("2026-04-01", "50.00", "38.00"),
    ],
)
def test_further_images_are_reduced_by_the_rule_of_the_day(day: str, technical: str, professional: str) -> None:
    """Technical components to 75 %, from July 2010 to 50 %; professional ones to 75 % in 2012 to 2016, then to 95 %."""
    on = date.fromisoformat(day)
    tests = allowed(("74177-TC", image("200.00", "200.00", None)), ("70450-TC", image("100.00", "100.00", None)), day=on)
    readings = allowed(("74177-26", image("90.00", None, "90.00")), ("70450-26", image("40.00", None, "40.00")), day=on)
    assert (tests, readings) == (["200.00", technical], ["90.00", professional])


def test_images_of_different_families_do_not_reduce_each_other() -> None:
    """Families 01 to 11 until 2010; all are in family 88 since."""
    lines = ("74177-TC", image("200.00", "200.00", None, "02")), ("70450-TC", image("100.00", "100.00", None, "03"))
    assert allowed(*lines, day=date(2010, 7, 1)) == ["200.00", "100.00"]


def test_the_cap_comes_after_the_reduction() -> None:
    """Half of 100 is below the cap of 60, so that the cap does not bind; a cap of 40 does."""
    first = ("74177-TC", image("200.00", "200.00", None))
    assert allowed(first, ("70450-TC", image("100.00", "100.00", None, cap="60.00"))) == ["200.00", "50.00"]
    assert allowed(first, ("70450-TC", image("100.00", "100.00", None, cap="40.00"))) == ["200.00", "40.00"]


def test_the_cap_of_a_whole_service_is_lowered_with_its_professional_component() -> None:
    """Cap 140 = 40 professional + 100 technical; 5 % less of the 40 leaves 138."""
    first = ("74177", image("500.00", "400.00", "100.00"))
    assert allowed(first, ("70450", image("340.00", "300.00", "40.00", cap="140.00"))) == ["500.00", "138.00"]


@pytest.mark.parametrize(
    ("indicator", "day", "expected"),
    [
        ("6", "2012-12-31", "100.00"),
        ("6", "2013-01-01", "85.00"),
        ("7", "2012-12-31", "100.00"),
        ("7", "2013-01-01", "88.00"),
        ("7", "2026-04-01", "88.00"),
    ],
)
def test_further_cardiovascular_and_eye_tests_lose_a_part_of_their_technical_component(
    indicator: str, day: str, expected: str
) -> None:
    """25 % and 20 % of a technical component of 60, from 2013; the professional one stays whole."""
    first = rate("300.00", multiple=indicator, technical="200.00", professional="100.00")
    second = rate("100.00", multiple=indicator, technical="60.00", professional="40.00")
    assert allowed(("93306", first), ("93880", second), day=date.fromisoformat(day)) == ["300.00", expected]


def test_heart_eye_and_imaging_do_not_reduce_each_other() -> None:
    lines = [(f"9000{n}", rate("100.00", multiple=n, technical="60.00", professional="40.00")) for n in "467"]
    assert allowed(*lines) == ["100.00", "100.00", "100.00"]


def test_a_whole_test_whose_components_are_other_codes_cannot_be_ranked() -> None:
    """A test of which neither the file nor table global_test_part says which code is its technical component."""
    whole = rate("13.91", multiple="6", pctc_indicator="4")
    other = rate("100.00", multiple="6", technical="60.00", professional="40.00")
    assert allowed(("93000", whole)) == ["13.91"]
    assert all("components have codes of their own" in found for found in allowed(("93000", whole), ("93306", other)))


# --- therapy --------------------------------------------------------------------------------------------------------------


def therapy(fee: str, reduced: str | None, pe: str) -> Rate:
    more = {} if reduced is None else {"reduced_fee": reduced}
    return rate(fee, pe=pe, multiple="5", **more)


def test_the_unit_with_the_highest_practice_expense_is_paid_in_full_and_all_others_are_reduced() -> None:
    """The highest practice expense decides, not the highest fee."""
    found = allowed(("97110x3", therapy("28.79", "22.64", "0.38")), ("97140", therapy("27.17", "20.70", "0.40")))
    assert found == ["67.92", "27.17"]


def test_one_unit_of_therapy_alone_is_paid_in_full() -> None:
    assert allowed(("97110", therapy("28.79", "22.64", "0.38"))) == ["28.79"]


@pytest.mark.parametrize(
    ("day", "kept"), [("2010-12-31", None), ("2011-01-01", "80%"), ("2013-03-31", "80%"), ("2013-04-01", "50%")]
)
def test_therapy_is_reduced_by_the_rule_of_the_day(day: str, kept: str | None) -> None:
    """20 % off from 2011, 50 % off from 1 April 2013, as the steps say; nothing before."""
    found = claim(("97110x2", therapy("28.79", "22.64", "0.38")), day=date.fromisoformat(day))[0]
    assert found.allowed == Decimal("57.58" if kept is None else "51.43")
    said = [step.what for step in found.steps if "practice expense" in step.what]
    assert said == ([] if kept is None else [f"unit 2: practice expense ranked 2 of 2: {kept} of it"])
