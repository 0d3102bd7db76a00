"""The readers on mutated members: an account in which every line counts once and every row is true to its line, or a sentence.

Some hundred cases with a fixed seed, a thousand with PFS_SLOW_TESTS=1, and 200,000 by hand with
`python -m tests.benchmarks.fuzz_readers`.

Figures of two columns that change places under unchanged headings, in the only member of a kind, are stopped by the stages, but
for pairs of payment indicators: some of these hold the same digits in a few hundred rows. On a whole release each such pair
brings values into a column that catalog/indicator_values.csv does not declare for it, and the check indicators_declared stops
the publication; so no pair is left that nothing catches.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from flows import catalog
from flows.extract.extract import extract
from flows.extract.members import Member, read_members
from flows.normalize.normalize import normalize
from tests.fuzz_cases import made_members, members, mutated_archive, mutated_file, mutated_lines, silent_swaps
from tests.fuzz_others import mutated_payment_file, mutated_zip_file
from tests.fuzzing import FILE_EDITS
from tests.members import sample_archives
from tests.slow import IS_SLOW, slow
from warehouse.errors import PfsError

# The columns that indicators_declared holds against the declared values.
INDICATORS = {row["applies_to"] for row in catalog.rows("indicator_values.csv")}


@slow
def test_mutated_lines_are_accounted_for_and_true() -> None:
    ended: Counter[str] = Counter()
    for seed, member in enumerate(members()[:: 6 if IS_SLOW else 12], start=40):
        ended += mutated_lines(seed, member, 250)
    assert ended.total() > (800 if IS_SLOW else 400)
    assert ended["rejected"] > ended["accepted"] > 50, "the mutations no longer reach the rows"


@slow
def test_mutated_lines_of_other_eras_are_accounted_for_and_true() -> None:
    ended: Counter[str] = Counter()
    for seed, member in enumerate(made_members()[::3], start=70):
        ended += mutated_lines(seed, member, 40)
    assert ended.total() > 150
    assert ended["rejected"] + ended["accepted"] > 50, "the mutations no longer reach the rows"


@slow
def test_mutated_zip_code_and_payment_amount_files_are_accounted_for_and_true(tmp_path: Path) -> None:
    read = Counter(mutated_zip_file(seed, tmp_path) for seed in range(12))
    assert read["read"] > 0 < read["refused"]
    amounts = sum((mutated_payment_file(seed, tmp_path) for seed in range(6)), Counter[str]())
    assert amounts["accepted"] > amounts["rejected"] > 0


@slow
@pytest.mark.parametrize("edit", FILE_EDITS, ids=lambda edit: edit.__name__)
def test_mutated_files_are_read_or_refused_in_a_sentence(edit: object) -> None:
    chosen = next(known for known in FILE_EDITS if known is edit)
    ended = Counter(mutated_file(seed, member, chosen) for seed, member in enumerate(members()[:10:2]))
    assert ended.total() == 5


@slow
def test_archives_with_a_mutated_member_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    ended = Counter(mutated_archive(seed, label, tmp_path) for seed, label in enumerate(sample_archives()))
    assert ended.total() == len(sample_archives())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(600), b"HCPCS,MOD\r\n"])
@pytest.mark.parametrize("name", ["GPCI2024.xls", "GPCI2024.xlsx"])
def test_what_is_no_workbook_is_refused_in_a_sentence(name: str, content: bytes) -> None:
    with pytest.raises(PfsError, match="is no workbook that can be read"):
        extract(Member(name, content))


@pytest.mark.parametrize(("label", "name", "share"), [("RVU24AR", "PPRRVU24_JAN.csv", 0.08), ("RVU26B", "GPCI2026.csv", 1)])
def test_no_columns_but_indicators_change_places_in_silence(label: str, name: str, share: float) -> None:
    silent = silent_swaps(label, Member(name, sample_archives()[label][name]), share)
    assert {column for pair in silent for column in pair} <= INDICATORS


@slow
def test_on_a_whole_release_indicators_that_change_places_have_undeclared_values(shared: Path) -> None:
    """With the pairs of the sample, which holds fewer values than a release does."""
    member = next(item for item in read_members(shared / "cms" / "RVU26B.zip") if item.base_name.startswith("PPRRVU"))
    found = extract(member)
    assert found is not None
    rows = normalize(found).rows
    short = Member("PPRRVU2026_Apr_nonQPP.txt", sample_archives()["RVU26B"]["PPRRVU2026_Apr_nonQPP.txt"])
    declared = {
        name: {row["value"] for row in catalog.rows("indicator_values.csv") if row["applies_to"] == name} for name in INDICATORS
    }
    for first, second in silent_swaps("RVU26B", short, 0.15):
        assert set(rows[first]) - declared[second] or set(rows[second]) - declared[first], (first, second)
