"""What is known of the twelve archives from CMS's files and record layouts is what the warehouse says of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.outcome import Result
from tests.releases.raw import RELEASES
from tests.warehouse import answer
from warehouse.home import Home

ROWS = {
    # release: codes with modifier, localities, rows of the cap table, rows of the county file
    "RVU09A": (14856, 91, 32524, 91),
    "RVU12A": (15421, 90, 12648, 90),
    "RVU15A": (16083, 90, 13857, 90),
    "RVU17A": (16478, 112, 22372, 112),
    "RVU19A": (16959, 112, 19992, 112),
    "RVU20A": (17236, 112, 18207, 112),
    "RVU22A": (17600, 112, 18564, 112),
    "RVU24A": (18499, 109, 17710, 109),
    "RVU24AR": (18499, 109, 17710, 0),
    "RVU25A": (18865, 109, 16100, 109),
    "RVU25D": (19090, 109, 16100, 109),
    "RVU26B": (19277, 109, 0, 109),
}
FACTORS = {
    "RVU09A": "36.0666",
    "RVU12A": "24.6712",  # never in force: the year was paid at 34.0376
    "RVU15A": "35.7547",
    "RVU17A": "35.8887",
    "RVU19A": "36.0391",
    "RVU20A": "36.0896",
    "RVU22A": "34.6062",
    "RVU24A": "32.7442",
    "RVU24AR": "33.2875",
    "RVU25A": "32.3465",
    "RVU25D": "32.3465",
    "RVU26B": "33.4009",
}


def test_all_twelve_are_loaded_and_nothing_failed(first_refresh: tuple[Home, Result]) -> None:
    """One edition each, oldest first."""
    _, result = first_refresh
    assert [(outcome.release_id, outcome.status) for outcome in result.outcomes] == [(label, "loaded") for label in RELEASES]
    assert result.failed == ()


def test_every_table_has_its_rows(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU24AR was rebuilt without a county file, RVU26B came without a cap table."""
    found = whole.execute(
        "select release_id, (select count(*) from rvu where rvu.release_id = release.release_id), "
        "(select count(*) from gpci where gpci.release_id = release.release_id), "
        "(select count(*) from opps_cap where opps_cap.release_id = release.release_id), "
        "(select count(*) from locality_county where locality_county.release_id = release.release_id) from release"
    ).fetchall()
    assert {release: tuple(counts) for release, *counts in found} == ROWS


def test_conversion_factors(whole: duckdb.DuckDBPyConnection) -> None:
    """One a release; RVU26B came without its QP file."""
    found = answer(whole, "select release_id, qp_status, conversion_factor from conversion_factor")
    assert {release: factor for release, _, factor in found} == FACTORS
    assert {qp_status for _, qp_status, _ in found} == {"non_qp"}


def test_anesthesia_factors(whole: duckdb.DuckDBPyConnection) -> None:
    """Every locality of the GPCI file has one; 2026 has a second one for qualifying participants, 0.5 % higher."""
    found = whole.execute(
        "select release_id, qp_status, count(*) from gpci join anesthesia_cf using (release_id, mac, locality) group by all"
    ).fetchall()
    expected = {(release, "non_qp", localities) for release, (_, localities, _, _) in ROWS.items()} | {("RVU26B", "qp", 109)}
    assert set(found) == expected
    alabama = answer(
        whole,
        "select release_id, qp_status, conversion_factor from anesthesia_cf "
        "where locality_name ilike 'alabama' and release_id in ('RVU09A', 'RVU15A', 'RVU22A', 'RVU26B') order by all",
    )
    assert alabama == [
        ("RVU09A", "non_qp", "19.8800"),
        ("RVU15A", "non_qp", "21.3700"),
        ("RVU22A", "non_qp", "21.0700"),
        ("RVU26B", "non_qp", "19.5300"),
        ("RVU26B", "qp", "19.6300"),
    ]


def test_status_codes_of_2025(whole: duckdb.DuckDBPyConnection) -> None:
    """Twelve letters; five of them would leave a third of the rows out."""
    found = dict(whole.execute("select status_code, count(*) from rvu where release_id = 'RVU25A' group by 1").fetchall())
    assert found == {
        "A": 9023, "B": 83, "C": 1282, "E": 1461, "I": 1440, "J": 276, "M": 1217, "N": 329,
        "P": 142, "R": 1058, "T": 8, "X": 2546,
    }  # fmt: skip


def test_status_codes_through_the_years(whole: duckdb.DuckDBPyConnection) -> None:
    """Q (therapy reporting) from 2013 to 2019 only; eight injection codes in every release."""
    q = whole.execute("select release_id, count(*) from rvu where status_code = 'Q' group by 1 order by 1").fetchall()
    assert q == [("RVU15A", 42), ("RVU17A", 42), ("RVU19A", 42)]
    t = whole.execute("select release_id, count(*) from rvu where status_code = 'T' group by 1 order by 1").fetchall()
    assert t == [(release, 8) for release in RELEASES]


def test_every_active_code_has_rvus(whole: duckdb.DuckDBPyConnection) -> None:
    """Active codes without RVUs would be a fault of the file: there is none in any release."""
    without = "nonfacility_total_rvu = 0 or facility_total_rvu = 0"
    assert answer(whole, f"select count(*) from rvu where status_code = 'A' and ({without})") == [(0,)]


def test_rvus_that_medicare_does_not_use_are_marked(whole: duckdb.DuckDBPyConnection) -> None:
    """RVUs stand on A, R and T, and, with a +, on B, I, N and X. RVU17A forgot the + on the nine mammography rows of status I."""
    found = whole.execute(
        "select distinct status_code, not_used_for_medicare_payment from rvu where nonfacility_total_rvu + facility_total_rvu > 0"
    ).fetchall()
    marked = {(status, True) for status in "BINX"}
    assert set(found) == {("A", False), ("R", False), ("T", False), ("I", False)} | marked
    forgotten = whole.execute(
        "select release_id, hcpcs_code, count(*) from rvu where status_code = 'I' and not not_used_for_medicare_payment "
        "and nonfacility_total_rvu > 0 group by all order by all"
    ).fetchall()
    assert forgotten == [("RVU17A", "77065", 3), ("RVU17A", "77066", 3), ("RVU17A", "77067", 3)]
    assert answer(whole, "select count(*) from rvu where not_used_for_medicare_payment and nonfacility_total_rvu = 0") == [(0,)]


def test_every_code_is_priced_or_unpriced(whole: duckdb.DuckDBPyConnection) -> None:
    """The complement is exact in every release, and each unpriced code has a reason."""
    found = whole.execute(
        "select release_id, count(*), count(priced_rvu.hcpcs_code), count(unpriced.hcpcs_code), "
        "count(*) filter (where (priced_rvu.hcpcs_code is null) = (unpriced.hcpcs_code is null)), count(nullif(reason, '')) "
        "from rvu left join priced_rvu using (release_id, hcpcs_code, modifier) "
        "left join unpriced using (release_id, hcpcs_code, modifier) group by 1"
    ).fetchall()
    assert len(found) == 12
    for release, rows, priced, unpriced, both_or_none, reasons in found:
        assert (rows, both_or_none, reasons) == (priced + unpriced, 0, unpriced), release
        assert rows == ROWS[release][0], release


def test_no_price_is_zero(whole: duckdb.DuckDBPyConnection) -> None:
    """Every priced code has a national amount, 0.36 at the least in either setting; the lowest cap is 14.43."""
    ((priced,),) = whole.execute("select count(*) from priced_rvu").fetchall()
    found = answer(
        whole,
        "select count(*), min(least(nonfacility_fee, facility_fee)), min(least(opps_nonfacility_cap, opps_facility_cap)) "
        "from national_payment",
    )
    assert found == [(priced, "0.36", "14.43")]


def test_modifiers(whole: duckdb.DuckDBPyConnection) -> None:
    """Blank, professional, technical, and three or four colonoscopies that were broken off."""
    found = whole.execute("select distinct modifier from rvu order by 1").fetchall()
    assert found == [("",), ("26",), ("53",), ("TC",)]
    codes = whole.execute("select distinct hcpcs_code from rvu where modifier = '53' order by 1").fetchall()
    assert codes == [("44388",), ("45378",), ("G0105",), ("G0121",)]


def test_a_global_row_is_the_sum_of_its_components(whole: duckdb.DuckDBPyConnection) -> None:
    """For active codes with a 26 and a TC row: work, practice expense and malpractice of both make the global row."""
    ((codes, sums),) = whole.execute(
        "select count(*), count(*) filter (where whole.work_rvu = p.work_rvu + t.work_rvu "
        "and whole.nonfacility_pe_rvu = p.nonfacility_pe_rvu + t.nonfacility_pe_rvu and whole.mp_rvu = p.mp_rvu + t.mp_rvu) "
        "from rvu as whole join rvu as p using (release_id, hcpcs_code) join rvu as t using (release_id, hcpcs_code) "
        "where whole.modifier = '' and p.modifier = '26' and t.modifier = 'TC' and whole.status_code = 'A' "
        "and p.status_code = 'A' and t.status_code = 'A'"
    ).fetchall()
    assert codes > 5000
    assert sums == codes


def test_work_indices_below_one(whole: duckdb.DuckDBPyConnection) -> None:
    """RVU12A came before the law restored the floor; RVU26B prints the index without it beside the one in force."""
    found = whole.execute(
        "select release_id, count(*) filter (where work_gpci < 1), count(*) filter (where work_gpci_unfloored < 1) "
        "from gpci group by 1 having count(*) filter (where least(work_gpci, work_gpci_unfloored) < 1) > 0 order by 1"
    ).fetchall()
    assert found == [("RVU12A", 53, 0), ("RVU26B", 0, 47)]


def test_a_locality_number_alone_means_nothing(whole: duckdb.DuckDBPyConnection) -> None:
    """In 2025, 109 localities share 47 numbers: 01 stands for nineteen of them, 00 for seventeen, 99 for fifteen."""
    found = whole.execute(
        "select locality, count(*) from gpci where release_id = 'RVU25A' group by 1 order by 2 desc, 1 desc"
    ).fetchall()
    assert len(found) == 47
    assert found[:3] == [("01", 19), ("00", 17), ("99", 15)]


def test_leading_zeros_are_kept(whole: duckdb.DuckDBPyConnection) -> None:
    """The csv member of RVU17A lost them in 272 codes; its text member, which is loaded, has 00100."""
    assert answer(whole, "select min(hcpcs_code) from rvu where release_id = 'RVU17A' and hcpcs_code ~ '^[0-9]{5}$'") == [
        ("00100",)
    ]
    widths = whole.execute(
        "select distinct length(hcpcs_code) from rvu union select distinct length(mac) + 10 * length(locality) from gpci"
    ).fetchall()
    assert sorted(widths) == [(5,), (25,)]
    repaired = whole.execute(
        "select rows_repaired from member_repair where release_id = 'RVU17A' and column_name = 'hcpcs_code'"
    ).fetchall()
    assert repaired == [(272,)]


def test_special_rows(whole: duckdb.DuckDBPyConnection) -> None:
    """The placeholder code of 2026; psychotherapy (flag 2) in 2009, chiropractic (flag 3) in 2012; supervision 00."""
    assert answer(whole, "select count(*) from rvu where release_id = 'RVU26B' and hcpcs_code = 'GXXX1'") == [(1,)]
    flags = whole.execute(
        "select release_id, calculation_flag, count(*) from rvu where calculation_flag not in ('', '0') group by all order by all"
    ).fetchall()
    assert flags == [("RVU09A", "2", 24), ("RVU12A", "3", 3)]
    assert answer(whole, "select release_id, count(*) from rvu where diagnostic_supervision = '00' group by 1") == [
        ("RVU09A", 32)
    ]


def test_2026_cut_work_by_two_and_a_half_percent(whole: duckdb.DuckDBPyConnection) -> None:
    """Of the active codes with work in both RVU25D and RVU26B, 7,287 have 97.5 % of it, rounded."""
    found = whole.execute(
        "select count(*), count(*) filter (where later.work_rvu = round(earlier.work_rvu * 0.975, 2) "
        "and later.work_rvu <> earlier.work_rvu) from rvu as earlier join rvu as later using (hcpcs_code, modifier) "
        "where earlier.release_id = 'RVU25D' and later.release_id = 'RVU26B' and earlier.status_code = 'A' "
        "and later.status_code = 'A' and earlier.work_rvu > 0 and later.work_rvu > 0"
    ).fetchall()
    assert found == [(8025, 7287)]


def test_no_cpt_descriptor_is_in_the_file(whole: duckdb.DuckDBPyConnection) -> None:
    """Descriptors are kept of Level II codes only, a letter from A to V but D and four digits."""
    ((all_rows, level_two),) = whole.execute(
        "select count(*), count(*) filter (where regexp_full_match(hcpcs_code, '[A-CE-V][0-9X]{3}[0-9]')) from hcpcs_descriptor"
    ).fetchall()
    assert all_rows == level_two > 50_000


@pytest.mark.parametrize("release", RELEASES)
def test_the_archive_is_in_the_raw_store_read_only(
    whole: duckdb.DuckDBPyConnection, first_refresh: tuple[Home, Result], shared: Path, release: str
) -> None:
    """Byte for byte what the source had, under its hash."""
    ((sha256, name),) = whole.execute(
        "select archive_sha256, archive_name from release where release_id = ?", [release]
    ).fetchall()
    stored = first_refresh[0].raw / f"{sha256}.zip"
    assert stored.read_bytes() == (shared / "cms" / name).read_bytes()
    assert stored.stat().st_mode & 0o222 == 0
