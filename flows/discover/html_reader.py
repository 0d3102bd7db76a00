"""One pass over an HTML page: the rows of its tables, its links with the heading they stand under, and its fields.

Used by flows/discover/pages.py. Pure; never fails: what cannot be read any further ends the reading.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

DOWNLOADS = frozenset({"downloads", "download", "related links", "downloads / related links", "downloads/related links"})

# What a detail page calls its fields; the value follows, in the same piece of text or in the next.
_FIELDS = r"file name|description|file size|calendar year|dynamic list(?: information)?"
_FIELD = re.compile(rf"({_FIELDS})\s*(?:[:\n]\s*(\S.*)?)?", re.I | re.S)
_UNREAD = frozenset({"script", "style", "template", "noscript"})
_OUTSIDE = frozenset({"footer", "nav", "aside", "header"})
# Names and addresses end up in messages: what could move a terminal's cursor is left out. Blanks and line ends stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass
class Anchor:
    """A link: where it leads, the heading before it (lower case; empty when there is none), and its text."""

    href: str
    section: str = ""
    text: str = ""


@dataclass
class Cell:
    """A cell of a table: all its text, and the links in it."""

    text: str = ""
    anchors: list[Anchor] = field(default_factory=list)


def read_html(html: str) -> Reader:
    """Reads a page to its end, or as far as it can be read."""
    reader = Reader()
    with contextlib.suppress(AssertionError):  # html.parser's way to say that a <![ section is none
        reader.feed(html)
        reader.close()
    return reader


class Reader(HTMLParser):
    """What was read of a page: `base` (an absolute one), `rows` of cells, `anchors`, and `fields` by their lower-case names."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.rows: list[list[Cell]] = []
        self.anchors: list[Anchor] = []
        self.fields: dict[str, str] = {}
        self._anchor: Anchor | None = None
        self._cell: Cell | None = None
        self._section = ""
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a row, a cell or a link; one that was left open ends there."""
        self._break()
        href = _CONTROL.sub("", dict(attrs).get("href") or "")
        if tag in _UNREAD:
            self._unread += 1
        elif tag in _OUTSIDE:
            self._section = ""
        elif tag == "base" and href:
            self.base = href if re.match("https?:", href, re.I) else None
        elif tag == "tr":
            self._close_cell()
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self._close_cell()
            self._cell = Cell()
            self.rows[-1].append(self._cell)
        elif tag == "a" and href:
            self._open(Anchor(href, self._section))

    def handle_endtag(self, tag: str) -> None:
        """Closes what the tag closes; text after it belongs to what is around it."""
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "a":
            self._anchor = None
        elif tag in ("td", "th", "tr", "table"):
            self._close_cell()
        self._break()

    def handle_data(self, data: str) -> None:
        """Text goes to the open link and cell, and to the field that it is the value of."""
        if self._unread:
            return
        data = _CONTROL.sub("", data)
        for place in (self._anchor, self._cell):
            if place is not None:
                place.text += data
        if text := data.strip():
            self._take_field(text)

    def _take_field(self, text: str) -> None:
        name = " ".join(text.lower().rstrip(":").split())
        if name in DOWNLOADS:
            self._section = name
        elif found := _FIELD.fullmatch(text):
            self._section = found[1].lower()
            if found[2]:
                self.fields.setdefault(self._section, " ".join(found[2].split()))
        elif self._section and self._section not in DOWNLOADS:
            self.fields.setdefault(self._section, " ".join(text.split()))

    def _open(self, anchor: Anchor) -> None:
        self._anchor = anchor
        self.anchors.append(anchor)
        if self._cell is not None:
            self._cell.anchors.append(anchor)

    def _close_cell(self) -> None:
        self._anchor = self._cell = None

    def _break(self) -> None:
        """Two elements are two words, whether a blank stands between them or not."""
        for place in (self._anchor, self._cell):
            if place is not None:
                place.text += "\n"
