"""What `pfs inspect` finds out about a file. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What one member is. `kind` and `layout` are null where none fits; `problem` says why, `advice` the row to add.

    `spelling`: the rows to add to headings.csv instead, where a heading that is not known may be another name of a column.
    `rows` and `rejected` are null for a file whose rows were not read.
    """

    member: str
    form: str
    kind: str | None
    layout: str | None
    lines: int
    rows: int | None
    rejected: int | None
    problem: str | None = None
    advice: str | None = None
    spelling: str | None = None


@dataclass(frozen=True)
class Report:
    """What a file is: `what` in words, the release that it is or was computed from, what to know of it, and its members.

    `problem`: why the file as a whole would not be loaded, although each member may have a layout.
    """

    what: str
    release: str | None
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    problem: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether everything in the file can be read."""
        return self.problem is None and not any(finding.problem for finding in self.findings)
