"""Mutations of members, line by line and as whole files, each drawn from a generator of random numbers.

A mutation of a line takes and gives its text; one of a file takes and gives its bytes. Used by tests/unit/test_fuzz_readers.py
(a few thousand cases) and tests/benchmarks/fuzz_readers.py (200,000 by hand); tests/fuzz_cases.py judges what comes of them.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable
from random import Random

LineEdit = Callable[[Random, str], str]
FileEdit = Callable[[Random, bytes], bytes]
ODD_CELLS = (
    "1e5",
    "1.005",
    "-1",
    "NaN",
    "inf",
    ".",
    "1.",
    "1.2.3",
    "+1",
    "1,5",
    "0x10",
    "1_0",
    "\uff11",
    "\u0663",
    "99999999",
    "",
    " ",
    "NA",
    "#REF!",
)
ODD_CHARACTERS = "\x00\x01\x0b\x0c\x1a\x1c\x7f\x85\xa0é€ﬁ\u2028\u3000\ufeff😀\u0663-+.,;\t'\"0"


# --- lines -------------------------------------------------------------------------------------------------------------


def _at(random: Random, text: str) -> int:
    return random.randrange(len(text)) if text else 0


def drop_character(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + line[at + 1 :]


def insert_character(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + random.choice(ODD_CHARACTERS + "ABZ 019") + line[at:]


def replace_character(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + random.choice(ODD_CHARACTERS + "ABZ 019") + line[at + 1 :]


def duplicate_character(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[: at + 1] + line[at : at + 1] + line[at + 1 :]


def swap_characters(random: Random, line: str) -> str:
    at = _at(random, line[:-1])
    return line[:at] + line[at + 1 : at + 2] + line[at : at + 1] + line[at + 2 :]


def cut_end(random: Random, line: str) -> str:
    return line[: _at(random, line)]


def cut_beginning(random: Random, line: str) -> str:
    return line[_at(random, line) :]


def two_lines(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + random.choice(("\n", "\r", "\r\n")) + line[at:]


def twice(random: Random, line: str) -> str:
    return line + random.choice(("", ",", " ")) + line


def add_cell(random: Random, line: str) -> str:
    return _of_cells(
        line, lambda cells: cells.insert(random.randrange(len(cells) + 1), random.choice(("", "1", "x", *ODD_CELLS)))
    )


def remove_cell(random: Random, line: str) -> str:
    return _of_cells(line, lambda cells: cells.pop(random.randrange(len(cells))))


def exchange_cells(random: Random, line: str) -> str:
    def edit(cells: list[str]) -> None:
        a, b = random.randrange(len(cells)), random.randrange(len(cells))
        cells[a], cells[b] = cells[b], cells[a]

    return _of_cells(line, edit)


def exchange_neighbours(random: Random, line: str) -> str:
    def edit(cells: list[str]) -> None:
        a = random.randrange(len(cells))
        cells[a - 1], cells[a] = cells[a], cells[a - 1]

    return _of_cells(line, edit)


def odd_cell(random: Random, line: str) -> str:
    return _of_cells(line, lambda cells: cells.__setitem__(random.randrange(len(cells)), random.choice(ODD_CELLS)))


def odd_number(random: Random, line: str) -> str:
    """Another figure in the place of a figure, of the same width in a text."""
    found = list(re.finditer(r"\d+\.?\d*", line))
    if not found:
        return line
    figure = random.choice(found)
    return line[: figure.start()] + random.choice(ODD_CELLS).rjust(len(figure[0]))[: len(figure[0]) + 3] + line[figure.end() :]


def quote(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + random.choice(('"', '""', '"",', ',"', '",')) + line[at:]


def unbalanced_cell(random: Random, line: str) -> str:
    """A quote at the beginning or the end of one cell, where csv has a place for it."""
    return ",".join(_with_quote(random, line.split(",")))


def _with_quote(random: Random, cells: list[str]) -> list[str]:
    at = random.randrange(len(cells))
    cells[at] = random.choice((f'"{cells[at]}', f'{cells[at]}"', f'"{cells[at]}"'))
    return cells


def very_long(random: Random, line: str) -> str:
    at = _at(random, line)
    return line[:at] + random.choice(("x", "0", " ", ",", '"', "é")) * random.choice((300, 5_000)) + line[at:]


def mojibake(random: Random, line: str) -> str:
    return insert_character(random, line).encode("utf-8", "replace").decode("latin-1")


def nothing(random: Random, line: str) -> str:
    return random.choice(("", " ", ",,,,", "\x1a", '""'))


def _of_cells(line: str, edit: Callable[[list[str]], object]) -> str:
    cells = line.split(",")
    edit(cells)
    return ",".join(cells)


LINE_EDITS: tuple[LineEdit, ...] = (
    drop_character,
    insert_character,
    replace_character,
    duplicate_character,
    swap_characters,
    cut_end,
    cut_beginning,
    two_lines,
    twice,
    add_cell,
    remove_cell,
    exchange_cells,
    exchange_neighbours,
    odd_cell,
    odd_number,
    quote,
    unbalanced_cell,
    very_long,
    mojibake,
    nothing,
)


def encoded(text: str) -> bytes:
    """The bytes of a member in cp1252, with latin-1 or UTF-8 for what that lacks."""
    return text.encode("cp1252", "latin-1-or-utf-8")


def _other_byte(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return text.encode("latin-1" if all(ord(character) < 256 for character in text) else "utf-8", "replace"), error.end


codecs.register_error("latin-1-or-utf-8", _other_byte)


# --- files -------------------------------------------------------------------------------------------------------------


def truncated(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def without_beginning(random: Random, content: bytes) -> bytes:
    return content[random.randrange(len(content)) :]


def other_line_ends(random: Random, content: bytes) -> bytes:
    return content.replace(b"\r\n", random.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n\r\n")))


def other_encoding(random: Random, content: bytes) -> bytes:
    text = content.decode("cp1252", "replace")
    return text.encode(random.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp437", "cp037")), "replace")


def changed_bytes(random: Random, content: bytes) -> bytes:
    edited = bytearray(content)
    for _ in range(random.choice((1, 3, 30, 300))):
        edited[random.randrange(len(edited))] = random.randrange(256)
    return bytes(edited)


def noise(random: Random, content: bytes) -> bytes:
    return random.choice(
        (b"", b"\x00" * 900, random.randbytes(3000), b"PK\x03\x04" + random.randbytes(500), b"\r\n" * 50, b'"' * 99)
    )


def repeated(random: Random, content: bytes) -> bytes:
    return content + random.choice((b"", b"\r\n", b"\x1a")) + content


def heading_changed(random: Random, content: bytes) -> bytes:
    """A cell of the last heading line renamed, removed, added, or exchanged with another."""
    lines = content.split(b"\r\n")
    at = _first_row(lines) - 1
    cells = lines[at].decode("cp1252").split(",")
    edit = random.choice((add_cell, remove_cell, exchange_cells, exchange_neighbours, odd_cell, replace_character))
    lines[at] = encoded(edit(random, ",".join(cells)))
    return b"\r\n".join(lines)


def columns_swapped(random: Random, content: bytes) -> bytes:
    """The figures of two columns exchanged in all rows of a csv member, or of two spans of a text, under the same heading."""
    rows = _rows(content)
    width = max((len(row) for row in rows), default=1)
    return swap_columns(content, random.randrange(width), random.randrange(width))


def swap_columns(content: bytes, first: int, second: int) -> bytes:
    """The cells of two columns (from 0) exchanged in all rows of a csv member below its heading."""
    rows = _rows(content)
    for row in rows[_first_row([",".join(row).encode("cp1252", "replace") for row in rows]) :]:
        if len(row) > max(first, second):
            row[first], row[second] = row[second], row[first]
    return _as_csv(rows)


def columns_shifted(random: Random, content: bytes) -> bytes:
    """A column taken out or put in somewhere in all rows of a csv member, under the same heading."""
    rows = _rows(content)
    at, added = random.randrange(max(len(row) for row in rows)), random.choice((None, "", "0"))
    for row in rows[_first_row([",".join(row).encode("cp1252", "replace") for row in rows]) :]:
        if added is None:
            del row[at : at + 1]
            row.append("")
        else:
            row.insert(at, added)
            row.pop()
    return _as_csv(rows)


def characters_shifted(random: Random, content: bytes) -> bytes:
    """All lines of a text shifted by one character from some place on; their length stays."""
    lines = content.split(b"\r\n")
    at = random.randrange(max(1, max(len(line) for line in lines)))
    if random.random() < 0.5:
        return b"\r\n".join(line[:at] + b" " + line[at:-1] if len(line) > at else line for line in lines)
    return b"\r\n".join(line[:at] + line[at + 1 :] + b" " if len(line) > at else line for line in lines)


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("cp1252", "replace"), newline="")))


def _as_csv(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return encoded(buffer.getvalue())


def _first_row(lines: list[bytes]) -> int:
    """The first line that begins with a code or a number and holds some figures, as the members of the sample have it."""
    row = re.compile(rb"^\s*[A-Z]?\d[0-9A-Z]*[ ,].*")
    return next((i for i, line in enumerate(lines) if row.match(line)), 1)


FILE_EDITS: tuple[FileEdit, ...] = (
    truncated,
    without_beginning,
    other_line_ends,
    other_encoding,
    changed_bytes,
    noise,
    repeated,
    heading_changed,
    columns_swapped,
    columns_shifted,
    characters_shifted,
)
