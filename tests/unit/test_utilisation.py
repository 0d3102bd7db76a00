"""The procedure summary: every era's layout, counts that are hidden, every line accounted for, and what is refused."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.extract.table_file import heads
from flows.references import utilisation
from tests.reference_files import HEADING_2010, HEADING_2020, HEADING_REGION, read_psps, reduced, row, write
from tests.slow import cases, slow
from warehouse.errors import LayoutError, PfsError, ReleaseError

NAME = "PSPS_2019_SUPPRESS.csv"


def psps(folder: Path, *lines: str, heading: str = HEADING_2020, name: str = NAME) -> Path:
    return write(folder / name, [heading, *lines])


@pytest.mark.parametrize("heading", [HEADING_2010, HEADING_2020, HEADING_REGION], ids=["2010", "2020", "region"])
@pytest.mark.parametrize("hidden", ["", "*"], ids=["blank", "star"])
def test_every_era_gives_the_same_table(tmp_path: Path, heading: str, hidden: str) -> None:
    lines = [
        row("17000", "07", 25, paid="1000.10", heading=heading),
        row("17000", "07", 11.5, denied=11, paid="0.05", heading=heading),
        row("17000", "07", hidden, denied=hidden, paid="99", heading=heading),
        row("17000", "97", hidden, heading=heading),
        row("66984", "18", 40, modifiers=("RT", "55"), heading=heading),
    ]
    content = read_psps(psps(tmp_path, *lines, heading=heading))
    assert reduced(content) == [
        ("17000", "other", "07", "25.5000", 1, "1000.15"),
        ("17000", "other", "97", "0.0000", 1, "0.00"),
        ("66984", "postoperative", "18", "40.0000", 0, "0.00"),
    ]
    assert (content.label, content.release["year"]) == ("PSPS2019", 2019)
    account = content.frames["reference_file"].to_dicts()[0]
    assert (account["lines"], account["rows_loaded"], account["rows_rejected"], account["lines_ignored"]) == (6, 5, 0, 1)


def test_a_count_below_eleven_that_a_file_shows_is_hidden_and_its_payment_with_it(tmp_path: Path) -> None:
    """Files from before November 2020 show them. Denied services below eleven are hidden too, and count as none."""
    lines = [row("17000", "07", 10, paid="500"), row("17000", "07", 0.5, paid="5"), row("17000", "07", 11, denied=10, paid="50")]
    assert reduced(read_psps(psps(tmp_path, *lines))) == [("17000", "other", "07", "11.0000", 2, "50.00")]


@pytest.mark.parametrize(
    ("modifiers", "expected"),
    [
        (("", ""), "other"),
        (("59", "RT"), "other"),
        (("26", ""), "professional"),
        (("59", "TC"), "technical"),
        (("AS", "26"), "assistant"),
        (("80", "55"), "postoperative"),
        (("56", ""), "preoperative"),
    ],
)
def test_the_class_of_two_modifiers_is_the_one_with_the_lowest_rank(
    tmp_path: Path, modifiers: tuple[str, str], expected: str
) -> None:
    assert reduced(read_psps(psps(tmp_path, row("17000", "07", 20, modifiers=modifiers))), "modifier_class") == [(expected,)]


def test_a_specialty_is_known_by_its_code_without_its_zero_or_by_a_label(tmp_path: Path) -> None:
    cells = ["07", "7", "Dermatology", "DERMATOLOGY", "", "C3", "Clinical Cardiatric Electrophysiology"]
    found = reduced(read_psps(psps(tmp_path, *[row("17000", cell, 20) for cell in cells])), "specialty_code", "visible_services")
    assert found == [("07", "80.0000"), ("21", "20.0000"), ("C3", "20.0000"), ("~", "20.0000")]


def test_an_unknown_specialty_names_the_file_to_edit(tmp_path: Path) -> None:
    path = psps(tmp_path, row("17000", "G7", 20), row("17000", "G7", "*"), row("17000", "07", 20))
    with pytest.raises(ReleaseError, match=r"1 specialty is not declared: 'G7' on 2 rows.*flows/catalog/specialties\.csv"):
        read_psps(path)


def test_lines_that_do_not_fit_are_kept_with_their_number_and_reason(tmp_path: Path) -> None:
    """Numbers of lines are true with blank lines and rejected ones before them, for codes too, which are told later."""
    good = [row("17000", "07", 20)] * 2000
    lines = [*good, "", "17000,,07", row("1700", "07", 20), *good, row("17000", "07", "many"), "", row("17000", "07", 20) + ",x"]
    content = read_psps(psps(tmp_path, *lines))
    found = content.frames["reference_rejected_row"].select("line_number", "reason").rows()
    assert found == [
        (2003, "3 cells were found, 18 were expected"),
        (2004, "hcpcs_code is '1700': text of the form [0-9A-Z]{5} was expected"),
        (4005, "submitted_services is 'many': a number was expected"),
        (4007, "19 cells were found, 18 were expected"),
    ]
    texts = content.frames["reference_rejected_row"]["text"].to_list()
    assert texts[:2] == ["17000,,07", row("1700", "07", 20)]
    account = content.frames["reference_file"].to_dicts()[0]
    assert (account["lines"], account["rows_loaded"], account["rows_rejected"], account["lines_ignored"]) == (4007, 4000, 4, 3)
    assert "4 lines were kept out" in " ".join(content.notes)


def test_a_file_that_ends_within_a_row_is_refused(tmp_path: Path) -> None:
    """And not loaded with one row less; a whole last row without a line end is a row."""
    path = psps(tmp_path, *[row("17000", "07", 20)] * 2000)
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole)
    assert read_psps(path).frames["reference_file"]["rows_loaded"].to_list() == [2000]
    path.write_bytes(whole[: whole.rindex(b",", 0, -3)])
    with pytest.raises(ReleaseError, match=r"ends within a row: .* of the 18 cells of layout psps_csv_18. It was cut off"):
        read_psps(path)


def test_a_cell_of_any_length_does_not_stop_the_account(tmp_path: Path) -> None:
    """The second reading, which numbers lines without a code, meets every other line too."""
    long = row("17000", "07", 20).replace(",07,", f',"{"9" * 140_000}",', 1)
    content = read_psps(psps(tmp_path, *[row("17000", "07", 20)] * 2000, row("1700", "07", 20)))
    assert content.frames["reference_rejected_row"]["line_number"].to_list() == [2002]
    with pytest.raises(ReleaseError, match="1 specialty is not declared: '9999"):
        read_psps(psps(tmp_path, long, row("1700", "07", 20)))


def test_too_many_lines_that_do_not_fit_stop_the_file(tmp_path: Path) -> None:
    lines = [row("17000", "07", 20)] * 100 + [row("17000", "07", "n/a")] * 2
    with pytest.raises(LayoutError, match=r"2 rows do not fit the layout psps_csv_18 \(at most 1 .*column_maps/utilisation\.csv"):
        read_psps(psps(tmp_path, *lines))


def test_an_unknown_heading_says_how_it_differs_and_gives_the_row_to_add(tmp_path: Path) -> None:
    heading = HEADING_2020.replace("PROVIDER_SPEC_CD", "PROVIDER_SPECIALTY")
    with pytest.raises(LayoutError, match=r"column 3 .*'PROVIDER_SPECIALTY'.*utilisation\.csv") as caught:
        read_psps(psps(tmp_path, row("17000", "07", 20), heading=heading))
    assert "psps_csv_18_new" in str(caught.value.advice)


def test_a_cell_with_a_line_break_does_not_add_up(tmp_path: Path) -> None:
    line = row("17000", "07", 20).replace("P6B", '"P\n6B"')
    with pytest.raises(ReleaseError, match="it has 4 lines, of which 1 is the heading and 0 are blank; 2 rows were reduced"):
        read_psps(psps(tmp_path, line, row("17000", "07", 20)))


def test_quotes_a_mark_of_order_and_bare_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = read_psps(psps(tmp_path, row("17000", "07", 20)))
    other = tmp_path / "2019.csv"
    quoted = row("17000", "07", 20).replace("17000", '"17000"').replace("07,", '"07",', 1)
    other.write_bytes(b"\xef\xbb\xbf" + f"{HEADING_2020}\n{quoted}".encode())
    assert reduced(read_psps(other)) == reduced(plain)
    assert read_psps(other).frames["reference_file"]["lines"].to_list() == [2]


def test_a_zip_of_the_csv_is_the_same_content(tmp_path: Path) -> None:
    path = psps(tmp_path, row("17000", "07", 20))
    packed = tmp_path / "psps2019.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(path, path.name)
        out.writestr("readme.csv", "a,b\n1,2\n")
    assert read_psps(packed).release["content_sha256"] == read_psps(path).release["content_sha256"]
    with zipfile.ZipFile(packed, "a") as out:
        out.write(path, "again.csv")
    with pytest.raises(
        ReleaseError, match=r"one csv member of kind utilisation was expected; found PSPS_2019_SUPPRESS\.csv, again\.csv"
    ):
        read_psps(packed)


def test_a_file_whose_year_nobody_tells_is_refused(tmp_path: Path) -> None:
    path = psps(tmp_path, row("17000", "07", 20), name="summary.csv")
    with pytest.raises(ReleaseError, match="neither the file nor its name tells which year"):
        read_psps(path)
    assert read_psps(path, label="PSPS2021").label == "PSPS2021"


@slow
@settings(max_examples=cases(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 1500), junk=st.binary(min_size=1, max_size=6), is_cut=st.booleans())
def test_a_damaged_file_ends_in_a_true_account_or_in_a_sentence(tmp_path: Path, at: int, junk: bytes, is_cut: bool) -> None:
    """Any bytes in the place of others, or a file that ends early: every line is a row, rejected, or no row; or it is refused."""
    lines = [row("17000", "07", 20 + number, paid="1.25") for number in range(12)]
    whole = psps(tmp_path, *lines).read_bytes()
    at = min(at, len(whole))
    path = tmp_path / "damaged 2019.csv"
    path.write_bytes(whole[:at] + junk + (b"" if is_cut else whole[at + len(junk) :]))
    with contextlib.suppress(PfsError):
        account = read_psps(path).frames["reference_file"].to_dicts()[0]
        assert account["lines"] == account["rows_loaded"] + account["rows_rejected"] + account["lines_ignored"]
        assert account["lines_ignored"] >= 1


def test_rejects_beyond_the_bound_do_not_pass_for_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB keeps so many rejected lines and no more; the count of lines tells that some are missing."""
    monkeypatch.setattr(utilisation, "_MOST_REJECTS", 3)
    lines = [row("17000", "07", 20)] * 5000 + ["17000,,07"] * 8
    with pytest.raises((ReleaseError, LayoutError)):
        read_psps(psps(tmp_path, *lines))


@pytest.mark.parametrize("mark", [b"PK\x05\x06", b"PK\x03\x04"], ids=["the end of a zip", "the beginning of a zip"])
def test_a_csv_with_the_mark_of_a_zip_is_refused_in_a_sentence(tmp_path: Path, mark: bytes) -> None:
    """Python's zipfile takes a csv for an archive when the mark stands anywhere near its end."""
    path = psps(tmp_path, row("17000", "07", 20))
    path.write_bytes(mark + path.read_bytes())
    with pytest.raises(PfsError, match=r"psps_csv_18|a zip of one csv was expected; it is damaged"):
        read_psps(path)
    assert all(mark in head for head in heads(path))


def test_a_mark_of_a_zip_in_a_cell_is_text(tmp_path: Path) -> None:
    path = psps(tmp_path, row("17000", "07", 20), row("17000", "PK\x05\x06", "*"), row("17000", "07", 20))
    with pytest.raises(ReleaseError, match=r"1 specialty is not declared"):
        read_psps(path)
