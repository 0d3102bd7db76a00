"""Comparing published amounts with a warehouse: what matches, what differs, and why a row cannot be compared.

99213 in Alabama, RVU25D: (1.30 x 1.000 + 1.35 x 0.869 + 0.10 x 0.575) x 32.3465 = 81.857670225, printed 81.86.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.commands.verify import command, verify_files
from tests.warehouse import Row, factor, gpci, release, rvu, tiny_warehouse
from warehouse.errors import UsageError
from warehouse.raw import sha256_of
from warehouse.verify import Report, Verifier
from warehouse.verify_steps import steps

ALABAMA = gpci("10112", "00", "1.000", "0.869", "0.575")
VISIT = rvu("99213", work="1.30", pe="1.35", facility_pe="0.57", mp="0.10")
BUNDLED = "Bundled (status B): Medicare pays for it as part of other services and never on its own"


def warehouse(**more: list[Row]) -> duckdb.DuckDBPyConnection:
    """RVU25D with one visit in Alabama, and what a test adds."""
    tables = {"release": [release()], "rvu": [VISIT], "gpci": [ALABAMA], "conversion_factor": [factor()]}
    return tiny_warehouse(**(tables | more))


def claim(**more: Any) -> Row:
    """A claim that 99213 costs what it costs; `more` changes it. Measures are texts, as a file prints them."""
    keys = {"line_number": 1, "wanted": "RVU25D", "qp_status": "non_qp", "mac": "10112", "locality": "00"}
    return {**keys, "hcpcs_code": "99213", "modifier": "", "is_wrong": False, "problem": None, "nonfacility_fee": "81.86"} | more


def verified(con: duckdb.DuckDBPyConnection, *claims: Row, shown: int = 5) -> Report:
    """The report on some claims, each on a line of its own unless it says otherwise."""
    listed = [row | {"line_number": number} for number, row in enumerate(claims, start=1)]
    report = Report()
    Verifier(con, shown).add(report, pl.DataFrame(listed, schema_overrides={"problem": pl.String}))
    return report


def counts(report: Report) -> tuple[int, int, int]:
    return report.matched, report.differing, report.not_comparable


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("81.86", (1, 0, 0)), ("0000081.86", (1, 0, 0)), ("81.85", (0, 1, 0)), ("81.859", (0, 1, 0)), ("0", (0, 1, 0))],
)
def test_an_amount_matches_to_the_cent(amount: str, expected: tuple[int, int, int]) -> None:
    """Neither more digits nor a zero pass."""
    assert counts(verified(warehouse(), claim(nonfacility_fee=amount))) == expected


def test_a_row_differs_when_one_of_its_amounts_does() -> None:
    """Amounts are counted one by one, rows as a whole."""
    report = verified(warehouse(), claim(facility_fee="60.00"))
    assert counts(report) == (0, 1, 0)
    assert report.measures == {"nonfacility_fee": [1, 1], "facility_fee": [1, 0]}
    assert not report.is_right


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"wanted": "RVU25C"}, "RVU25C is not loaded (loaded of 2025: RVU25D; --release compares with another)"),
        ({"wanted": "RVU21A"}, "RVU21A is not loaded"),
        ({"wanted": "2020-03-01/2020-03-01"}, "no loaded release governs 2020-03-01"),
        ({"wanted": None}, "no release is named"),
        ({"qp_status": "qp"}, "RVU25D has no conversion factor for qp"),
        ({"mac": "10212"}, "the locality is not in RVU25D"),
        ({"locality": "01"}, "the locality is not in RVU25D"),
        ({"hcpcs_code": "99299"}, "the code is not in RVU25D"),
        ({"hcpcs_code": "992\x0013"}, "the code is not in RVU25D"),
        ({"mac": "101\x0012"}, "the locality is not in RVU25D"),
        ({"qp_status": "non\x00qp"}, "RVU25D has no conversion factor for non\x00qp"),
        ({"wanted": "RVU25D/A/B"}, "RVU25D/A/B is not loaded (loaded of 2025: RVU25D; --release compares with another)"),
        ({"wanted": "RVU\u00b2\u00b2A"}, "RVU\u00b2\u00b2A is not loaded"),
        ({"wanted": "2025-13-01/2025-13-01"}, "2025-13-01/2025-13-01 is not loaded"),
        ({"modifier": "26"}, "the code has no such modifier in RVU25D"),
        ({"hcpcs_code": "36415", "nonfacility_fee": "0000000.00"}, f"no price in RVU25D: {BUNDLED}"),
        ({"hcpcs_code": "36415"}, f"the file prints an amount, and there is no price in RVU25D: {BUNDLED}"),
        ({"nonfacility_fee": "n/a"}, "an amount is not a number"),
        ({"nonfacility_fee": None}, "no amount that RVU25D gives"),
        ({"problem": "the line has 6 cells"}, "the line has 6 cells"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_compared_says_why(change: Row, reason: str) -> None:
    """From the release down to the price; it is neither matched nor differing."""
    con = warehouse(rvu=[VISIT, rvu("36415", status="B", work="0.10")])
    report = verified(con, claim(), claim(**change))
    assert counts(report) == (1, 0, 1)
    assert dict(report.reasons) == {reason: 1}


def test_nothing_compared_is_not_right() -> None:
    """A file that is not comparable as a whole proves nothing."""
    assert not verified(warehouse(), claim(wanted="RVU21A")).is_right
    assert verified(warehouse(), claim()).is_right


def test_the_newest_edition_of_a_label_answers_unless_an_edition_is_asked_for() -> None:
    """RVU25D.2 is RVU25D as CMS posted it again."""
    again = {"release_id": "RVU25D.2"}
    con = warehouse(
        release=[release(), release() | again | {"edition": 2}],
        rvu=[VISIT, VISIT | again | {"nonfacility_pe_rvu": "2.00", "nonfacility_total_rvu": "3.40"}],
        gpci=[ALABAMA, ALABAMA | again],
        conversion_factor=[factor(), factor() | again],
    )
    assert dict(verified(con, claim(), claim(wanted="RVU25D.2")).releases) == {"RVU25D.2": 2}
    assert counts(verified(con, claim())) == (0, 1, 0)


def two_factors() -> duckdb.DuckDBPyConnection:
    """RVU24A to 8 March and RVU24AR from 9 March: the same RVUs, another factor."""
    first, second = {"release_id": "RVU24A"}, {"release_id": "RVU24AR"}
    return warehouse(
        release=[
            release("RVU24A", "2024-01-01", valid_to="2024-03-08"),
            release("RVU24AR", "2024-03-09", valid_to="2024-03-31", supersedes="RVU24A"),
        ],
        rvu=[VISIT | first, VISIT | second],
        gpci=[ALABAMA | first, ALABAMA | second],
        conversion_factor=[factor("32.7442", **first), factor("33.2875", **second)],
    )


def test_an_amount_for_a_span_has_to_hold_on_each_of_its_days() -> None:
    """82.86 is right to 8 March and 84.24 from 9 March; neither is right for all of the quarter."""
    con = two_factors()
    first, second, quarter = "2024-01-01/2024-03-08", "2024-03-09/2024-03-31", "2024-01-01/2024-03-31"
    assert counts(verified(con, claim(wanted=first, nonfacility_fee="82.86"))) == (1, 0, 0)
    assert counts(verified(con, claim(wanted=second, nonfacility_fee="84.24"))) == (1, 0, 0)
    assert counts(verified(con, claim(wanted=quarter, nonfacility_fee="82.86"))) == (0, 1, 0)


def test_an_amount_that_the_file_calls_wrong_must_differ() -> None:
    """A stale amount of CMS's that is reproduced is a fault, and so shown; one that differs is as it should be."""
    con = two_factors()
    quarter = claim(wanted="2024-01-01/2024-03-31", nonfacility_fee="82.86", is_wrong=True)
    report = verified(con, quarter, claim(wanted="RVU24A", nonfacility_fee="82.86", is_wrong=True))
    assert (report.wrong_differing, report.wrong_matched, counts(report)) == (1, 1, (0, 0, 0))
    assert [row["line_number"] for row in report.differing_rows] == [2]
    assert not report.is_right


def test_a_row_without_a_place_is_national() -> None:
    """Every index is 1: (1.30 + 1.35 + 0.10) x 32.3465."""
    assert counts(verified(warehouse(), claim(mac="", locality="", nonfacility_fee="88.95"))) == (1, 0, 0)


def test_the_fee_is_not_capped_and_the_cap_is_compared_for_itself() -> None:
    """A cap below the fee does not change the fee columns; one above the fee is printed too."""
    con = warehouse(rvu=[rvu("70450", work="0.85", pe="2.35", mp="0.05", opps_pe="2.00", opps_mp="0.04")])
    amounts = {"nonfacility_fee": "94.48", "opps_nonfacility_cap": "84.46", "opps_facility_cap": "84.46"}
    report = verified(con, claim(hcpcs_code="70450", **amounts))
    assert counts(report) == (1, 0, 0)
    assert report.measures == {name: [1, 1] for name in amounts}


def test_the_ceiling_on_a_contractor_priced_code_is_compared() -> None:
    """Status C has no payment, but CMS's cap table lists it; a global takes the work of its 26 row."""
    con = warehouse(
        rvu=[rvu("78429", status="C", opps_pe="45.61", opps_mp="0.06"), rvu("78429", "26", work="1.76")],
        opps_cap=[
            {"mac": "10112", "locality": "00", "hcpcs_code": "78429", "status_code": "C", "nonfacility_amount": "1340.10"}
            | {"facility_amount": "1340.10"}
        ],
    )
    report = verified(con, claim(hcpcs_code="78429", nonfacility_fee=None, opps_nonfacility_cap="1340.10"))
    assert counts(report) == (1, 0, 0)


@pytest.mark.parametrize(
    ("valid_from", "office", "institution", "expected"),
    [
        ("2025-10-01", "19.94", "19.94", (1, 0, 0)),
        ("2025-10-01", "20.08", "19.94", (0, 1, 0)),
        ("2012-04-01", "23.06", "22.54", (1, 0, 0)),
        ("2009-01-01", "25.14", "25.14", (0, 0, 1)),
    ],
)
def test_therapy_is_compared_with_a_part_of_its_practice_expense(
    valid_from: str, office: str, institution: str, expected: tuple[int, int, int]
) -> None:
    """Half since April 2013, in one rounding: (0.45 + 0.37 / 2 x 0.869 + 0.01 x 0.575) x 32.3465 = 19.9421…; rounding the half
    first would give 20.08. Four fifths before, in the office; for the cut in institutions, and before 2011, there is no rule."""
    con = warehouse(
        release=[release("RVU25D", valid_from)],
        rvu=[rvu("97110", work="0.45", pe="0.37", mp="0.01", multiple_procedure_indicator="5")],
    )
    amounts = {"nonfacility_fee": None, "nonfacility_therapy": office, "facility_therapy": institution}
    assert counts(verified(con, claim(hcpcs_code="97110", **amounts))) == expected


def test_limiting_charges_and_anesthesia_factors_are_compared() -> None:
    """1.0925 x the rounded amount, rounded; an anesthesia factor has a place and no code."""
    con = warehouse(anesthesia_cf=[{"mac": "10112", "locality": "00", "conversion_factor": "19.31"}])
    charge = claim(nonfacility_fee=None, nonfacility_limiting_charge="89.43", anesthesia_cf=None)
    anesthesia = claim(nonfacility_fee=None, hcpcs_code="", nonfacility_limiting_charge=None, anesthesia_cf="19.31")
    assert counts(verified(con, charge, anesthesia)) == (2, 0, 0)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"nonfacility_allowed": "81.86", "facility_allowed": "59.93"}, (1, 0, 0)),
        ({"nonfacility_nonpar_allowed": "77.77", "facility_nonpar_allowed": "56.93"}, (1, 0, 0)),
        ({"nonfacility_nonpar_allowed": "77.76"}, (0, 1, 0)),
        ({"nonfacility_nonpar_allowed": "77.76", "tolerance": "0.01"}, (1, 0, 0)),
        ({"nonfacility_nonpar_allowed": "77.75", "tolerance": "0.01"}, (0, 1, 0)),
        ({"hcpcs_code": "", "mac": "", "locality": "", "conversion_factor": "32.3465"}, (1, 0, 0)),
        ({"hcpcs_code": "", "mac": "", "locality": "", "conversion_factor": "32.35"}, (0, 1, 0)),
        ({"hcpcs_code": "", "mac": "", "locality": "", "anesthesia_cf": "20.3178"}, (1, 0, 0)),
    ],
)
def test_what_follows_from_a_fee_and_the_factors_are_compared(amounts: Row, expected: tuple[int, int, int]) -> None:
    """95 %, the amount after the cap, factors; a row may say itself that it fits within a cent only."""
    factors = [factor("32.3465", national_anesthesia_cf="20.3178")]
    row = {"nonfacility_fee": None, "facility_fee": None, **amounts}
    assert counts(verified(warehouse(conversion_factor=factors), claim(**row))) == expected


def test_an_amount_that_the_warehouse_lacks_is_counted() -> None:
    """The visit has no cap: its fee is compared, and the cap that the file prints is not silently passed over."""
    report = verified(warehouse(), claim(opps_nonfacility_cap="80.00"))
    assert counts(report) == (1, 0, 0)
    assert dict(report.missing) == {"opps_nonfacility_cap": 1}


def test_the_first_rows_that_differ_are_kept() -> None:
    """In the order of the file, as many as are asked for."""
    report = verified(warehouse(), claim(), *[claim(nonfacility_fee="1.00")] * 3, shown=2)
    assert counts(report) == (1, 3, 0)
    assert [row["line_number"] for row in report.differing_rows] == [2, 3]


# --- the explanation ---------------------------------------------------------------------------------------------------------


def explained(con: duckdb.DuckDBPyConnection, **change: Any) -> dict[str, Any]:
    report = verified(con, claim(**change))
    (row,) = report.differing_rows
    (step,) = steps(con, row)
    return step


def test_a_difference_is_explained_step_by_step() -> None:
    """Each product, the sum, the factor, the exact amount, the rounded one."""
    step = explained(warehouse(), nonfacility_fee="80.00")
    assert [str(part["product"]) for part in step["parts"]] == ["1.30000", "1.17315", "0.05750"]
    assert [str(step[name]) for name in ("sum", "conversion_factor", "exact", "computed", "published", "difference")] == [
        "2.53065", "32.3465", "81.857670225", "81.86", "80.00", "-1.86"
    ]  # fmt: skip
    assert step["published_is"] == []


@pytest.mark.parametrize(
    ("amount", "explanation"),
    [
        ("81.85", "the exact amount, cut off instead of rounded"),
        ("81.84", "what adjusted RVUs rounded to two decimals give"),
        ("88.95", "the national amount"),
        ("59.93", "the amount of the other setting"),
        ("42.05", "the amount of modifier 26"),
        ("83.34", "the amount of RVU25A"),
    ],
)
def test_another_computation_that_gives_the_published_amount_is_named(amount: str, explanation: str) -> None:
    """So that one sees which mistake was made, or which release or row was meant."""
    earlier = {"release_id": "RVU25A"}
    con = warehouse(
        release=[release(), release("RVU25A", "2025-01-01")],
        rvu=[VISIT, rvu("99213", "26", work="1.30"), VISIT | earlier],
        gpci=[ALABAMA, ALABAMA | earlier],
        conversion_factor=[factor(), factor("32.9326", **earlier)],
    )
    assert explanation in explained(con, nonfacility_fee=amount)["published_is"]


def test_the_amount_after_the_cap_is_recognised() -> None:
    """A table that prints what Medicare allows, where the fee schedule amount is asked for."""
    con = warehouse(rvu=[rvu("70450", work="0.85", pe="2.35", mp="0.05", opps_pe="2.00", opps_mp="0.04")])
    step = explained(con, hcpcs_code="70450", nonfacility_fee="84.46")
    assert "the amount after the cap" in step["published_is"]


def test_whom_amounts_are_for_is_no_question_without_amounts() -> None:
    with pytest.raises(UsageError, match="--qp is about the amounts of a file, and none is named"):
        command([], None, is_qp=True, shown=5, evidence_file=None, json=False)


def test_each_file_of_a_folder_has_its_own_hash(tmp_path: Path) -> None:
    """The evidence page names its sources by sha256, also where a folder was named."""
    for name, amount in (("a.csv", "81.86"), ("b.csv", "81.85")):
        (tmp_path / name).write_text(
            f"code,mac,locality,release,nonfacility_fee\n99213,10112,00,RVU25D,{amount}\n", encoding="utf-8"
        )
    found = verify_files(warehouse(), [tmp_path], None, None)
    assert [item.sha256 for item in found] == [sha256_of(tmp_path / name) for name in ("a.csv", "b.csv")]
    assert [item.report.differing for item in found] == [0, 1]
