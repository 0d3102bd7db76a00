"""The date of an archive: in its name or address, else of its newest data member."""

from __future__ import annotations

from datetime import date

import pytest

from flows.extract.members import Member
from flows.normalize.dated import archive_date


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rvu20a-updated-01312020.zip", date(2020, 1, 31)),
        ("rvu21c-updated-6302021.zip", date(2021, 6, 30)),
        ("rvu24ar-posted-04/01/2024.zip", date(2024, 4, 1)),
        ("rvu24a_updated_04_01_2024.zip", date(2024, 4, 1)),
        ("rvu26b-updated-05-1-2026.zip", date(2026, 5, 1)),
        ("rvu26a-updated-12-29-2025.zip", date(2025, 12, 29)),
        ("RVU25D.zip", None),
        ("rvu24_updated-02312024.zip", None),
    ],
)
def test_the_date_of_a_re_cut_stands_in_its_name(name: str, expected: date | None) -> None:
    assert archive_date([name], []) == expected


def test_the_address_tells_what_the_name_does_not() -> None:
    address = "https://www.cms.gov/files/zip/rvu23a-updated-01/31/2023.zip"
    assert archive_date(["RVU23A.zip", address], []) == date(2023, 1, 31)
    assert archive_date(["RVU23A.zip", None], []) is None


def test_without_a_marked_date_the_newest_data_member_tells() -> None:
    members = [
        Member("PPRRVU24_JAN.csv", b"", date(2023, 12, 14)),
        Member("ANES2024.txt", b"", date(2024, 1, 3)),
        Member("RVU24A.pdf", b"", date(2024, 4, 1)),  # a document is no data
        Member("GPCI2024.csv", b"", date(1980, 1, 1)),  # what a zip says that knows no date
    ]
    assert archive_date(["RVU24A.zip"], members) == date(2024, 1, 3)
    assert archive_date(["rvu24a-updated-04/01/2024.zip"], members) == date(2024, 4, 1)
    assert archive_date(["RVU24A.zip"], members[2:]) is None
