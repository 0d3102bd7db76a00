"""The errors that a user sees: sentences that say what was expected, what was found, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.blame import Broken


def first_line(error: Exception) -> str:
    """What a library says of an error, as the middle of a sentence: its first line, without what ends it."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".! ")


class PfsError(Exception):
    """An error whose text is meant for the person at the terminal; the command prints it and exits with 1.

    Control characters that a file brought into the text show as U+FFFD: a terminal would act on them.
    """

    def __init__(self, text: str) -> None:
        super().__init__(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text))


class UsageError(PfsError):
    """The arguments of a command are wrong: a value that cannot be one, or options that exclude each other; exit code 2."""


class SourceError(PfsError):
    """The source of an archive cannot be reached, refuses, or does not give an archive."""


class SourceUnavailableError(SourceError):
    """The source did not answer as it should (429, 5xx, connection, cut body); a later attempt may succeed."""


class SiteSilentError(SourceUnavailableError):
    """There was no connection to the site at the last of the attempts: its name is not known, or nobody listens."""


class ArchiveError(PfsError):
    """What arrived is not a CMS archive that can be read safely."""


class LayoutError(PfsError):
    """A member of an archive has a layout that the catalogue does not declare.

    `advice` is the row to add to its column map, if it can be told; `spelling` the rows to add to headings.csv instead, where
    the headings that are not known may be other names of columns that are missing.
    """

    def __init__(self, text: str, advice: str | None = None, spelling: str | None = None) -> None:
        super().__init__(text)
        self.advice = advice
        self.spelling = spelling


class ReleaseError(PfsError):
    """An archive cannot be tied to a release, or its content cannot be loaded as one."""


class CheckError(PfsError):
    """A check on the new warehouse found rows that break it; nothing was published.

    `broken`: the checks with their rows; `order`: the governing releases of the build, oldest first; `pairs`: each release with
    the one that it was held against. They are for warehouse/blame.py, and empty where the error is about one release that was
    left out.
    """

    def __init__(
        self, text: str, broken: Sequence[Broken] = (), order: Sequence[str] = (), pairs: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(text)
        self.broken = tuple(broken)
        self.order = tuple(order)
        self.pairs = tuple(pairs)


class WarehouseError(PfsError):
    """The published warehouse is missing, locked, or was written by another version."""


class LockedError(WarehouseError):
    """Another process is writing to the home; a later attempt may succeed."""


class CatalogError(PfsError):
    """A file of the catalogue contradicts itself; the text names the file and the entry."""


class FeedError(PfsError):
    """A feed or an export cannot be made or written; what was there before is still whole."""


class WordsError(PfsError):
    """A file of a site's own words does not have the form that was expected; the text names the file and the line."""
