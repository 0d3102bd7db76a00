"""Differences that were accepted: with the project and in the home folder, and entries that cannot be understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.steps import Steps
from tests.refreshing import folder_of, run
from tests.warehouse import answer, tiny_warehouse
from warehouse.accepted import COLUMNS, FILE_NAME, load_accepted
from warehouse.differences import sentence
from warehouse.errors import CatalogError, PfsError
from warehouse.home import Home

HEADING = ",".join(COLUMNS)
ENTRY = 'RVU27A,codes_deleted_fraction,0.12,2027-01-04,"CMS deleted the codes, says CR 14000"'


def accepted(home: Path, *lines: str) -> list[tuple[object, ...]]:
    (home / FILE_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
    con = tiny_warehouse()
    load_accepted(con, Home(home))
    return answer(con, "select release_id, accepted_value, declared_in from accepted_difference order by release_id")


def test_the_project_accepts_the_cuts_that_never_took_effect(tmp_path: Path) -> None:
    con = tiny_warehouse()
    load_accepted(con, Home(tmp_path))
    found = answer(con, "select release_id, diff_measure, declared_in from accepted_difference order by 1")
    assert found == [(label, "conversion_factor_ratio", "catalogue") for label in ("RVU11A", "RVU12A", "RVU13A")]


def test_the_operator_accepts_in_the_home_folder(tmp_path: Path) -> None:
    assert accepted(tmp_path, HEADING, ENTRY)[-1] == ("RVU27A", "0.120000", "home")


def test_the_operator_decides_also_about_what_the_project_accepts(tmp_path: Path) -> None:
    found = accepted(tmp_path, HEADING, "RVU12A,conversion_factor_ratio,0.70,2027-01-04,looked at again")
    assert found[1] == ("RVU12A", "0.700000", "home")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["release,measure", ENTRY], f"line 1: the headings {HEADING} were expected, found release,measure"),
        (
            [HEADING, ENTRY.replace("codes_deleted_fraction", "codes_lost")],
            "line 2: 'codes_lost' is no measure; they are codes_added",
        ),
        ([HEADING, ENTRY.replace("0.12", "12 %")], "line 2: accepted_value '12 %' is no number"),
        *[
            ([HEADING, ENTRY.replace("0.12", value)], f"line 2: accepted_value '{value}' is no number below 1,000,000,000,000")
            for value in ("NaN", "Infinity", "1e30", "-1000000000000")
        ],
        ([HEADING, ENTRY, ENTRY.replace("2027-01-04", "YYYY-MM-DD")], "line 3: accepted_on 'YYYY-MM-DD' is no date"),
        ([HEADING, "RVU27A,codes_deleted_fraction,0.12,2027-01-04,"], "line 2: every one of .* must have a value"),
        ([HEADING, "RVU27A,codes_deleted_fraction,0.12"], "line 2: 5 cells were expected, found 3"),
    ],
)
def test_an_entry_that_cannot_be_understood_stops(tmp_path: Path, lines: list[str], said: str) -> None:
    """The operator would believe that it counts."""
    with pytest.raises(CatalogError, match=said):
        accepted(tmp_path, *lines)


@pytest.mark.parametrize("is_link", [False, True], ids=["a folder", "a link to nothing"])
def test_what_has_the_name_of_the_file_and_is_none_stops(tmp_path: Path, is_link: bool) -> None:
    """As an entry that cannot be understood: nothing of it would be applied."""
    own = tmp_path / FILE_NAME
    if is_link:
        own.symlink_to(tmp_path / "gone.csv")
    else:
        own.mkdir()
    with pytest.raises(PfsError, match=f"{own} cannot be read: .*. Name a csv file that may be read"):
        load_accepted(tiny_warehouse(), Home(tmp_path))


def test_a_number_and_a_day_that_python_reads_are_stored_as_the_warehouse_writes_them(tmp_path: Path) -> None:
    entry = "RVU27A,codes_deleted_fraction,1_0e-2,20270104,looked at"
    assert accepted(tmp_path, HEADING, entry)[-1] == ("RVU27A", "0.100000", "home")


def test_a_faulty_entry_stops_a_refresh_before_anything_is_loaded(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / FILE_NAME).write_text(f"{HEADING}\n{ENTRY.replace('0.12', 'NaN')}\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="line 2: accepted_value 'NaN'"):
        run(home, folder_of(tmp_path / "source", ["RVU25A"]), Steps(load=lambda *_: pytest.fail("a release was loaded")))
    assert not home.published.exists()


def test_a_difference_is_told_in_a_sentence() -> None:
    diff = {
        "release_id": "RVU24AR", "compared_release_id": "RVU24A", "releases_not_loaded": 0, "codes_before": 18499,
        "codes_after": 18499, "codes_added": 0, "codes_reactivated": 0, "codes_deleted": 0, "codes_status_changed": 0,
        "codes_revalued": 0, "codes_indicator_changed": 0, "localities_before": 109, "localities_after": 109,
        "gpcis_changed": 0, "largest_gpci_change": None, "conversion_factor_before": 32, "conversion_factor_after": 40,
    }  # fmt: skip
    assert sentence(diff) == (
        "RVU24AR against RVU24A: 18,499 codes and modifiers, none changed; 109 localities, no index changed; "
        "conversion factor 32 to 40 (+25.00 %)."
    )
    more = diff | {"releases_not_loaded": 1, "codes_after": 18535, "codes_added": 36, "conversion_factor_after": 32}
    assert sentence(more).startswith(
        "RVU24AR against RVU24A (1 release between them not loaded): 18,499 codes and modifiers became 18,535, 36 added; "
    )
    assert sentence(more).endswith("conversion factor 32 as before.")
