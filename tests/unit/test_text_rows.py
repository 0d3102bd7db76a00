"""Text members to the line: fixed-width records by character, print-style tables by pattern."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import catalog
from flows.extract.lines import Extract
from flows.extract.members import Member
from flows.extract.text_rows import read_text
from tests.members import END_MARK, account, sample_archives, sample_member
from tests.slow import cases

CAP = catalog.kinds()["opps_cap"]
GPCI = catalog.kinds()["gpci"]
RVU = catalog.kinds()["rvu"]


def cap(number: int, amount: str = "128.18") -> str:
    """A record of the OPPS cap text member: 38 characters."""
    return f"{number:05}TC A 10112  00{amount:>9}{amount:>10}"


RECORDS = [cap(70_000 + number) for number in range(150)]


def member(*lines: str, end: str = "\r\n", last: str | None = None, name: str = "OPPSCAP_JAN.txt") -> Member:
    return Member(name, (end.join(lines) + (end if last is None else last)).encode("cp1252"))


def read(*lines: str, **ends: str) -> Extract:
    found = read_text(member(*lines, **ends), CAP)
    assert found is not None
    return found


def broken(found: Extract) -> list[tuple[int, str]]:
    return [(row["line_number"], row["reason"]) for row in found.broken.to_dicts()]


# --- fixed width ---------------------------------------------------------------------------------------------------------


def test_a_record_is_cut_by_its_characters() -> None:
    found = read(f"G0365TC A {'10112'}  {'01'}{'139.70':>9}{'139.71':>10}", *RECORDS)
    assert found.layout.name == "opps_cap_text_38"
    assert found.rows.row(0) == (1, found.member.lines[0], "G0365", "TC", "A", "10112", "01", "139.70", "139.71")
    assert account(found) == {"rows": 151}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=["CRLF", "LF", "CR"])
def test_line_ends_make_no_difference(end: str) -> None:
    found = read(*RECORDS, "", END_MARK, end=end, last="")
    assert account(found) == {"rows": 150, "blank": 1, "end_mark": 1}
    assert found.rows["line_number"].to_list() == list(range(1, 151))


def test_the_end_mark_without_a_line_end_is_no_row_and_ends_no_record() -> None:
    found = read(*RECORDS, END_MARK, last="")
    assert account(found) == {"rows": 150, "end_mark": 1}
    assert found.rows["facility_amount"].to_list()[-1] == "128.18"


def test_a_last_record_without_a_line_end_is_a_row() -> None:
    assert account(read(*RECORDS, last="")) == {"rows": 150}


def test_hdr_lines_are_headings_also_when_their_text_wraps() -> None:
    content = sample_archives()["RVU24A"]["PPRRVU24_JAN.txt"]
    wrapped = content.replace(b"HDR 2023 AMERICAN MEDICAL ASSOCIATION.  ALL RIGHTS", b"HDR 2023 AMERICAN MEDICAL\r\nASSOCIATION.")
    assert wrapped != content
    found = read_text(Member("PPRRVU24_JAN.txt", wrapped), RVU)
    assert found is not None
    rows = sum(1 for line in content.splitlines() if len(line) == 171)
    assert account(found) == {"rows": rows, "heading": 8, "end_mark": 1}
    assert found.rows["line_number"][0] == 9


@pytest.mark.parametrize(
    ("line", "length"), [(RECORDS[0][:-1], 37), (RECORDS[0] + "0", 39), (RECORDS[0][:6], 6)], ids=["short", "long", "stump"]
)
def test_a_record_of_another_length_is_broken_whatever_it_says(line: str, length: int) -> None:
    found = read(*RECORDS[1:100], line, *RECORDS[100:])
    reason = f"the record has {length} characters, 38 were expected"
    if length < 7:
        reason = "this line is neither a row nor a note"
    assert broken(found) == [(100, reason)]
    assert account(found) == {"rows": 149, "broken": 1}


def test_a_line_between_rows_that_is_no_row_is_broken_and_after_the_last_row_a_note() -> None:
    found = read("a title", *RECORDS[:70], "what is this", *RECORDS[70:], "  the end", "of it")
    assert broken(found) == [(72, "this line is neither a row nor a note")]
    assert account(found) == {"rows": 150, "broken": 1, "heading": 1, "note": 2}


def test_a_member_of_shifted_records_has_no_layout() -> None:
    """One blank too many before the amounts and one too few after them: the length is right, the places are not."""
    shifted = [f"{record[:16]}{record[17:]} " for record in RECORDS]
    assert {len(line) for line in shifted} == {38}
    assert read_text(member(*shifted), CAP) is None


@pytest.mark.parametrize("year", ["RVU24A", "RVU25D"])
def test_a_rvu_record_is_cut_where_the_published_layout_says(year: str) -> None:
    name = next(name for name in sample_archives()[year] if name.startswith("PPRRVU") and name.endswith("txt"))
    found = read_text(sample_member(year, name), RVU)
    assert found is not None
    row = next(row for row in found.rows.to_dicts() if (row["hcpcs_code"], row["modifier"]) == ("99213", ""))
    assert found.layout.name == "rvu_text_171"
    assert (row["status_code"], row["work_rvu"], row["mp_rvu"], row["global_days"]) == ("A", "1.30", "0.10", "XXX")
    assert row["pctc_indicator"] == "0"
    assert row["conversion_factor"] == ("32.7442" if year == "RVU24A" else "32.3465")
    assert row["imaging_family"] == "99"


def test_the_pricing_indicator_of_2026_makes_another_layout() -> None:
    found = read_text(sample_member("RVU26B", "PPRRVU2026_Apr_QPP.txt"), RVU)
    assert found is not None
    assert found.layout.name == "rvu_text_171_pricing"
    assert set(found.rows["pricing_indicator"]) == {"1"}


def test_a_text_without_rows_is_no_data() -> None:
    assert read_text(member("HDR NOTHING", "HERE"), CAP) is None
    assert read_text(Member("OPPSCAP_JAN.txt", b""), CAP) is None


# --- print style ---------------------------------------------------------------------------------------------------------


def test_a_print_style_table_is_found_by_its_pattern() -> None:
    found = read_text(sample_member("RVU24A", "GPCI2024.txt"), GPCI)
    assert found is not None
    assert found.layout.name == "gpci_text_state"
    assert account(found) == {"rows": 109, "heading": 2, "blank": 5, "note": 6}
    row = found.rows.row(1, named=True)
    assert (row["mac"], row["state"], row["locality"], row["work_gpci"], row["mp_gpci"]) == (
        "02102",
        "AK",
        "01",
        "1.500",
        "0.592",
    )


def test_a_line_that_looks_like_a_row_and_lacks_a_column_is_broken() -> None:
    lines = sample_member("RVU24A", "GPCI2024.txt").lines
    lines[10] = lines[10].rstrip()[:-5]
    found = read_text(member(*lines, name="GPCI2024.txt"), GPCI)
    assert found is not None
    assert broken(found) == [(11, "the line looks like a row and does not have the layout's columns")]
    assert account(found) == {"rows": 108, "broken": 1, "heading": 2, "blank": 5, "note": 6}


def test_a_heading_in_another_order_is_another_layout() -> None:
    """The figures alone do not tell PE from MP."""
    content = sample_archives()["RVU24A"]["GPCI2024.txt"].replace(b"2024 PE GPCI2024 MP GPCI", b"2024 MP GPCI2024 PE GPCI")
    assert read_text(Member("GPCI2024.txt", content), GPCI) is None


# --- any file ------------------------------------------------------------------------------------------------------------

ODD = {
    "short": st.integers(7, 37).map(lambda length: RECORDS[0][:length]),
    "long": st.text(alphabet="0A. ", min_size=1, max_size=5).map(lambda more: RECORDS[0] + more),
    "blank": st.sampled_from(["", "  ", "\t", '""']),
    "words": st.sampled_from(["HDR AGAIN", "a remark", "Z", "123"]),
    "end_mark": st.just(END_MARK),
}


@settings(max_examples=cases(30))
@given(
    st.lists(
        st.tuples(st.integers(0, 150), st.sampled_from(sorted(ODD)).flatmap(lambda name: st.tuples(st.just(name), ODD[name]))),
        max_size=12,
    ),
    st.booleans(),
)
def test_the_account_of_any_lines_among_records(odd: list[tuple[int, tuple[str, str]]], is_ended: bool) -> None:
    """150 records with odd lines before, between and after them; each line is counted once, as what it is."""
    short = [at for at, (name, _) in odd if name in ("short", "long")]
    if len(short) > 3:  # more than 2 % of wrong length, and the layout itself is in doubt
        odd = [item for item in odd if item[1][0] not in ("short", "long")]
    records: list[tuple[str, str]] = [("rows", record) for record in RECORDS]
    for at, line in sorted(odd, key=lambda item: -item[0]):
        records.insert(at, line)
    keyed = [index for index, (name, _) in enumerate(records) if name in ("rows", "short", "long")]
    expected: dict[str, int] = {}
    for index, (name, _) in enumerate(records):
        sort = {"short": "broken", "long": "broken"}.get(name, name)
        if sort == "words":
            sort = "heading" if index < keyed[0] else "broken" if index < keyed[-1] else "note"
        expected[sort] = expected.get(sort, 0) + 1
    found = read(*[text for _, text in records], "the end", last="\n" if is_ended else "")
    expected["note"] = expected.get("note", 0) + 1
    assert account(found) == expected
    assert found.rows["line_number"].to_list() == [i for i, (name, _) in enumerate(records, start=1) if name == "rows"]
