"""A row whose key is damaged is never lost: not in the middle, and not on the first or last row, where it looks like a heading
or a note."""

from __future__ import annotations

import pytest

from flows.extract.extract import extract
from flows.extract.lines import ROW_WITHOUT_KEY
from flows.extract.members import Member
from tests.members import account, sample_member

MEMBERS = (
    ("RVU25A", "PPRRVU25_JAN.txt"),
    ("RVU25A", "PPRRVU25_JAN.csv"),
    ("RVU25A", "OPPSCAP_JAN.txt"),
    ("RVU25A", "OPPSCAP_JAN.csv"),
    ("RVU25A", "GPCI2025.txt"),
    ("RVU25A", "GPCI2025.csv"),
    ("RVU25A", "ANES2025.txt"),
    ("RVU25A", "ANES2025.csv"),
)


@pytest.mark.parametrize("place", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize(("release", "name"), MEMBERS)
def test_the_row_is_kept_as_broken_with_its_line(release: str, name: str, place: int) -> None:
    whole = sample_member(release, name)
    sound = extract(whole)
    assert sound is not None
    number = sound.rows["line_number"].to_list()[place]
    lines = list(whole.lines)
    lines[number - 1] = "?" + lines[number - 1][1:]
    found = extract(Member(name, ("\r\n".join(lines) + "\r\n").encode("cp1252")))
    assert found is not None
    assert found.broken.select("line_number", "reason").rows() == [(number, ROW_WITHOUT_KEY)]
    assert found.rows.height == sound.rows.height - 1
    assert account(found) == account(sound) | {"rows": account(sound)["rows"] - 1, "broken": 1}
