"""What follows from what among the objects of sql/: whether the rows that are stored for a release change with a reference file.

Reads the statements themselves, not the `reads:` of their heads: a column that is called as a relation makes the answer a yes too
many, which costs time; a name forgotten in a head would leave figures that are no longer true.
"""

from __future__ import annotations

import re
from functools import cache

from warehouse.sql_file import sql_files

# The table that the rows of each reference file go to. The list of editions, which they share, says only which of them answers.
_ROWS_OF = {"rbcs": "rbcs_assignment", "utilisation": "utilisation_count"}


def shapes_releases(reference: str) -> bool:
    """Whether a stored table whose head says `scope: release` follows from this reference file, directly or by others."""
    dependents = following(_ROWS_OF[reference])
    return any(file.name in dependents for file in sql_files("stored") if file.head.get("scope") == "release")


@cache
def following(relation: str) -> frozenset[str]:
    """The macros, views and stored tables that read a relation, directly or by others."""
    words = {
        file.name: set(re.findall(r"\w+", file.statement)) - {file.name}
        for folder in ("macros", "views", "stored")
        for file in sql_files(folder)
    }
    found: set[str] = set()
    reached = {relation}
    while reached:
        found |= reached
        reached = {name for name, named in words.items() if named & reached} - found
    return frozenset(found - {relation})
