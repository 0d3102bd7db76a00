"""Tables of published amounts: an amount a row with its kind, or a column for each amount."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from flows.inspect.inspect import inspect
from flows.published import tables
from flows.published.batch import Batch
from flows.published.files import payment_files
from flows.published.rows import batches
from warehouse.errors import PfsError


def write(folder: Path, text: str, name: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, **options: str) -> tuple[pl.DataFrame, list[Batch]]:
    """The claims of the one table in a path, and its batches."""
    found: list[list[Batch]] = [list(batches(file, **options)) for file in payment_files(path)]
    assert len(found) == 1
    return pl.concat([batch.claims for batch in found[0]]), found[0]


HEADING = "id\tuse\tcode\tmodifier\tmac\tlocality\tsetting\tkind\tamount_usd\tneeds_release\tdos_from\tdos_to\n"


def table_row(**more: str) -> str:
    cells = {"id": "1", "use": "test", "code": "99213", "modifier": "", "mac": "10112", "locality": "00"}
    cells |= {"setting": "nonfacility", "kind": "fee_schedule", "amount_usd": "81.86", "needs_release": "RVU25D"}
    return "\t".join((cells | {"dos_from": "", "dos_to": ""} | more).values()) + "\n"


@pytest.mark.parametrize(
    ("cells", "measure"),
    [
        ({}, "nonfacility_fee"),
        ({"setting": "facility"}, "facility_fee"),
        ({"kind": ""}, "nonfacility_fee"),
        ({"kind": "national", "mac": "", "locality": ""}, "nonfacility_fee"),
        ({"kind": "opps_cap"}, "opps_nonfacility_cap"),
        ({"kind": "limiting_charge", "setting": "facility"}, "facility_limiting_charge"),
        ({"kind": "non-par"}, "nonfacility_nonpar_allowed"),
        ({"kind": "Non_Participating"}, "nonfacility_nonpar_allowed"),
        ({"kind": "allowed", "setting": "NF"}, "nonfacility_allowed"),
        ({"kind": "therapy_reduced", "setting": "Facility"}, "facility_therapy"),
        ({"kind": "anesthesia_locality_cf", "setting": ""}, "anesthesia_cf"),
        ({"kind": "anesthesia_national_cf", "setting": "", "mac": "", "locality": ""}, "anesthesia_cf"),
        ({"kind": "conversion_factor", "setting": ""}, "conversion_factor"),
    ],
)
def test_an_amount_of_a_table_stands_under_its_measure(tmp_path: Path, cells: dict[str, str], measure: str) -> None:
    claims, found = read(write(tmp_path, HEADING + table_row(**cells), "amounts.tsv"))
    assert claims.select(measure, "problem", "wanted").rows() == [("81.86", None, "RVU25D")]
    assert (found[0].lines, found[0].headings) == (2, 1)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"kind": "charge"}, "amounts of kind charge are not compared"),
        ({"setting": ""}, "the row does not say which setting, facility or nonfacility"),
        ({"mac": ""}, "the row has only one of contractor (mac) and locality, which belong together"),
        ({"needs_release": ""}, "the row names neither a release nor a date of service"),
        ({"needs_release": "", "dos_from": "1.1.2025"}, "a date of service is no day, written as YYYY-MM-DD or MM/DD/YYYY"),
        ({"needs_release": "", "dos_from": "13/1/2025"}, "a date of service is no day, written as YYYY-MM-DD or MM/DD/YYYY"),
    ],
)
def test_a_row_that_says_too_little_has_a_problem(tmp_path: Path, cells: dict[str, str], problem: str) -> None:
    claims, _ = read(write(tmp_path, HEADING + table_row(**cells), "amounts.tsv"))
    assert claims["problem"].to_list() == [problem]


def test_dates_of_service_stand_in_for_a_release(tmp_path: Path) -> None:
    """One day, or a span in which the amount is said to hold."""
    rows = table_row(needs_release="", dos_from="2024-01-01", dos_to="2024-12-31") + table_row(
        needs_release="", dos_from="2024-03-09"
    )
    claims, _ = read(write(tmp_path, HEADING + rows, "amounts.tsv"))
    assert claims["wanted"].to_list() == ["2024-01-01/2024-12-31", "2024-03-09/2024-03-09"]


def test_a_row_keeps_its_own_release(tmp_path: Path) -> None:
    """The release that is asked for is for rows that name none."""
    rows = table_row() + table_row(needs_release="")
    claims, _ = read(write(tmp_path, HEADING + rows, "amounts.tsv"), release="RVU25A")
    assert claims["wanted"].to_list() == ["RVU25D", "RVU25A"]


def test_a_table_may_be_comma_separated_with_dollars_and_few_columns(tmp_path: Path) -> None:
    """Headings as others write them; blank lines are counted; line numbers are those of the file."""
    text = 'HCPCS,Carrier,Locality,Setting,Amount,Release\n\n99213,2102,1,facility,"$1,081.86",rvu25d\n'
    claims, found = read(write(tmp_path, text, "amounts.csv"))
    assert claims.select("line_number", "mac", "locality", "facility_fee", "wanted").rows() == [
        (3, "02102", "01", "1081.86", "RVU25D")
    ]
    assert (found[0].lines, found[0].blank) == (3, 1)


def test_amounts_under_a_heading_that_is_not_known_are_counted(tmp_path: Path) -> None:
    """A contractor's list: par is what is allowed. Codes, units, and figures that are no dollars are not counted."""
    text = (
        "Code,MAC,Locality,Release,Non-Facility Par Amount,Facility Non-Participating Amount,"
        "Office Fee,Work RVU,Fee Basis,Late Charge\n"
        '99213,10112,00,RVU25D,"$1,081.86",56.93,"$1,081.86",1.30,A,\n'
        "99214,10112,00,RVU25D,119.00,80.00,119.00,1.92,A\n"
    )
    claims, found = read(write(tmp_path, text, "list.csv"))
    assert claims.select("nonfacility_allowed", "facility_nonpar_allowed").rows() == [("1081.86", "56.93"), ("119.00", "80.00")]
    assert found[0].left_out == {"under the heading Office Fee, which is not known here": 2}


def test_dates_may_be_written_as_contractors_do(tmp_path: Path) -> None:
    rows = table_row(needs_release="", dos_from="7/1/2015", dos_to="12/31/2015") + table_row(
        needs_release="", dos_from="03/09/2024"
    )
    claims, _ = read(write(tmp_path, HEADING + rows, "amounts.tsv"))
    assert claims["wanted"].to_list() == ["2015-07-01/2015-12-31", "2024-03-09/2024-03-09"]


LIST = "Procedure Code,Mod,MAC,Locality,Effective Date,Par Amount,Non-Par Amount,Limiting Charge"


def test_a_contractors_list_without_settings_is_of_services_outside_facilities(tmp_path: Path) -> None:
    """A bare Par Amount; facilities have a column of their own beside it, where the list has them."""
    claims, found = read(write(tmp_path, f"{LIST}\n99213,,10112,00,11/3/2025,83.93,79.73,91.69\n", "list.csv"))
    columns = ["wanted", "nonfacility_allowed", "nonfacility_nonpar_allowed", "nonfacility_limiting_charge"]
    assert claims.select(columns).rows() == [("2025-11-03/2025-11-03", "83.93", "79.73", "91.69")]
    assert claims["facility_allowed"].to_list() == [None] and found[0].left_out == {}
    both = f"{LIST},Facility Par Amount\n99213,,10112,00,11/3/2025,83.93,79.73,91.69,60.00\n"
    claims, _ = read(write(tmp_path, both, "both.csv"))
    assert claims.select("nonfacility_allowed", "facility_allowed").rows() == [("83.93", "60.00")]


def test_a_contractors_list_with_a_row_for_each_setting(tmp_path: Path) -> None:
    rows = "".join(
        f"99213,,10112,00,11/3/2025,{par},,,{setting}\n" for par, setting in [("83.93", "Office"), ("60", "F"), ("1", "?")]
    )
    claims, _ = read(write(tmp_path, f"{LIST},Setting\n{rows}", "list.csv"))
    assert claims.select("nonfacility_allowed", "facility_allowed", "problem").rows() == [
        ("83.93", None, None),
        (None, "60", None),
        (None, None, "the setting ? is not known"),
    ]


def test_amounts_that_the_table_calls_wrong_are_marked(tmp_path: Path) -> None:
    rows = "".join(table_row(use=use) for use in ("test", "known_bad", "negative"))
    claims, _ = read(write(tmp_path, HEADING + rows, "amounts.tsv"))
    assert claims["is_wrong"].to_list() == [False, True, True]


def test_a_long_table_comes_in_batches_that_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_ROWS", 2)
    claims, found = read(write(tmp_path, HEADING + table_row() * 5, "amounts.tsv"))
    assert [batch.claims.height for batch in found] == [2, 2, 1]
    assert (sum(batch.lines for batch in found), sum(batch.headings for batch in found)) == (6, 1)
    assert claims["line_number"].to_list() == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [("x" * 131_073, "field larger than field limit"), ('"never closed', "unexpected end of data"), ('"a" b', "expected after")],
    ids=["long", "unclosed", "after a quote"],
)
def test_a_row_that_cannot_be_cut_is_told_with_its_line(tmp_path: Path, cell: str, fault: str) -> None:
    """A quote that is never closed would take the rows below it along."""
    path = write(tmp_path, HEADING + table_row() + table_row(id=cell) + table_row(), "amounts.tsv")
    said = f"amounts.tsv, line 3: the row that begins here cannot be cut into cells .*{fault}"
    with pytest.raises(PfsError, match=said):
        read(path)
    report = inspect(path)
    assert not report.is_sound and re.search(said, str(report.findings[0].problem))


def test_lines_within_a_quoted_cell_are_counted(tmp_path: Path) -> None:
    """Every line is accounted for, in the heading too; a row has the line on which it begins."""
    text = HEADING.replace("dos_to\n", 'dos_to\t"a\nnote"\n') + table_row(id='"two\nlines"') + "\n" + table_row()
    claims, (found,) = read(write(tmp_path, text, "amounts.tsv"))
    assert claims["line_number"].to_list() == [3, 6]
    assert (found.lines, found.blank, found.headings, found.continued) == (6, 1, 1, 2)


# --- a column for each amount ------------------------------------------------------------------------------------------------

# As the file of Ohio of 2020 is passed on.
WIDE = (
    "Year,Carrier Number,Locality,HCPCS Code,Modifier,PCTC Indicator,Status Code,Multiple Surgery Indicator,"
    "50% Therapy Reduction Amount (non-institutional),50% Therapy Reduction Amount (institutional),OPPS Indicator,"
    "Facility Fee,Non-Facility Fee,OPPS Facility Fee,OPPS Non-Facility Fee\n"
)


def test_the_columns_of_a_payment_amount_file_may_have_headings_and_another_order(tmp_path: Path) -> None:
    """The release follows from name and year, as for CMS's own records."""
    rows = (
        "2020,15202,00,93925,,1,A,0,0.00,0.00,1,201.45,202.45,243.24,243.25\n2020,15202,0,99213,,0,A,0,37.68,0,9,50.1,73.2,0,0\n"
    )
    claims, found = read(write(tmp_path, WIDE + rows + "2020,15202,0,97110,,7,A,5,21.47,21.47,9,30,30,0,0\n", "PFOH20B.csv"))
    names = ("wanted", "mac", "locality", "nonfacility_fee", "facility_fee", "opps_nonfacility_cap", "nonfacility_therapy")
    assert claims.select(names).rows() == [
        ("RVU20B", "15202", "00", "202.45", "201.45", "243.25", None),
        ("RVU20B", "15202", "00", "73.2", "50.1", None, None),
        ("RVU20B", "15202", "00", "30", "30", None, "21.47"),
    ]
    assert [list(batch.left_out.values()) for batch in found] == [[1]]  # the flat visit fee


def test_the_look_up_tool_writes_contractor_and_locality_in_one_cell(tmp_path: Path) -> None:
    """Seven digits, zeros for the nation; NA where there is no amount."""
    heading = "HCPCS Code,Modifier,MAC Locality,Non-Facility Price,Facility Price,Non-Facility Limiting Charge\n"
    rows = '99213,,1011200,$81.86,$59.93,$89.43\n27447,,0000000,NA,"$1,162.96",NA\n'
    claims, _ = read(write(tmp_path, heading + rows, "tool.csv"), release="RVU25D")
    names = ("mac", "locality", "nonfacility_fee", "facility_fee", "nonfacility_limiting_charge")
    assert claims.select(names).rows() == [
        ("10112", "00", "81.86", "59.93", "89.43"),
        ("", "", None, "1162.96", None),
    ]


def test_a_table_without_amounts_is_refused_with_its_headings(tmp_path: Path) -> None:
    with pytest.raises(PfsError, match="holds no published amounts"):
        read(write(tmp_path, "HCPCS,Modifier,Work RVU\n99213,,1.30\n", "rvus.csv"))


@pytest.mark.parametrize(("factor", "status"), [("33.5675", "qp"), ("33.4009", "non_qp"), ("32.3465", "non_qp"), ("", "non_qp")])
def test_the_factor_of_a_row_tells_whom_it_is_for(tmp_path: Path, factor: str, status: str) -> None:
    """From 2026 there are two factors; that of qualifying participants is theirs alone."""
    heading = HEADING.replace("dos_to\n", "dos_to\tcf_usd\n")
    claims, _ = read(write(tmp_path, heading + table_row(cf_usd=factor), "amounts.tsv"))
    assert claims["qp_status"].to_list() == [status]


def test_a_row_may_say_that_it_fits_within_a_cent(tmp_path: Path) -> None:
    heading = HEADING.replace("dos_to\n", "dos_to\treproduced\n")
    claims, _ = read(write(tmp_path, heading + table_row(reproduced="fit") + table_row(reproduced="yes"), "amounts.tsv"))
    assert claims["tolerance"].to_list() == ["0.01", None]
