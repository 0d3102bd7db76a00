"""The records of CMS's payment amount files, as claims: which amount CMS prints for which key.

Reads an open file in blocks; writes nothing. A line that is no record becomes a claim with a `problem`, so that every line is
accounted for: lines = claims + blank lines + trailers + headings. What the amounts are compared with: warehouse/verify.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

import polars as pl

from flows.published.batch import FLAT_VISIT, Batch
from flows.published.files import PaymentFile, release_label, settings
from warehouse.verify import RECORD_MEASURES

_BLOCK_BYTES = 16 * 2**20
_BLANKS = " \t\r\xa0\x1a"
_UNREAD = ("filler", "pctc_indicator", "status_code")
# Every layout since 2005 begins with the same cells, up to both fees; what follows them came with the years.
_ALWAYS = "facility_fee"


def record_batches(file: PaymentFile, release: str | None, qp_status: str) -> Iterator[Batch]:
    """The records of one of CMS's payment amount files, some hundred thousand at a time; see `batches` of rows.py."""
    number = 1
    for lines in _blocks(file.content):
        yield _records(lines, number, file.names, release, qp_status)
        number += lines.height


def _blocks(content: IO[bytes]) -> Iterator[pl.DataFrame]:
    """The lines of a file in column `text`, block by block; lines end with CRLF, LF or CR, and a blank one is null."""
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        # A CR at the end of a block may be half of a CRLF.
        block = rest + block + (content.read(1) if block.endswith(b"\r") else b"")
        cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
        if cut > 0:
            yield _lines(block[:cut])
        rest = block[cut:]
    if rest:
        yield _lines(rest)


def _lines(block: bytes) -> pl.DataFrame:
    if b"\n" not in block:
        block = block.replace(b"\r", b"\n")
    # A csv of one column, since nothing separates cells: by far the fastest way to cut lines. Quotes do not matter.
    return pl.read_csv(
        block,
        has_header=False,
        separator="\x1f",
        quote_char=None,
        infer_schema=False,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        raise_if_empty=False,
        new_columns=["text"],
    )


def _records(lines: pl.DataFrame, number: int, names: tuple[str, ...], release: str | None, qp_status: str) -> Batch:
    layout = settings()["layout"]
    columns: list[str] = layout["columns"]
    bare = pl.col("text").fill_null("").str.replace_all('"', "", literal=True).str.strip_chars(_BLANKS)
    frame = lines.select(pl.int_range(number, number + pl.len(), dtype=pl.Int32).alias("line_number"), bare.alias("text"))
    is_blank, is_trailer = pl.col("text") == "", pl.col("text").str.starts_with(layout["trailer"].removeprefix("^"))
    blank, trailers = frame.select(is_blank.sum().alias("blank"), is_trailer.sum().alias("trailer")).row(0)
    cells = pl.col("text").str.splitn(",", len(columns) + 1)
    cut = frame.filter(~is_blank & ~is_trailer).with_columns(
        *[_cell(cells.struct.field(f"field_{i}"), name) for i, name in enumerate(columns) if name not in _UNREAD],
        _cells=pl.col("text").str.count_matches(",", literal=True) + 1,
    )
    width, least = _width(cut, len(columns)), columns.index(_ALWAYS) + 1
    later = {f"after the fees of a record of {width} cells, whose layout is not known": cut.height}
    if width != len(columns) and width >= least:
        cut = cut.with_columns(pl.lit(None, pl.String).alias(name) for name in columns[least:] if name not in _UNREAD)
    else:
        width, later = len(columns), {}
    claims, left_out = _claims(cut, names, release, qp_status, width)
    return Batch(claims, lines.height, blank, trailers, left_out=left_out | later)


def _width(cut: pl.DataFrame, known: int) -> int:
    """How many cells the records have: what most of them have, the known layout's number where as many have it."""
    counted = dict(cut["_cells"].value_counts().iter_rows())
    return max(counted, key=lambda cells: (counted[cells], cells == known), default=known)


def _cell(cell: pl.Expr, name: str) -> pl.Expr:
    """One cell of a record; blanks around an amount do no harm when it becomes a number."""
    return cell.alias(name) if name in RECORD_MEASURES else cell.str.strip_chars(_BLANKS).alias(name)


def _claims(
    cut: pl.DataFrame, names: tuple[str, ...], release: str | None, qp_status: str, width: int
) -> tuple[pl.DataFrame, dict[str, int]]:
    years = {
        year: release or release_label(names, int(year)) for year in cut["year"].unique() if re.fullmatch(r"\d{4}", year or "")
    }
    is_printed = pl.col("nonfacility_therapy").str.strip_chars("0. ") != ""
    is_therapy = is_printed & (pl.col("multiple_procedure_indicator") == "5")
    is_visit = is_printed & (pl.col("multiple_procedure_indicator") != "5")
    has_cap = pl.col("opps_indicator") == "1"
    problem = (
        pl.when(pl.col("_cells") != width)
        .then(pl.format("the line has {} cells, {} were expected", "_cells", pl.lit(width)))
        .when(~pl.col("year").is_in(list(years)))
        .then(pl.lit("the year is no year"))
    )
    claims = cut.select(
        "line_number",
        pl.col("year").replace_strict(years, default=None, return_dtype=pl.String).alias("wanted"),
        pl.lit(qp_status).alias("qp_status"),
        pl.col("mac").str.zfill(5),
        pl.col("locality").str.zfill(2),
        pl.col("hcpcs_code").str.to_uppercase(),
        pl.col("modifier").str.to_uppercase().fill_null(""),
        pl.lit(False).alias("is_wrong"),
        problem.alias("problem"),
        "nonfacility_fee",
        "facility_fee",
        *[pl.when(is_therapy).then(pl.col(name)).alias(name) for name in ("nonfacility_therapy", "facility_therapy")],
        *[pl.when(has_cap).then(pl.col(name)).alias(name) for name in ("opps_nonfacility_cap", "opps_facility_cap")],
    )
    visits = cut.select(is_visit.sum()).item()
    return claims, {FLAT_VISIT: visits} if visits else {}
