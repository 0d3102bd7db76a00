"""The members of an archive: forms, text, line ends."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from flows.extract.members import Member, read_members
from tests.members import read, sample_archives


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("PPRRVU25_JAN.csv", "csv"),
        ("RVU25A/OPPSCAP_JAN.TXT", "text"),
        ("CY2017_GPCIs.prn", "text"),
        ("ANES2009.XLS", "excel"),
        ("26LOCCO.xlsx", "excel"),
        ("RVUPUF25.pdf", "other"),
        ("README", "other"),
        ("RVU25A/._25LOCCO.csv", "other"),
        ("__MACOSX/RVU25A/25LOCCO.csv", "other"),
        ("RVU25A/.DS_Store", "other"),
    ],
)
def test_the_form_follows_from_the_ending(name: str, form: str) -> None:
    assert Member(name, b"").form == form


def test_a_name_without_its_folder() -> None:
    assert Member("RVU25A/data/GPCI2025.csv", b"").base_name == "GPCI2025.csv"


def test_the_hash_is_that_of_the_bytes() -> None:
    assert Member("a.csv", b"1,2\r\n").sha256 == hashlib.sha256(b"1,2\r\n").hexdigest()


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\nb\n", ["a", "b"]),
        (b"a\rb\r", ["a", "b"]),
        (b"a\r\nb\nc\rd", ["a", "b", "c", "d"]),
        (b"a\r\n\r\nb", ["a", "", "b"]),
        (b"a\n\n", ["a", ""]),
        (b"\n", [""]),
        (b"a\r\n\x1a", ["a", "\x1a"]),
        (b"", []),
    ],
)
def test_lines_end_with_crlf_lf_or_cr_and_the_last_one_may_lack_its_end(content: bytes, lines: list[str]) -> None:
    assert Member("a.txt", content).lines == lines


def test_text_is_cp1252() -> None:
    assert Member("a.csv", b"Pe\xf1a \x96 \x93M\xfcller\x94 \xa0").text == "Pe\xf1a \u2013 \u201cM\xfcller\u201d \xa0"


def test_text_with_the_mark_of_utf_8_is_utf_8() -> None:
    """A csv that somebody saved again; bytes that are no UTF-8 show as such and stop nothing."""
    assert Member("a.csv", "\ufeffCarrier,Añasco é\r\n".encode()).lines == ["Carrier,Añasco é"]
    assert Member("a.csv", b"\xef\xbb\xbfa\xff,b\r\n").lines == ["a\ufffd,b"]


def test_a_member_that_was_saved_again_in_utf_8_is_read_as_before() -> None:
    content = sample_archives()["RVU25A"]["ANES2025.csv"]
    again = ("\ufeff" + content.decode("cp1252")).encode()
    assert read(Member("ANES2025.csv", again)).rows.equals(read(Member("ANES2025.csv", content)).rows)


def test_a_byte_that_cp1252_lacks_is_read_as_latin_1_and_spoils_no_other() -> None:
    assert Member("a.csv", b"\x81\x9d \x80 \xe9").text == "\x81\x9d \u20ac \xe9"


def test_every_byte_is_one_character() -> None:
    every = bytes(range(256))
    assert len(Member("a.txt", every).text) == 256


def test_members_come_in_the_order_of_the_archive_and_folders_are_none(tmp_path: Path) -> None:
    path = tmp_path / "RVU25A.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b/", b"")
        archive.writestr("b/z.csv", b"1")
        archive.writestr("a.txt", b"2")
    assert [(member.name, member.content) for member in read_members(path)] == [("b/z.csv", b"1"), ("a.txt", b"2")]
