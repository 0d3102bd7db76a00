"""Places and their dollars: locality_change, locality_comparison, locality_change_summary and locality_payment_change."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import duckdb

from tests.chain import dated, visit
from tests.warehouse import Row, answer, factor, gpci, insert, tiny_warehouse

ALABAMA, ALABAMA_AFTER = ("1.000", "0.869", "0.575"), ("1.000", "0.875", "0.566")


def places(before: str, after: str, rows: dict[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """Two releases with these rows of gpci, whose contractor and locality are known by the catalogue's own identities."""
    return tiny_warehouse(
        release=[dated(before), dated(after)],
        gpci=[{**row, "release_id": label} for label, found in rows.items() for row in found],
    )


CHANGES = "select locality_id, change_kind, is_renumbered, is_gpci_changed from locality_change where basis = 'year' order by 1"


def test_a_new_contractor_number_is_the_same_place() -> None:
    """Alabama was 10102-00 in 2017 and is 10112-00 in 2019; its indices did not change here."""
    con = places("RVU17A", "RVU19A", {"RVU17A": [gpci("10102", "00")], "RVU19A": [gpci("10112", "00")]})
    assert answer(con, CHANGES) == [("AL-00", "renumbered", True, False)]
    numbers = "mac_before, locality_before, mac_after, locality_after"
    assert answer(con, f"select {numbers} from locality_change where basis = 'year'") == [("10102", "00", "10112", "00")]


def test_new_indices_come_before_a_new_number() -> None:
    """The kind says what is paid by; that the number changed too is flagged beside it. The largest difference is told."""
    con = places("RVU17A", "RVU19A", {"RVU17A": [gpci("10102", "00", *ALABAMA)], "RVU19A": [gpci("10112", "00", *ALABAMA_AFTER)]})
    assert answer(con, CHANGES) == [("AL-00", "gpci_changed", True, True)]
    assert answer(con, "select gpci_change from locality_change where basis = 'year'") == [("0.009",)]


def test_a_place_that_stands_still() -> None:
    con = places("RVU24A", "RVU25A", {label: [gpci("10112", "00", *ALABAMA)] for label in ("RVU24A", "RVU25A")})
    assert answer(con, CHANGES) == [("AL-00", "unchanged", False, False)]


def test_a_split_is_shown_with_the_areas_that_took_its_place() -> None:
    """Marin, Napa and Solano were one area to 2016 and three from 2017; each new one stands beside the indices of the old."""
    con = places(
        "RVU15A",
        "RVU17A",
        {
            "RVU15A": [gpci("01112", "03", pe="1.286")],
            "RVU17A": [gpci("01112", locality, pe="1.271") for locality in ("51", "52", "53")],
        },
    )
    columns = "locality_id, change_kind, locality_id_before, locality_id_after, pe_gpci_before, pe_gpci_after"
    assert answer(con, f"select {columns} from locality_change where basis = 'year' order by 1") == [
        ("CA-03", "split", "CA-03", None, "1.286", None),
        ("CA-51", "split_off", "CA-03", "CA-51", "1.286", "1.271"),
        ("CA-52", "split_off", "CA-03", "CA-52", "1.286", "1.271"),
        ("CA-53", "split_off", "CA-03", "CA-53", "1.286", "1.271"),
    ]


def test_an_area_that_went_into_another_one_is_merged() -> None:
    """Orange County (26) went into Los Angeles (18) in 2024: its practices see the indices of 18."""
    con = places(
        "RVU22A",
        "RVU24A",
        {"RVU22A": [gpci("01182", "18"), gpci("01182", "26", pe="1.175")], "RVU24A": [gpci("01182", "18", pe="1.194")]},
    )
    columns = "locality_id, change_kind, locality_id_after, pe_gpci_before, pe_gpci_after"
    assert answer(con, f"select {columns} from locality_change where basis = 'year' order by 1") == [
        ("CA-18", "gpci_changed", "CA-18", "1.000", "1.194"),
        ("CA-26", "merged", "CA-18", "1.175", "1.194"),
    ]


def test_a_place_that_nothing_is_known_of() -> None:
    """A pair that the catalogue does not know is compared by its numbers, and begins and ends as such."""
    con = places("RVU24A", "RVU25A", {"RVU24A": [gpci("99991", "01")], "RVU25A": [gpci("99992", "01")]})
    assert answer(con, CHANGES) == [("99991-01", "ended", False, False), ("99992-01", "created", False, False)]


def test_the_summary_counts_each_area_once() -> None:
    con = places(
        "RVU22A",
        "RVU24A",
        {"RVU22A": [gpci("01182", "18"), gpci("01182", "26")], "RVU24A": [gpci("01182", "18", pe="1.194")]},
    )
    columns = "localities_before, localities_after, localities_begun, localities_ended, gpcis_changed, largest_gpci_change"
    assert answer(con, f"select {columns} from locality_change_summary where basis = 'year'") == [(2, 1, 0, 1, 1, "0.194")]


def test_any_two_releases_can_be_compared() -> None:
    con = places("RVU09A", "RVU12A", {"RVU12A": [gpci("10102", "00")]})
    query = "select locality_id, change_kind from locality_comparison where basis = 'any' and from_release_id = 'RVU12A'"
    assert answer(con, query) == [("AL-00", "ended")]


# --- dollars ---------------------------------------------------------------------------------------------------------------

BEFORE, AFTER = visit("1.30", "1.35", "0.57", "0.10"), visit("1.30", "1.46", "0.33", "0.09")


def alabama(before: Row = BEFORE, after: Row = AFTER) -> duckdb.DuckDBPyConnection:
    con = places("RVU25D", "RVU26B", {"RVU25D": [gpci("10112", "00", *ALABAMA)], "RVU26B": [gpci("10112", "00", *ALABAMA_AFTER)]})
    insert(con, "rvu", [{**before, "release_id": "RVU25D"}, {**after, "release_id": "RVU26B"}])
    factors = [factor("32.3465", release_id="RVU25D"), factor("33.4009", release_id="RVU26B")]
    insert(con, "conversion_factor", [*factors, factor("33.5675", "qp", release_id="RVU26B")])
    return con


def parts(setting: str) -> tuple[Fraction, Fraction, Fraction]:
    """The split by another way of counting: fractions, term by term."""
    indices = [tuple(map(Fraction, found)) for found in (ALABAMA, ALABAMA_AFTER)]
    rvus = [tuple(Fraction(str(row[name])) for name in ("work_rvu", f"{setting}_pe_rvu", "mp_rvu")) for row in (BEFORE, AFTER)]
    factors = Fraction("32.3465"), Fraction("33.4009")
    mean = sum(factors) / 2
    by_rvu = sum((b - a) * (g + h) / 2 for a, b, g, h in zip(*rvus, *indices, strict=True)) * mean
    by_index = sum((a + b) / 2 * (h - g) for a, b, g, h in zip(*rvus, *indices, strict=True)) * mean
    sums = [sum(r * g for r, g in zip(*pair, strict=True)) for pair in zip(rvus, indices, strict=True)]
    return by_rvu, by_index, sum(sums) / 2 * (factors[1] - factors[0])


def test_a_change_in_a_locality_is_split_exactly() -> None:
    """99213 in Alabama, RVU25D to RVU26B: 81.86 and 59.93 dollars become 87.79 and 54.77, in three parts and rounding."""
    con = alabama()
    for setting, amounts in (("nonfacility", ("81.86", "87.79", "5.93")), ("facility", ("59.93", "54.77", "-5.16"))):
        names = ("fee_before", "fee_after", "fee_change", "rvu_effect", "gpci_effect", "conversion_factor_effect", "rounding")
        (row,) = con.execute(
            f"select {', '.join(f'{setting}_{name}' for name in names)} from locality_payment_change('RVU25D', 'RVU26B') "
            "where qp_status = 'non_qp'"
        ).fetchall()
        assert tuple(map(str, row[:3])) == amounts
        assert tuple(map(Fraction, row[3:6])) == parts(setting)
        assert sum(row[3:]) == row[2]
        assert abs(row[6]) < Decimal("0.01")


def test_qualifying_participants_have_rows_of_their_own() -> None:
    columns = "qp_status, nonfacility_fee_before, nonfacility_fee_after"
    found = answer(alabama(), f"select {columns} from locality_payment_change('RVU25D', 'RVU26B') order by 1")
    assert found == [("non_qp", "81.86", "87.79"), ("qp", "81.86", "88.23")]


def test_without_a_price_on_both_sides_there_is_no_row() -> None:
    assert answer(alabama(before=visit(status="C")), "select * from locality_payment_change('RVU25D', 'RVU26B')") == []


def test_an_amount_in_dollars_is_not_rounded_on_the_way() -> None:
    """Macro dollar_step: 0.123456789 adjusted RVUs at 33.40095 dollars."""
    found = answer(tiny_warehouse(), "select dollar_step(0.123456789, 33.40095)")
    assert Decimal(found[0][0]) == Decimal("0.123456789") * Decimal("33.40095")
