"""Raw archives as Python reads them with nothing of the project: zipfile, csv, and positions that are stated here.

Independent of the project's reader, so that a fault of it cannot hide itself. Positions are those of CMS's record layouts.
"""

from __future__ import annotations

import csv
import re
import zipfile
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

RELEASES = (
    "RVU09A",
    "RVU12A",
    "RVU15A",
    "RVU17A",
    "RVU19A",
    "RVU20A",
    "RVU22A",
    "RVU24A",
    "RVU24AR",
    "RVU25A",
    "RVU25D",
    "RVU26B",
)

_HEAD = "hcpcs_code 1-5, modifier 6-7, status_code 58-58, not_used_for_medicare_payment 59-59, work_rvu 60-65, "
_TRANSITION = (
    "nonfacility_pe_rvu 67-72, nonfacility_na 73-74, full_nonfacility_pe_rvu 76-81, full_nonfacility_na 82-83, "
    "facility_pe_rvu 85-90, facility_na 91-92, full_facility_pe_rvu 94-99, full_facility_na 101-102, mp_rvu 104-108, "
    "nonfacility_total_rvu 110-115, full_nonfacility_total_rvu 117-122, facility_total_rvu 124-129, "
    "full_facility_total_rvu 131-136, pctc_indicator 139-139, global_days 140-142, preoperative_fraction 143-145, "
    "intraoperative_fraction 146-148, postoperative_fraction 149-151, multiple_procedure_indicator 152-152, "
    "bilateral_surgery_indicator 153-153, assistant_surgery_indicator 154-154, co_surgery_indicator 155-155, "
    "team_surgery_indicator 156-156, endoscopic_base_code 164-168, conversion_factor 169-176, diagnostic_supervision 178-179, "
    "calculation_flag 180-180, imaging_family 182-183, "
)
_PLACES = {
    171: _HEAD + "nonfacility_pe_rvu 67-72, nonfacility_na 73-74, facility_pe_rvu 76-81, facility_na 82-83, mp_rvu 85-89, "
    "nonfacility_total_rvu 91-96, facility_total_rvu 97-102, pctc_indicator 103-103, global_days 104-106, "
    "preoperative_fraction 107-109, intraoperative_fraction 110-112, postoperative_fraction 113-115, "
    "multiple_procedure_indicator 116-116, bilateral_surgery_indicator 117-117, assistant_surgery_indicator 118-118, "
    "co_surgery_indicator 119-119, team_surgery_indicator 120-120, endoscopic_base_code 128-132, conversion_factor 133-140, "
    "diagnostic_supervision 142-143, calculation_flag 144-144, imaging_family 146-147, opps_nonfacility_pe_rvu 152-157, "
    "opps_facility_pe_rvu 159-164, opps_mp_rvu 166-171",
    206: _HEAD + _TRANSITION + "opps_nonfacility_pe_rvu 188-192, opps_facility_pe_rvu 195-199, opps_mp_rvu 202-206",
    207: _HEAD + _TRANSITION + "opps_nonfacility_pe_rvu 189-193, opps_facility_pe_rvu 196-200, opps_mp_rvu 203-207",
}
# Columns of the csv members by their number, counted from 1; the description (3) is read by nobody here.
_CSV_COMMON = (
    "hcpcs_code modifier - status_code not_used_for_medicare_payment work_rvu nonfacility_pe_rvu nonfacility_na {full_nf} "
    "facility_pe_rvu facility_na {full_f} mp_rvu {totals} pctc_indicator global_days preoperative_fraction "
    "intraoperative_fraction postoperative_fraction multiple_procedure_indicator bilateral_surgery_indicator "
    "assistant_surgery_indicator co_surgery_indicator team_surgery_indicator endoscopic_base_code conversion_factor "
    "diagnostic_supervision calculation_flag imaging_family opps_nonfacility_pe_rvu opps_facility_pe_rvu opps_mp_rvu"
)
_CSV = {
    31: _CSV_COMMON.format(full_nf="", full_f="", totals="nonfacility_total_rvu facility_total_rvu").split(),
    37: _CSV_COMMON.format(
        full_nf="full_nonfacility_pe_rvu full_nonfacility_na",
        full_f="full_facility_pe_rvu full_facility_na",
        totals="nonfacility_total_rvu full_nonfacility_total_rvu facility_total_rvu full_facility_total_rvu",
    ).split(),
}
assert {width: len(names) for width, names in _CSV.items()} == {31: 31, 37: 37}


@lru_cache(maxsize=4)
def _archive(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def members(raw: Path, sha256: str) -> dict[str, bytes]:
    """The members of the raw archive that is stored under a hash, by name."""
    return _archive(raw / f"{sha256}.zip")


def lines(content: bytes) -> list[str]:
    """The physical lines of a member: what stands before each line end, and what is left after the last one."""
    parts = content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return parts if parts[-1] else parts[:-1]


def is_csv(name: str) -> bool:
    return PurePosixPath(name.lower()).suffix == ".csv"


def cells(line: str) -> list[str]:
    """The cells of one line of a csv member, without blanks around them."""
    return [cell.strip() for cell in next(csv.reader([line]), [])]


def rvu_fields(name: str, line: str) -> dict[str, str]:
    """The columns of one line of an RVU member, as text."""
    if is_csv(name):
        found = cells(line)
        return {column: cell for column, cell in zip(_CSV[len(found)], found, strict=True) if column != "-"}
    fields = [place.split() for place in _PLACES[len(line)].split(", ")]
    return {column: line[int(place.split("-")[0]) - 1 : int(place.split("-")[1])].strip() for column, place in fields}


def numbers(line: str, name: str) -> list[Decimal]:
    """The numbers of a line that stand for themselves, from left to right: csv cells, or words of a text."""
    words = cells(line) if is_csv(name) else line.split()
    return [Decimal(word) for word in words if re.fullmatch(r"\d*\.?\d+", word)]


def says(text: str, value: Any) -> bool:
    """Whether a text of a file stands for a loaded value: a number, a flag, or the text itself."""
    if isinstance(value, bool):
        return (text != "") == value and text in ("", "NA", "+")
    if isinstance(value, Decimal):
        return Decimal(text) == value
    return text == value
