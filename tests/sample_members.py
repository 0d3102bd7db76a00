"""Reads members of the sample (or of a real archive) with the csv module and with positions that are stated here.

Independent of the project's reader, so that a fault of it and a fault of the sample cannot hide each other.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Container
from functools import lru_cache
from pathlib import Path

Row = dict[str, str]
Archives = dict[str, dict[str, bytes]]

# The record layout that CMS publishes (2013 on): first and last place of each column, in the order of the csv columns.
LAYOUT = (
    "code:1-5 mod:6-7 description:8-57 status:58-58 plus:59-59 work:60-65 nf_pe:67-72 nf_na:73-74 f_pe:76-81 "
    "f_na:82-83 mp:85-89 nf_total:91-96 f_total:97-102 pctc:103-103 global:104-106 pre:107-109 intra:110-112 "
    "post:113-115 mult:116-116 bilat:117-117 asst:118-118 co:119-119 team:120-120 pric:121-121 endo:128-132 cf:133-140 "
    "supervision:142-143 calc:144-144 family:146-147 opps_nf:152-157 opps_f:159-164 opps_mp:166-171"
)
PLACES = {name: place.split("-") for name, place in (pair.split(":") for pair in LAYOUT.split(" "))}
RVU_STEMS = {
    "RVU24A": ["PPRRVU24_JAN"],
    "RVU24AR": ["PPRRVU24_JAN"],
    "RVU25A": ["PPRRVU25_JAN"],
    "RVU25D": ["PPRRVU2025_Oct"],
    "RVU26B": ["PPRRVU2026_Apr_nonQPP", "PPRRVU2026_Apr_QPP"],
}
YEARS = {"RVU24A": 2024, "RVU24AR": 2024, "RVU25A": 2025, "RVU25D": 2025, "RVU26B": 2026}


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@lru_cache(maxsize=4)  # a real RVU member is 30 MB of text cells
def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("cp1252"), newline="")))


def rvu_columns(release: str) -> list[str]:
    return [column for column in PLACES if column != "pric" or release == "RVU26B"]


def csv_rows(content: bytes, release: str, codes: Container[str] | None = None) -> list[Row]:
    """The rows of a csv RVU member below its ten heading lines, of these codes only."""
    lines = cells(content)
    assert lines[9][:3] == ["HCPCS", "MOD", "DESCRIPTION"]
    wanted = [line for line in lines[10:] if line[0] != "\x1a" and (codes is None or line[0] in codes)]
    return [dict(zip(rvu_columns(release), line, strict=True)) for line in wanted]


def text_rows(content: bytes, codes: Container[str] | None = None) -> list[Row]:
    """The rows of a fixed-width RVU member, sliced by PLACES, of these codes only."""
    lines = [line for line in content.decode("cp1252").split("\r\n") if not line.startswith(("HDR", "\x1a")) and line]
    assert {len(line) for line in lines} == {171}
    return [
        {name: line[int(first) - 1 : int(last)].strip() for name, (first, last) in PLACES.items()}
        for line in lines
        if codes is None or line[:5] in codes
    ]


def rvu_rows(archives: Archives, release: str, stem: str = "") -> list[Row]:
    return csv_rows(archives[release][f"{stem or RVU_STEMS[release][0]}.csv"], release)


def member_rows(archives: Archives, release: str, stem: str) -> list[list[str]]:
    """The lines of a GPCI, anesthesia, cap or county csv that hold a MAC, stripped."""
    lines = [[cell.strip() for cell in line] for line in cells(archives[release][f"{stem}.csv"])]
    return [line for line in lines if any(re.fullmatch(r"\d{4,5}", cell) for cell in (line[0], *line[3:4]))]
