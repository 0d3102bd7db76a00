"""How sentences call the columns that a change names: in feed, site and terminal; values as data keep the names of columns.

Reads `column_words.csv` (a row: one column).
"""

from __future__ import annotations

import re
from functools import cache

from flows import catalog


@cache
def column_words() -> dict[str, str]:
    """The words by column."""
    return {row["column_name"]: row["words"] for row in catalog.rows("column_words.csv")}


def columns_in_words(text: str) -> str:
    """A text in which words stand for the names of columns: "work_rvu 0.77 → 0.75" becomes "work RVU 0.77 → 0.75"."""
    return _names().sub(lambda found: column_words()[found[0]], text)


@cache
def _names() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, column_words()))})\b")
