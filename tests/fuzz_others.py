"""Cases of the fuzzer for the files that are no releases: ZIP code files and payment amount files with mutated lines.

Judged as in tests/fuzz_cases.py: an account in which every line counts once and every accepted row is true to its line, or a
sentence.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from random import Random
from unittest import mock

import polars as pl

from flows.normalize import normalize as stage
from flows.published.files import payment_files
from flows.published.rows import batches
from flows.raw_archive import Archive
from flows.references.zip_localities import read_zip_localities
from tests.fuzz_cases import repeatable, require_sentence
from tests.fuzzing import FILE_EDITS, LINE_EDITS, encoded
from tests.truth import physical_lines
from tests.zip_files import zip5, zip9
from warehouse.errors import PfsError

LINES = 400
_SPACE = " \t\r\n\x0b\x0c\x1a\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029\u3000"


def _mutated(random: Random, lines: list[str], share: float) -> list[str]:
    return [random.choice(LINE_EDITS)(random, line) if random.random() < share else line for line in lines]


def _content(random: Random, lines: list[str]) -> bytes:
    """Some cases are mutated line by line, a few as a whole."""
    if random.random() < 0.05:
        return random.choice(FILE_EDITS)(random, encoded("\r\n".join(lines) + "\r\n"))
    return encoded("\r\n".join(_mutated(random, lines, random.choice((0.003, 0.01, 0.05)))) + "\r\n")


# --- ZIP code files ------------------------------------------------------------------------------------------------------


def mutated_zip_file(seed: int, folder: Path) -> str:
    """Mutates lines of a ZIP5 and a ZIP9 text and reads the archive of both. Returns the outcome."""
    random = Random(seed)
    five = [zip5(f"{10000 + 7 * i}", f"{10112 + i % 3}", f"{i % 30:02}", flag=str(i % 2)) for i in range(LINES)]
    nine = [zip9(f"{10000 + 7 * i}", f"{i:04}", locality=f"{i % 30:02}") for i in range(LINES)]
    contents = {"ZIP5_OCT2025.txt": _content(random, five), "ZIP9_OCT2025.txt": _content(random, nine)}
    path = folder / "zip-codes.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name, content in contents.items():
            out.writestr(name, content)
    with repeatable(seed, "ZIP code files"), mock.patch.object(stage, "_stop_when_shifted"):
        try:
            content = read_zip_localities(Archive(path, "0" * 64, path.name, None))
        except PfsError as error:
            require_sentence(error)
            return "refused"
        for account in content.frames["zip_release_file"].to_dicts():
            name = account["member_name"]
            lines = physical_lines(contents[name])
            rejected = content.frames["zip_rejected_row"].filter(pl.col("member_name") == name)
            _require_zip_rows(content.frames[account["kind"]], rejected, lines, account)
        return "read"


def _require_zip_rows(rows: pl.DataFrame, rejected: pl.DataFrame, lines: list[str], account: dict[str, int]) -> None:
    numbers = [*rows["line_number"], *rejected["line_number"]]
    assert len(numbers) == len(set(numbers)), "a line is accounted for twice"
    assert account["lines"] == len(lines) == len(numbers) + account["lines_ignored"], "the lines do not add up"
    ignored = set(range(1, len(lines) + 1)) - set(numbers)
    assert all(not lines[i - 1].strip(_SPACE + ',"') for i in ignored), "a line that says something is ignored"
    for row in rows.to_dicts():
        line = lines[row["line_number"] - 1]
        cut = (line[:2], line[2:7], line[7:12], line[12:14])
        assert (row["printed_state"], row["zip_code"], row["mac"], row["locality"]) == cut, f"{line!r} became {row}"
        if "plus_four" in row:
            assert row["plus_four"] == line[21:25], f"{line!r} became {row}"


# --- payment amounts -----------------------------------------------------------------------------------------------------


def mutated_payment_file(seed: int, folder: Path) -> Counter[str]:
    """Mutates lines of a payment amount file and reads it. Returns how many lines ended in which way."""
    random = Random(seed)
    cells = ("2025", "{mac}", "{locality}", "{code}", "  ", "{fee}", "0000057.61", " ", "0", "A", "0", *["0000000.00"] * 2, "9")
    record = ",".join(f'"{cell}"' for cell in (*cells, *["0000000.00"] * 2))
    lines = [
        record.format(mac=f"{10112 + i % 5}", locality=f"{i % 30:02}", code=f"{99200 + i}", fee=f"{i + 0.37:010.2f}")
        for i in range(LINES)
    ]
    lines += ['"TRL- MADE UP"']
    content = _content(random, lines)
    path = folder / "PFREV25D.txt"
    path.write_bytes(content)
    with repeatable(seed, "payment amount file"):
        try:
            found = [batch for file in payment_files(path) for batch in batches(file)]
        except PfsError as error:
            require_sentence(error)
            return Counter(refused=LINES)
        claims = pl.concat([batch.claims for batch in found])
        others = sum(batch.blank + batch.trailers + batch.headings for batch in found)
        assert claims["line_number"].n_unique() == claims.height, "a line is a claim twice"
        assert sum(batch.lines for batch in found) == claims.height + others, "the lines do not add up"
        sound = claims.filter(pl.col("problem").is_null())
        _require_amounts(sound, content)
        return Counter(accepted=sound.height, rejected=claims.height - sound.height)


def _require_amounts(sound: pl.DataFrame, content: bytes) -> None:
    """The code and the amount of a sound claim stand on its line, in their cells."""
    if b"\r\n" not in content or b"\x00" in content:
        return
    lines = content.decode("utf-8", "replace").split("\n")
    for row in sound.to_dicts():
        if row["line_number"] > len(lines):
            continue
        cells = lines[row["line_number"] - 1].replace('"', "").split(",")
        if len(cells) != 16:  # a CR within the line makes it two for the reader
            continue
        assert cells[3].strip(_SPACE).upper() == row["hcpcs_code"].strip(_SPACE), f"{cells} became {row}"
        assert cells[5].strip(_SPACE) == (row["nonfacility_fee"] or "").strip(_SPACE), f"{cells} became {row}"
