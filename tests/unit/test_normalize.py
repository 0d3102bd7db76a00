"""Text in, exact figures out: what would lose a digit by its type is kept out with a reason, repairs are declared and counted."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.extract.members import Member
from flows.normalize.normalize import Normalized, Repair, normalize
from tests.members import ALABAMA, ALASKA, ARIZONA, cells_of, gpci, normal, read, sample_archives, sample_member
from tests.slow import cases
from warehouse.errors import LayoutError, ReleaseError

CAP_HEAD = "HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE"


def caps(*lines: str) -> Member:
    """An OPPS cap csv member; its amounts have two decimals."""
    return Member("OPPSCAP_JAN.csv", "\r\n".join([CAP_HEAD, *lines, ""]).encode("cp1252"))


def amount(text: str) -> Normalized:
    return normal(caps("G0365,TC,A,10112,00,1.00,1.00", f'G0366,TC,A,10112,00,"{text}",1.00'))


def rejected(found: Normalized) -> list[tuple[int, str]]:
    return list(found.rejected.select("line_number", "reason").rows())


# --- figures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.23", "1.23"),
        (" 1 ", "1.00"),
        (".10", "0.10"),
        ("0.10", "0.10"),
        ("1.", "1.00"),
        ("1.000", "1.00"),
        ("1.500000000000", "1.50"),
        ("0001.50", "1.50"),
        ("9999999.99", "9999999.99"),
        ("0", "0.00"),
    ],
)
def test_a_figure_that_fits_its_column_is_taken_as_it_is(text: str, value: str) -> None:
    found = amount(text)
    assert found.rejected.height == 0
    assert found.rows.schema["facility_amount"] == pl.Decimal(9, 2)
    assert found.rows["facility_amount"][1] == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "1.005",
        "0.001",
        "1.0000000000001",
        "12345678.1",
        "10000000",
        "99999999999999999999999999999999999999.00",
        "1e3",
        "+1",
        "-1",
        "NaN",
        "inf",
        "1,000",
        "1 000",
        "$1",
        "1..2",
        "1.2.3",
        ".",
        "NA",
        "1_0",
        "0x1",
        "1\u00b2",
        "",
    ],
)
def test_a_figure_that_would_lose_something_rejects_its_row(text: str) -> None:
    """1.005 in a column of cents is an error, never 1.01 and never 1.00."""
    found = amount(text)
    assert found.rows["hcpcs_code"].to_list() == ["G0365"]
    ((line, reason),) = rejected(found)
    shown = "empty" if not text else f"'{text}'" if len(text) <= 10 else f"'{text[:10]}\u2026'"
    assert line == 3
    assert reason == (f"facility_amount is {shown}: a number with at most 2 decimals and 7 digits before them was expected")


@settings(max_examples=cases(30))
@given(st.decimals(min_value=0, max_value=99_999_999, places=4), st.integers(0, 3))
def test_a_figure_is_kept_exactly_or_its_row_is_rejected(value: Decimal, zeros: int) -> None:
    text = f"{value:f}" + "0" * zeros
    found = amount(text)
    if value == value.quantize(Decimal("0.01")) and value < 10_000_000:
        assert found.rows["facility_amount"][1] == value
    else:
        assert [line for line, _ in rejected(found)] == [3]


def test_every_fault_of_a_row_is_in_its_one_reason() -> None:
    with pytest.raises(LayoutError) as caught:
        normal(gpci(ALABAMA, "02102,AK,1A,ALASKA,1.5000001,1.081,x"))
    said = str(caught.value)
    assert "line 5: locality is '1A': text of the form [0-9]{2} was expected; work_gpci is '1.5000001': " in said
    assert said.count("was expected") == 3


def test_a_long_text_is_shown_by_its_beginning_only() -> None:
    """With columns shifted it may be a descriptor of the AMA, which no log may hold."""
    with pytest.raises(LayoutError, match="state is 'THE WORDS \u2026': text of the form"):
        normal(gpci(ALABAMA, "02102,THE WORDS OF SOMEBODY ELSE,01,ALASKA,1.500,1.081,0.592"))


# --- codes and flags -----------------------------------------------------------------------------------------------------


def rvu_with(code: str, column: int, text: str) -> Normalized:
    """The RVU csv member of RVU24A with one cell of one code (without modifier) changed."""
    lines = sample_archives()["RVU24A"]["PPRRVU24_JAN.csv"].decode("cp1252").split("\r\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{code},,"))
    cells = lines[at].split(",")
    cells[column] = text
    lines[at] = ",".join(cells)
    return normal(Member("PPRRVU24_JAN.csv", "\r\n".join(lines).encode("cp1252")))


def value(found: Normalized, code: str, column: str) -> object:
    return found.rows.filter((pl.col("hcpcs_code") == code) & (pl.col("modifier") == ""))[column].item()


def test_na_is_a_flag_and_not_a_zero() -> None:
    found = normal(sample_member("RVU24A", "PPRRVU24_JAN.csv"))
    flagged = [row for row in cells_of(found.extract.member.content)[10:] if len(row) > 9 and row[7] == "NA"]
    assert flagged
    assert found.rows["nonfacility_na"].sum() == len(flagged)
    some = flagged[0]
    row = found.rows.filter((pl.col("hcpcs_code") == some[0]) & (pl.col("modifier") == some[1])).row(0, named=True)
    assert row["nonfacility_na"] is True
    assert row["nonfacility_pe_rvu"] == Decimal(some[6])


@pytest.mark.parametrize("column", [4, 7, 9])
def test_a_flag_is_its_own_mark_or_nothing(column: int) -> None:
    name, mark = {4: ("not_used_for_medicare_payment", "+"), 7: ("nonfacility_na", "NA"), 9: ("facility_na", "NA")}[column]
    assert value(rvu_with("99213", column, ""), "99213", name) is False
    assert value(rvu_with("99213", column, mark), "99213", name) is True
    for wrong in ("NA" if mark == "+" else "+", "N", "0"):
        ((_, reason),) = rejected(rvu_with("99213", column, wrong))
        assert reason == f"{name} is '{wrong}': {mark} or nothing was expected"


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        (0, "9921$", "hcpcs_code is '9921$': text of the form [0-9A-Z]{5} was expected"),
        (1, "2", "modifier is '2': text of the form |[0-9A-Z]{2} was expected"),
        (3, "", "status_code is empty: text of the form [A-Z] was expected"),
        (14, "030", "global_days is '030': text of the form 000|010|090|MMM|XXX|YYY|ZZZ was expected"),
    ],
)
def test_a_code_of_another_form_rejects_its_row(column: int, text: str, reason: str) -> None:
    found = rvu_with("99213", column, text)
    if not column:  # the line does not even look like a row; it is kept all the same
        reason = "the line has the figures of a row and not the key of one"
    assert rejected(found) == [(found.rejected["line_number"][0], reason)]
    assert text in found.rejected["text"][0]


# --- repairs -------------------------------------------------------------------------------------------------------------


def test_lost_leading_zeros_are_filled_and_counted() -> None:
    found = normal(gpci("10112,AL,0,ALABAMA,1.000,0.869,0.575", "2102,AK,1,ALASKA,1.500,1.081,0.592", ARIZONA))
    assert found.rows.select("mac", "locality").rows() == [("10112", "00"), ("02102", "01"), ("03102", "00")]
    assert set(found.repairs) == {Repair("mac", "leading_zeros", 1), Repair("locality", "leading_zeros", 2)}


def test_zeros_are_filled_before_codes_of_digits_only() -> None:
    found = normal(caps("100,26,A,10112,00,1.00,1.00", "75T,26,A,10112,00,1.00,1.00"))
    assert found.rows["hcpcs_code"].to_list() == ["00100"]
    assert rejected(found) == [(3, "hcpcs_code is '75T': text of the form [0-9A-Z]{5} was expected")]


def test_whole_members_are_not_repaired() -> None:
    assert normal(gpci(ALABAMA, ALASKA)).repairs == ()


def test_implied_decimals_are_put_where_the_layout_says_so() -> None:
    found = normal(sample_member("RVU24A", "ANES2024.txt"))
    printed = normal(sample_member("RVU24A", "ANES2024.csv"))
    assert found.extract.layout.implied_decimals == 2
    assert Repair("conversion_factor", "implied_decimals", 109) in found.repairs
    assert found.rows["conversion_factor"].to_list() == printed.rows["conversion_factor"].to_list()
    assert not any(repair.repair == "implied_decimals" for repair in printed.repairs)


# --- state and marks -----------------------------------------------------------------------------------------------------


def test_the_state_of_a_county_list_is_carried_down_to_the_rows_that_leave_it_blank() -> None:
    member = sample_member("RVU24A", "24LOCCO.csv")
    assert "" in read(member).rows["state_name"].to_list()
    rows = normal(member).rows
    assert "" not in rows["state_name"].to_list()
    california = rows.filter(pl.col("state_name") == "CALIFORNIA")
    assert california.height == 29
    assert set(california["mac"]) == {"01112", "01182"}


def test_footnote_marks_are_no_part_of_a_name() -> None:
    found = normal(gpci(ALABAMA, ALASKA, "03202,MT,01,MONTANA **,1.000,1.000,1.300", "101,AL,1,*STAR* CITY,1.000,1.000,1.000"))
    assert found.rows["locality_name"].to_list() == ["ALABAMA", "ALASKA", "MONTANA", "*STAR* CITY"]


# --- keys ----------------------------------------------------------------------------------------------------------------


def test_a_row_that_repeats_another_word_for_word_is_rejected_with_its_line() -> None:
    found = normal(gpci(ALABAMA, ALASKA, ALABAMA))
    assert found.rows["line_number"].to_list() == [4, 5]
    assert rejected(found) == [(6, "the row repeats line 4 word for word")]
    assert found.rejected["text"].to_list() == [ALABAMA]


def test_two_rows_of_one_key_with_other_values_are_an_error_of_the_release() -> None:
    with pytest.raises(ReleaseError, match=r"GPCI2024.csv, lines 4 and 6: both rows are for mac='10112' locality='00' and their"):
        normal(gpci(ALABAMA, ALASKA, ALABAMA.replace("0.575", "0.576")))


def test_a_key_that_only_a_repair_makes_equal_is_still_one_key() -> None:
    with pytest.raises(ReleaseError, match="lines 4 and 5"):
        normal(gpci(ALASKA, "2102,AK,1,ALASKA*,1.500,1.081,0.593"))


def test_a_locality_number_is_a_key_with_its_contractor_only() -> None:
    assert normal(gpci(ALABAMA, ARIZONA)).rows.height == 2


# --- too much ------------------------------------------------------------------------------------------------------------


def test_no_locality_may_be_lost() -> None:
    """A place without its index has no price, so one bad row of a GPCI member stops its release."""
    with pytest.raises(LayoutError) as caught:
        normal(gpci(ALABAMA, "02102,AK,01,ALASKA,1.5005,1.081,0.592"))
    said = str(caught.value)
    assert said.startswith("GPCI2024.csv: 1 of 2 rows do not fit the layout gpci_csv_state (at most 0 may be kept out). line 5: ")
    assert "work_gpci is '1.5005'" in said
    assert "flows/catalog/column_maps/gpci.csv" in said


def test_broken_lines_count_as_rows_kept_out() -> None:
    with pytest.raises(LayoutError, match="2 of 3 rows do not fit"):
        normal(gpci(ALABAMA, "02102,AK", "02103,AK"))


def test_five_examples_are_shown_at_most() -> None:
    with pytest.raises(LayoutError) as caught:
        normal(gpci(ALABAMA, *[f"{number},AK,01,A,x,1.081,0.592" for number in range(10_000, 10_020)]))
    assert str(caught.value).count("work_gpci is 'x'") == 5


@pytest.mark.parametrize("release", ["RVU24A", "RVU25D", "RVU26B"])
def test_every_line_of_the_sample_is_a_row_rejected_or_ignored(release: str) -> None:
    for name in sample_archives()[release]:
        found = normalize(read(sample_member(release, name)))
        assert found.rows.height + found.rejected.height + found.ignored == len(found.extract.member.lines), name
        expected = 1 if "LOCCO" in name else 0  # Missouri stands twice in the county lists
        assert found.rejected.height == expected, name
