"""Archives of years of which no real one is at hand, each with the shapes that are described for it (tests/era_members.py)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.era_members import (
    CR,
    PLACES_171,
    PLACES_207,
    anesthesia_2026_text,
    anesthesia_csv,
    caps_csv,
    gpci_2026_csv,
    gpci_2026_text,
    gpci_csv,
    localities,
    rvu_csv,
    rvu_rows,
    rvu_text,
    workbook,
)
from tests.members import END_MARK, cells_of, sample_archives

Members = dict[str, bytes]
TITLE = "{} National Physician Fee Schedule Relative Value File{}"
PLACES_BEFORE_2026 = PLACES_171.replace(" pric:121-121", "")
INDICES = ("Work GPCI", "PE GPCI", "MP GPCI")
OLD = ("Carrier", "Locality", "Locality name")
WITH_STATE = ("Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name")
# The seven lines of CMS's notice as RVU14A has them: one is wrapped, and its second half lacks HDR.
WRAPPED = (
    "HDR CPT CODES AND DESCRIPTIONS ONLY ARE COPYRIGHT 2013 AMERICAN MEDICAL ASSOCIATION.  ALL",
    "RIGHTS RESERVED.  APPLICABLE FARS/DFARS APPLY.",
    "HDR THE FOLLOWING STATEMENT",
    "HDR 2013/14 AMERICAN DENTAL ASSOCIATION.",
    "HDR RESERVED.",
)


@dataclass(frozen=True)
class Era:
    """An archive under the name that CMS gave it, the release that it is, and the layout that each member has."""

    archive: str
    label: str
    members: Members
    layouts: dict[str, str]

    @property
    def rvu_width(self) -> int:
        """The number of columns that a csv RVU member of the time has."""
        csv = [name.split("_")[2] for name in self.layouts.values() if name.startswith("rvu_csv_")]
        return int(csv[0]) if csv else 32


@cache
def eras() -> dict[str, Era]:
    """Every made archive by the name of its shape."""
    made = [*_before_2009(), *_to_2012(), *_to_2019(), *_to_2025(), *_of_2026()]
    return {era.archive: era for era in made}


def _before_2009() -> list[Era]:
    index = {"GPCI.csv": gpci_csv([(*OLD, *INDICES)])}
    printed = [f"  {mac}     {number}  {name:<50}  {work}   {pe}   {mp}" for mac, _, number, name, work, pe, mp in localities()]
    text = "\r\n".join(["CARRIER LOC  NAME                 WORK    PE      MP", *printed, END_MARK]).encode("cp1252")
    shapes = (
        ("rvu03_a.zip", "RVU03A", "36.7856", 27, 7),
        ("prrev05d.zip", "RVU05D", "37.8975", 33, 7),
        ("rvu06ar2.zip", "RVU06AR2", "37.8975", 28, 7),
        ("RVU06D.zip", "RVU06D", "37.8975", 34, 7),
        ("rvu07a4.zip", "RVU07A4", "37.8975", 37, 8),
        ("RVU08AB.ZIP", "RVU08AB", "38.0870", 37, 8),
    )
    found = []
    for archive, label, factor, width, heading_at in shapes:
        name = f"PPRRVU{label[3:5]}.csv"
        rvu = rvu_csv(rvu_rows(factor), width, TITLE.format(f"20{label[3:5]}", ""), heading_at=heading_at)
        found.append(Era(archive, label, {name: rvu, **index}, {name: f"rvu_csv_{width}", "GPCI.csv": "gpci_csv_6"}))
    rvu = rvu_csv(rvu_rows("37.3374"), 27, TITLE.format(2004, ""), heading_at=7)
    members = {"pprrvu04.csv": rvu, "GPCIS04.PRN": text}
    return [*found, Era("rvu04_a.zip", "RVU04A", members, {"pprrvu04.csv": "rvu_csv_27", "GPCIS04.PRN": "gpci_text"})]


def _to_2012() -> list[Era]:
    found = []
    for label, factor, title in (("RVU10AR1", "36.0791", " "), ("RVU10C_PCT22", "36.8729", " July Release")):
        rows = rvu_rows(factor)
        members = {
            "PPRRVU10.csv": rvu_csv(rows, 37, TITLE.format(2010, title)),
            "PPRRVU10.txt": rvu_text(rows, PLACES_207),
            "GPCI10.csv": gpci_csv([["ADDENDUM E"], [""], (*OLD, "Work** GPCI", "PE        GPCI", "MP      GPCI")]),
        }
        layouts = {"PPRRVU10.csv": "rvu_csv_37", "PPRRVU10.txt": "rvu_text_207", "GPCI10.csv": "gpci_csv_6"}
        found.append(Era(f"{label}.zip", label, members, layouts))
    rows = rvu_rows("25.5217")
    caps = ("HCPCS", "PROCSTAT", "CARRIER", "LOCALITY", "NON-FACILITY CAPPED AMOUNT", "FACILITY CAPPED AMOUNT")
    members = {
        "PPRRVU11_110210(3).csv": rvu_csv(rows, 37, TITLE.format(2011, " "), released="11/02/2010"),
        "PPRRVU11_110210(3).txt": rvu_text(rows, PLACES_207),
        "GPCI_2011.csv": gpci_csv([["ADDENDUM E: CY 2011"], (*OLD, "Work  GPCI 1", "PE GPCI2", "MP GPCI 3")]),
        "ANES_V1101.csv": anesthesia_csv(("Carrier", "Locality", "Locality Name", "2011 CF")),
        "OPPSCAP_V1101.csv": caps_csv(caps, joined=True),
    }
    layouts = dict(
        zip(members, ("rvu_csv_37", "rvu_text_207", "gpci_csv_6", "anesthesia_csv", "opps_cap_csv_joined"), strict=True)
    )
    return [*found, Era("RVU11A.zip", "RVU11A", members, layouts)]


def _to_2019() -> list[Era]:
    rows = rvu_rows("25.0008")
    caps = ("HCPCS", "MOD", "PROCSTAT", "CARRIER", "LOCALITY", "NON-FACILITY CAPPED AMOUNT", "FACILITY CAPPED AMOUNT")
    of_2013 = {
        "PPRRVU13.csv": rvu_csv(rows, 31, TITLE.format(2013, " January Release"), released="11/16/2012"),
        "PPRRVU13.txt": rvu_text(rows, PLACES_BEFORE_2026),
        "GPCI2013.csv": gpci_csv([["ADDENDUM E"], [""], (*OLD, "2013 Work GPCI", "2013 PE GPCI", "2013 MP GPCI", "")], more=1),
        "ANES2013.csv": anesthesia_csv(("Contractor", "Locality", "Locality Name", "2013 National Anes CF of 15.93")),
        "OPPSCAP.csv": caps_csv(caps),
    }
    layouts = ("rvu_csv_31", "rvu_text_171", "gpci_csv_6", "anesthesia_csv", "opps_cap_csv_nonfacility_first")
    rows = rvu_rows("35.8228")
    of_2014 = {
        "PPRRVU14_V1219.csv": rvu_csv(rows, 31, TITLE.format(2014, " January Release"), released="12/19/2013"),
        "PPRRVU14_V1219.txt": rvu_text(rows, PLACES_BEFORE_2026, head=WRAPPED),
        "CY 2014 GPCI _12172013.csv": gpci_csv([(*OLD, "Work RVU ", "PE RVU ", "MP RVU ")]),
        "ANES 2014_V0103.csv": anesthesia_csv((*OLD, "2014 Anesthesia Conversion Factor"), implied=True),
        "OPPSCAP_V1219.csv": caps_csv((*caps[:5], "FACILITY AMOUNT", "NON-FACILITY AMOUNT"), facility_first=True),
    }
    layouts_2014 = (*layouts[:3], "anesthesia_csv_implied", "opps_cap_csv_facility_first")
    two_lines = [
        ["ADDENDUM E"],
        ["Medicare Administrative Contractor", "Locality Number", "Locality Name", "2018", "", ""],
        ["", "", "", "PW GPCI (without 1.0 Floor)", "PE GPCI", "MP GPCI"],
    ]
    of_2018 = {
        "PPRRVU18_JAN.csv": rvu_csv(rvu_rows("35.9996"), 31, TITLE.format(2018, " January Release"), released="11/15/2017"),
        "GPCI2018.csv": gpci_csv(two_lines),
        "ANES2018.csv": anesthesia_csv(("CONTRACTOR", "LOCALITY", "LOCALITY NAME", "2018 ANESTHESIA CONVERSION FACTOR")),
    }
    of_2019 = {
        "PPRRVU19_OCT.csv": rvu_csv(rvu_rows("36.0391"), 31, TITLE.format(2019, " October Release"), end=CR),
        "GPCI2019.csv": gpci_csv([(*OLD, "PW GPCI", "PE GPCI", "MP GPCI")], end=CR),
    }
    return [
        Era("RVU13A.zip", "RVU13A", of_2013, dict(zip(of_2013, layouts, strict=True))),
        Era("RVU14A.zip", "RVU14A", of_2014, dict(zip(of_2014, layouts_2014, strict=True))),
        Era("RVU18A.zip", "RVU18A", of_2018, dict(zip(of_2018, ("rvu_csv_31", "gpci_csv_6", "anesthesia_csv"), strict=True))),
        Era("RVU19D.zip", "RVU19D", of_2019, dict(zip(of_2019, ("rvu_csv_31", "gpci_csv_6"), strict=True))),
    ]


def _to_2025() -> list[Era]:
    found = []
    indices = gpci_csv([["ADDENDUM E"], [""], (*WITH_STATE, "2021 PW GPCI (with 1.0 Floor)", *INDICES[1:])], state=True)
    whole = rvu_csv(rvu_rows("34.6062"), 31, TITLE.format(2022, " July Release"))
    last_line = whole[whole.index(b"HCPCS,MOD") :]
    shapes = {
        "RVU21A": (rvu_csv(rvu_rows("34.8931"), 31, TITLE.format(2021, " January Release")), "PPRRVU21_JAN.csv", "rvu_csv_31"),
        "RVU22B": (rvu_csv(rvu_rows("34.6062"), 31, "", heading_at=0), "PPRRVU22_APR.csv", "rvu_csv_31"),
        "RVU22C": (last_line, "PPRRVU22_JUL.csv", "rvu_csv_31_last_line"),
    }
    for label, (rvu, name, layout) in shapes.items():
        members = {name: rvu, f"GPCI20{label[3:5]}.csv": indices}
        found.append(Era(f"{label}.zip", label, members, dict(zip(members, (layout, "gpci_csv_state"), strict=True))))
    return found


def _of_2026() -> list[Era]:
    rows, paid, sample = rvu_rows("33.4009"), rvu_rows("33.5675", "1", "ACRT"), sample_archives()["RVU26B"]
    found = []
    for label, month, two_work in (("RVU26A", "January", True), ("RVU26B", "April", False), ("RVU26C", "July", False)):
        stem, title = f"PPRRVU2026_{month[:3]}_", TITLE.format(2026, f" {month} Release")
        members = {
            f"{stem}nonQPP.csv": rvu_csv(rows, 32, title),
            f"{stem}nonQPP.txt": rvu_text(rows, PLACES_171),
            f"{stem}QPP.csv": rvu_csv(paid, 32, title),
            f"{stem}QPP.txt": rvu_text(paid, PLACES_171),
            "GPCI2026.csv": gpci_2026_csv(two_work=two_work),
            "GPCI2026.txt": gpci_2026_text(two_work=two_work),
            "ANES2026.csv": sample["ANES2026.csv"],
            "ANES2026.txt": anesthesia_2026_text(),
            "26LOCCO.xlsx": workbook(cells_of(sample["26LOCCO.csv"])),
        }
        rvu = ("rvu_csv_32", "rvu_text_171_pricing")
        gpci = [f"gpci_{form}_{'two_work' if two_work else 'state'}" for form in ("csv", "text")]
        layouts = (*rvu, *rvu, *gpci, "anesthesia_csv_qp", "anesthesia_text_qp_implied", "locality_county_csv")
        found.append(Era(f"{label}.zip", label, members, dict(zip(members, layouts, strict=True))))
    first, stem = found[0], "PPRRVU2026_Jan_"
    texts = {name: content for name, content in first.members.items() if name.endswith(".txt")}
    books = {f"{stem}{who}.xlsx": workbook(cells_of(first.members[f"{stem}{who}.csv"])) for who in ("nonQPP", "QPP")}
    others = {f"{name}.xlsx": workbook(cells_of(first.members[f"{name}.csv"])) for name in ("GPCI2026", "ANES2026")}
    beside = {name: content for name, content in first.members.items() if not name.startswith(f"{stem}QPP")}
    qp_only = {f"{stem}QPP.xlsx": "rvu_csv_32"}
    excel = dict.fromkeys(books, "rvu_csv_32") | {"GPCI2026.xlsx": "gpci_csv_two_work", "ANES2026.xlsx": "anesthesia_csv_qp"}
    return [
        *found,
        Era("rvu26a-text-alone.zip", "RVU26A", texts, {name: first.layouts[name] for name in texts}),
        Era("rvu26a-excel-alone.zip", "RVU26A", books | others, excel),
        Era(
            "rvu26a-qpp-as-excel.zip",
            "RVU26A",
            beside | {f"{stem}QPP.xlsx": books[f"{stem}QPP.xlsx"]},
            {name: first.layouts[name] for name in beside} | qp_only,
        ),
    ]
