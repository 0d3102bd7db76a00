"""What counts as a zip archive that can be read safely, and the sentence for each thing that does not."""

from __future__ import annotations

import io
import random
import stat
import struct
import time
import warnings
import zipfile
from pathlib import Path

import pytest

from flows.fetch.archive import ArchiveBounds, verify_archive
from warehouse.errors import ArchiveError

TEXT = b"HCPCS,MOD,STATUS\r\nG0101,,A\r\n" * 40


def make_zip(members: dict[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of the given members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in ({"PPRRVU25.csv": TEXT} if members is None else members).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def patched(body: bytes, *, local: int, central: int, value: bytes, signed: tuple[bytes, bytes]) -> bytes:
    """Overwrites bytes at an offset in the first local header and at another in its directory entry."""
    out = bytearray(body)
    for signature, offset in zip(signed, (local, central), strict=True):
        start = body.index(signature) + offset
        out[start : start + len(value)] = value
    return bytes(out)


HEADERS = (b"PK\x03\x04", b"PK\x01\x02")


def verify(tmp_path: Path, body: bytes, bounds: ArchiveBounds | None = None) -> None:
    path = tmp_path / "RVU25A.zip"
    path.write_bytes(body)
    verify_archive(path, bounds)


def fails(tmp_path: Path, body: bytes, bounds: ArchiveBounds | None = None) -> str:
    with pytest.raises(ArchiveError) as caught:
        verify(tmp_path, body, bounds)
    assert "RVU25A.zip" in str(caught.value)
    return str(caught.value)


def test_a_whole_archive_passes(tmp_path: Path) -> None:
    verify(tmp_path, make_zip())
    verify(tmp_path, make_zip({"RVU 25A /GPCI2025.csv": TEXT, "stored.txt": TEXT}, zipfile.ZIP_STORED))


def test_an_empty_file(tmp_path: Path) -> None:
    assert "is empty (0 bytes)" in fails(tmp_path, b"")


def test_a_zip_without_members(tmp_path: Path) -> None:
    assert "without a single member" in fails(tmp_path, make_zip({}))


@pytest.mark.parametrize("start", ["<!DOCTYPE html>\n<html>", "\n  <HTML><head>", "\ufeff<html lang=en>"])
def test_an_html_page(tmp_path: Path, start: str) -> None:
    said = fails(tmp_path, (start + "<title>Page not found</title>" + "x" * 2000).encode())
    assert "is an HTML page, not a zip archive" in said
    assert "a page was saved in the place of the file" in said, "a file on the disk has no address that may have moved"
    assert "licence" not in said


def test_a_licence_page_by_what_it_says(tmp_path: Path) -> None:
    html = b"<html><title>License</title><p>LICENSE FOR USE OF CURRENT PROCEDURAL TERMINOLOGY</p></html>"
    assert "is a licence page" in fails(tmp_path, html)


def test_a_licence_page_by_its_address(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"<html>Please accept</html>")
    with pytest.raises(ArchiveError, match=r"x\.zip \(from https://host/license/ama.*\) is a licence page"):
        verify_archive(path, name="x.zip", url="https://host/license/ama?file=/x.zip")


def test_something_else_entirely(tmp_path: Path) -> None:
    assert "is only 9 bytes long and is not a zip archive (it begins with 'not found')" in fails(tmp_path, b"not found")
    assert "begins with '%PDF-1.4" in fails(tmp_path, b"%PDF-1.4" + bytes(5000))


def test_a_short_file_that_begins_as_a_zip(tmp_path: Path) -> None:
    assert "is only 40 bytes long: too short to be whole" in fails(tmp_path, make_zip()[:40])


def test_a_truncated_archive(tmp_path: Path) -> None:
    body = make_zip({"a.bin": random.Random(1).randbytes(50_000)})
    assert "is a truncated zip archive: it stops after 40,000 bytes" in fails(tmp_path, body[:40_000])


def test_a_flipped_bit_fails_the_crc(tmp_path: Path) -> None:
    body = bytearray(make_zip({"a.bin": random.Random(1).randbytes(50_000)}, zipfile.ZIP_STORED))
    body[25_000] ^= 1
    assert "is a damaged zip archive (Bad CRC-32 for file 'a.bin')" in fails(tmp_path, bytes(body))


def test_an_encrypted_member(tmp_path: Path) -> None:
    """The flag of the general purpose bits, set in both headers as an encrypting zip program does."""
    body = patched(make_zip(), local=6, central=8, value=b"\x01\x00", signed=HEADERS)
    assert "'PPRRVU25.csv' is encrypted" in fails(tmp_path, body)


@pytest.mark.parametrize(
    "name",
    [
        "../up.csv",
        "a/../../up.csv",
        "..\\up.csv",
        "a\\..\\up.csv",
        "/etc/up.csv",
        "\\\\host\\up.csv",
        "C:\\up.csv",
        "c:up",
    ],
)
def test_a_path_that_climbs_out(tmp_path: Path, name: str) -> None:
    assert "path leads out of the archive" in fails(tmp_path, make_zip({"a.csv": TEXT, name: TEXT}))


def test_a_name_with_two_dots_in_it_is_no_climb(tmp_path: Path) -> None:
    verify(tmp_path, make_zip({"RVU25A..final.csv": TEXT, "dir/..b.csv": TEXT}))


def test_a_name_that_hides_its_end(tmp_path: Path) -> None:
    body = make_zip({"a.csvX.exe": TEXT}).replace(b"a.csvX.exe", b"a.csv\x00.exe")
    assert "path leads out of the archive: 'a.csv\\x00.exe'" in fails(tmp_path, body)


def test_a_link(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    link = zipfile.ZipInfo("link.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/hostname")
    assert "is a link or a device" in fails(tmp_path, buffer.getvalue())


def test_two_members_of_one_name(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.csv", b"1")
        archive.writestr("a.csv", b"2")
    assert "has 2 members named 'a.csv'" in fails(tmp_path, buffer.getvalue())


def test_a_method_that_is_not_unpacked_in_bounds(tmp_path: Path) -> None:
    assert "is packed by method 14" in fails(tmp_path, make_zip(method=zipfile.ZIP_LZMA))


def test_a_bomb_by_ratio(tmp_path: Path) -> None:
    assert "is a zip bomb: its member 'big.csv' unpacks" in fails(tmp_path, make_zip({"big.csv": bytes(3_000_000)}))


def test_a_high_ratio_of_a_small_member_is_no_bomb(tmp_path: Path) -> None:
    verify(tmp_path, make_zip({"blank.csv": bytes(900_000)}))


def test_bounds_on_total_and_count(tmp_path: Path) -> None:
    two = make_zip({"a.csv": TEXT, "b.csv": TEXT})
    assert "unpacks to 2,240 bytes, above the bound of 2,239" in fails(tmp_path, two, ArchiveBounds(max_total_bytes=2239))
    verify(tmp_path, two, ArchiveBounds(max_total_bytes=2240, max_members=2))
    assert "has 2 members, above the bound of 1" in fails(tmp_path, two, ArchiveBounds(max_members=1))


def test_a_directory_of_thousands_is_refused_before_it_is_read(tmp_path: Path) -> None:
    many = make_zip({f"{number}.csv": b"" for number in range(2_001)})
    assert "lists about 2,001 members" in fails(tmp_path, many)


def test_members_that_overlap(tmp_path: Path) -> None:
    """Two directory entries, one local header: the packed bytes count twice."""
    body = make_zip({"a.csv": TEXT})
    start = body.index(b"PK\x01\x02")
    end = body.index(b"PK\x05\x06")
    entry = body[start:end]
    ending = bytearray(body[end:])
    struct.pack_into("<HHI", ending, 8, 2, 2, 2 * len(entry))
    said = fails(tmp_path, body[:start] + entry + entry.replace(b"a.csv", b"b.csv") + bytes(ending))
    assert "'a.csv' and 'b.csv' overlap" in said


@pytest.mark.parametrize(("declared", "said"), [(10, "Bad CRC-32"), (5_000, "declares 5,000 bytes but holds 1,120")])
def test_a_header_that_lies_about_the_size(tmp_path: Path, declared: int, said: str) -> None:
    lie = struct.pack("<I", declared)
    assert said in fails(tmp_path, patched(make_zip(), local=22, central=24, value=lie, signed=HEADERS))


def test_a_lying_header_is_never_unpacked_beyond_what_it_declares(tmp_path: Path) -> None:
    """3 MB that declare 1,000 bytes pass the ratio bound, so the test of the content has to stop them."""
    body = make_zip({"big.csv": bytes(3_000_000)})
    lie = patched(body, local=22, central=24, value=struct.pack("<I", 1000), signed=HEADERS)
    assert "Bad CRC-32" in fails(tmp_path, lie)


def test_damage_anywhere_is_a_sentence(tmp_path: Path) -> None:
    """Whatever a byte is changed to, verify_archive passes or says why not; no other exception comes out."""
    body = make_zip({"a.csv": TEXT, "dir/b.csv": TEXT[:50]})
    chance = random.Random(20250101)
    outcomes = {"pass": 0, "fail": 0}
    for _ in range(600):
        damaged = bytearray(body)
        for _ in range(chance.choice((1, 1, 2, 8))):
            damaged[chance.randrange(len(body))] = chance.randrange(256)
        damaged = damaged[: chance.choice((len(body), len(body), chance.randrange(len(body))))]
        try:
            verify(tmp_path, bytes(damaged))
            outcomes["pass"] += 1
        except ArchiveError:
            outcomes["fail"] += 1
    assert outcomes["fail"] > 300
    assert outcomes["pass"] > 0


def test_real_archives_pass_quickly(shared: Path) -> None:
    archives = sorted((shared / "cms").glob("*.zip"))
    assert archives
    took = {}
    for archive in archives:
        began = time.perf_counter()
        verify_archive(archive)
        took[archive.name] = time.perf_counter() - began
    assert took["RVU25A.zip"] < 0.5  # 0.05 s alone on a machine; the rest is room for a busy one
