"""Members in the shapes of years of which no real archive is at hand, made from figures of the sample.

The shapes are those that CMS's record layouts and people who read the originals describe: which columns, in which order, under
which headings, with which line ends. The figures are those of RVU25A; what an era has and 2025 has not (fully implemented
practice expense) is made so that a value in the wrong column shows: each is another multiple of the one beside it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from tests.members import END_MARK, sample_archives
from tests.sample_members import Row, cells, csv_rows

Lines = list[list[str]]
CRLF, CR = "\r\n", "\r"

# Column -> its heading, read downwards, as CMS stacks it over the last five heading lines (2013 to 2025).
PLAIN = {
    "code": "////HCPCS",
    "mod": "////MOD",
    "description": "////DESCRIPTION",
    "status": "///STATUS/CODE",
    "plus": "/NOT USED/FOR/MEDICARE /PAYMENT",
    "work": "///WORK/RVU",
    "nf_pe": "///NON-FAC/PE RVU",
    "nf_na": "//NON-FAC/NA/INDICATOR",
    "f_pe": "///FACILITY/PE RVU",
    "f_na": "//FACILITY /NA/INDICATOR",
    "mp": "///MP/RVU",
    "nf_total": "///NON-FACILITY/TOTAL",
    "f_total": "///FACILITY/TOTAL",
    "pctc": "///PCTC/IND",
    "global": "///GLOB/DAYS",
    "pre": "///PRE/OP",
    "intra": "///INTRA/OP",
    "post": "///POST/OP",
    "mult": "///MULT/PROC",
    "bilat": "///BILAT/SURG",
    "asst": "///ASST/SURG",
    "co": "///CO-/SURG",
    "team": "///TEAM/SURG",
    "pric": "///PRIC/IND",
    "endo": "///ENDO/BASE",
    "cf": "///CONV/FACTOR",
    "supervision": "/PHYSICIAN/SUPERVISION OF/DIAGNOSTIC/PROCEDURES",
    "calc": "///CALCULATION/FLAG",
    "family": "/DIAGNOSTIC/IMAGING/FAMILY/INDICATOR",
    "opps_nf": "NON-FACILITY/PE USED/FOR OPPS/PAYMENT/AMOUNT",
    "opps_f": "FACILITY/PE USED/FOR OPPS/PAYMENT/AMOUNT",
    "opps_mp": "/MP USED/FOR OPPS/PAYMENT/AMOUNT",
}
# Where practice expense is in transition (to 2012) these stand in place of the plain ones.
IN_TRANSITION = {
    "nf_pe": "//TRANSITIONED/NON-FAC/PE RVU",
    "nf_na": "/TRANSITIONED/NON-FAC/NA/INDICATOR",
    "full_nf_pe": "/FULLY/IMPLEMENTED/NON-FAC/PE RVU",
    "full_nf_na": "FULLY/IMPLEMENTED/NON-FAC/NA/INDICATOR",
    "f_pe": "//TRANSITIONED/FACILITY/PE RVU",
    "f_na": "/TRANSITIONED/FACILITY /NA/INDICATOR",
    "full_f_pe": "/FULLY/IMPLEMENTED/FACILITY/PE RVU",
    "full_f_na": "FULLY/IMPLEMENTED/FACILITY /NA/INDICATOR",
    "nf_total": "//TRANSITIONED/NON-FACILITY/TOTAL",
    "full_nf_total": "/FULLY/IMPLEMENTED/NON-FACILITY/TOTAL",
    "f_total": "//TRANSITIONED/FACILITY/TOTAL",
    "full_f_total": "/FULLY/IMPLEMENTED/FACILITY/TOTAL",
}
HEAD, CODES = ("code", "mod", "description", "status", "plus", "work"), ("pctc", "global", "pre", "intra", "post")
SURGERY, OPPS = ("mult", "bilat", "asst", "co", "team"), ("opps_nf", "opps_f", "opps_mp")
ONE_PE = ("nf_pe", "nf_na", "f_pe", "f_na", "mp", "nf_total", "f_total")
TWO_PE = (
    *("nf_pe", "nf_na", "full_nf_pe", "full_nf_na", "f_pe", "f_na", "full_f_pe", "full_f_na"),
    *("mp", "nf_total", "full_nf_total", "f_total", "full_f_total"),
)
COLUMNS: dict[int, tuple[str, ...]] = {
    27: (*HEAD, *ONE_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc"),
    28: (*HEAD, *ONE_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc", "family"),
    31: (*HEAD, *ONE_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc", "family", *OPPS),
    32: (*HEAD, *ONE_PE, *CODES, *SURGERY, "pric", "endo", "cf", "supervision", "calc", "family", *OPPS),
    33: (*HEAD, *TWO_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc"),
    34: (*HEAD, *TWO_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc", "family"),
    37: (*HEAD, *TWO_PE, *CODES, *SURGERY, "endo", "cf", "supervision", "calc", "family", *OPPS),
}
# The record of 2011 and 2012 (207 characters) as CMS publishes it, first and last character from 1.
PLACES_207 = (
    "code:1-5 mod:6-7 description:8-57 status:58-58 plus:59-59 work:60-65 nf_pe:67-72 nf_na:73-74 full_nf_pe:76-81 "
    "full_nf_na:82-83 f_pe:85-90 f_na:91-92 full_f_pe:94-99 full_f_na:101-102 mp:104-108 nf_total:110-115 "
    "full_nf_total:117-122 f_total:124-129 full_f_total:131-136 pctc:139-139 global:140-142 pre:143-145 intra:146-148 "
    "post:149-151 mult:152-152 bilat:153-153 asst:154-154 co:155-155 team:156-156 endo:164-168 cf:169-176 "
    "supervision:178-179 calc:180-180 family:182-183 opps_nf:188-193 opps_f:195-200 opps_mp:202-207"
)
PLACES_171 = (
    "code:1-5 mod:6-7 description:8-57 status:58-58 plus:59-59 work:60-65 nf_pe:67-72 nf_na:73-74 f_pe:76-81 f_na:82-83 "
    "mp:85-89 nf_total:91-96 f_total:97-102 pctc:103-103 global:104-106 pre:107-109 intra:110-112 post:113-115 mult:116-116 "
    "bilat:117-117 asst:118-118 co:119-119 team:120-120 pric:121-121 endo:128-132 cf:133-140 supervision:142-143 "
    "calc:144-144 family:146-147 opps_nf:152-157 opps_f:159-164 opps_mp:166-171"
)
_LEFT = ("code", "mod", "description", "endo")


# --- the RVU member ------------------------------------------------------------------------------------------------------


def rvu_rows(factor: str, pricing: str = "9", statuses: str = "") -> list[Row]:
    """Rows of the sample's RVU25A with another factor, and fully implemented practice expense of twice and thrice as much."""
    rows = []
    for row in csv_rows(sample_archives()["RVU25A"]["PPRRVU25_JAN.csv"], "RVU25A"):
        if statuses and row["status"] not in statuses:
            continue
        work, mp = Decimal(row["work"]), Decimal(row["mp"])
        full_nf, full_f = 2 * Decimal(row["nf_pe"]), 3 * Decimal(row["f_pe"])
        made = {
            "description": "",
            "cf": factor,
            "pric": pricing,
            "full_nf_pe": str(full_nf),
            "full_nf_na": row["nf_na"],
            "full_f_pe": str(full_f),
            "full_f_na": row["f_na"],
            "full_nf_total": str(work + full_nf + mp),
            "full_f_total": str(work + full_f + mp),
        }
        rows.append(row | made)
    return rows


def rvu_csv(rows: list[Row], width: int, title: str, *, heading_at: int = 9, released: str = "", end: str = CRLF) -> bytes:
    """An RVU csv member of so many columns; its last heading line is `heading_at` (from 0), the titles stand above."""
    stacks = [(IN_TRANSITION if width >= 33 else PLAIN).get(name) or PLAIN[name] for name in COLUMNS[width]]
    stacked = [list(line) for line in zip(*[stack.split("/") for stack in stacks], strict=True)]
    titles = [f"{title}", "CPT codes are copyright of their owner.", " ", f"RELEASED {released}" if released else ""]
    above = [["", "", *line, *[""] * (width - 3)] for line in [[text] for text in titles]]
    if heading_at == 0:  # written anew by somebody: the names in one line, nothing above
        stacked = [[" ".join(word for word in column if word.strip()) for column in zip(*stacked, strict=True)]]
        above = []
    while above and len(above) + len(stacked) > heading_at + 1:
        above.pop(-2 if len(above) > 1 else -1)
    return as_csv(
        [*above, *stacked, *([row[name] for name in COLUMNS[width]] for row in rows), [END_MARK, *[""] * (width - 1)]], end
    )


def rvu_text(rows: list[Row], places: str, *, head: Sequence[str] = (), end: str = CRLF) -> bytes:
    """An RVU text member, cut as a record layout says; without `head` the seven HDR lines of CMS's own words."""
    spans = {name: tuple(int(n) for n in span.split("-")) for name, span in (pair.split(":") for pair in places.split(" "))}
    lines = list(head) or [f"HDR {word:<46}" for word in ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"]]
    for row in rows:
        line = ""
        for name, (first, last) in spans.items():
            text = row.get(name, "")
            text = text.removeprefix("0") if name in ("pre", "intra", "post") else text
            width = last - first + 1
            line = line.ljust(first - 1) + (text.ljust(width) if name in _LEFT else text.rjust(width))[:width]
        lines.append(line)
    return end.join([*lines, END_MARK]).encode("cp1252")


# --- the other members ---------------------------------------------------------------------------------------------------


def localities() -> Lines:
    """mac, state, locality, name, work, pe and mp index of the sample's RVU24A, work below its floor where 2026 prints it so."""
    rows = [row[:7] for row in cells(sample_archives()["RVU24A"]["GPCI2024.csv"]) if re.fullmatch(r"\d{5}", row[0])]
    return [[*row[:3], row[3].rstrip("*"), *row[4:]] for row in rows]


def gpci_csv(
    heading: Iterable[Sequence[str]], *, state: bool = False, more: int = 0, end: str = CRLF, notes: Lines | None = None
) -> bytes:
    """A GPCI csv member: these heading lines, rows with or without the state and with so many empty columns more."""
    rows = [[*row, *[""] * more] if state else [row[0], *row[2:], *[""] * more] for row in localities()]
    return as_csv([*[list(line) for line in heading], *rows, *(notes or [])], end)


def anesthesia_csv(heading: Sequence[str], *, implied: bool = False, more: int = 0) -> bytes:
    """An anesthesia csv member with one factor; `implied`: without its decimal point."""
    rows = [row for row in cells(sample_archives()["RVU24A"]["ANES2024.csv"]) if re.fullmatch(r"\d{5} ?", row[0])]
    made = [[*row[:3], row[3].strip().replace(".", "" if implied else "."), *[""] * more] for row in rows]
    return as_csv([*([list(heading)] if heading else []), *made], CRLF)


def caps_csv(heading: Sequence[str], *, joined: bool = False, facility_first: bool = False) -> bytes:
    """An OPPS cap csv member of the sample's RVU24A, the non-facility amount raised by 1000 so that the two can be told apart."""
    rows = []
    sample = cells(sample_archives()["RVU24A"]["OPPSCAP_JAN.csv"])[1:]
    for code, modifier, status, mac, locality, facility, nonfacility in [row for row in sample if row[0] != END_MARK]:
        amounts = [facility, str(Decimal(nonfacility) + 1000)][:: 1 if facility_first else -1]
        rows.append([*([code + modifier] if joined else [code, modifier]), status, mac, locality, *amounts])
    return as_csv([list(heading), *rows], CRLF)


def gpci_2026_csv(*, two_work: bool) -> bytes:
    """The GPCI csv member of 2026 with both work columns (RVU26A, first RVU26B) or with the floored one (later), and a note."""
    head = ["Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name"]
    work = ["2026 PW GPCI (without 1.0 Floor)", "2026 PW GPCI (with 1.0 Floor)***"][0 if two_work else 1 :]
    heading = [*head, *work, "2026 PE GPCI", "2026 MP GPCI"]
    rows = [row if two_work else [*row[:4], *row[5:]] for row in _rows_of_2026("GPCI2026.csv", 8)]
    return as_csv([["ADDENDUM E. FINAL CY 2026 GPCIs"], [""], heading, *rows, [""], ["*** The floor holds by law."]], CRLF)


def gpci_2026_text(*, two_work: bool) -> bytes:
    """The same as a print-style text, its headings cut at the width of their columns."""
    work = ["2026 PW GPCI", "2026 PW GPCI"][0 if two_work else 1 :]
    heading = "Medicare Admi State  Locality " + f"{'Locality Name':^62}" + "".join([*work, "2026 PE GPCI", "2026 MP GPCI"])
    rows = [(row[:4], row[4 if two_work else 5 :]) for row in _rows_of_2026("GPCI2026.csv", 8)]
    lines = [
        f"{mac:<16}{state:<8}{locality:<5}{name:<60}" + "".join(f"{Decimal(index):12.3f}" for index in indices)
        for (mac, state, locality, name), indices in rows
    ]
    return (CRLF.join(["ADDENDUM E. FINAL CY 2026 GPCIs", "", heading, *lines]) + CRLF).encode("cp1252")


def anesthesia_2026_text() -> bytes:
    """The anesthesia text member of 2026: the factor of qualifying participants first, both without their decimal point."""
    rows = [[cell.strip() for cell in row] for row in _rows_of_2026("ANES2026.csv", 5)]
    lines = [
        f"{row[0]:<12}{row[1]:<6}{row[2].rstrip('*')[:49]:<49}" + "  ".join(f"{Decimal(x) * 100:.0f}" for x in row[3:])
        for row in rows
    ]
    return (CRLF.join(lines) + CRLF).encode("cp1252")


def _rows_of_2026(name: str, width: int) -> Lines:
    return [row[:width] for row in cells(sample_archives()["RVU26B"][name]) if re.fullmatch(r"\d{5} ?", row[0])]


def as_csv(rows: Iterable[Sequence[str]], end: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=end).writerows(rows)
    return buffer.getvalue().encode("cp1252")


def workbook(rows: Iterable[Sequence[str]], numbers: str = r"\d+(\.\d+)?") -> bytes:
    """The smallest xlsx that holds these rows; cells that `numbers` matches are numbers, and lose their leading zeros."""
    lines = []
    for at, row in enumerate(rows, start=1):
        made = []
        for place, text in enumerate(row):
            reference = f"{_letters(place)}{at}"
            if not text:
                continue
            shown = "_x001A_" if text == END_MARK else escape(text)
            if re.fullmatch(numbers, text):
                made.append(f'<c r="{reference}"><v>{float(text):.10g}</v></c>')
            else:
                made.append(f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>')
        lines.append(f'<row r="{at}">{"".join(made)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return buffer.getvalue()


def _letters(place: int) -> str:
    return ("" if place < 26 else chr(64 + place // 26)) + chr(65 + place % 26)
