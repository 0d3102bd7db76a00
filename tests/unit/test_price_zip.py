"""`pfs price --zip` where a ZIP code alone does not decide: what is listed, and what the county decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.cli import main
from tests.warehouse import factor, gpci, release, rvu, tiny_warehouse
from warehouse import read

Run = Callable[..., tuple[int, str, str]]
COUNTIES = {"05": "SAN FRANCISCO", "06": "SAN MATEO", "07": "ALAMEDA AND CONTRA COSTA", "51": "NAPA", "53": "SOLANO"}
COUNTIES |= {"75": "ALL OTHER COUNTIES"}
IN_2022 = {"release_id": "RVU22A", "mac": "01112"}
ZIPS = [
    {"zip_code": "94401", "locality": "05"},  # one of three areas before 2024
    {"zip_code": "94503", "locality": "51", "needs_plus_four": True},
]
FILE = {"zip_release_id": "ZIP25D", "label": "ZIP25D", "year": 2025, "quarter": "D", "valid_from": "2025-10-01"}
TABLES: dict[str, list[dict[str, Any]]] = {
    "release": [release("RVU22A", "2022-01-01", valid_to="2022-03-31", published_on="2021-12-15")],
    "rvu": [rvu("99213", work="1.30", pe="1.35", mp="0.10", release_id="RVU22A")],
    "conversion_factor": [factor("34.6062", release_id="RVU22A")],
    "gpci": [gpci("01112", number, release_id="RVU22A") for number in COUNTIES],
    "locality_county": [{**IN_2022, "locality": number, "county_names": names} for number, names in COUNTIES.items()],
    "zip_release": [{**FILE, "valid_to": "2025-12-31"}],
    "zip_locality": [{"zip_release_id": "ZIP25D", "mac": "01112", **row} for row in ZIPS],
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `pfs price` on California in 2022 with the ZIP code file of October 2025; gives exit code, output and errors."""

    def opened(_: object) -> duckdb.DuckDBPyConnection:
        return tiny_warehouse(**TABLES)

    monkeypatch.setattr(read, "open_published", opened)
    monkeypatch.setenv("PFS_HOME", str(tmp_path))

    def runner(*arguments: str) -> tuple[int, str, str]:
        code = main(["price", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, " ".join(printed.err.split())

    return runner


def document(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_localities_are_listed_with_their_counties_where_borders_changed(run: Run) -> None:
    code, _, err = run("99213", "--zip", "94401", "--on", "2022-02-01")
    assert code == 1
    assert "94401 may lie in 3 localities of RVU22A, and the county decides. Give it (--county NAME), or one of: --mac" in err
    assert "--mac 01112 --locality 06 (counties: SAN MATEO)" in " ".join(err.split())


@pytest.mark.parametrize(
    ("zip_code", "county", "locality", "is_named"),
    [
        ("94401", "San Mateo County", "06", True),
        ("94401", "contra costa", "07", True),
        ("94503", "Solano", "53", True),
        ("94503", "Shasta", "75", False),  # the rest of the state, where no locality names it
    ],
)
def test_a_county_decides(run: Run, zip_code: str, county: str, locality: str, is_named: bool) -> None:
    place = document(run, "99213", "--zip", zip_code, "--county", county, "--on", "2022-02-01")["place"]
    assert place["locality"] == locality
    assert place["zip"]["is_county_named"] is is_named


def test_a_county_that_none_of_the_localities_names_decides_nothing(run: Run) -> None:
    """94401 lies in one of three localities; Napa is in none of them."""
    code, _, err = run("99213", "--zip", "94401", "--county", "Napa", "--on", "2022-02-01")
    assert code == 1 and "ties 'Napa' to no locality that 94401 may lie in" in err


def test_the_quarter_of_the_zip_code_file_is_said(run: Run) -> None:
    out = " ".join(run("99213", "--zip", "94503", "--county", "Shasta", "--on", "2022-02-01")[1].split())
    assert "by CMS's ZIP code file ZIP25D, of 2025-10-01 to 2025-12-31, since none of the quarter of 2022-02-01 is loaded." in out
    assert "No locality of the state names Shasta" in out
