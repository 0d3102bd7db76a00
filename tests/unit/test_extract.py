"""What a member holds is found out by its content; its name is a hint, and data that fits no layout is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.extract import extract as stage
from flows.extract.csv_rows import read_csv
from flows.extract.extract import extract, hinted_kinds
from flows.extract.members import Member
from tests.members import GPCI_HEAD, cells_of, csv_edit, gpci, sample_archives, sample_member
from tests.sample_members import csv_rows, text_rows
from warehouse.errors import LayoutError, ReleaseError

KIND_OF = {"PPRRVU": "rvu", "GPCI": "gpci", "ANES": "anesthesia", "OPPSCAP": "opps_cap", "LOCCO": "locality_county"}
SAMPLE = [(release, name) for release in ("RVU24A", "RVU26B") for name in sample_archives()[release]]


def kind_of(name: str) -> str:
    return next(kind for hint, kind in KIND_OF.items() if hint in name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PPRRVU24_JAN.csv", "rvu"),
        ("rvu24a/pprrvu24_jan.TXT", "rvu"),
        ("CY2017_GPCIs.prn", "gpci"),
        ("anes2009.csv", "anesthesia"),
        ("OPPSCAP_Oct.csv", "opps_cap"),
        ("24LOCCO.csv", "locality_county"),
    ],
)
def test_the_kind_that_the_name_suggests_is_tried_first(name: str, kind: str) -> None:
    kinds = hinted_kinds(Member(name, b""))
    assert kinds[0].name == kind
    assert {each.name for each in kinds} == set(KIND_OF.values())


@pytest.mark.parametrize(("release", "name"), SAMPLE)
@pytest.mark.parametrize("other", [None, "data", "PPRRVU31", "GPCI2031", "ANES2031"])
def test_the_content_decides_whatever_the_name_says(release: str, name: str, other: str | None) -> None:
    content = sample_archives()[release][name]
    found = extract(Member(f"{other}.{name.rsplit('.')[-1]}" if other else name, content))
    assert found is not None
    assert found.kind == kind_of(name)
    assert found.layout.kind == found.kind
    assert found.rows.height > 50


@pytest.mark.parametrize("release", ["RVU24A", "RVU25D", "RVU26B"])
def test_rvu_rows_are_those_that_another_reader_finds(release: str) -> None:
    for name, content in sample_archives()[release].items():
        if not name.startswith("PPRRVU"):
            continue
        other = csv_rows(content, release) if name.endswith("csv") else text_rows(content)
        found = extract(Member(name, content))
        assert found is not None
        ours = found.rows.select("hcpcs_code", "modifier", "work_rvu", "mp_rvu", "conversion_factor", "opps_mp_rvu").rows()
        assert ours == [tuple(row[c].strip() for c in ("code", "mod", "work", "mp", "cf", "opps_mp")) for row in other]


def test_facility_and_non_facility_prices_are_told_by_their_headings() -> None:
    """CMS has printed them in both orders; swapping the columns with their headings changes no value."""

    def swap(rows: list[list[str]]) -> list[list[str]]:
        return [[*row[:5], row[6], row[5].replace(".", "1.")] for row in rows]

    content = csv_edit(swap)(sample_archives()["RVU24A"]["OPPSCAP_JAN.csv"])
    found = extract(Member("OPPSCAP_JAN.csv", content))
    assert found is not None
    assert found.layout.name == "opps_cap_csv_nonfacility_first"
    first = cells_of(content)[1]
    assert first[5] != first[6]
    assert found.rows.select("nonfacility_amount", "facility_amount").row(0) == (first[5], first[6])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.txt", b"This archive holds the files of the January release.\r\n"),
        ("RVUPUF24.txt", b"RECORD LAYOUT\r\n1-5 HCPCS CODE\r\n6-7 MODIFIER\r\n"),
        ("notes.csv", b"file,rows\r\nPPRRVU,18000\r\n"),
        ("empty.csv", b""),
        ("empty.txt", b""),
    ],
)
def test_a_document_is_no_data(name: str, content: bytes) -> None:
    assert extract(Member(name, content)) is None


def test_a_heading_that_is_mostly_known_is_data_without_a_layout_under_any_name() -> None:
    content = gpci("10112,AL,00,ALABAMA,1.000,0.869,0.575").content.replace(b"PE GPCI", b"PRACTICE GPCI")
    with pytest.raises(LayoutError, match=r"places.csv: no declared layout of kind gpci .* PRACTICE GPCI"):
        extract(Member("places.csv", content))


def test_a_csv_member_that_its_name_says_is_data_needs_a_layout() -> None:
    with pytest.raises(LayoutError, match=r"ANES2031.csv: .* of kind anesthesia has this heading. Found: A \| B.*anesthesia.csv"):
        extract(Member("ANES2031.csv", b"a,b\r\nx,y\r\n"))


@pytest.mark.parametrize(
    ("content", "where"), [(b"", "in it"), (b"1\r\n2\r\n", "in it"), ("\r\n".join(GPCI_HEAD).encode(), "below its heading")]
)
def test_a_csv_member_without_a_row_says_so(content: bytes, where: str) -> None:
    with pytest.raises(LayoutError) as caught:
        extract(Member("GPCI2024.csv", content))
    said = str(caught.value)
    assert said.startswith(f"GPCI2024.csv: by its name it is of kind gpci, and {where} is no row that fits a layout in ")
    assert "flows/catalog/column_maps/gpci.csv" in said


def test_a_text_member_of_unknown_length_names_what_it_found_and_the_lengths_that_are_declared() -> None:
    lines = sample_member("RVU24A", "PPRRVU24_JAN.txt").lines
    longer = "\r\n".join(line + "X" if len(line) == 171 else line for line in lines)
    with pytest.raises(LayoutError) as caught:
        extract(Member("PPRRVU31.txt", longer.encode("cp1252")))
    said = str(caught.value)
    assert "PPRRVU31.txt: no declared text layout of kind rvu fits: 363 lines look like rows, the first has 172" in said
    assert "rvu_text_171 171" in said
    assert "It begins with 'HDR CPT / HDR 202 / HDR RES'. " in said
    assert said.endswith("add the new layout to flows/catalog/column_maps/rvu.csv.")


def test_a_print_style_member_that_no_pattern_fits_names_the_file_of_patterns_too() -> None:
    with pytest.raises(LayoutError, match=r"kind gpci fits.*column_maps/gpci.csv and its pattern to flows/catalog/text_pat"):
        extract(Member("GPCI2031.txt", b"STATE PLACE\r\n10112 ALABAMA one two three\r\n"))


def test_an_account_that_does_not_add_up_is_never_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_short(member: Member, kind: object) -> object:
        found = read_csv(member, kind)  # type: ignore[arg-type]
        return found and replace(found, note=found.note - 1)

    monkeypatch.setattr(stage, "read_csv", one_short)
    member = gpci("10112,AL,00,ALABAMA,1.000,0.869,0.575")
    with pytest.raises(ReleaseError, match=rf"it has 4 lines and 3 are accounted for.*{member.sha256}"):
        extract(member)
