"""Words that nobody may publish without a licence, found in the site's own words by their fingerprints.

Reads table protected_descriptor of the warehouse, which holds no words. A line is held against them as a whole and in the
parts between its punctuation, without the marks of Markdown around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb

from flows.normalize.descriptors import fingerprint, parts
from flows.notices import Licences
from flows.words.words import Fault, Words

_NAMES = {"AMA": "the CPT (AMA)", "ADA": "the dental codes (ADA)"}


def protected_words(con: duckdb.DuckDBPyConnection, words: Iterable[Words], licences: Licences) -> list[Fault]:
    """A fault for each line that has a description of the CPT or of a dental code which no declared licence covers.

    The fault names the code that carries the description, not the words.
    """
    protected = {
        mark: (owner, code)
        for mark, owner, code in con.execute(
            "select fingerprint, min(owner), min(hcpcs_code) from protected_descriptor group by fingerprint"
        ).fetchall()
        if owner not in licences.owners
    }
    return [
        Fault(
            entry.path,
            number,
            f"a part of the line is the description of {code} in {_NAMES[owner]}, which needs a licence; say it in other words.",
        )
        for entry in words
        for number, line in entry.texts
        for owner, code in _found(line, protected)
    ]


def _found(line: str, protected: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for part in parts(line):
        mark = fingerprint(part.strip(" #*_.-?!"))
        if mark in protected:
            yield protected[mark]
