"""Which new editions a failed check is to be laid to, so that the others can be published without them. Pure.

A row that a check finds names its edition in a column of that meaning. Where each row of each failed check can be laid to an
edition that is new in the build, the build can be made again without those. A check that holds two editions against each other
names both. What was published before is not at fault then; of two new ones, the one that is held against an older one is, unless
nothing older stands behind that one and the next release agrees with it. A release that is at fault makes the next one differ
too, so that only the oldest is blamed at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The columns of checks that name an edition; a second one is named in the release it is held against, or in one of the same days.
_EDITIONS = ("release_id", "zip_release_id", "reference_release_id")
_COMPARED, _OTHER = "compared_release_id", "other_release_id"
EXAMPLES = 5
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Broken:
    """A check of severity error that found rows: its name, the rule in words, and the rows as mappings."""

    name: str
    meaning: str
    rows: tuple[Row, ...]

    def sentence(self, rows: Sequence[Row] | None = None) -> str:
        """What the check found, with the first rows; of some of its rows when these are given."""
        rows = self.rows if rows is None else rows
        count = "1 row that breaks" if len(rows) == 1 else f"{len(rows):,} rows that break"
        return (
            f"The check {self.name} (sql/checks/{self.name}.sql) found {count} this rule: {self.meaning} "
            f"First rows: {'; '.join(examples(rows))}."
        )


def examples(rows: Sequence[Row]) -> tuple[str, ...]:
    """The first rows, each as one text: its sentence where a check makes one, else its columns with their values."""
    said = (
        str(row["sentence"]) if "sentence" in row else ", ".join(f"{name}={value}" for name, value in row.items())
        for row in sorted(rows, key=lambda row: str(tuple(row.values())))[:EXAMPLES]
    )
    return tuple(said)


def blamed(broken: Sequence[Broken], new: Collection[str], order: Sequence[str] = ()) -> dict[str, str]:
    """The new editions without which the build may pass, each with the sentence about its rows; empty when that cannot be told.

    `new`: the editions that came with this build. `order`: the governing releases of the build, oldest first.
    """
    alone: dict[str, list[str]] = {}
    compared: dict[str, list[str]] = {}
    differed_from = {row[_COMPARED] for check in broken for row in check.rows if row.get(_COMPARED) is not None}
    for check in broken:
        of_edition: dict[str, list[Row]] = {}
        for row in check.rows:
            if not any(name in new for name in _editions(row)):
                return {}
            if (edition := _at_fault(row, new, order, differed_from)) is not None:
                of_edition.setdefault(edition, []).append(row)
        for edition, rows in of_edition.items():
            into = compared if len(_editions(rows[0])) > 1 else alone
            into.setdefault(edition, []).append(check.sentence(rows))
    oldest = sorted(compared, key=lambda edition: order.index(edition) if edition in order else len(order))[:1]
    chosen = alone or {edition: compared[edition] for edition in oldest}
    return {edition: " ".join(sentences) for edition, sentences in chosen.items()}


def _editions(row: Row) -> list[str]:
    return [str(row[name]) for name in (*_EDITIONS, _COMPARED, _OTHER) if row.get(name) is not None]


def _at_fault(row: Row, new: Collection[str], order: Sequence[str], differed_from: Collection[str]) -> str | None:
    """The new edition that a row is laid to; None when it names two and nothing tells which of them it is.

    Of two, what is held against the other is at fault if that one agreed with an older one, or if a third differs from it too.
    """
    named = _editions(row)
    fresh = [edition for edition in named if edition in new]
    if len(fresh) < 2:
        return fresh[0]
    if row.get(_COMPARED) is None:
        return None
    return named[0] if row[_COMPARED] in order[1:] or named[0] in differed_from else None
