"""One form suffices: an archive gives the same tables from its csv members alone, its text alone and its workbooks alone.

What a form of CMS's own says differently is declared here by name and number of values; anything else fails. RVU24AR comes as
csv only, and RVU26B has each kind in one form only, so that for these two there is nothing to compare.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

import polars as pl
import pytest

from flows import catalog
from flows.normalize.release import read_release
from flows.raw_archive import Archive
from tests.releases.raw import RELEASES
from tests.slow import IS_SLOW, slow
from warehouse.load import ReleaseContent

FORMS = {"csv": (".csv",), "text": (".txt", ".prn"), "excel": (".xls", ".xlsx")}
SINGLE = ("RVU24AR", "RVU26B")
ALSO = ("RVU25D",)
TABLES = ("rvu", "hcpcs_descriptor", "gpci", "conversion_factor", "anesthesia_cf", "opps_cap", "locality_county")
CUT = "the text member cuts long names at the width of its column"
PRELIMINARY = "GPCI2012.txt holds the proposed indices, without the floors of Alaska and the frontier states"
CALIFORNIA = "the text member leaves out CALIFORNIA on the first row of the state"
AREAS = "the text member writes two area names of California in other words"
HEADING = "only the heading of the csv member and the workbook prints the national factor"
ORANGE = "the misspelling of Orange County is corrected where it is read, in the csv member; the workbook has it as well"
DOS = "the workbook of 2009 was made with code page 437, in which the sign for inches (0x94) is an ö"
# Release, form -> table, column -> number of values and the defect.
Differing = dict[tuple[str, str], tuple[int, str]]
COUNTIES: Differing = {("locality_county", "county_names"): (9, CUT)}
SINCE_2024: Differing = COUNTIES | {
    ("anesthesia_cf", "locality_name"): (5, CUT),
    ("locality_county", "state_name"): (29, CALIFORNIA),
    ("locality_county", "fee_schedule_area"): (2, AREAS),
}
SINCE_2025: Differing = SINCE_2024 | {("conversion_factor", "national_anesthesia_cf"): (1, HEADING)}
ORANGE_COUNTY: Differing = {("locality_county", "county_names"): (1, ORANGE)}
DEFECTS: dict[tuple[str, str], Differing] = {
    ("RVU09A", "text"): COUNTIES | {("gpci", "locality_name"): (3, CUT)},
    ("RVU09A", "excel"): {("hcpcs_descriptor", "description"): (24, DOS)},
    ("RVU12A", "text"): COUNTIES
    | {
        ("gpci", "locality_name"): (3, CUT),
        ("gpci", "work_gpci"): (1, PRELIMINARY),
        ("gpci", "pe_gpci"): (4, PRELIMINARY),
        ("gpci", "mp_gpci"): (90, PRELIMINARY),
    },
    ("RVU15A", "text"): COUNTIES,
    ("RVU17A", "text"): COUNTIES | {("gpci", "locality_name"): (10, CUT)},
    ("RVU19A", "text"): COUNTIES,
    ("RVU20A", "text"): COUNTIES,
    ("RVU22A", "text"): COUNTIES,
    ("RVU24A", "text"): SINCE_2024,
    ("RVU24A", "excel"): ORANGE_COUNTY,
    ("RVU25A", "text"): SINCE_2025,
    ("RVU25A", "excel"): ORANGE_COUNTY,
    ("RVU25D", "text"): SINCE_2025,
    ("RVU25D", "excel"): ORANGE_COUNTY,
}


@pytest.fixture(params=[pytest.param(label, marks=slow) if label in ALSO else label for label in RELEASES])
def label(request: pytest.FixtureRequest) -> str:
    if request.param not in ALSO + SINGLE and not IS_SLOW:
        pytest.skip("all twelve archives take half a minute; set PFS_SLOW_TESTS=1 to read them all, form by form")
    return str(request.param)


def test_each_form_alone_gives_the_same_tables(label: str, shared: Path, tmp_path: Path) -> None:
    archive = shared / "cms" / f"{label}.zip"
    if label in SINGLE:
        assert_each_kind_has_one_form(read(archive))
        return
    whole = read(archive)
    for form in FORMS:
        alone = read(only(archive, form, tmp_path))
        assert set(alone.frames["archive_member"]["form"].unique()) == {form}
        assert what_it_is(alone) == what_it_is(whole), form
        declared = {place: count for place, (count, _) in DEFECTS.get((label, form), {}).items()}
        assert differences(whole, alone) == declared, form


def read(path: Path) -> ReleaseContent:
    return read_release(Archive(path, "0" * 64, path.name, None))


def only(archive: Path, form: str, folder: Path) -> Path:
    """The archive with its members of one form, and nothing else."""
    target = folder / form / archive.name
    target.parent.mkdir()
    with zipfile.ZipFile(archive) as opened, zipfile.ZipFile(target, "w") as made:
        for info in opened.infolist():
            if PurePosixPath(info.filename.lower()).suffix in FORMS[form]:
                made.writestr(zipfile.ZipInfo(info.filename, info.date_time), opened.read(info))
    return target


def what_it_is(content: ReleaseContent) -> dict[str, object]:
    names = ("label", "year", "quarter", "valid_from", "valid_to", "governs", "published_on", "expected_conversion_factor")
    return {name: content.release[name] for name in names}


def differences(whole: ReleaseContent, alone: ReleaseContent) -> dict[tuple[str, str], int]:
    """Number of values that differ, by table and column; a row that only one has counts in the column `row`."""
    found: dict[tuple[str, str], int] = {}
    for table in TABLES:
        left, right = loaded(whole, table), loaded(alone, table)
        if not left.equals(right):
            found |= {(table, column): count for column, count in differing(table, left, right).items()}
    return found


def loaded(content: ReleaseContent, table: str) -> pl.DataFrame:
    """A frame with the columns that its table takes, but for those that say where a row was read."""
    frame = content.frames[table]
    assert frame.height, f"{table} is empty"
    return frame.select([name for name in frame.columns if name in columns(table)])


def columns(table: str) -> set[str]:
    return {column.name for column in catalog.tables()[table].columns} - {"line_number", "member_name"}


def differing(table: str, left: pl.DataFrame, right: pl.DataFrame) -> dict[str, int]:
    key = [name for name in catalog.tables()[table].key if name != "release_id"]
    assert set(left.columns) == set(right.columns)
    rows = [frame.with_columns(_there=pl.lit(True)) for frame in (left, right)]
    both = rows[0].join(rows[1], on=key, how="full", suffix="_other", coalesce=True)
    alone = both["_there"].is_null() | both["_there_other"].is_null()
    counts = {"row": int(alone.sum())}
    for column in set(left.columns) - set(key):
        counts[column] = int((both[column].ne_missing(both[f"{column}_other"]) & ~alone).sum())
    return {column: count for column, count in counts.items() if count}


def assert_each_kind_has_one_form(content: ReleaseContent) -> None:
    members = content.frames["archive_member"].filter(pl.col("role") != "document")
    assert set(members["role"]) <= {"loaded", "confirmed"}
    assert members.group_by("kind", "qp_status").len()["len"].to_list() == [1] * members.height
    assert {"rvu", "gpci", "anesthesia"} <= set(members["kind"])
