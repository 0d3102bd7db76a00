"""CMS's own capped amounts follow from the RVUs of the same release, row by row, but for two tables that CMS left stale."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.schema import quoted

# Rows of the cap table in localities that have indices: of status A and R, how many of them `payment` reproduces; the same of
# status C, by the formula of this file.
REPRODUCED = {
    "RVU09A": (24388, 24388, 7098, 7098),
    "RVU12A": (5874, 584, 6230, 540),  # another set of indices, neither GPCI2012.csv nor GPCI2012.txt; never in force
    "RVU15A": (7200, 7200, 6210, 6210),
    "RVU17A": (13776, 13776, 7280, 7280),
    "RVU19A": (11760, 10510, 7056, 6324),  # 13 localities of California with the indices of 2018
    "RVU20A": (9184, 9184, 7952, 7952),
    "RVU22A": (8736, 8736, 8736, 8736),
    "RVU24A": (8066, 8066, 8720, 8720),
    "RVU24AR": (8066, 8066, 8720, 8720),
    "RVU25A": (6322, 6322, 8938, 8938),
    "RVU25D": (6322, 6322, 8938, 8938),
}
STALE_IN_2019 = ["01112-52", "01112-54", "01112-57", *[f"01112-{number}" for number in range(62, 68)]] + [
    f"01182-{number}" for number in range(71, 75)
]
CONTRACTOR_PRICED = """
with professional as (
  select release_id, hcpcs_code, work_rvu from rvu where modifier = '26'
)
select opps_cap.release_id, opps_cap.modifier, count(*),
  count(*) filter (where nonfacility_amount = facility_amount and nonfacility_amount = fee(
    {work}, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor
  ))
from opps_cap
join rvu using (release_id, hcpcs_code, modifier)
join gpci on gpci.release_id = opps_cap.release_id and gpci.mac = opps_cap.mac and gpci.locality = opps_cap.locality
join conversion_factor on conversion_factor.release_id = opps_cap.release_id and qp_status = 'non_qp'
left join professional on professional.release_id = opps_cap.release_id and professional.hcpcs_code = opps_cap.hcpcs_code
where opps_cap.status_code = 'C'
group by all
"""
OWN_WORK = "rvu.work_rvu"
WORK_OF_26 = "case when opps_cap.modifier = '' then professional.work_rvu else rvu.work_rvu end"


@pytest.fixture(scope="module")
def capped(whole: duckdb.DuckDBPyConnection) -> str:
    """Every row of the cap tables that has a payment, as a query; only codes with a cap are priced for it."""
    codes = whole.execute("select distinct hcpcs_code from opps_cap where status_code <> 'C' order by 1").fetchall()
    return (
        "(select * from opps_cap join payment using (release_id, mac, locality, hcpcs_code, modifier) "
        f"where payment.hcpcs_code in ({', '.join(quoted(code) for (code,) in codes)}))"
    )


def contractor_priced(con: duckdb.DuckDBPyConnection, work: str, modifier: str | None = None) -> dict[str, tuple[int, int]]:
    """Rows of status C by release, and how many of them the formula with this work reproduces."""
    found: dict[str, tuple[int, int]] = {}
    for release, of_modifier, rows, same in con.execute(CONTRACTOR_PRICED.format(work=work)).fetchall():
        if modifier in (None, of_modifier):
            before = found.get(release, (0, 0))
            found[release] = (before[0] + rows, before[1] + same)
    return found


def test_payment_reproduces_the_caps_of_active_and_restricted_codes(whole: duckdb.DuckDBPyConnection, capped: str) -> None:
    """Both settings agree to the cent in all but the two stale tables."""
    found = whole.execute(
        "select release_id, count(*), count(*) filter (where nonfacility_amount = opps_nonfacility_cap "
        f"and facility_amount = opps_facility_cap) from {capped} group by 1"
    ).fetchall()
    assert {release: (rows, same) for release, rows, same in found} == {
        release: counts[:2] for release, counts in REPRODUCED.items()
    }
    assert sum(rows for _, rows, _ in found) == 109_694


def test_every_listed_cap_of_a_locality_with_indices_was_compared(whole: duckdb.DuckDBPyConnection) -> None:
    """What is left out are localities that stand under a second contractor too (01102 and 01112 beside 01182), and one typo."""
    found = whole.execute(
        "select release_id, mac, string_agg(distinct locality, ' ' order by locality) from opps_cap "
        "anti join gpci using (release_id, mac, locality) group by all order by all"
    ).fetchall()
    south = "17 18 26 71 72 73 74"
    assert found == [
        ("RVU09A", "01102", "17 18 26"),
        ("RVU12A", "01102", "17 18 26"),
        ("RVU12A", "15101", "00"),
        ("RVU15A", "01112", "17 18 26"),
        *[(release, "01112", south) for release in ("RVU17A", "RVU19A", "RVU20A", "RVU22A")],
        *[(release, "01112", south.replace("26 ", "")) for release in ("RVU24A", "RVU24AR", "RVU25A", "RVU25D")],
    ]
    ((missing,),) = whole.execute(
        "select count(*) from opps_cap semi join gpci using (release_id, mac, locality) "
        "anti join rvu using (release_id, hcpcs_code, modifier, status_code)"
    ).fetchall()
    assert missing == 0


def test_contractor_priced_codes_take_the_work_of_their_professional_row(whole: duckdb.DuckDBPyConnection) -> None:
    """A status C global row prints no work; CMS adds that of the 26 row. With the work of its own none of them agrees."""
    found = contractor_priced(whole, WORK_OF_26)
    assert found == {release: counts[2:] for release, counts in REPRODUCED.items()}
    own = contractor_priced(whole, OWN_WORK, modifier="")
    assert sum(rows for rows, _ in own.values()) == 38_182
    assert {same for _, same in own.values()} == {0}


@pytest.mark.parametrize(("release", "codes"), [("RVU09A", 268), ("RVU17A", 123), ("RVU24AR", 74), ("RVU25D", 58)])
def test_cms_lists_the_codes_whose_cap_can_bind(whole: duckdb.DuckDBPyConnection, release: str, codes: int) -> None:
    """Status A and R: those with outpatient RVUs whose sum is not above the code's own total."""
    listed = whole.execute(
        "select distinct hcpcs_code, modifier from opps_cap where release_id = ? and status_code in ('A', 'R') order by all",
        [release],
    ).fetchall()
    expected = whole.execute(
        "select hcpcs_code, modifier from priced_rvu where release_id = ? and has_opps_cap "
        "and opps_nonfacility_pe_rvu + opps_mp_rvu <= nonfacility_pe_rvu + mp_rvu order by all",
        [release],
    ).fetchall()
    assert listed == expected
    assert len(listed) == codes


def test_the_stale_localities_of_2019(whole: duckdb.DuckDBPyConnection, capped: str) -> None:
    """Thirteen of California, 1,250 rows of status A; every other locality agrees in every row."""
    found = whole.execute(
        "select mac || '-' || locality, count(*) filter (where nonfacility_amount <> opps_nonfacility_cap) as differing "
        f"from {capped} where release_id = 'RVU19A' group by 1 having differing > 0 order by 1"
    ).fetchall()
    assert [place for place, _ in found] == STALE_IN_2019
    assert sum(rows for _, rows in found) == 1250
