"""Some rows of a file of published amounts, as claims: which amount is printed for which key.

A line that is no record becomes a claim with a `problem`, so that every line is accounted for: lines = claims + blank lines +
trailers + headings + continued. What the amounts are compared with: warehouse/verify.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

FLAT_VISIT = "a flat visit fee of the Primary Care First model, which relative values do not give"


@dataclass(frozen=True)
class Batch:
    """Some rows of one file.

    `claims`: `line_number`, `wanted` (label of a release, or first/last date of service), `qp_status`, `mac` and `locality`
    (empty: national), `hcpcs_code`, `modifier`, `is_wrong` (the file itself calls the amount wrong), `problem` (why the row
    cannot be compared, null when it can), in tables `tolerance` (dollars that the row itself allows), then a text column for
    each measure, null where the file prints no such amount.
    `continued` counts the further lines of rows that fill several, since a quoted cell of a table may hold line breaks.
    `left_out` counts amounts that the file prints and that are no measure, by reason.
    """

    claims: pl.DataFrame
    lines: int
    blank: int
    trailers: int
    headings: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    continued: int = 0
