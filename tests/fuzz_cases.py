"""Cases of the fuzzer: a member of the sample with mutated lines, a mutated member, an archive with a mutated member.

Each case must end in an account in which every line counts once and every accepted row is true to its line, or in a sentence
(PfsError). Anything else raises, with the seed of the case, so that it can be done again.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from unittest import mock

import polars as pl

from flows.catalog import releases
from flows.extract.extract import extract
from flows.extract.lines import Extract
from flows.extract.members import Member
from flows.normalize import normalize as stage
from flows.normalize.choose import choose
from flows.normalize.normalize import Normalized, normalize
from flows.normalize.plausible import require_plausible
from flows.normalize.release import read_release
from flows.raw_archive import Archive
from tests.eras import eras
from tests.fuzzing import FILE_EDITS, LINE_EDITS, FileEdit, encoded
from tests.members import sample_archives, write_archive
from tests.truth import physical_lines, require_account, require_true
from warehouse.errors import PfsError

LINES_PER_MEMBER = 500
LONGEST = 600


class FindingError(AssertionError):
    """A case that ended in neither an account nor a sentence; says how to repeat it."""


@cache
def members() -> tuple[Member, ...]:
    """The members of the sample that differ in their content, long ones cut to their first lines."""
    found: dict[bytes, Member] = {}
    for name, content in (item for archive in sample_archives().values() for item in archive.items()):
        short = b"\r\n".join(content.split(b"\r\n")[:LONGEST]) + b"\r\n"
        found.setdefault(short, Member(name, short))
    return tuple(found.values())


@cache
def made_members() -> tuple[Member, ...]:
    """The members of the made archives (tests/eras.py), one of each layout; workbooks are not mutated by line."""
    found: dict[tuple[str, str], Member] = {}
    for era in eras().values():
        for name, content in era.members.items():
            if not name.endswith(".xlsx"):
                found.setdefault((era.layouts[name], name.rsplit(".")[-1].lower()), Member(name, content))
    return tuple(found.values())


@cache
def _known(member: Member) -> pl.DataFrame:
    """Text and values of the rows of the member as it is."""
    found, normalized = _read(member, None)
    assert found is not None and normalized is not None
    rows = normalized.rows.join(found.rows.select("line_number", "text"), on="line_number").drop("line_number")
    return rows.drop("state_name", strict=False)  # carried down from a row above


@cache
def _lines(member: Member) -> list[str]:
    return physical_lines(member.content)


@cache
def _first_row(member: Member) -> int:
    found = extract(member)
    assert found is not None
    return int(found.rows["line_number"].min()) - 1  # type: ignore[arg-type]


@contextmanager
def repeatable(seed: int, what: str) -> Iterator[None]:
    """Turns whatever is no sentence into a finding that names the case."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # Polars panics with one that is no Exception
        raise FindingError(f"case {seed} ({what}): {type(error).__name__}: {error}") from error


# --- lines -------------------------------------------------------------------------------------------------------------


def mutated_lines(seed: int, member: Member, count: int = LINES_PER_MEMBER) -> Counter[str]:
    """Mutates lines of a member and reads it. Returns how many of the mutated lines ended in which way."""
    random = Random(seed)
    lines = _lines(member)
    first = 0 if random.random() < 0.05 else _first_row(member)  # a mutated heading is refused, and says little about lines
    chosen = random.sample(range(first, len(lines)), min(count, len(lines) - first))
    edits = {}
    for number in chosen:
        text = lines[number]
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            text = random.choice(LINE_EDITS)(random, text)
        if text != lines[number]:
            edits[number] = text
    with repeatable(seed, f"lines of {member.name}"), mock.patch.object(stage, "_stop_when_shifted"):
        return _judged(member, lines, edits)


def _judged(member: Member, lines: list[str], edits: dict[int, str], halvings: int = 3) -> Counter[str]:
    """Reads the member with all edits; when that is refused, with each half of them, and so on, a few times."""
    edited = Member(member.name, encoded("\r\n".join(edits.get(i, line) for i, line in enumerate(lines)) + "\r\n"))
    try:
        found, normalized = _read(edited, _known(member))
    except PfsError as error:
        require_sentence(error)
        if len(edits) == 1 or not halvings:
            return Counter(refused=len(edits))
        half = list(edits.items())
        parts = half[: len(half) // 2], half[len(half) // 2 :]
        return sum((_judged(member, lines, dict(part), halvings - 1) for part in parts), Counter[str]())
    if found is None:
        return Counter({"no data": len(edits)})
    assert normalized is not None
    return _outcomes(found, normalized, set(lines), len(edits))


def _outcomes(found: Extract, normalized: Normalized, original: set[str], edited: int) -> Counter[str]:
    """How many mutated lines were accepted or rejected; the rest were headings, notes or blanks, before or after."""
    texts = dict(found.rows.select("line_number", "text").rows())
    accepted = sum(1 for number in normalized.rows["line_number"] if texts[number] not in original)
    rejected = sum(1 for text in normalized.rejected["text"] if text not in original)
    return Counter({"accepted": accepted, "rejected": rejected, "no row": max(0, edited - accepted - rejected)})


def _read(member: Member, known: pl.DataFrame | None) -> tuple[Extract | None, Normalized | None]:
    found = extract(member)
    if found is None:
        return None, None
    normalized = normalize(found)
    require_account(found, normalized, physical_lines(member.content))
    require_true(found, normalized, known)
    return found, normalized


def require_sentence(error: PfsError) -> None:
    text = str(error)
    assert len(text) > 40 and text.rstrip().endswith((".", "…")), f"no sentence: {text!r}"
    assert not re.search("[\x00-\x1f\x7f-\x9f]", text), f"characters that a terminal may act on: {text!r}"


# --- files -------------------------------------------------------------------------------------------------------------


def mutated_file(seed: int, member: Member, edit: FileEdit | None = None) -> str:
    """Mutates a member as a whole and reads it. Returns the outcome."""
    random = Random(seed)
    edit = edit or random.choice(FILE_EDITS)
    with repeatable(seed, f"{edit.__name__} of {member.name}"):
        try:
            found, normalized = _read(Member(member.name, edit(random, member.content)), None)
        except PfsError as error:
            require_sentence(error)
            return "refused"
        return "no data" if found is None or normalized is None else "read"


def mutated_archive(seed: int, label: str, folder: Path, edit: FileEdit | None = None) -> str:
    """Mutates one member of an archive of the sample and reads the archive as a release. Returns the outcome."""
    random = Random(seed)
    edit = edit or random.choice(FILE_EDITS)
    contents = dict(sample_archives()[label])
    name = random.choice(list(contents))
    contents[name] = edit(random, contents[name])
    with repeatable(seed, f"{edit.__name__} of {name} in {label}"):
        return read_archive(label, contents, folder)


def read_archive(label: str, contents: dict[str, bytes], folder: Path) -> str:
    """Reads an archive of these members as a release: accepted when it can be loaded, else refused, in a sentence."""
    path = write_archive(folder, f"{label}.zip", contents)
    try:
        content = read_release(Archive(path, "0" * 64, path.name, None))
    except PfsError as error:
        require_sentence(error)
        return "refused"
    for row in content.frames["archive_member"].drop_nulls("lines").to_dicts():
        assert row["lines"] == row["rows_loaded"] + row["rows_matched"] + row["rows_rejected"] + row["lines_ignored"], row
    return "accepted"


# --- columns -----------------------------------------------------------------------------------------------------------


def silent_swaps(label: str, member: Member, share: float = 1.0) -> set[tuple[str, str]]:
    """Pairs of columns of a member whose figures can change places, under the same headings, without a word of stages extract
    and normalize although the member is the only one of its kind. `share`: of the pairs, which are tried."""
    found, release = extract(member), releases.find(label)
    assert found is not None and release is not None
    as_it_is = normalize(found).rows.drop("line_number")
    pairs = list(itertools.combinations(found.rows.columns[2:], 2))
    silent = set()
    for first, second in Random(label).sample(pairs, max(1, int(share * len(pairs)))):
        rows = found.rows.rename({first: second, second: first}).select(found.rows.columns)
        try:
            swapped = normalize(replace(found, rows=rows))
            require_plausible(release, choose(label, [swapped]))
        except PfsError as error:
            require_sentence(error)
            continue
        if "conversion_factor" in (first, second) and swapped.rows["conversion_factor"].n_unique() > 1:
            continue  # stopped by the rule of one factor in each RVU member
        if not swapped.rows.drop("line_number").equals(as_it_is):
            silent.add((first, second))
    return silent


__all__ = [
    "FindingError",
    "made_members",
    "members",
    "mutated_archive",
    "mutated_file",
    "mutated_lines",
    "read_archive",
    "silent_swaps",
]
