"""One archive of CMS's ZIP code files, read: stages extract and normalize for its members, and load.

Reads an archive of the raw store, piece by piece; `load_zip_localities` writes to the connection that it is given. The version
of a file is the quarter that stands in every row (20254: ZIP25D, October to December 2025). Every line is a row, a rejected
row, blank, or the end-of-file mark; a ZIP code file has neither headings nor notes. Raises `LayoutError` when a member fits no
declared layout, and `ReleaseError` when its rows are of several quarters or repeat a ZIP code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from flows import catalog
from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.layouts import Layout
from flows.extract.lines import Extract, as_extract, sort_lines
from flows.extract.text_rows import read_text
from flows.extract.zip_members import Piece, data_members, pieces, wrapped
from flows.normalize.normalize import normalize
from flows.raw_archive import Archive
from warehouse import load
from warehouse.counted import counted
from warehouse.errors import LayoutError, ReleaseError
from warehouse.load import ReleaseContent
from warehouse.raw import sha256_of

HEADER = "zip_release"
ZIP5, ZIP9 = "zip_locality", "zip4_locality"
_HEAD_BYTES = 100_000
_LETTERS = "ABCD"
_REVISED = re.compile(r"revised-(\d\d)-(\d\d)-(20\d\d)")


@dataclass(frozen=True)
class Read:
    """One member, read: its typed rows, the rows kept out, the account of its lines, and what was repaired."""

    kind: str
    layout: Layout
    name: str
    sha256: str
    lines: int
    rows: pl.DataFrame
    rejected: pl.DataFrame
    repaired: int

    @property
    def ignored(self) -> int:
        """Lines that are blank or hold the end-of-file mark."""
        return self.lines - self.rows.height - self.rejected.height


@dataclass(frozen=True)
class Loaded:
    """What became of an archive: the edition that holds it, and whether that edition is new."""

    zip_release_id: str
    is_new: bool
    zip_codes: int


def load_zip_localities(
    con: duckdb.DuckDBPyConnection, path: Path, *, name: str | None = None, source_url: str | None = None
) -> Loaded:
    """Loads an archive of ZIP code files, or a bare ZIP5 text, into a warehouse that is open for writing.

    Idempotent: the same archive, or the same members in another one, changes nothing. Another content of a quarter that is
    there already becomes a new edition of it. Nothing of it stays when an error is raised.
    """
    with wrapped(path) as archive:
        content = read_zip_localities(Archive(archive, sha256_of(archive), name or path.name, source_url))
    sha256, zip_codes = content.release["archive_sha256"], content.frames[ZIP5].height
    same = load.known_content(con, sha256, content.release["content_sha256"], HEADER)
    return Loaded(same or load.load_release(con, content), same is None, zip_codes)


def read_zip_localities(archive: Archive) -> ReleaseContent:
    """Reads the ZIP5 member of an archive and its ZIP9 member when there is one. See the module for the errors."""
    found = {read.kind: read for read in (_read(archive, name) for name in _members(archive))}
    quarter = _quarter(archive.name, found.values())
    release = _release_row(archive, quarter, found)
    frames = {kind: _frame(read) for kind, read in found.items()}
    frames["zip_release_file"] = pl.DataFrame([_account(read) for read in found.values()])
    frames["zip_rejected_row"] = pl.concat([_rejected(read) for read in found.values()])
    return ReleaseContent(release, frames, tuple(_notes(release["label"], found)), HEADER)


def _members(archive: Archive) -> list[str]:
    """The ZIP5 member and, when there is one, the ZIP9 member."""
    names = data_members(archive.path)
    kinds = {name: _layout(archive, name).kind for name in names}
    for kind, word in ((ZIP5, "ZIP5"), (ZIP9, "ZIP9")):
        if len(same := [name for name in names if kinds[name] == kind]) > 1:
            raise ReleaseError(
                f"{archive.name} holds {len(same)} members of the {word} layout: {', '.join(same)}. One was expected; "
                "make an archive of each."
            )
    if ZIP5 not in kinds.values():
        found = ", ".join(names) or "no ZIP code file as text"
        raise ReleaseError(f"{archive.name}: a ZIP5 text member (a row for each ZIP code) was expected; found {found}.")
    return sorted(names, key=lambda name: kinds[name] == ZIP9)


# --- one member ----------------------------------------------------------------------------------------------------------


def _layout(archive: Archive, name: str) -> Layout:
    head = next(pieces(archive.path, name, _HEAD_BYTES)).member
    for kind in catalog.zip_kinds().values():
        if (found := read_text(head, kind)) is not None:
            return found.layout
    declared = [layout for kind in catalog.zip_kinds() for layout in layouts.layouts(kind)]
    raise LayoutError(
        f"{archive.name}, {name}: it looks like a ZIP code file and fits no declared layout "
        f"({', '.join(layout.name for layout in declared)}); its first line is {head.lines[0][:100]!r}. "
        f"If CMS changed the file, add the new layout to {' or '.join(layout.map_file for layout in declared)}."
    )


def _read(archive: Archive, name: str) -> Read:
    layout = _layout(archive, name)
    kind = catalog.kind(layout.kind)
    digest, lines, repaired = hashlib.sha256(), 0, 0
    rows, rejected = [], []
    for piece in pieces(archive.path, name):
        digest.update(piece.member.content)
        normalized = normalize(_extract(piece, kind, layout))
        shift = pl.col("line_number") + piece.before
        rows.append(normalized.rows.with_columns(shift))
        rejected.append(normalized.rejected.with_columns(shift))
        repaired += sum(repair.rows for repair in normalized.repairs)
        lines += len(piece.member.lines)
    return Read(kind.name, layout, name, digest.hexdigest(), lines, pl.concat(rows), pl.concat(rejected), repaired)


def _extract(piece: Piece, kind: Kind, layout: Layout) -> Extract:
    """Every line that is not blank must be a row: nothing in such a file is a heading or a note."""
    lines = piece.member.lines
    frame = pl.DataFrame({"text": pl.Series(lines, dtype=pl.String)}).with_row_index("line_number", offset=1)
    frame = frame.with_columns(pl.col("line_number").cast(pl.Int32), _span=pl.lit(1, dtype=pl.Int64))
    text, length = pl.col("text"), pl.col("text").str.len_chars()
    reason = (
        pl.when(length != layout.record_length)
        .then(pl.format("the record has {} characters, {} were expected", length, pl.lit(layout.record_length)))
        .when(~text.str.contains(kind.text_key))
        .then(pl.lit("the line does not begin with state, ZIP code, contractor and locality"))
    )
    cut = sort_lines(frame, pl.lit(True), reason, is_data=pl.lit(True), is_keyless=pl.lit(False))
    columns = [text.str.slice(p.first - 1, p.last - p.first + 1).str.strip_chars().alias(p.column) for p in layout.places]
    return as_extract(piece.member, kind, layout, cut, cut.rows.select("line_number", "text", *columns))


def _frame(read: Read) -> pl.DataFrame:
    """The rows of a member as its table has them: the postal state beside the printed one, the flag as a truth value."""
    states = {row["printed_state"]: row["state"] for row in catalog.rows("zip_states.csv")}
    rows = read.rows.with_columns(
        pl.col("printed_state").replace(states).alias("state"),
        (pl.col("plus_four_flag") == "1").alias("needs_plus_four"),
    )
    return rows.sort(catalog.kind(read.kind).row_key)


# --- the archive as a whole ----------------------------------------------------------------------------------------------


def _quarter(name: str, found: Iterable[Read]) -> str:
    counted = pl.concat([read.rows.select("zip_quarter") for read in found])["zip_quarter"].value_counts(sort=True).rows()
    if len(counted) != 1:
        shown = ", ".join(f"{quarter} on {count:,} rows" for quarter, count in counted[:5])
        raise ReleaseError(
            f"{name}: one year and quarter was expected on every row; found {shown or 'no rows'}. Nothing was loaded."
        )
    return str(counted[0][0])


def _release_row(archive: Archive, quarter: str, found: dict[str, Read]) -> dict[str, Any]:
    year, number = int(quarter[:4]), int(quarter[4])
    begins = date(year, 3 * number - 2, 1)
    after = date(year + number // 4, (3 * number) % 12 + 1, 1)
    revised = _REVISED.search(archive.name)
    parts = sorted(f"{kind} {read.sha256}" for kind, read in found.items())
    return {
        "label": f"ZIP{year % 100:02d}{_LETTERS[number - 1]}",
        "year": year,
        "quarter": _LETTERS[number - 1],
        "valid_from": begins,
        "valid_to": after - timedelta(days=1),
        "published_on": date(int(revised[3]), int(revised[1]), int(revised[2])) if revised else None,
        "archive_sha256": archive.sha256,
        "archive_name": archive.name,
        "content_sha256": hashlib.sha256("\n".join(parts).encode()).hexdigest(),
        "is_sample": archive.is_sample,
        "source_url": archive.source_url,
        "loaded_at": archive.loaded_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }


def _account(read: Read) -> dict[str, Any]:
    return {
        "kind": read.kind,
        "member_name": read.name,
        "member_sha256": read.sha256,
        "layout": read.layout.name,
        "lines": read.lines,
        "rows_loaded": read.rows.height,
        "rows_rejected": read.rejected.height,
        "lines_ignored": read.ignored,
    }


def _rejected(read: Read) -> pl.DataFrame:
    return read.rejected.with_columns(pl.lit(read.kind).alias("kind"), pl.lit(read.name).alias("member_name"))


def _notes(label: str, found: dict[str, Read]) -> Iterable[str]:
    flagged = int((found[ZIP5].rows["plus_four_flag"] == "1").sum())
    if flagged and ZIP9 not in found:
        yield f"{label}: {flagged:,} ZIP codes need four more digits, and the archive has no ZIP9 member that tells which."
    for read in found.values():
        if read.rejected.height:
            kept_out = f"{counted(read.rejected.height, 'line')} of {read.name} kept out"
            yield f"{label}: {kept_out}; see table zip_rejected_row once the file is loaded."
        if read.repaired:
            yield f"{label}: {read.repaired} values of {read.name} lacked leading zeros, which were put back."
