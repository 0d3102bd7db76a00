"""Stage normalize: CMS's own descriptors are kept, of the others only a fingerprint."""

from __future__ import annotations

import hashlib

import polars as pl

from flows.normalize.descriptors import fingerprint, parts, protected_descriptors, public_descriptors


def rvu_rows(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"line_number": number, "hcpcs_code": code, "modifier": "", "description": text}
            for number, (code, text) in enumerate(rows, 1)
        ]
    )


ROWS = rvu_rows(
    ("G0008", "Made up words of a shot"),
    ("GXXX1", "A code without its number"),
    ("99213", "Invented words of a visit"),
    ("D0120", "Invented words of a tooth"),
    ("0001F", "Invented words of a visit"),
    ("99214", "Visit"),
)


def test_only_level_two_without_dental_codes_keeps_its_words() -> None:
    """HCPCS Level II is A to V without D; everything else belongs to the AMA or the ADA."""
    assert public_descriptors(ROWS)["hcpcs_code"].to_list() == ["G0008", "GXXX1"]


def test_a_protected_descriptor_leaves_its_fingerprint_and_its_owner() -> None:
    """One row a text, with the first code that carries it; a single word is nobody's and leaves none."""
    found = protected_descriptors(ROWS)
    assert set(found.columns) == {"fingerprint", "owner", "hcpcs_code"}
    assert sorted(found.select("owner", "hcpcs_code").rows()) == [("ADA", "D0120"), ("AMA", "0001F")]
    assert hashlib.sha256(b"invented words of a visit").hexdigest()[:16] in found["fingerprint"].to_list()


def test_a_fingerprint_does_not_depend_on_capitals_and_blanks() -> None:
    assert fingerprint(" Invented  WORDS of a\tvisit ") == fingerprint("invented words of a visit") is not None
    assert fingerprint("Visit") is None
    assert fingerprint("Inseparable") is None


def test_a_text_is_searched_as_a_whole_and_between_its_punctuation() -> None:
    assert parts("one two; three four (five)") == ["one two; three four (five)", "one two", " three four ", "five"]
