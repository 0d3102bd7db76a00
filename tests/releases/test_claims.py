"""Claims on CMS's real releases, computed by hand: the inputs of each stand in its comment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import duckdb
import pytest

from tests.slow import slow
from warehouse.anesthesia import BaseUnits, conversion_factor, price_anesthesia
from warehouse.claim import price_claim
from warehouse.claim_amounts import SETTINGS, Question, rates
from warehouse.claim_item import Line

ALABAMA = ("10112", "00")
# In Alabama in 2025 the indices are 1.000, 0.869 and 0.575, the factor 32.3465.
NOVEMBER = date(2025, 11, 3)


def allowed(
    con: duckdb.DuckDBPyConnection,
    day: date,
    place: tuple[str, str] | None,
    *texts: str,
    practitioner: str = "physician",
    setting: str = "nonfacility",
) -> list[str]:
    lines = []
    for number, text in enumerate(texts, 1):
        name, _, units = text.partition("x")
        code, *modifiers = name.split("-")
        lines.append(Line(number, code, tuple(modifiers), int(units or 1)))
    governing = con.execute("select release_id from release_on(?)", [day]).fetchone()
    assert governing is not None
    question = Question({"release_id": governing[0]}, "non_qp", place, day, is_dated=True)
    priced = price_claim(lines, rates(con, question, lines)[setting], day, practitioner)
    return [answer.reason or str(answer.allowed) for answer in priced]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # 19.60 + 15.30 x 0.869 + 3.98 x 0.575 = 35.1842; x 32.3465 = 1138.09; x 150 % = 1707.135
        (["27447-50"], ["1707.14"]),
        # One unit (0.45 + 0.43 x 0.869 + 0.01 x 0.575) x 32.3465 = 26.83; with 0.215 20.79; 0.43 + 0.20 x 0.869 + ... = 19.72
        (["97110x2", "97140"], ["47.62", "19.72"]),
        # 392.39 in full; 370.97 less the base 45378 of 294.47
        (["45385", "45380"], ["392.39", "76.50"]),
        (["45378", "45385"], ["0.00", "392.39"]),
        # 94.48 less half of the technical 57.53 and 5 % of the professional 36.95 = 63.8675
        (["71260", "70450"], ["147.04", "63.87"]),
        # 168.83 less a quarter of its technical 106.25 = 142.2675; 93880 has the higher technical component
        (["93306", "93880"], ["142.27", "160.51"]),
        # 28.43 less a fifth of its technical 12.27 = 25.976
        (["92134", "92083"], ["25.98", "55.05"]),
        # 1138.09 x 62.5 % = 711.30625; x 16 % = 182.0944; x 13.6 % = 154.78024
        (["27447-62"], ["711.31"]),
        (["27447-80"], ["182.09"]),
        (["27447-AS"], ["154.78"]),
        # CMS prints a row of its own: 1.63 + 3.22 x 0.869 + 0.22 x 0.575 = 4.55468; x 32.3465
        (["45378-53"], ["147.33"]),
        (["99213-53"], ["by report: a discontinued procedure has RVUs of its own for a few codes only"]),
    ],
)
def test_claims_of_alabama_in_november_2025(whole: duckdb.DuckDBPyConnection, lines: list[str], expected: list[str]) -> None:
    assert allowed(whole, NOVEMBER, ALABAMA, *lines) == expected


def test_each_side_of_9_march_2024_has_its_own_factor(whole: duckdb.DuckDBPyConnection) -> None:
    """99213 is 89.39 and 90.87 nationally; a nurse practitioner is paid 85 %: 75.9815 and 77.2395."""
    days = (date(2024, 3, 8), date(2024, 3, 9))
    assert [allowed(whole, day, None, "99213", practitioner="np") for day in days] == [["75.98"], ["77.24"]]


@slow
def test_the_parts_of_a_cataract_operation_add_up(whole: duckdb.DuckDBPyConnection) -> None:
    """521.75: 10 and 70 % together for the surgeon, 20 % for who takes over."""
    found = [allowed(whole, NOVEMBER, None, line)[0] for line in ("66984-54", "66984-54-56", "66984-56", "66984-55")]
    assert found == ["417.40", "417.40", "52.18", "104.35"]


def test_the_parts_of_a_global_test_add_up_in_every_release(whole: duckdb.DuckDBPyConnection) -> None:
    """93000 is 93005 and 93010; the components of such a test are codes, which CMS's file does not name."""
    query = """
      select count(*), count(*) filter (tests.nonfacility_total_rvu = parts.total) from rvu as tests
      join (
        select release_id, global_test_part.hcpcs_code, sum(nonfacility_total_rvu) as total, count(*) as found
        from global_test_part join rvu on rvu.hcpcs_code = part_code and modifier = '' group by all
      ) as parts using (release_id, hcpcs_code)
      join (select hcpcs_code, count(*) as listed from global_test_part group by all) using (hcpcs_code)
      where tests.pctc_indicator = '4' and tests.status_code = 'A' and found = listed
    """
    tests, alike = whole.execute(query).fetchall()[0]
    assert tests == alike >= 60


def test_a_global_test_is_reduced_by_its_technical_component(whole: duckdb.DuckDBPyConnection) -> None:
    """November 2025, national: of 93000 (13.91) the technical component 93005 is 6.15, of which 25 % is taken off: 1.5375."""
    first, second = allowed(whole, NOVEMBER, None, "93306", "93000")
    assert (second, first) == ("12.37", allowed(whole, NOVEMBER, None, "93306")[0])


def test_professional_components_of_2015_lost_a_quarter(whole: duckdb.DuckDBPyConnection) -> None:
    """In RVU15A the second reading is paid 75 %, in RVU17A 95 %."""
    alone = {day: Decimal(allowed(whole, day, None, "70450-26")[0]) for day in (date(2015, 2, 2), date(2017, 2, 2))}
    both = {day: allowed(whole, day, None, "74177-26", "70450-26")[1] for day in alone}
    parts = {day: amount * part for (day, amount), part in zip(alone.items(), (Decimal("0.75"), Decimal("0.95")), strict=True)}
    assert {day: abs(Decimal(found) - parts[day]) <= Decimal("0.005") for day, found in both.items()} == dict.fromkeys(
        alone, True
    )


def test_anesthesia_with_the_factor_of_alabama(whole: duckdb.DuckDBPyConnection) -> None:
    """(6 + 6.3) x 19.31 = 237.513."""
    factor = conversion_factor(whole, "RVU25D", ALABAMA, "non_qp")
    base = BaseUnits("00840", Decimal(6), NOVEMBER, None, "a manual")
    found = price_anesthesia(Line(1, "00840", ("AA",)), {"status_code": "J"}, NOVEMBER, 95, base, factor)
    assert (factor, found.allowed) == (Decimal("19.3100"), Decimal("237.51"))


@slow
def test_a_line_alone_is_what_payment_on_allows(whole: duckdb.DuckDBPyConnection) -> None:
    """For 400 rows of any code with a price, in both settings, caps included."""
    query = """
      select hcpcs_code, modifier, nonfacility_allowed, facility_allowed from payment_on(?)
      where mac = '10112' and locality = '00' and qp_status = 'non_qp' order by all
    """
    rows = Random(4).sample(whole.execute(query, [NOVEMBER]).fetchall(), 400)
    lines = [Line(number, code, (modifier,) if modifier else ()) for number, (code, modifier, *_) in enumerate(rows)]
    question = Question({"release_id": "RVU25D"}, "non_qp", ALABAMA, NOVEMBER, is_dated=True)
    by_setting = rates(whole, question, lines)
    for column, setting in enumerate(SETTINGS, 2):
        for line, row in zip(lines, rows, strict=True):
            assert price_claim([line], by_setting[setting], NOVEMBER)[0].allowed == row[column], (row, setting)
