"""The embedded sample: real figures, CMS's own layouts, the same bytes every time, no CPT descriptor."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path

import pytest

from flows import sample
from tests.sample_members import (
    RVU_STEMS,
    YEARS,
    Archives,
    Row,
    cells,
    csv_rows,
    member_rows,
    rvu_columns,
    rvu_rows,
    text_rows,
    unzipped,
)
from tests.slow import slow

ROOT = Path(__file__).resolve().parents[2]
LEVEL_TWO = re.compile(r"[A-CE-Z]\d{4}")
WITH_TEXT = [(release, stem) for release, stems in RVU_STEMS.items() for stem in stems if release != "RVU24AR"]
OPPS_CAP = {"RVU24A": "JAN", "RVU24AR": "JAN", "RVU25A": "JAN", "RVU25D": "Oct"}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Release -> member name -> content, as written."""
    return {path.stem: unzipped(path) for path in sample.write_archives(tmp_path_factory.mktemp("sample"))}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


# ---- the same bytes


@slow
def test_two_writes_give_the_same_archives_in_another_process_hash_seed_and_time_zone(tmp_path: Path) -> None:
    first = sample.write_archives(tmp_path / "first")
    command = "import sys, pathlib, flows.sample as s; s.write_archives(pathlib.Path(sys.argv[1]))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", command, str(tmp_path / "second")], env=environment, check=True)
    assert [path.name for path in first] == ["RVU24A.zip", "RVU24AR.zip", "RVU25A.zip", "RVU25D.zip", "RVU26B.zip"]
    for path in first:
        again = tmp_path / "second" / path.name
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest(), path.name


def test_nothing_in_an_archive_depends_on_the_machine(tmp_path: Path) -> None:
    for path in sample.write_archives(tmp_path):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            traits = {(entry.compress_type, entry.date_time, entry.create_system) for entry in archive.infolist()}
        assert traits == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 3)}


def test_an_archive_that_is_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "RVU25A.zip").write_bytes(b"something else")
    sample.write_archives(tmp_path)
    assert zipfile.is_zipfile(tmp_path / "RVU25A.zip")


def test_a_figure_that_is_wider_than_its_place_is_refused() -> None:
    column = {"layout": "made_up", "field": "mac", "start": "1", "width": "5", "align": "left", "form": ""}
    with pytest.raises(ValueError, match=r"made_up: '010112' is wider than the 5 places of mac"):
        sample._fixed_line([column], {"mac": "010112"})


# ---- what is in it


def test_members_are_those_of_cms_without_excel_and_documents(archives: Archives) -> None:
    kinds = ["24LOCCO", "ANES2024", "GPCI2024", "OPPSCAP_JAN", "PPRRVU24_JAN"]
    assert list(archives["RVU24A"]) == [f"{kind}.{ending}" for kind in kinds for ending in ("csv", "txt")]
    assert sorted(archives["RVU24AR"]) == ["ANES2024.csv", "GPCI2024.csv", "OPPSCAP_JAN.csv", "PPRRVU24_JAN.csv"]
    assert {"OPPSCAP_Oct.csv", "OPPSCAP_Oct.txt", "PPRRVU2025_Oct.csv", "PPRRVU2025_Oct.txt"} < set(archives["RVU25D"])
    assert {"PPRRVU2026_Apr_nonQPP.csv", "PPRRVU2026_Apr_QPP.csv", "GPCI2026.csv", "ANES2026.csv", "26LOCCO.csv"} < set(
        archives["RVU26B"]
    )
    assert not any("OPPSCAP" in name for name in archives["RVU26B"])


@pytest.mark.parametrize("release", RVU_STEMS)
def test_every_release_has_many_codes_and_no_key_twice(archives: Archives, release: str) -> None:
    keys = [(row["code"], row["mod"]) for row in rvu_rows(archives, release)]
    assert len({code for code, _ in keys}) >= 150
    assert len(keys) == len(set(keys))


def is_priced(row: Row) -> bool:
    return Decimal(row["nf_total"]) > 0


CATEGORIES: dict[str, Callable[[Row], bool]] = {
    "the code that everyone tries first": lambda r: r["code"] == "17340",
    "office visit": lambda r: r["code"] == "99213",
    "anesthesia with leading zeros": lambda r: r["code"].startswith("00") and r["status"] == "J",
    "surgery": lambda r: "10004" <= r["code"] <= "69990" and r["status"] == "A",
    "radiology, professional part": lambda r: "70010" <= r["code"] <= "79999" and r["mod"] == "26",
    "radiology, technical part": lambda r: "70010" <= r["code"] <= "79999" and r["mod"] == "TC",
    "pathology": lambda r: "88000" <= r["code"] <= "89398" and r["mod"] == "26",
    "laboratory, paid elsewhere": lambda r: "80047" <= r["code"] <= "89398" and r["status"] == "X",
    "medicine": lambda r: "90281" <= r["code"] <= "99199" and r["status"] == "A",
    "category II": lambda r: r["code"] == "0001F",
    "category III": lambda r: r["code"].endswith("T") and r["status"] == "C",
    "HCPCS level II with a price": lambda r: r["code"].startswith("G") and is_priced(r),
    "carrier-priced": lambda r: r["status"] == "C" and not is_priced(r),
    "carrier-priced with OPPS columns": lambda r: r["status"] == "C" and Decimal(r["opps_nf"]) > 0,
    "bundled with RVUs that are not used": lambda r: r["status"] == "B" and r["plus"] == "+" and is_priced(r),
    "not valid, RVUs not used": lambda r: r["status"] == "I" and r["plus"] == "+",
    "not covered, RVUs not used": lambda r: r["status"] == "N" and r["plus"] == "+",
    "restricted with RVUs": lambda r: r["status"] == "R" and is_priced(r),
    "restricted without RVUs": lambda r: r["status"] == "R" and not is_priced(r),
    "injection": lambda r: r["status"] == "T" and is_priced(r),
    "not in the facility": lambda r: r["f_na"] == "NA" and r["nf_na"] == "" and is_priced(r),
    "not outside the facility": lambda r: r["nf_na"] == "NA" and r["f_na"] == "" and is_priced(r),
    "neither here nor there": lambda r: r["nf_na"] == "NA" and r["f_na"] == "NA",
    "endoscopy family": lambda r: r["endo"] == "45378" and r["mult"] == "3",
}
INDICATORS = [
    "global 000 010 090 MMM XXX YYY ZZZ",
    "status A B C E I J M N P R T X",
    "pctc 0 1 2 3 4 5 6 7 8 9",
    "mult 0 2 3 4 5 6 7 9",
    "bilat 0 1 2 3 9",
    "asst 0 1 2 9",
    "co 0 1 2 9",
    "team 0 1 2 9",
    "supervision 01 02 03 04 09 21 6A",
    "family 88 99",
]


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_kind_of_code_is_there(archives: Archives, category: str) -> None:
    assert any(CATEGORIES[category](row) for row in rvu_rows(archives, "RVU25A"))


@pytest.mark.parametrize("indicator", INDICATORS)
def test_every_value_of_the_indicators_is_there(archives: Archives, indicator: str) -> None:
    column, *values = indicator.split(" ")
    assert set(values) <= {row[column] for row in rvu_rows(archives, "RVU25A")}


def test_modifier_rows_and_code_letters(archives: Archives) -> None:
    rows = rvu_rows(archives, "RVU25A")
    assert {row["code"] for row in rows if row["mod"] == "53"} == {"44388", "45378", "G0105", "G0121"}
    assert [row["mod"] for row in rows if row["code"] == "71046"] == ["", "TC", "26"]
    assert [row["mod"] for row in rows if row["code"] == "86153"] == ["26"]  # no global row in CMS's file either
    assert set("ADGHJMPQRSTV") <= {row["code"][0] for row in rows} and set("FT") <= {row["code"][4] for row in rows}


@pytest.mark.parametrize(
    ("code", "releases"),
    [
        ("17340", ["RVU24A", "RVU24AR", "RVU25A", "RVU25D", "RVU26B"]),
        ("99441", ["RVU24A", "RVU24AR"]),
        ("37221", ["RVU24A", "RVU24AR", "RVU25A", "RVU25D"]),
        ("98016", ["RVU25A", "RVU25D", "RVU26B"]),
        ("M1389", ["RVU25A"]),
        ("GXXX1", ["RVU26B"]),
    ],
)
def test_codes_come_and_go(archives: Archives, code: str, releases: list[str]) -> None:
    assert [name for name in RVU_STEMS if any(row["code"] == code for row in rvu_rows(archives, name))] == releases


def test_rows_stand_in_the_order_of_cms(archives: Archives) -> None:
    """To 25A an EBCDIC sort: letters before digits, TC before 26. From 25D an ASCII sort."""
    orders = {release: [row["code"] + row["mod"] for row in rvu_rows(archives, release)] for release in RVU_STEMS}
    assert orders["RVU25D"] == sorted(orders["RVU25D"]) and orders["RVU26B"] == sorted(orders["RVU26B"])
    for release in ("RVU24A", "RVU24AR", "RVU25A"):
        order = orders[release]
        assert order[0] == "A0021" and order[-1] == "99497"
        assert order.index("V5364") < order.index("0001F") < order.index("00100")


@pytest.mark.parametrize("release", RVU_STEMS)
def test_total_is_work_plus_practice_expense_plus_malpractice(archives: Archives, release: str) -> None:
    for stem in RVU_STEMS[release]:
        for row in rvu_rows(archives, release, stem):
            work, mp = Decimal(row["work"]), Decimal(row["mp"])
            assert Decimal(row["nf_total"]) == work + Decimal(row["nf_pe"]) + mp, row
            assert Decimal(row["f_total"]) == work + Decimal(row["f_pe"]) + mp, row


@pytest.mark.parametrize(("code", "amounts"), [("17340", ["52.77", "42.09"]), ("99213", ["95.19", "57.45"])])
def test_known_national_amounts_of_2026(archives: Archives, code: str, amounts: list[str]) -> None:
    row = next(row for row in rvu_rows(archives, "RVU26B") if row["code"] == code)
    assert [str(cents(Decimal(row[total]) * Decimal(row["cf"]))) for total in ("nf_total", "f_total")] == amounts


def test_2024_has_two_releases_with_the_same_rvus_and_other_money(archives: Archives) -> None:
    first, second = rvu_rows(archives, "RVU24A"), rvu_rows(archives, "RVU24AR")
    assert [row | {"cf": ""} for row in first] == [row | {"cf": ""} for row in second]
    assert ({row["cf"] for row in first}, {row["cf"] for row in second}) == ({"32.7442"}, {"33.2875"})
    for stem, places in (("ANES2024", 2), ("OPPSCAP_JAN", 5)):
        old, new = member_rows(archives, "RVU24A", stem), member_rows(archives, "RVU24AR", stem)
        assert [line[:places] for line in old] == [line[:places] for line in new]
        assert all(Decimal(a[-1]) < Decimal(b[-1]) for a, b in zip(old, new, strict=True))


def test_2026_has_a_member_for_each_conversion_factor(archives: Archives) -> None:
    everyone, qualifying = (rvu_rows(archives, "RVU26B", stem) for stem in RVU_STEMS["RVU26B"])
    assert {(row["cf"], row["pric"]) for row in everyone} == {("33.4009", "9")}
    assert {(row["cf"], row["pric"]) for row in qualifying} == {("33.5675", "1")}
    own = {"cf": "", "pric": ""}
    assert [row | own for row in qualifying] == [row | own for row in everyone if row["status"] in "ACRT"]
    assert 150 <= len(qualifying) < len(everyone)
    assert all(Decimal(line[3]) > Decimal(line[4]) for line in member_rows(archives, "RVU26B", "ANES2026"))


@pytest.mark.parametrize("release", RVU_STEMS)
def test_all_localities_are_there(archives: Archives, release: str) -> None:
    year = YEARS[release]
    gpci = member_rows(archives, release, f"GPCI{year}")
    anesthesia = member_rows(archives, release, f"ANES{year}")
    assert len({(line[0], line[2]) for line in gpci}) == len(gpci) == 109
    assert [(line[0], line[2]) for line in gpci] == [(line[0], line[1]) for line in anesthesia]
    assert {len(line) for line in gpci} == {8 if year == 2026 else 7}
    assert {len(line) for line in anesthesia} == {5 if year == 2026 else 4}
    if release != "RVU24AR":
        assert len(member_rows(archives, release, f"{year - 2000}LOCCO")) >= 109


@pytest.mark.parametrize("release", OPPS_CAP)
def test_cap_amounts_follow_from_the_opps_columns(archives: Archives, release: str) -> None:
    """The one formula with the OPPS PE and MP (DRA 5102(b)); a carrier-priced global has its work in the 26 row."""
    rvus = {(row["code"], row["mod"]): row for row in rvu_rows(archives, release)}
    gpcis = {
        (line[0], line[2]): [Decimal(cell) for cell in line[4:7]]
        for line in member_rows(archives, release, f"GPCI{YEARS[release]}")
    }
    capped = member_rows(archives, release, f"OPPSCAP_{OPPS_CAP[release]}")
    seen = set()
    for code, mod, status, mac, locality, facility, nonfacility in capped:
        row = rvus[code, mod]
        work = Decimal((rvus[code, "26"] if status == "C" and not mod else row)["work"])
        if (mac, locality) not in gpcis:  # the southern Californian areas are listed under the northern MAC, too
            assert mac == "01112"
            continue
        parts = zip((work, Decimal(row["opps_nf"]), Decimal(row["opps_mp"])), gpcis[mac, locality], strict=True)
        amount = cents(sum((rvu * gpci for rvu, gpci in parts), Decimal(0)) * Decimal(row["cf"]))
        printed = [status, Decimal(facility), Decimal(nonfacility)]
        assert printed == [row["status"], amount, amount], (code, mod, mac, locality)
        seen.add((code, mod))
    assert len(seen) >= 8 and len(capped) == 115 * len(seen)
    assert {"A", "C"} == {rvus[key]["status"] for key in seen}


# ---- the layouts


@pytest.mark.parametrize(("release", "stem"), WITH_TEXT)
def test_fixed_width_lines_say_what_the_csv_says(archives: Archives, release: str, stem: str) -> None:
    text = text_rows(archives[release][f"{stem}.txt"])
    expected = rvu_rows(archives, release, stem)
    for row in expected:  # csv writes 0.10 where the text has .10
        row.update({name: row[name].removeprefix("0") for name in ("pre", "intra", "post")})
        row.setdefault("pric", "")
    assert text == expected


@pytest.mark.parametrize("release", RVU_STEMS)
def test_titles_notices_and_end_marks_are_those_of_cms(archives: Archives, release: str) -> None:
    for stem in RVU_STEMS[release]:
        lines = cells(archives[release][f"{stem}.csv"])
        assert lines[0][2].startswith(f"{YEARS[release]} National Physician Fee Schedule Relative Value File")
        assert "American Medical Association" in lines[1][2] and "American Dental Association" in lines[2][2]
        assert re.fullmatch(r"RELEASED \d\d/\d\d/\d{4}", lines[4][2])
        assert {len(line) for line in lines} == {len(rvu_columns(release))}
        assert (lines[-1][0] == "\x1a") == (release in ("RVU24A", "RVU24AR", "RVU25A"))
    for stem in RVU_STEMS[release] if release != "RVU24AR" else []:
        text = archives[release][f"{stem}.txt"].decode("cp1252").split("\r\n")
        assert [line[:3] for line in text[:8]].count("HDR") == 7
        assert text[-1] == ("\x1a" if release in ("RVU24A", "RVU25A") else "")


def test_quirks_of_the_small_members_are_kept(archives: Archives) -> None:
    assert cells(archives["RVU25A"]["GPCI2025.csv"])[4] == ["02102", "AK", "01", "ALASKA*", "1.5", "1.081", "0.592"]
    assert cells(archives["RVU24A"]["GPCI2024.csv"])[4] == ["02102", "AK", "01", "ALASKA*", "1.500", "1.081", "0.592"]
    assert cells(archives["RVU24A"]["24LOCCO.csv"])[6][:2] == ["2102", "1"]
    assert cells(archives["RVU26B"]["26LOCCO.csv"])[6][:2] == ["02102", "01"]
    assert archives["RVU25A"]["ANES2025.txt"].startswith(b"10112       00    ALABAMA".ljust(73) + b"1931\r\n")
    assert archives["RVU25A"]["OPPSCAP_JAN.txt"].startswith(b"0633TTC C 01112  05   150.69    150.69\r\n")
    assert archives["RVU25A"]["OPPSCAP_JAN.csv"].endswith(b"\x1a,,,,,,\r\n")
    assert archives["RVU25D"]["OPPSCAP_Oct.csv"].endswith(b"93926,TC,A,15202,00,97.07,97.07\r\n,,,,,,\r\n")
    assert archives["RVU26B"]["PPRRVU2026_Apr_nonQPP.txt"].count(b"\xa0") == 1  # cp1252, not UTF-8


def test_every_line_ends_in_crlf(archives: Archives) -> None:
    for content in [content for members in archives.values() for content in members.values()]:
        assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n") > 0


# ---- no descriptor


@pytest.mark.parametrize("release", RVU_STEMS)
def test_cpt_and_dental_codes_carry_no_text(archives: Archives, release: str) -> None:
    described = 0
    for stem in RVU_STEMS[release]:
        rows = rvu_rows(archives, release, stem)
        rows += text_rows(archives[release][f"{stem}.txt"]) if release != "RVU24AR" else []
        for row in rows:
            if not LEVEL_TWO.fullmatch(row["code"]):
                assert row["description"] == "" and not re.search("[a-z]", "".join(row.values())), row["code"]
            described += bool(row["description"])
    assert described > 20  # the descriptors of HCPCS Level II are CMS's own and public


# ---- the figures are those of the real archives


def real_member(shared: Path, release: str, name: str) -> bytes:
    with zipfile.ZipFile(shared / "cms" / f"{release}.zip") as archive:
        return archive.read(name)


@pytest.mark.parametrize("release", RVU_STEMS)
def test_small_members_are_the_real_ones_byte_for_byte(archives: Archives, shared: Path, release: str) -> None:
    small = [name for name in archives[release] if re.match(r"GPCI|ANES|\d\dLOCCO", name)]
    assert len(small) >= 2
    for name in small:
        assert archives[release][name] == real_member(shared, release, name), name


@pytest.mark.parametrize(
    "name",
    ["RVU24A csv", "RVU24A txt", "RVU24AR csv", "RVU25A csv", "RVU25A txt", "RVU25D csv", "RVU25D txt", "RVU26B txt"],
)
def test_rvu_rows_are_the_real_ones(archives: Archives, shared: Path, name: str) -> None:
    release, ending = name.split(" ")
    member = f"{RVU_STEMS[release][0]}.{ending}"
    ours, original = archives[release][member], real_member(shared, release, member)
    heading = 10 if ending == "csv" else 7
    assert ours.splitlines()[:heading] == original.splitlines()[:heading]
    read = partial(csv_rows, release=release) if ending == "csv" else text_rows
    assert_same_rows(read(ours), read(original, codes={row["code"] for row in read(ours)}))


def assert_same_rows(ours: list[Row], theirs: list[Row]) -> None:
    """All rows of the codes, in CMS's order; a description is the real one or blank. Names codes only, never a row."""
    blank = {"description": ""}
    wrong = [a["code"] for a, b in zip(ours, theirs, strict=True) if a | blank != b | blank]
    wrong += [a["code"] for a, b in zip(ours, theirs, strict=True) if a["description"] not in ("", b["description"])]
    assert wrong == []


@pytest.mark.parametrize("release", OPPS_CAP)
def test_cap_rows_are_all_the_real_ones_of_the_selected_codes(archives: Archives, shared: Path, release: str) -> None:
    codes = {row["code"].encode() for row in rvu_rows(archives, release)}
    for name in [name for name in archives[release] if name.startswith("OPPSCAP")]:
        expected = [line for line in real_member(shared, release, name).split(b"\r\n") if line[:5] in codes]
        ours = [line for line in archives[release][name].split(b"\r\n") if line[:5] in codes]
        assert len(ours) >= 8 * 115 and ours == expected, name
