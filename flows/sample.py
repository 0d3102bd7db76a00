"""The embedded sample: archives in CMS's own layouts, with real figures of a few hundred codes and no network.

Reads `flows/catalog/sample/*.csv` (figures, headings, layouts, members; its README says what is real and what is not),
writes zip archives that are the same byte for byte on every machine. Fails with an OSError when the directory cannot be
written, and, if the tables themselves are at fault, with a KeyError (a block, layout or column that is not there) or a
ValueError (a figure wider than its place in a fixed-width line).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent / "catalog" / "sample"
CTRL_Z = "\x1a"  # the end-of-file mark of DOS, which CMS's exports to 25A carry as a record of their own
CTRL_Z_SHOWN = "\u241a"  # how the tables of the sample show it
Record = dict[str, str]

# How a member writes a figure where that differs from the way the table holds it (the column `form` of layouts.csv).
FORMS: dict[str, Callable[[str], str]] = {
    "": lambda text: text,
    "leading_zero": lambda text: "0" + text,  # .10 as 0.10: csv of the RVU file
    "implied": lambda text: text.replace(".", ""),  # 19.45 as 1945: text of the anesthesia file
    "trimmed": lambda text: text.rstrip("0").rstrip("."),  # 1.000 as 1: GPCI2025.csv
    "unpadded": lambda text: text.lstrip("0") or "0",  # 02102 as 2102, 00 as 0: LOCCO csv of 2024 and 2025
    "spaced": lambda text: text + " ",  # anesthesia csv
    "unmarked": lambda text: text.rstrip("*"),  # ALASKA* as ALASKA: GPCI of RVU24AR
}


def write_archives(directory: Path) -> list[Path]:
    """Writes the archives of the sample (`RVU24A.zip` ...) into `directory` (made if need be); returns the paths.

    An archive of that name is replaced. Nothing is compressed and every time stamp is the same, because zlib's output
    differs between its versions: the sha256 of an archive changes only when the tables of the sample do.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for label, members in _grouped(_table("members"), "release_label").items():
        path = directory / f"{label}.zip"
        path.write_bytes(_archive(members))
        paths.append(path)
    return paths


def _archive(members: Iterable[Record]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            entry = zipfile.ZipInfo(member["member_name"], date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # else it tells Windows from the rest
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _content(member))
    return buffer.getvalue()


def _content(member: Record) -> bytes:
    """One member: its heading lines, a line a record, its closing lines; CRLF, cp1252."""
    layout = _layouts()[member["layout"]]
    line_of = _fixed_line if layout[0]["start"] else _csv_line
    lines = _lines(member["head"]) + [line_of(layout, record) for record in _records(member)] + _lines(member["foot"])
    end = "" if lines[-1] == CTRL_Z else "\r\n"  # a bare mark is the last byte of a text member
    return ("\r\n".join(lines) + end).encode("cp1252")


def _records(member: Record) -> list[Record]:
    """The figures of one member, in CMS's order; what holds for the member (conversion factor) is in each record."""
    label, statuses = member["release_label"], member["statuses"].split()
    rows = [row for row in _table(member["figures"]) if label in row.get("releases", label).split()]
    if statuses:
        rows = [row for row in rows if row["status_code"] in statuses]
    if member["sort"] == "ebcdic":  # the RVU files to 25A: letters before digits, at every place
        rows.sort(key=lambda row: f"{row['hcpcs_code']}{row['modifier']:2}".encode("cp037"))
    return [member | row for row in rows]


def _cell(column: Record, record: Record) -> str:
    text = record[column["field"]] if column["field"] else ""
    return FORMS[column["form"]](text) if text else text


def _csv_line(layout: list[Record], record: Record) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="").writerow([_cell(column, record) for column in layout])
    return buffer.getvalue()


def _fixed_line(layout: list[Record], record: Record) -> str:
    line = ""
    for column in layout:
        width, text = int(column["width"]), _cell(column, record)
        if len(text) > width:
            raise ValueError(f"{column['layout']}: {text!r} is wider than the {width} places of {column['field']}.")
        padded = text.rjust(width) if column["align"] == "right" else text.ljust(width)
        line = line.ljust(int(column["start"]) - 1) + padded
    return line.rstrip(" ")


def _lines(blocks: str) -> list[str]:
    return [line for block in blocks.split() for line in _blocks()[block]]


@cache
def _blocks() -> dict[str, list[str]]:
    blocks: dict[str, list[str]] = {}
    for row in _table("lines"):
        blocks.setdefault(row["block"], []).append(row["line"].replace(CTRL_Z_SHOWN, CTRL_Z))
    return blocks


@cache
def _layouts() -> dict[str, list[Record]]:
    return _grouped(_table("layouts"), "layout")


def _grouped(rows: Iterable[Record], column: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def records(name: str) -> list[Record]:
    """The rows of one of the tables of the sample."""
    return _table(name)


@cache
def _table(name: str) -> list[Record]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
