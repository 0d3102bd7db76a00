"""Writing the pages of codes: only those whose document, or what they share, changed since the run before."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from flows.feed.folder import FeedFolder, sha256
from flows.site.code_page import code_page, gone_page
from flows.site.gather import documents
from flows.site.render import render
from flows.site.whole import Whole

Document = dict[str, Any]
Noted = dict[str, tuple[str, str]]
Written = tuple[str, str, bool]
# Below this a second process costs more than it saves.
_MANY = 2_000
_CHUNK = 250
_SHARED = "pages.pickle"


@dataclass
class CodePages:
    """The pages of the codes of a feed. `print_of_code` names the version of what makes pages."""

    folder: FeedFolder
    feed: Path
    whole: Whole
    linked: dict[str, tuple[str, ...]]
    print_of_code: str
    shared: str = field(init=False)

    def __post_init__(self) -> None:
        whole = self.whole
        parts = [
            self.print_of_code,
            [whole.site.title, whole.site.base_url, whole.site.has_zips, whole.site.notices],
            [(place.slug, whole.label(place)) for place in whole.places],
            whole.pictures,
            sorted(whole.kinds.items()),
        ]
        self.shared = sha256(orjson.dumps(parts))

    def bring_up_to_date(self, names: dict[str, str], before: Noted) -> tuple[Noted, list[str]]:
        """Writes what must be written of the documents (name to sha256); gives what to note of all, and what was written."""
        noted: Noted = {}
        due = []
        known = {}
        for name, digest in names.items():
            page = name.replace(".json", ".html")
            made_of = self._made_of(name, digest)
            noted[page] = (made_of, "")
            if page in before and before[page][0] == made_of:
                noted[page] = before[page]
                known[page] = before[page][1]
            else:
                due.append(name)
        damaged = set(self.folder.differing(known))
        due += [page.replace(".html", ".json") for page in known if page in damaged]
        return noted, self._write(due, noted)

    def _made_of(self, name: str, digest: str) -> str:
        """A print of everything that the page of a document shows."""
        code = _code(name)
        others = [(other, self.whole.names.get(other), other in self.whole.codes) for other in self.linked.get(code, ())]
        return sha256(orjson.dumps([self.shared, digest, others, self.whole.names.get(code), self.whole.ranges.get(code)]))

    def _write(self, due: list[str], noted: Noted) -> list[str]:
        """Renders and writes the pages of these documents; gives the pages whose bytes are others than before."""
        written = []
        for page, digest, is_written in self._write_in_processes(due) if len(due) >= _MANY else self.write_some(due):
            noted[page] = (noted[page][0], digest)
            self.folder.saw(page, digest)
            if is_written:
                written.append(page)
        return written

    def _write_in_processes(self, due: list[str]) -> Iterator[Written]:
        """The same, in as many processes as there are processors."""
        chunks = [due[start : start + _CHUNK] for start in range(0, len(due), _CHUNK)]
        fresh = multiprocessing.get_context("spawn")  # a fork would copy threads of DuckDB that no longer run
        # By way of a file: a new process that ends before it has read a large argument would leave this one waiting for it.
        self.folder.note(_SHARED, pickle.dumps(self))
        try:
            with ProcessPoolExecutor(os.cpu_count(), fresh, _begin, (str(self.folder.root),)) as pool:
                for found in pool.map(_write_chunk, chunks):
                    yield from found
        finally:
            self.folder.forget(_SHARED)

    def write_some(self, names: list[str]) -> Iterator[Written]:
        """Renders the pages of these documents and writes those whose bytes are others: page, sha256, whether it was written."""
        for name, document in zip(names, documents(self.feed, names), strict=True):
            page, content = name.replace(".json", ".html"), self._rendered(document)
            digest = sha256(content)
            is_other = not self.folder.holds(page, digest)
            if is_other:
                self.folder.write_all([(page, content)], {page: digest})
            yield page, digest, is_other

    def _rendered(self, document: Document) -> bytes:
        if document["kind"] == "tombstone":
            return render("gone.html", self.whole.site, gone_page(self.whole, document))
        return render("code.html", self.whole.site, code_page(self.whole, document))


def _code(name: str) -> str:
    return name.removeprefix("codes/").removesuffix(".json")


# What a process of its own works on: set once when it begins.
_of_process: list[CodePages] = []


def _begin(root: str) -> None:
    _of_process[:] = [pickle.loads(FeedFolder(Path(root)).state(_SHARED) or b"")]


def _write_chunk(names: list[str]) -> list[Written]:
    return list(_of_process[0].write_some(names))
