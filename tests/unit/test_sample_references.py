"""The reference files of the embedded sample: the same bytes each time, and what a reader of the sample is shown from them."""

from __future__ import annotations

from pathlib import Path

from flows.references.sample import write_references
from flows.sample import records
from tests.reference_files import read_psps, read_rbcs
from tests.slow import slow
from tests.warehouse import answer, broken_rows, settled, tiny_warehouse
from warehouse.load import load_release


def test_the_files_are_the_same_each_time(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for _, path in write_references(tmp_path / "1")}
    assert first == {path.name: path.read_bytes() for _, path in write_references(tmp_path / "2")}
    assert sorted(first) == [
        "PSPS_2016_SUPPRESS.csv",
        "PSPS_2017_SUPPRESS.csv",
        "PSPS_2018_SUPPRESS.csv",
        "RBCS_RY_2025.csv",
    ]


@slow
def test_every_code_of_the_classification_is_one_of_the_sample_and_the_specialties_of_one_are_told(tmp_path: Path) -> None:
    con = settled(tiny_warehouse())
    for kind, path in write_references(tmp_path):
        load_release(con, read_rbcs(path) if kind == "rbcs" else read_psps(path))
    assert broken_rows(con, "reference_lines_accounted") == []
    assert broken_rows(con, "class_latest_unique") == []
    codes = {code for (code,) in answer(con, "select distinct hcpcs_code from code_class")}
    assert codes < {row["hcpcs_code"] for row in records("rvu")}
    assert len(codes) == 259
    skin = "select subcategory, cast(added_on as varchar) from code_class where hcpcs_code = '17340'"
    assert answer(con, skin) == [("Skin", "1985-01-01")]
    rows = answer(con, "select sum(visible_rows) + sum(hidden_rows), sum(visible_rows) from utilisation")
    assert [int(cell) for cell in rows[0]] == [33693, 2211]
    assert answer(con, "select hcpcs_code, specialty_name, share_percent from code_specialty order by specialty_rank") == [
        ("37221", "Vascular Surgery", 44),
        ("37221", "Cardiology", 31),
    ]
