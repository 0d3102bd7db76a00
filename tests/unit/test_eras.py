"""Archives in the shapes of eras that no real archive at hand has: each loads under its layouts, every value in its column."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from flows.catalog.releases import find
from flows.normalize.release import read_release
from flows.raw_archive import Archive
from tests.era_members import COLUMNS, localities, rvu_rows
from tests.eras import Era, eras
from tests.members import sample_archives, write_archive
from tests.sample_members import member_rows
from warehouse.load import ReleaseContent

RVU = {
    "status_code": "status",
    "multiple_procedure_indicator": "mult",
    "team_surgery_indicator": "team",
    "global_days": "global",
    "calculation_flag": "calc",
    "diagnostic_supervision": "supervision",
    "imaging_family": "family",
}
MEASURES = {
    "work_rvu": "work",
    "nonfacility_pe_rvu": "nf_pe",
    "facility_pe_rvu": "f_pe",
    "mp_rvu": "mp",
    "nonfacility_total_rvu": "nf_total",
    "facility_total_rvu": "f_total",
    "intraoperative_fraction": "intra",
    "conversion_factor": "cf",
    "full_nonfacility_pe_rvu": "full_nf_pe",
    "full_facility_pe_rvu": "full_f_pe",
    "full_nonfacility_total_rvu": "full_nf_total",
    "full_facility_total_rvu": "full_f_total",
    "opps_nonfacility_pe_rvu": "opps_nf",
    "opps_mp_rvu": "opps_mp",
}


@pytest.fixture(params=list(eras()))
def era(request: pytest.FixtureRequest) -> Era:
    return eras()[request.param]


@pytest.fixture
def content(era: Era) -> ReleaseContent:
    return read(era.archive)


@cache
def read(archive: str) -> ReleaseContent:
    with TemporaryDirectory() as folder:
        path = write_archive(Path(folder), archive, eras()[archive].members)
        return read_release(Archive(path, "a hash", archive, None))


def test_it_is_the_release_and_each_member_has_its_layout(era: Era, content: ReleaseContent) -> None:
    assert content.release["label"] == era.label
    members = content.frames["archive_member"].filter(pl.col("role").is_in(["loaded", "confirmed", "cross_checked"]))
    assert dict(members.select("member_name", "layout").rows()) == era.layouts
    assert content.frames["member_disagreement"].filter(pl.col("decision").is_null()).is_empty()


def test_every_figure_of_the_rvu_rows_is_in_its_column(era: Era, content: ReleaseContent) -> None:
    rows = content.frames["rvu"]
    release = find(era.label)
    assert release is not None
    expected = {(row["code"], row["mod"]): row for row in rvu_rows(str(release.conversion_factor))}
    has = COLUMNS[era.rvu_width]
    assert rows.height == len(expected)
    for row in rows.to_dicts():
        made = expected[row["hcpcs_code"], row["modifier"]]
        assert {column: row[column] for column, name in RVU.items() if name in has} == {
            column: made[name] for column, name in RVU.items() if name in has
        }
        assert {column: row[column] for column, name in MEASURES.items() if name in has} == {
            column: Decimal(made[name]) for column, name in MEASURES.items() if name in has
        }
        assert (row["nonfacility_na"], row["facility_na"]) == (made["nf_na"] == "NA", made["f_na"] == "NA")


def test_every_index_is_in_its_column(era: Era, content: ReleaseContent) -> None:
    found = content.frames["gpci"].sort("mac", "locality")
    if era.label.startswith("RVU26"):
        rows = [(r[0], r[2], r[5], r[6], r[7]) for r in member_rows(dict(sample_archives()), "RVU26B", "GPCI2026")]
    else:
        rows = [(mac, number, work, pe, mp) for mac, _, number, _, work, pe, mp in localities()]
    expected = [(mac, number, *(Decimal(index) for index in indices)) for mac, number, *indices in sorted(rows)]
    assert found.select("mac", "locality", "work_gpci", "pe_gpci", "mp_gpci").rows() == expected


def test_anesthesia_factors_have_their_decimal_point_and_their_participants(era: Era, content: ReleaseContent) -> None:
    if not any(name.startswith("ANES") for name in era.members):
        return
    found = content.frames["anesthesia_cf"].filter(pl.col("mac") == "10112")
    factors = dict(found.select("qp_status", "conversion_factor").rows())
    expected = (
        {"non_qp": Decimal("19.53"), "qp": Decimal("19.63")} if era.label.startswith("RVU26") else {"non_qp": Decimal("19.45")}
    )
    assert factors == expected


def test_cap_amounts_are_told_by_their_headings(era: Era, content: ReleaseContent) -> None:
    if "opps_cap" not in content.frames:
        return
    amounts = content.frames["opps_cap"].select((pl.col("nonfacility_amount") - pl.col("facility_amount")).alias("more"))
    assert amounts["more"].unique().to_list() == [Decimal("1000.00")]
    assert content.frames["opps_cap"].filter(pl.col("modifier") == "TC").height > 50


def test_the_national_anesthesia_factor_is_read_from_the_heading_with_two_decimals() -> None:
    factors = read("RVU13A.zip").frames["conversion_factor"]
    assert factors["national_anesthesia_cf"].to_list() == [Decimal("15.930000")]


@pytest.mark.parametrize(("archive", "names"), [("rvu03_a.zip", 2), ("rvu07a4.zip", 2), ("RVU11A.zip", 0), ("RVU26A.zip", 0)])
def test_a_layout_that_no_real_file_of_the_time_has_shown_is_said(archive: str, names: int) -> None:
    notes = [note for note in read(archive).notes if "follows descriptions" in note]
    assert len(notes) == names
    assert all("correct `seen` in flows/catalog/column_maps/" in note for note in notes)


def test_both_work_indices_are_kept_where_both_are_printed() -> None:
    two, one = (read(name).frames["gpci"] for name in ("RVU26A.zip", "RVU26B.zip"))
    assert (two["work_gpci_unfloored"] < 1).sum() == 47
    assert "work_gpci_unfloored" not in one.columns
    assert two["work_gpci"].to_list() == one["work_gpci"].to_list()
