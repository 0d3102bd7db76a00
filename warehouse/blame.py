"""Which new editions a failed check is to be laid to, so that the others can be published without them. Pure.

A row that a check finds names its edition in a column of that meaning. Where each row of each failed check can be laid to an
edition that is new in the build, the build can be made again without those. A check that holds two editions against each other
names both. What was published before is not at fault then; of two new ones, the later is, where something older stands behind
the earlier. Where nothing does, a third release tells: the one that agrees with a third is not at fault, and one that differs
from both is. A release that is at fault makes the next one differ too, so that only the oldest is blamed at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from warehouse.sql_file import check_place

# The columns of checks that name an edition; a second one is named in the release it is held against, or in one of the same days.
_REFERENCE = "reference_release_id"
_EDITIONS = ("release_id", "zip_release_id", _REFERENCE)
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
            f"The check {self.name} ({check_place(self.name)}) found {count} this rule: {self.meaning} "
            f"First rows: {'; '.join(examples(rows))}."
        )


def examples(rows: Sequence[Row]) -> tuple[str, ...]:
    """The first rows, each as one text: its sentence where a check makes one, else its columns with their values."""
    said = (
        str(row["sentence"]) if "sentence" in row else ", ".join(f"{name}={value}" for name, value in row.items())
        for row in sorted(rows, key=lambda row: str(tuple(row.values())))[:EXAMPLES]
    )
    return tuple(said)


class _Seen(NamedTuple):
    """What is known when a row that names two new editions is judged."""

    order: Sequence[str]  # the governing releases, oldest first
    differed_from: Collection[str]  # what others were held against and differ from
    agreed: Collection[str]  # what no check found to differ from at least one other


def blamed(
    broken: Sequence[Broken], new: Collection[str], order: Sequence[str] = (), pairs: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """The new editions without which the build may pass, each with the sentence about its rows; empty when that cannot be told.

    `new`: the editions that came with this build. `order`: the governing releases of the build, oldest first. `pairs`: each
    release with the one that it was held against, also where nothing was found.
    """
    alone: dict[str, list[str]] = {}
    compared: dict[str, list[str]] = {}
    seen = _seen(broken, order, pairs)
    for check in broken:
        of_edition: dict[tuple[str, bool], list[Row]] = {}
        for row in check.rows:
            if not any(name in new for name in _editions(row)):
                return {}
            if (edition := _at_fault(row, new, seen)) is not None:
                of_edition.setdefault((edition, len(_editions(row)) > 1), []).append(row)
        for (edition, is_comparison), rows in of_edition.items():
            (compared if is_comparison else alone).setdefault(edition, []).append(check.sentence(rows))
    oldest = sorted(compared, key=lambda edition: order.index(edition) if edition in order else len(order))[:1]
    chosen = alone or {edition: compared[edition] for edition in oldest}
    return {edition: " ".join(sentences) for edition, sentences in chosen.items()}


def undecided(broken: Sequence[Broken], new: Collection[str]) -> list[str]:
    """The new editions one of which is at fault, where rows name two of them; none where a row is about what is not new."""
    rows = [row for check in broken for row in check.rows]
    fresh = [{edition for edition in _editions(row) if edition in new} for row in rows]
    return sorted(set().union(*fresh)) if all(fresh) else []


def _editions(row: Row) -> list[str]:
    return [str(row[name]) for name in (*_EDITIONS, _COMPARED, _OTHER) if row.get(name) is not None]


def _seen(broken: Sequence[Broken], order: Sequence[str], pairs: Sequence[tuple[str, str]]) -> _Seen:
    compared = [row for check in broken for row in check.rows if row.get(_COMPARED) is not None]
    differing = {(_editions(row)[0], row[_COMPARED]) for row in compared}
    agreed = {edition for pair in pairs if pair not in differing for edition in pair}
    return _Seen(order, {row[_COMPARED] for row in compared}, agreed)


def _at_fault(row: Row, new: Collection[str], seen: _Seen) -> str | None:
    """The new edition that a row is laid to; None when it names two and nothing tells which of them it is.

    Of two, what is held against the other is at fault if that one was held against an older one itself. Else a third one tells.
    A reference file is held against another for what it lacks only, and a cut file never has more: it is at fault itself.
    """
    named = _editions(row)
    fresh = [edition for edition in named if edition in new]
    if len(fresh) < 2:
        return fresh[0]
    if row.get(_COMPARED) is None:
        return None
    if row.get(_REFERENCE) is not None:
        return named[0]
    later, earlier = named[0], row[_COMPARED]
    if earlier in seen.order[1:]:
        return later
    if (later in seen.agreed) != (earlier in seen.agreed):
        return earlier if later in seen.agreed else later
    return later if later in seen.differed_from else None
