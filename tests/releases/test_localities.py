"""Every GPCI row of the real archives has its state and its stable locality_id; states agree where CMS prints them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from flows.catalog import localities
from flows.extract.extract import extract
from flows.extract.members import Member
from flows.normalize.normalize import normalize

ROWS = {
    "RVU09A": 91, "RVU12A": 90, "RVU15A": 90, "RVU17A": 112, "RVU19A": 112, "RVU20A": 112, "RVU22A": 112,
    "RVU24A": 109, "RVU24AR": 109, "RVU25A": 109, "RVU25D": 109, "RVU26B": 109,
}  # fmt: skip


def _gpci_rows(archive: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as opened:
        name = next(name for name in opened.namelist() if "gpci" in name.lower() and name.lower().endswith(".csv"))
        found = extract(Member(name, opened.read(name)))
    assert found is not None
    return normalize(found).rows.to_dicts()


@pytest.mark.parametrize("label", ROWS)
def test_number_of_ids_equals_number_of_rows_and_states_agree(shared: Path, label: str) -> None:
    rows = _gpci_rows(shared / "cms" / f"{label}.zip")
    year = 2000 + int(label[3:5])
    ids = [localities.identify(row["mac"], row["locality"], year) for row in rows]
    assert len(rows) == ROWS[label]
    assert None not in ids
    assert len({item.locality_id for item in ids if item}) == len(rows)
    assert all(item and item.state == row["state"] for item, row in zip(ids, rows, strict=True) if row.get("state"))


def test_areas_of_2009_and_2026_join_except_where_california_and_missouri_changed(shared: Path) -> None:
    ids = {}
    for label, year in (("RVU09A", 2009), ("RVU26B", 2026)):
        found = [localities.identify(row["mac"], row["locality"], year) for row in _gpci_rows(shared / "cms" / f"{label}.zip")]
        ids[label] = {item.locality_id for item in found if item}
    assert ids["RVU09A"] - ids["RVU26B"] == {"CA-03", "CA-06", "CA-07", "CA-26", "CA-99N", "CA-99S", "MO-99E"}
    assert len(ids["RVU09A"] & ids["RVU26B"]) == 84
    assert {name[:3] for name in ids["RVU26B"] - ids["RVU09A"]} == {"CA-"}
