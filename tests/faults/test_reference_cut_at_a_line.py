"""A reference file that was cut exactly at the end of a line stops, what is published stays, and the operator can accept it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.discover.discover import Wanted
from flows.outcome import Result
from flows.refresh import refresh
from flows.steps import Steps
from tests.reference_files import RBCS_17, write
from tests.refreshing import LIGHT, TODAY, bytes_of, query
from tests.slow import slow
from warehouse.accepted import COLUMNS, FILE_NAME
from warehouse.errors import CheckError
from warehouse.home import Home

ROW = "{},PS000O,P,Procedure,PS,Skin,000,No RBCS Family,O,01/01/1985,12/31/9999,1,{},01/01/2014,12/31/9999,0,0"


def refreshed(home: Home, file: Path, steps: Steps | None = None) -> Result:
    return refresh(home, str(file), Wanted.of(("rbcs",), (), False), TODAY, steps)


@slow
def test_a_classification_cut_at_a_line_stops_until_it_is_accepted(tmp_path: Path) -> None:
    lines = [RBCS_17, *(ROW.format(17000 + number, 2025 if number < 2 else 2020) for number in range(200))]
    home = Home(tmp_path / "home")
    refreshed(home, write(tmp_path / "RBCS_RY_2025.csv", lines), LIGHT)
    before = bytes_of(home)
    cut = tmp_path / "again" / "RBCS_RY_2025.csv"
    cut.parent.mkdir()
    cut = write(cut, lines[:51])
    with pytest.raises(CheckError) as caught:
        refreshed(home, cut)
    assert "RBCS2025.2 has 50 rows, and RBCS2025 before it 200: rbcs_rows_ratio is 0.250000" in str(caught.value)
    assert bytes_of(home) == before
    accepted = [f"RBCS2025.2,rbcs_{name}_ratio,0.25,2026-11-25,a part of it on purpose" for name in ("rows", "codes")]
    (home.root / FILE_NAME).write_text("\n".join([",".join(COLUMNS), *accepted]) + "\n", encoding="utf-8")
    result = refreshed(home, cut)
    assert [outcome.release_id for outcome in result.loaded] == ["RBCS2025.2"]
    assert query(home, "select count(*), min(reference_release_id) from code_class") == [(50, "RBCS2025.2")]
    (few,) = [found for found in result.checks if found.name == "reference_rows_enough"]
    assert "RBCS2025.2 has 50 rows, and at least 10,000 were expected" in few.examples[0]
