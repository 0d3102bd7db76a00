"""Reading payment amount files as CMS posts them, and tables of published amounts."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest

from flows.published import records
from flows.published.batch import Batch
from flows.published.files import payment_files, qp_status_of, release_label
from flows.published.rows import batches
from warehouse.errors import ArchiveError, PfsError

TRAILERS = '"TRL- MADE UP"\r\n"TRL- NO RIGHTS RESERVED, NONE CLAIMED"\r\n'


def record(code: str = "99213", modifier: str = "  ", fee: str = "81.86", **more: str) -> str:
    """A record of CMS's layout; `more` replaces cells by name."""
    cells = {"year": "2025", "mac": "10112", "locality": "00", "code": code, "modifier": modifier}
    cells |= {"nonfacility": fee.zfill(10), "facility": "0000057.61", "filler": " ", "pctc": "0", "status": "A", "mult": "0"}
    cells |= {
        "therapy": "0000000.00",
        "institution": "0000000.00",
        "opps": "9",
        "cap": "0000000.00",
        "facility_cap": "0000000.00",
    }
    return ",".join(f'"{cell}"' for cell in (cells | more).values())


def write(folder: Path, text: str | bytes, name: str = "PFREV25D.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("cp1252"))
    return path


def read(path: Path, **options: str) -> tuple[pl.DataFrame, list[Batch]]:
    """The claims of the one file in a path, and its batches."""
    found: list[list[Batch]] = [list(batches(file, **options)) for file in payment_files(path)]
    assert len(found) == 1
    return pl.concat([batch.claims for batch in found[0]]), found[0]


def zipped(members: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


# --- names -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "year", "label"),
    [
        (["PFREV25C.txt"], 2025, "RVU25C"),
        (["PFREV4.txt"], 2025, "RVU25D"),
        (["PFALL24A.txt"], 2024, "RVU24A"),
        (["PFALL24R.txt"], 2024, "RVU24AR"),
        (["pfrev26a-updated-12-29-2025.zip", "PFREV26A \\PFREV26AR_nonQP.zip", "PFALL26AR.txt"], 2026, "RVU26A"),
        (["pfrev26c-updated-06-30-2026.zip"], 2026, "RVU26C"),
        (["PFREV25B.zip", "amounts.txt"], 2025, "RVU25B"),
        (["PFALL2025A.txt"], 2025, "RVU25A"),
        (["PFAL25A.TXT"], 2025, "RVU25A"),
        (["PFCA252.TXT"], 2025, "RVU25A"),
        (["PFKS21A.TXT"], 2025, "RVU25A"),
        (["PFTN23A.TXT"], 2025, "RVU25A"),
        (["PFNY225R.TXT"], 2025, "RVU25A"),
        (["PFNY325.TXT"], 2025, "RVU25A"),
        (["PFPRV25.TXT"], 2025, "RVU25A"),
        (["PFREV18C.txt"], 2018, "RVU18C1"),
        (["PFREV27C.txt"], 2027, "RVU27C"),
        (["other.txt"], 2020, "RVU20A"),
    ],
)
def test_the_release_follows_from_the_names_and_the_year_of_the_records(names: list[str], year: int, label: str) -> None:
    """Carrier files carry the letter of January, some the year of another set; the fourth revision is October's."""
    assert release_label(names, year) == label


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["PFREV26A \\PFREV26AR_nonQP.zip", "PFALL26AR.txt"], "non_qp"),
        (["PFREV26A \\PFREV26AR_QP.zip", "PFALL26AR.txt"], "qp"),
        (["PFALL26B_QPP.txt"], "qp"),
        (["PFALL26B_nonQPP.txt"], "non_qp"),
        (["qp_and_more.zip", "PFALL26B_nonQPP.txt"], "non_qp"),
        (["PFREV25D.txt"], "non_qp"),
    ],
)
def test_the_innermost_name_says_which_participants_the_amounts_are_for(names: list[str], status: str) -> None:
    """From 2026 CMS posts two files."""
    assert qp_status_of(names) == status


# --- archives --------------------------------------------------------------------------------------------------------------


def test_archives_inside_archives_are_opened_and_documents_left(tmp_path: Path) -> None:
    """As CMS posts them: a folder whose name ends in a blank, either slash, a layout document beside the data."""
    members: dict[str, str | bytes] = {
        "PFREV26A \\PFREV26AR_nonQP.zip": zipped({"PFALL26AR.TXT": record(year="2026") + "\r\n" + TRAILERS, "PF26PA.docx": "x"}),
        "PFREV26A /PFREV26AR_QP.zip": zipped({"PFALL26AR_QP.TXT": record(year="2026") + "\r\n" + TRAILERS}),
    }
    path = write(tmp_path, zipped(members), "pfrev26a-updated-12-29-2025.zip")
    found = [(file.name, [batch.claims.row(0, named=True) for batch in batches(file)]) for file in payment_files(path)]
    assert [name for name, _ in found] == [
        "pfrev26a-updated-12-29-2025.zip > PFREV26AR_nonQP.zip > PFALL26AR.TXT",
        "pfrev26a-updated-12-29-2025.zip > PFREV26AR_QP.zip > PFALL26AR_QP.TXT",
    ]
    assert [(rows[0]["wanted"], rows[0]["qp_status"]) for _, rows in found] == [("RVU26A", "non_qp"), ("RVU26A", "qp")]


def test_a_folder_gives_every_file_of_published_amounts_in_it(tmp_path: Path) -> None:
    """Carrier files are posted one a state; what is no payment amount file is left."""
    for name in ("PFAL25A.TXT", "PFWY25A.TXT"):
        write(tmp_path, record() + "\n", name)
    write(tmp_path, "hello\n", "readme.txt")
    assert [file.name for file in payment_files(tmp_path)] == ["PFAL25A.TXT", "PFWY25A.TXT"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MAC,Locality,PW GPCI\r\n10112,00,1.000\r\n", "holds no published amounts"),
        (b"", "holds no published amounts"),
        (zipped({"PPRRVU25_JAN.csv": "HCPCS,MOD\n"}), r"but relative value files \(PPRRVU25_JAN.csv\)"),
        (
            b"HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE\r\n70170,,C,01112,05,1.00,1.00\r\n",
            "their caps are",
        ),
        (zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.txt": "x"})})})}), "more than 3 deep"),
    ],
    ids=["another csv", "empty", "an RVU archive", "CMS's caps, which no release or date goes with", "too deep"],
)
def test_what_holds_no_amounts_is_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(PfsError, match=sentence):
        list(payment_files(write(tmp_path, content)))


def test_an_unsafe_archive_is_refused(tmp_path: Path) -> None:
    """The same bounds as for the archives of a release, also inside another archive."""
    bomb = zipped({"PFALL25D.txt": b"0" * 30_000_000})
    with pytest.raises(ArchiveError, match="zip bomb"):
        list(payment_files(write(tmp_path, zipped({"inner.zip": bomb}), "PFREV25D.zip")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PfsError, match=r"nothing\.zip does not exist"):
        list(payment_files(tmp_path / "nothing.zip"))


# --- records ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modifier", ["", " ", "  "])
def test_a_blank_modifier_is_none(tmp_path: Path, modifier: str) -> None:
    """CMS writes two blanks, and one blank in the repeated records of PFREV25D."""
    claims, _ = read(write(tmp_path, record(modifier=modifier) + "\n"))
    assert claims.select("wanted", "qp_status", "mac", "locality", "hcpcs_code", "modifier", "problem").rows() == [
        ("RVU25D", "non_qp", "10112", "00", "99213", "", None)
    ]
    assert claims.select("nonfacility_fee", "facility_fee").rows() == [("0000081.86", "0000057.61")]


def test_lost_zeros_and_quotes_and_lower_case_are_mended(tmp_path: Path) -> None:
    """A file that went through a spreadsheet: no quotes, numbers without leading zeros."""
    claims, _ = read(write(tmp_path, "2025,2102,1,g0105,53,81.86,57.61, ,0,A,0,0,0,9,0,0\n"))
    assert claims.select("mac", "locality", "hcpcs_code", "modifier", "nonfacility_fee").rows() == [
        ("02102", "01", "G0105", "53", "81.86")
    ]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_line_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """Also where blocks end between the two characters of a line end; numbers are those of the lines."""
    text = end.join([record(), "", record("99214"), *TRAILERS.split("\r\n")[:2], record("99215"), "\x1a"])
    for size in (5, 131, 132, 133, 10_000):
        monkeypatch.setattr(records, "_BLOCK_BYTES", size)
        claims, found = read(write(tmp_path, text))
        assert claims.select("line_number", "hcpcs_code").rows() == [(1, "99213"), (3, "99214"), (6, "99215")], size
        counted = [sum(getattr(batch, name) for batch in found) for name in ("lines", "blank", "trailers", "headings")]
        assert counted == [7, 2, 2, 0], size


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"2025","10112","00","99213","  ","0000081.86"', "the line has 6 cells, 16 were expected"),
        (record() + ',"1"', "the line has 17 cells, 16 were expected"),
        (record(year="25"), "the year is no year"),
    ],
)
def test_a_line_that_is_no_record_is_a_claim_with_a_problem(tmp_path: Path, line: str, problem: str) -> None:
    """It is counted, not skipped."""
    claims, _ = read(write(tmp_path, f"{record()}\n{line}\n"))
    assert claims.select("line_number", "problem").rows() == [(1, None), (2, problem)]


@pytest.mark.parametrize("cells", [10, 14, 17])
def test_the_fees_of_other_layouts_are_compared_and_the_rest_is_left_out(tmp_path: Path, cells: int) -> None:
    """PFALL of 2005 to 2010 had fewer cells, and every layout begins with the same seven; the next year may have one more."""
    line = ",".join((record(opps="1", cap="0000243.24") + ',"1"').split(",")[:cells])
    claims, found = read(write(tmp_path, f"{line}\n{line}\n"))
    assert claims.select("nonfacility_fee", "facility_fee", "problem").rows() == [("0000081.86", "0000057.61", None)] * 2
    assert claims["opps_nonfacility_cap"].null_count() == 2
    assert found[0].left_out == {f"after the fees of a record of {cells} cells, whose layout is not known": 2}


def test_caps_count_where_the_indicator_says_so(tmp_path: Path) -> None:
    """OPPS indicator 9: the columns hold zeros, which are no amounts."""
    caps = {"cap": "0000243.24", "facility_cap": "0000243.24"}
    claims, _ = read(write(tmp_path, f"{record(opps='1', **caps)}\n{record(opps='9', **caps)}\n"))
    assert claims["opps_nonfacility_cap"].to_list() == ["0000243.24", None]
    assert claims["opps_facility_cap"].to_list() == ["0000243.24", None]


def test_reduced_amounts_count_for_therapy_only(tmp_path: Path) -> None:
    """Since 2021 the column also holds the flat visit fee of a payment model, which is left out and counted: no RVUs give it."""
    therapy = record("97110", mult="5", therapy="0000021.47", institution="0000021.47")
    visit = record("99213", mult="0", therapy="0000037.68")
    claims, found = read(write(tmp_path, f"{therapy}\n{visit}\n{record('97150', mult='5')}\n"))
    assert claims["nonfacility_therapy"].to_list() == ["0000021.47", None, None]
    assert claims["facility_therapy"].to_list() == ["0000021.47", None, None]
    assert list(found[0].left_out.values()) == [1]


def test_another_release_or_payment_can_be_asked_for(tmp_path: Path) -> None:
    """Instead of what the name says."""
    claims, _ = read(write(tmp_path, record() + "\n"), release="RVU25A", qp_status="qp")
    assert claims.select("wanted", "qp_status").rows() == [("RVU25A", "qp")]
