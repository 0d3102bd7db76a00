"""Members whose columns changed: each stops its own release with a sentence that says what to edit, and the others load.

One refresh reads an archive for every fault, and two that are sound; the tests look at what became of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.outcome import Result
from tests.members import Cells, csv_edit, replaced, sample_archives, write_archive
from tests.refreshing import LIGHT, bytes_of, folder_of, labels, leftovers, outcome_of, query, run
from tests.slow import IS_SLOW
from warehouse.errors import LayoutError
from warehouse.home import Home

Edit = Callable[[bytes], bytes]
SOUND = ("RVU24AR", "RVU25A")
SLOW = ("rvu of 2026", "gpci of 2026")  # the same faults as in other years


@dataclass(frozen=True)
class Kind:
    """A csv member of each kind: lines above its rows, and what is done to it (positions from 0)."""

    release: str
    member: str
    head: int
    changed: int
    heading: str
    swapped: tuple[int, int]
    file: str


KINDS = {
    "rvu": Kind("RVU24AR", "PPRRVU24_JAN.csv", 10, 5, "RVU", (5, 10), "rvu.csv"),
    "rvu of 2026": Kind("RVU26B", "PPRRVU2026_Apr_QPP.csv", 10, 10, "RVU", (5, 10), "rvu.csv"),
    "gpci": Kind("RVU24AR", "GPCI2024.csv", 3, 5, "2024 PE GPCI", (5, 6), "gpci.csv"),
    "gpci of 2026": Kind("RVU26B", "GPCI2026.csv", 3, 6, "2026 PE GPCI", (4, 5), "gpci.csv"),
    "anesthesia": Kind("RVU26B", "ANES2026.csv", 1, 3, "Qualifying", (3, 4), "anesthesia.csv"),
    "opps_cap": Kind("RVU24AR", "OPPSCAP_JAN.csv", 1, 3, "CARRIER", (3, 4), "opps_cap.csv"),
    "locality_county": Kind("RVU26B", "26LOCCO.csv", 4, 3, "Fee Schedule Area ", (3, 4), "locality_county.csv"),
}


def renamed(kind: Kind) -> Edit:
    def edit(rows: Cells) -> Cells:
        heading = rows[kind.head - 1] if rows[kind.head - 1][kind.changed] else rows[kind.head - 2]
        assert heading[kind.changed].startswith(kind.heading)
        heading[kind.changed] = "SOMETHING ELSE"
        return rows

    return csv_edit(edit)


def without(kind: Kind) -> Edit:
    return csv_edit(lambda rows: [row[: kind.changed] + row[kind.changed + 1 :] for row in rows])


def with_another(kind: Kind) -> Edit:
    def edit(rows: Cells) -> Cells:
        heading = kind.head - 1 if rows[kind.head - 1][kind.changed] else kind.head - 2
        more = ["SOMETHING NEW" if at == heading else "7" if at >= kind.head else "" for at in range(len(rows))]
        return [[*row[: kind.changed], new, *row[kind.changed :]] for row, new in zip(rows, more, strict=True)]

    return csv_edit(edit)


def swapped(kind: Kind, *, headings: bool, figures: bool) -> Edit:
    first, second = kind.swapped

    def edit(rows: Cells) -> Cells:
        for at, row in enumerate(rows):
            if (figures if at >= kind.head else headings) and len(row) > max(first, second):
                row[first], row[second] = row[second], row[first]
        return rows

    return csv_edit(edit)


def edits(kind: Kind) -> dict[str, Edit]:
    return {
        "renamed": renamed(kind),
        "missing": without(kind),
        "extra": with_another(kind),
        "swapped": swapped(kind, headings=True, figures=True),
        "swapped heading": swapped(kind, headings=True, figures=False),
        "swapped figures": swapped(kind, headings=False, figures=True),
    }


def shifted(first: int) -> Edit:
    """Every record of a text member one place to the right from a character on."""

    def edit(content: bytes) -> bytes:
        return b"\r\n".join(line[:first] + b" " + line[first:] if len(line) > 30 else line for line in content.split(b"\r\n"))

    return edit


def shifted_within(first: int, last: int) -> Edit:
    """The same, with a character less at `last`: the length of the record stays."""

    def edit(content: bytes) -> bytes:
        return b"\r\n".join(
            line[:first] + b" " + line[first:last] + line[last + 1 :] if len(line) > last else line
            for line in content.split(b"\r\n")
        )

    return edit


TEXT = {
    "rvu text shifted": ("RVU24A", "PPRRVU24_JAN.txt", shifted(57), "rvu.csv"),
    "rvu text shifted within": ("RVU24A", "PPRRVU24_JAN.txt", shifted_within(57, 151), "rvu.csv"),
    "rvu text shifted in the middle": ("RVU24A", "PPRRVU24_JAN.txt", shifted_within(84, 121), "rvu.csv"),
    "cap text shifted": ("RVU24A", "OPPSCAP_JAN.txt", shifted(19), "opps_cap.csv"),
    "cap text shifted within": ("RVU24A", "OPPSCAP_JAN.txt", shifted_within(9, 19), "opps_cap.csv"),
}
CSV_FAULTS = [
    (kind, fault)
    for kind, chosen in KINDS.items()
    for fault in edits(chosen)
    if ("2026" not in kind or fault in ("missing", "swapped", "swapped figures")) and (IS_SLOW or kind not in SLOW)
]


def needed(release: str, member: str) -> Mapping[str, bytes]:
    """The members without which the fault would not show: RVU, GPCI, and the one that is changed."""
    members = sample_archives()[release]
    rvu = next(name for name in members if name.startswith("PPRRVU") and "_QPP" not in name)
    gpci = next(name for name in members if name.startswith("GPCI"))
    return {name: content for name, content in members.items() if name in (rvu, gpci, member)}


@dataclass(frozen=True)
class Ran:
    home: Home
    result: Result


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = folder_of(tmp_path_factory.mktemp("source"), SOUND)
    for name, fault in CSV_FAULTS:
        kind = KINDS[name]
        members = dict(needed(kind.release, kind.member))
        members[kind.member] = edits(kind)[fault](members[kind.member])
        write_archive(folder, f"{kind.release} {name} {fault}.zip", members)
    for name, (release, member, edit, _) in TEXT.items():
        members = dict(needed(release, member))
        members[member] = edit(members[member])
        write_archive(folder, f"{release} {name}.zip", members)
    home = Home(tmp_path_factory.mktemp("home"))
    return Ran(home, run(home, folder, LIGHT))


def said_of(ran: Ran, archive: str) -> str:
    outcome = outcome_of(ran.result, f"{archive}.zip")
    assert outcome.status == "failed"
    assert isinstance(outcome.error, LayoutError), outcome.detail
    assert outcome.release_id is None
    return outcome.detail


@pytest.mark.parametrize(("kind", "fault"), CSV_FAULTS)
def test_a_csv_member_with_other_columns_stops_its_release(ran: Ran, kind: str, fault: str) -> None:
    chosen = KINDS[kind]
    said = said_of(ran, f"{chosen.release} {kind} {fault}")
    assert chosen.member in said
    assert f"flows/catalog/column_maps/{chosen.file}" in said
    expected = {
        "renamed": "SOMETHING ELSE",
        "extra": "SOMETHING NEW",
        "missing": " should be ",
        "swapped": f"column {chosen.swapped[0] + 1} should be ",
        "swapped heading": f"column {chosen.swapped[0] + 1} should be ",
        "swapped figures": "",
    }
    assert expected[fault] in said


@pytest.mark.parametrize("name", TEXT)
def test_a_text_member_with_shifted_records_stops_its_release(ran: Ran, name: str) -> None:
    release, member, _, file = TEXT[name]
    said = said_of(ran, f"{release} {name}")
    assert member in said
    assert f"flows/catalog/column_maps/{file}" in said


def test_the_sound_releases_are_loaded_all_the_same(ran: Ran) -> None:
    assert [outcome_of(ran.result, f"{label}.zip").status for label in SOUND] == ["loaded", "loaded"]
    assert ran.result.published == ran.home.published
    assert labels(ran.home) == list(SOUND)
    assert len(ran.result.failed) == len(CSV_FAULTS) + len(TEXT)


@pytest.mark.parametrize(
    "table", ["archive_member", "rvu", "gpci", "anesthesia_cf", "opps_cap", "locality_county", "rejected_row"]
)
def test_nothing_of_the_failed_releases_is_loaded(ran: Ran, table: str) -> None:
    found = {row[0] for row in query(ran.home, f"select distinct release_id from {table}")}
    assert found <= set(SOUND)
    assert found


def test_no_error_shows_the_words_of_a_descriptor(ran: Ran) -> None:
    """Of the codes of the sample, Level II have one; CPT and dental codes would show theirs in the same place."""
    words = {row[0] for row in query(ran.home, "select description from hcpcs_descriptor where length(description) > 12")}
    assert len(words) > 20
    assert [outcome.name for outcome in ran.result.failed if any(word in outcome.detail for word in words)] == []


def test_a_run_in_which_every_release_fails_publishes_nothing(tmp_path: Path) -> None:
    kind = KINDS["gpci"]
    members = dict(sample_archives()[kind.release])
    members[kind.member] = replaced("2024 PE GPCI", "PRACTICE")(members[kind.member])
    write_archive(tmp_path / "source", f"{kind.release}.zip", members)
    home = Home(tmp_path / "home")
    result = run(home, tmp_path / "source", LIGHT)
    assert [outcome.status for outcome in result.outcomes] == ["failed"]
    assert result.published is None
    assert bytes_of(home) is None
    assert leftovers(home) == []
