"""Macro code_form: which letter of a code, if any, names its section."""

from __future__ import annotations

import pytest

from tests.warehouse import tiny_warehouse, value


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("99213", "....."),
        ("00100", "....."),
        ("0001F", "....F"),
        ("0446T", "....T"),
        ("0001U", "....U"),
        ("G0101", "G...."),
        ("GXXX1", "G...."),
        ("U0001", "U...."),
    ],
)
def test_the_letter_first_or_last_names_the_section(code: str, form: str) -> None:
    """HCPCS Level II begins with a letter, CPT Category II and III and others end with one; placeholders count as they begin."""
    assert value(tiny_warehouse(), f"code_form('{code}')") == form
