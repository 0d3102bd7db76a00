"""One archive as a release: what it must hold, one conversion factor for each kind of participant, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from flows import catalog
from flows.extract.members import Member
from flows.normalize.release import content_hash, read_release
from flows.raw_archive import Archive
from tests.members import changed, replaced, sample_archives, write_archive
from warehouse.errors import LayoutError, ReleaseError
from warehouse.load import ReleaseContent

Read = Callable[[str, Mapping[str, bytes]], ReleaseContent]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads an archive of these members under a name."""

    def reader(name: str, members: Mapping[str, bytes]) -> ReleaseContent:
        return read_release(Archive(write_archive(tmp_path, name, members), "a hash", name, None))

    return reader


def factor_of_one_row(content: bytes) -> bytes:
    """Another conversion factor in the row of 99213 of a text member."""
    line = next(line for line in content.split(b"\r\n") if line.startswith(b"99213  "))
    return content.replace(line, line[:132] + b" 30.0000" + line[140:])


# --- what it must hold -------------------------------------------------------------------------------------------------


def test_an_archive_without_rvu_member_is_no_release_and_its_members_are_named(read: Read) -> None:
    members = {name: content for name, content in sample_archives()["RVU24AR"].items() if "PPRRVU" not in name}
    with pytest.raises(ReleaseError, match=r"RVU24AR.zip holds no RVU member .*GPCI2024.csv.*Is it a PFS relative value archive"):
        read("RVU24AR.zip", members)


def test_an_archive_without_gpci_member_cannot_be_priced(read: Read) -> None:
    members = {name: content for name, content in sample_archives()["RVU24AR"].items() if "GPCI" not in name}
    with pytest.raises(ReleaseError, match=r"RVU24AR.zip holds no gpci member, and no release can be priced without one"):
        read("RVU24AR.zip", members)


def test_the_qp_member_alone_is_not_the_release(read: Read) -> None:
    """Its rows are those of the paid statuses only."""
    members = {
        name.replace("2026_Apr", "2031_Apr"): content.replace(b"2026 National", b"2031 National")
        for name, content in sample_archives()["RVU26B"].items()
        if "nonQPP" not in name
    }
    with pytest.raises(ReleaseError, match=r"RVU31B.zip holds no rvu member"):
        read("RVU31B.zip", members)


def test_what_a_mac_puts_into_an_archive_is_listed_and_not_read(read: Read) -> None:
    """An archive zipped again on a Mac: everything in a folder, with a hidden companion beside each file."""
    notes = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "
    members = {f"RVU24AR/{name}": content for name, content in sample_archives()["RVU24AR"].items()}
    companions = ["__MACOSX/RVU24AR/._PPRRVU24_JAN.csv", "RVU24AR/._GPCI2024.csv", "RVU24AR/.DS_Store"]
    content = read("RVU24AR (1).zip", members | dict.fromkeys(companions, notes))
    account = content.frames["archive_member"]
    assert content.release["label"] == "RVU24AR"
    assert sorted(account.filter(pl.col("role") == "document")["member_name"]) == sorted(companions)
    assert account.filter(pl.col("role") == "loaded").height == len(members)


def test_names_in_small_letters_change_nothing(read: Read) -> None:
    """The declared corrections and decisions of a release are found again, whoever wrote the names how."""
    small = {name.lower(): content for name, content in sample_archives()["RVU24A"].items()}
    found, usual = read("rvu24a.zip", small).frames, read("RVU24A.zip", sample_archives()["RVU24A"]).frames
    assert found["correction_applied"].height == usual["correction_applied"].height == 1
    assert found["member_disagreement"]["decision"].to_list() == usual["member_disagreement"]["decision"].to_list()
    assert found["locality_county"].equals(usual["locality_county"])


def test_a_kind_that_is_missing_is_noted(read: Read) -> None:
    content = read("RVU24AR.zip", sample_archives()["RVU24AR"])
    assert "RVU24AR has no member of kind locality_county." in content.notes
    assert "locality_county" not in content.frames


def test_a_print_style_text_of_unknown_shape_is_left_where_another_member_of_its_kind_is_read(read: Read) -> None:
    """Whatever it is called: it proves nothing that the csv member does not, and the account says why it was not read."""
    members = dict(sample_archives()["RVU25A"])
    members["GPCI_draft.txt"] = members.pop("GPCI2025.txt").replace(b"   ", b" | ")
    unread = read("RVU25A.zip", members).frames["archive_member"].filter(pl.col("role") == "unread")
    assert unread["member_name"].to_list() == ["GPCI_draft.txt"]
    assert "no declared text layout of kind gpci fits" in unread["reason"][0]


def test_a_fixed_width_text_of_unknown_shape_stops_the_release(read: Read) -> None:
    def longer(content: bytes) -> bytes:
        return b"\r\n".join(line + b"X" if len(line) > 100 else line for line in content.split(b"\r\n"))

    with pytest.raises(LayoutError, match=r"PPRRVU25_JAN\.txt: no declared text layout of kind rvu fits"):
        read("RVU25A.zip", changed("RVU25A", {"PPRRVU25_JAN.txt": longer}))


@pytest.mark.parametrize("first", ["GPCI2024.csv", "ANES2024.csv"])
def test_of_two_faulty_members_the_one_that_comes_first_is_the_error(read: Read, first: str) -> None:
    """Two are read at a time: which of them is done first must not decide what is said."""
    members = dict(sample_archives()["RVU24AR"])
    members["GPCI2024.csv"] = members["GPCI2024.csv"].replace(b"Locality Number", b"Colour")
    members["ANES2024.csv"] = members["ANES2024.csv"].replace(b"Contractor", b"Colour")
    order = sorted(members, key=lambda name: name != first)
    for _ in range(3):
        with pytest.raises(LayoutError, match=f"^{first}: .*COLOUR"):
            read("RVU24AR.zip", {name: members[name] for name in order})


# --- the conversion factor -----------------------------------------------------------------------------------------------


def test_the_factors_of_both_kinds_of_participants(read: Read) -> None:
    factors = read("RVU26B.zip", sample_archives()["RVU26B"]).frames["conversion_factor"]
    assert dict(factors.select("qp_status", "conversion_factor").rows()) == {
        "non_qp": Decimal("33.4009"),
        "qp": Decimal("33.5675"),
    }
    assert factors["national_anesthesia_cf"].to_list() == [Decimal("20.497540"), Decimal("20.599835")]


@pytest.mark.parametrize("member", ["PPRRVU2026_Apr_nonQPP.txt", "PPRRVU2026_Apr_QPP.txt"])
def test_two_factors_in_one_member_are_an_error_that_counts_them(read: Read, member: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        read("RVU26B.zip", changed("RVU26B", {member: factor_of_one_row}))
    said = str(caught.value)
    assert said.startswith(f"{member}: one conversion factor was expected on every row; found 33.")
    assert "30.0000 on 1 rows" in said


def test_members_of_two_factors_are_an_error_that_names_both(read: Read) -> None:
    edit = replaced("32.7442", "32.7443", count=-1)
    with pytest.raises(ReleaseError, match=r"different conversion factors: PPRRVU24_JAN.csv 32.7443, PPRRVU24_JAN.txt 32.7442"):
        read("RVU24A.zip", changed("RVU24A", {"PPRRVU24_JAN.csv": edit}))


# --- what is public ------------------------------------------------------------------------------------------------------


def test_only_descriptors_of_level_two_are_taken_along(read: Read) -> None:
    def described(content: bytes) -> bytes:
        lines = content.decode("cp1252").split("\r\n")
        cells = [line.split(",") for line in lines]
        return "\r\n".join(
            ",".join([*row[:2], f"words of {row[0]}", *row[3:]]) if at >= 10 and len(row) == 31 else line
            for at, (line, row) in enumerate(zip(lines, cells, strict=True))
        ).encode("cp1252")

    found = read("RVU24AR.zip", changed("RVU24AR", {"PPRRVU24_JAN.csv": described})).frames
    codes = set(found["hcpcs_descriptor"]["hcpcs_code"])
    assert "description" not in catalog.tables()["rvu"].column_names
    assert len(codes) > 20
    assert all(code[0] in "ABCEFGHIJKLMNOPQRSTUV" and code[1:].isdigit() for code in codes)
    assert {"99213", "00100", "D0120", "0001F", "0075T"}.isdisjoint(codes)
    assert {"D0120", "99213"} <= set(found["rvu"].filter(pl.col("modifier") == "")["hcpcs_code"])


def test_the_content_hash_is_that_of_the_data_members_whatever_their_folder_and_order() -> None:
    one, two = Member("GPCI2024.csv", b"1"), Member("PPRRVU24.TXT", b"2")
    same = [Member("data/pprrvu24.txt", b"2"), Member("RVU24A/gpci2024.CSV", b"1"), Member("readme.pdf", b"anything")]
    assert content_hash([one, two]) == content_hash(same)
    assert content_hash([one, two]) != content_hash([one, Member("PPRRVU24.TXT", b"3")])
    assert content_hash([one, two]) != content_hash([one])
