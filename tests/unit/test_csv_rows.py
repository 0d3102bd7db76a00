"""csv members to the line: every line is a row, broken, blank, heading, note or the end mark, and is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import catalog
from flows.extract.csv_rows import csv_heading, csv_records, read_csv
from flows.extract.lines import Extract
from flows.extract.members import Member
from tests.members import ALABAMA, ALASKA, ARIZONA, END_MARK, GPCI_HEAD, account, as_csv, cells_of, gpci, sample_member
from tests.slow import cases

GPCI = catalog.kinds()["gpci"]
RVU = catalog.kinds()["rvu"]


def read(member: Member) -> Extract:
    found = read_csv(member, GPCI)
    assert found is not None
    return found


def broken(found: Extract) -> list[tuple[int, str]]:
    return [(row["line_number"], row["reason"]) for row in found.broken.to_dicts()]


# --- rows ----------------------------------------------------------------------------------------------------------------


def test_rows_are_cut_into_the_columns_of_the_layout_and_know_their_line() -> None:
    found = read(gpci(ALABAMA, ALASKA))
    assert found.layout.name == "gpci_csv_state"
    assert account(found) == {"rows": 2, "blank": 1, "heading": 2}
    assert found.rows.to_dicts()[1] == {
        "line_number": 5,
        "text": ALASKA,
        "mac": "02102",
        "state": "AK",
        "locality": "01",
        "locality_name": "ALASKA*",
        "work_gpci": "1.500",
        "pe_gpci": "1.081",
        "mp_gpci": "0.592",
    }


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=["CRLF", "LF", "CR"])
@pytest.mark.parametrize("is_last_ended", [True, False], ids=["ended", "no final newline"])
def test_line_ends_make_no_difference(end: str, is_last_ended: bool) -> None:
    found = read(gpci(ALABAMA, "", ALASKA, end=end, last=end if is_last_ended else ""))
    assert account(found) == {"rows": 2, "blank": 2, "heading": 2}
    assert found.rows["line_number"].to_list() == [4, 6]
    assert found.rows["mp_gpci"].to_list() == ["0.575", "0.592"]


@pytest.mark.parametrize("line", ["", ",,,,,,", ", ,", " ", "\t", '"",,', "\xa0,\xa0", ",,,,,,,,,,,"])
def test_a_line_without_content_is_blank_wherever_it_stands(line: str) -> None:
    found = read(gpci(line, ALABAMA, line, ALASKA, line))
    assert account(found) == {"rows": 2, "blank": 4, "heading": 2}


@pytest.mark.parametrize("line", [END_MARK, f"{END_MARK},,,,,,", f'"{END_MARK}",,,'])
def test_the_end_mark_is_no_row(line: str) -> None:
    assert account(read(gpci(ALABAMA, line))) == {"rows": 1, "blank": 1, "heading": 2, "end_mark": 1}


def test_the_end_mark_of_an_rvu_member_is_not_loaded_as_a_code() -> None:
    member = sample_member("RVU24A", "PPRRVU24_JAN.csv")
    found = read_csv(member, RVU)
    assert found is not None
    assert found.end_mark == 1
    assert END_MARK not in found.rows["hcpcs_code"].to_list()
    assert found.rows.height == sum(1 for line in cells_of(member.content)[10:] if line[0] != END_MARK)


def test_commas_inside_quotes_do_not_part_cells() -> None:
    found = read(gpci('10112,AL,00,"ALABAMA, ALL OF IT",1.000,0.869,0.575'))
    assert found.rows["locality_name"].to_list() == ["ALABAMA, ALL OF IT"]
    assert found.rows["mp_gpci"].to_list() == ["0.575"]


def test_doubled_quotes_are_one() -> None:
    assert read(gpci('10112,AL,00,"THE ""YELLOWHAMMER"" STATE",1.000,0.869,0.575')).rows["locality_name"].to_list() == [
        'THE "YELLOWHAMMER" STATE'
    ]


def test_a_quote_inside_a_cell_without_quotes_is_a_character() -> None:
    found = read(gpci('10112,AL,00,MOBILE 5" LINE,1.000,0.869,0.575', ALASKA, 'x 3" y'))
    assert account(found) == {"rows": 2, "blank": 1, "heading": 2, "note": 1}
    assert found.rows["locality_name"].to_list() == ['MOBILE 5" LINE', "ALASKA*"]


def test_blanks_around_cells_are_no_part_of_them() -> None:
    found = read(gpci(" 10112 ,AL , 00,ALABAMA   , 1.000,0.869 ,0.575 "))
    assert found.rows.row(0)[2:] == ("10112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.575")


@pytest.mark.parametrize(
    "line",
    [f"{ALABAMA},,,", f"{ALABAMA}, , ", '10112,AL,00,"ALABAMA",1.000,0.869,0.575,,'],
    ids=["plain", "blanks", "quoted"],
)
def test_empty_cells_at_the_end_are_no_fault(line: str) -> None:
    assert account(read(gpci(line))) == {"rows": 1, "blank": 1, "heading": 2}


# --- broken lines --------------------------------------------------------------------------------------------------------


def test_too_few_cells() -> None:
    found = read(gpci(ALABAMA, "02102,AK,01,ALASKA*,1.500,1.081", ARIZONA))
    assert account(found) == {"rows": 2, "broken": 1, "blank": 1, "heading": 2}
    assert broken(found) == [(5, "6 cells were found, 7 were expected")]
    assert found.broken["text"].to_list() == ["02102,AK,01,ALASKA*,1.500,1.081"]


def test_too_many_cells() -> None:
    found = read(gpci(ALABAMA, "02102,AK,01,ALASKA, ALL,1.500,1.081,0.592", '03102,AZ,00,"A",1.0,1.0,1.0,9'))
    assert broken(found) == [(5, "8 cells were found, 7 were expected"), (6, "8 cells were found, 7 were expected")]


def test_an_open_quote_breaks_its_own_line_only() -> None:
    found = read(gpci(ALABAMA, '02102,AK,01,"ALASKA,1.500,1.081,0.592', ARIZONA))
    assert account(found) == {"rows": 2, "broken": 1, "blank": 1, "heading": 2}
    assert broken(found) == [(5, "a quote is opened and not closed, or closed in the middle of a cell")]


def test_a_quote_that_closes_in_the_middle_of_a_cell_breaks_the_line() -> None:
    """Polars fails on such a line and takes the whole member down; csv readers disagree on what its cells are."""
    found = read(gpci(ALABAMA, '02102,AK,01,"ALASKA"*,1.500,1.081,0.592', '""1,2'))
    assert [number for number, _ in broken(found)] == [5, 6]
    assert found.rows["line_number"].to_list() == [4]


def test_a_line_without_a_code_that_holds_several_cells_is_broken_and_not_lost() -> None:
    found = read(gpci(ALABAMA, ",AK,01,ALASKA,1.500,1.081,0.592", ARIZONA))
    assert broken(found) == [(5, "the line has the figures of a row and not the key of one")]


# --- notes and records over several lines ------------------------------------------------------------------------------


def test_footnotes_are_notes_and_rows_after_them_are_rows() -> None:
    found = read(gpci(ALABAMA, "*Work GPCI reflects a 1.5 floor in Alaska.,,,,,,", ALASKA, '"Note, quoted",,,', ARIZONA))
    assert account(found) == {"rows": 3, "blank": 1, "heading": 2, "note": 2}
    assert found.rows["line_number"].to_list() == [4, 6, 8]


def test_a_quoted_heading_over_several_lines_is_that_many_heading_lines() -> None:
    head = (
        GPCI_HEAD[0],
        '"Medicare',
        "Administrative",
        'Contractor (MAC)",State,Locality Number,"Locality',
        'Name",2024 PW GPCI (with 1.0 Floor),2024 PE GPCI,2024 MP GPCI',
    )
    found = read(gpci(ALABAMA, ALASKA, head=head))
    assert account(found) == {"rows": 2, "heading": 5}
    assert found.rows["line_number"].to_list() == [6, 7]


def test_the_further_lines_of_a_row_are_accounted_for() -> None:
    found = read(gpci(ALABAMA, '02102,AK,01,"ALASKA', "AND ITS", 'ISLANDS",1.500,1.081,0.592', ARIZONA))
    assert account(found) == {"rows": 3, "blank": 1, "heading": 2, "note": 2}
    assert found.rows["line_number"].to_list() == [4, 5, 8]
    assert found.rows["locality_name"].to_list()[1] == "ALASKA\nAND ITS\nISLANDS"


def test_a_record_runs_on_for_ten_lines_at_most() -> None:
    lines = ['1,"open', *["x"] * 9, 'closed",2', "3,4"]
    assert csv_records(lines) == [(number, text) for number, text in enumerate(lines, start=1)]
    assert csv_records(lines[1:2] + lines[:1] + lines[2:9] + lines[10:]) == [
        (1, "x"),
        (2, "\n".join([lines[0], *["x"] * 7, lines[10]])),
        (11, "3,4"),
    ]


# --- headings ------------------------------------------------------------------------------------------------------------


def test_a_stacked_heading_is_read_downwards() -> None:
    lines = ["RELEASED 01/01/2024,,", ",SEE NOTE,WORK", "HCPCS,,RVU", "CODE,MOD,*", "00100,,0.00"]
    assert csv_heading(lines, RVU) == ["HCPCS CODE", "SEE NOTE MOD", "WORK RVU"]


def test_a_heading_ends_above_the_first_row_also_when_its_code_is_elsewhere() -> None:
    """Else the rows would end up in the error that shows the heading, and with them descriptors that are not ours to show."""
    lines = ["MOD,DESCRIPTION,WORK,PE", ",WORDS OF A ROW,1.00,2.00", ",MORE WORDS,3.00,4.00"]
    assert csv_heading(lines, RVU) == ["MOD", "DESCRIPTION", "WORK", "PE"]
    names_only = ["LOCALITY,STATE,COUNTIES", "AA,ALABAMA,ALL COUNTIES", "BB,ALASKA,ALL COUNTIES"]
    assert csv_heading(names_only, GPCI) == ["LOCALITY", "STATE", "COUNTIES"]


def test_a_member_of_another_kind_is_left_to_its_own_reader() -> None:
    assert read_csv(gpci(ALABAMA), RVU) is None
    assert read_csv(sample_member("RVU24A", "24LOCCO.csv"), GPCI) is None


def test_a_member_without_heading_is_read_by_the_form_of_its_cells() -> None:
    """ANES2015.csv has no heading and writes 21.53 as 2153."""
    anesthesia = catalog.kinds()["anesthesia"]
    found = read_csv(Member("ANES2015.csv", b"10112,00,ALABAMA,2153\r\n2102,1,ALASKA,3019\r\n"), anesthesia)
    assert found is not None
    assert found.layout.name == "anesthesia_csv_bare"
    assert found.rows["conversion_factor"].to_list() == ["2153", "3019"]
    with_words = Member("ANES2015.csv", b"10112,00,ALABAMA,about 21\r\n02102,01,ALASKA,3019\r\n")
    assert read_csv(with_words, anesthesia) is None


# --- any file ------------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 99_999).map(lambda number: f"{number:05}")
LINES = {
    "rows": NUMBERS.map(lambda mac: f"{mac},AL,00,ALABAMA,1.000,0.869,0.575"),
    "quoted": NUMBERS.map(lambda mac: f'{mac},AL,00,"ALABAMA, ALL",1.000,0.869,0.575,,'),
    "short": NUMBERS.map(lambda mac: f"{mac},AL,00"),
    "long": NUMBERS.map(lambda mac: f"{mac},AL,00,ALABAMA,1.000,0.869,0.575,1"),
    "blank": st.sampled_from(["", ",,,", " , ", '"",']),
    "note": st.sampled_from(["*a remark", '"a remark, quoted"', "a remark,,,,"]),
    "end_mark": st.sampled_from([END_MARK, f"{END_MARK},,,"]),
}
SORT_OF = {"quoted": "rows", "short": "broken", "long": "broken"}


@settings(max_examples=cases(40))
@given(
    st.lists(st.sampled_from(sorted(LINES)).flatmap(lambda name: st.tuples(st.just(name), LINES[name])), max_size=30),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.booleans(),
)
def test_the_account_of_any_lines_under_a_heading(lines: list[tuple[str, str]], end: str, is_ended: bool) -> None:
    """Each line is counted once, as what it is."""
    texts = [text for _, text in lines]
    found = read(gpci(ALABAMA, *texts, "*end", end=end, last=end if is_ended else ""))
    expected = {"rows": 1, "heading": 2, "blank": 1, "note": 1}
    for name, _ in lines:
        sort = SORT_OF.get(name, name)
        expected[sort] = expected.get(sort, 0) + 1
    assert account(found) == expected
    assert found.lines == len(lines) + 5
    wanted = [5 + at for at, (name, _) in enumerate(lines) if name in ("rows", "quoted")]
    assert found.rows["line_number"].to_list() == [4, *wanted]


@settings(max_examples=cases(60))
@given(st.lists(st.text(alphabet='01",.A \t\x1a\xa0', max_size=14), max_size=12))
def test_no_text_makes_a_line_count_twice_or_not_at_all(lines: list[str]) -> None:
    account(read(gpci(ALABAMA, *lines)))


CELLS = st.one_of(st.text(alphabet='A1,." ', max_size=6), st.just("A\nB"))


@settings(max_examples=cases(40))
@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8))
def test_cells_come_back_as_a_csv_writer_wrote_them(rows: list[list[str]]) -> None:
    written = [["10112", *row] for row in rows]
    found = read(Member("GPCI2024.csv", gpci(ALABAMA).content + as_csv(written)))
    columns = [place.column for place in found.layout.places]
    assert found.rows.select(columns).rows()[1:] == [tuple(cell.strip() for cell in row) for row in written]
