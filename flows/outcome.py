"""What a refresh did: one outcome an archive, and the result of the run; and what the stages say of it. Data only."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import CheckError, PfsError

if TYPE_CHECKING:
    from warehouse.check import CheckResult

logger = logging.getLogger("pfs")
_NEW = ("loaded", "new_edition")


@dataclass(frozen=True)
class Outcome:
    """What became of one archive, `status`: loaded, new_edition, unchanged, skipped, held or failed; `detail` is a sentence.

    `found` is how a site offered it: known, new, re-cut or gone (flows/discover/offer.py); None for a file.
    """

    name: str
    label: str | None
    status: str
    detail: str
    release_id: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    error: PfsError | None = None
    found: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether the archive became a new edition."""
        return self.status in _NEW


@dataclass(frozen=True)
class Finished:
    """What is said of a warehouse that was published: the results of its checks, and what its new releases differ by."""

    checks: tuple[CheckResult, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a refresh did: one outcome an archive, the check results, and the published file (None: nothing was new).

    `differences` says of each release that came in what it differs by from the governing one before it.
    """

    outcomes: tuple[Outcome, ...]
    checks: tuple[CheckResult, ...] = ()
    published: Path | None = None
    notes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The archives that could not be loaded."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "failed")

    @property
    def loaded(self) -> tuple[Outcome, ...]:
        """The archives that became a new edition of a release."""
        return tuple(outcome for outcome in self.outcomes if outcome.is_new)


def say(stage: str, release: str, message: str) -> None:
    """Logs a message that names the release and the stage."""
    logger.info("%-10s %-9s %s", release, stage, message, extra={"pfs_stage": stage, "pfs_release": release})


def with_failures(error: CheckError, outcomes: Sequence[Outcome]) -> CheckError:
    """The error of a run that a check stops for good, after what is said of its archives that failed by themselves."""
    failed = [f"{outcome.name} failed: {outcome.detail}" for outcome in outcomes if outcome.status == "failed"]
    return CheckError("\n".join([*failed, str(error)])) if failed else error
