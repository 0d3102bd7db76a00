"""An archive of archives: what each one in it is, and what to do with them; payment amounts are for `pfs verify`."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.bring import read_archive
from flows.inspect.inspect import inspect
from flows.raw_archive import Archive
from tests.members import sample_archives, write_archive, zipped
from tests.slow import slow
from tests.unit.test_payment_files import TRAILERS, record
from tests.zip_files import text, zip5
from warehouse.errors import ReleaseError

UNPACK = (
    "outer.zip is an archive of archives ({}), where one archive was expected, as CMS posts it. Unpack it, and name the folder: "
    "'pfs refresh --source FOLDER --all'."
)


def outer(folder: Path, **inner: bytes) -> Path:
    """An archive of these archives, with a Mac's companion and a document beside them, which count for nothing."""
    members = {f"releases/{name}.zip": content for name, content in inner.items()}
    return write_archive(folder, "outer.zip", members | {"__MACOSX/releases/._RVU25A.zip": b"mac", "readme.pdf": b"%PDF"})


def refused(path: Path) -> str:
    with pytest.raises(ReleaseError) as caught:
        read_archive(Archive(path, "0" * 64, path.name, None))
    return str(caught.value)


@slow
def test_releases_in_it_are_each_said_and_it_is_to_be_unpacked(tmp_path: Path) -> None:
    inner = {label: zipped(sample_archives()[label]) for label in ("RVU24AR", "RVU25A")}
    path = outer(tmp_path, **inner)
    report = inspect(path)
    assert (report.what, report.is_sound) == ("an archive of archives", False)
    assert report.problem == UNPACK.format("RVU24AR.zip, RVU25A.zip")
    assert [note.split(" (")[0] for note in report.notes] == [
        "RVU24AR.zip: an archive of relative value files. RVU24AR",
        "RVU25A.zip: an archive of relative value files. RVU25A",
    ]
    kinds = {finding.member: finding.kind for finding in report.findings}
    assert kinds["RVU24AR.zip > GPCI2024.csv"] == "gpci" and kinds["RVU24AR.zip > OPPSCAP_JAN.csv"] == "opps_cap"
    assert refused(path) == report.problem


def test_a_zip_code_file_in_it_is_said_and_so_is_what_cannot_be_read(tmp_path: Path) -> None:
    path = outer(tmp_path, codes=zipped({"ZIP5_OCT2025.txt": text([zip5("35203")])}), cut=zipped({"a.txt": b"1"})[:40])
    report = inspect(path)
    assert report.notes[0].startswith(
        "codes.zip: ZIP code files: which locality a ZIP code belongs to. ZIP25D, for services from"
    )
    assert report.notes[1].startswith(
        "cut.zip: an archive that cannot be read. cut.zip begins as a zip archive but is only 40 bytes"
    )
    assert refused(path) == UNPACK.format("codes.zip, cut.zip")


def test_archives_inside_those_are_not_opened(tmp_path: Path) -> None:
    """There are archives that hold themselves."""
    deepest = zipped({"RVU24AR.zip": zipped(sample_archives()["RVU24AR"])})
    report = inspect(outer(tmp_path, middle=deepest))
    assert [note.split(" (")[0] for note in report.notes] == [
        "middle.zip: an archive of archives. middle.zip is an archive of archives"
    ]
    assert report.findings == () and report.problem == UNPACK.format("middle.zip")


@pytest.mark.parametrize("is_nested", [False, True])
def test_payment_amounts_are_compared_by_verify_nested_or_not(tmp_path: Path, is_nested: bool) -> None:
    """CMS posts PFALL26A so; `pfs verify` opens it."""
    content = text([record(), *TRAILERS])
    members = {"PFALL26A.zip": zipped({"PFALL26A.txt": content})} if is_nested else {"PFALL26A.txt": content}
    path = write_archive(tmp_path, "pfrev26a.zip", members)
    assert inspect(path).what == "published payment amounts: 1 file"
    assert refused(path) == (
        "pfrev26a.zip holds payment amounts that CMS published (PFALL26A.txt). They are compared with a warehouse, not loaded "
        "into one: 'pfs verify pfrev26a.zip'."
    )
