"""Macro descriptor_fingerprints: the same fingerprints as the loader's, of a text and of its parts."""

from __future__ import annotations

from flows.normalize.descriptors import fingerprint
from tests.warehouse import tiny_warehouse


def test_the_macro_and_the_loader_agree() -> None:
    """Whole and between punctuation, in any capitals and with any blanks."""
    text = "Made  up\twords, of THEIR own; (more of them)"
    (found,) = tiny_warehouse().execute("select descriptor_fingerprints(?)", [text]).fetchone() or ([],)
    assert {fingerprint(part) for part in ("of their own", "more of them", "Made up words, of their own; (more of them)")} <= set(
        found
    )
    (single,) = tiny_warehouse().execute("select descriptor_fingerprints('made  up  words')").fetchone() or ([],)
    assert fingerprint("Made up words") in single
