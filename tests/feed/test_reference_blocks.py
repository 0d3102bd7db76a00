"""The feed with CMS's classification and utilisation loaded: class, dates and specialties, and which documents change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.discover.discover import Wanted
from flows.feed.feed import FeedResult, make_feed
from flows.refresh import refresh
from tests.feed.test_feed import WISH, document, validator
from tests.reference_files import HEADING_2020, RBCS_17, row, write
from tests.refreshing import TODAY
from tests.unit.test_rbcs import ROWS_17
from warehouse.home import Home

COUNTS = [
    row("17000", "07", 680, modifiers=("LT", "")),
    row("17000", "97", 320),
    *[row("99213", f"{number:02}", 500) for number in range(1, 11)],
    row("10060", "02", 40),
    row("80053", "69", 5000),
    row("80053", "22", "*"),
]


@pytest.fixture(scope="module")
def grown(built: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of the other tests after RBCS and a year of utilisation came in."""
    root = tmp_path_factory.mktemp("grown")
    home = Home(Path(shutil.copytree(built.root, root / "home")))
    rbcs = write(root / "rbcs.csv", [RBCS_17, *ROWS_17])
    psps = write(root / "PSPS_2023.csv", [HEADING_2020, *COUNTS])
    for name, path in (("rbcs", rbcs), ("utilisation", psps)):
        assert refresh(home, str(path), Wanted.of([name], (), False), TODAY).published == home.published
    return home


@pytest.fixture(scope="module")
def fed_again(fed: tuple[Path, FeedResult], grown: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FeedResult]:
    root = Path(shutil.copytree(fed[0], tmp_path_factory.mktemp("fed again") / "feed"))
    return root, make_feed(grown, root, WISH)


def test_the_page_of_17340_has_its_class_and_the_day_on_which_it_was_added(fed_again: tuple[Path, FeedResult]) -> None:
    found = document(fed_again[0], "codes/17340.json")
    assert found["class"] == {
        "rbcs_id": "PS000O",
        "category": "Procedure",
        "subcategory": "Skin",
        "family": None,
        "major_indicator": "O",
        "added_on": "1985-01-01",
        "ended_on": None,
        "release": "RBCS2025",
    }
    assert found["specialties"] is None, "no services of it: nothing is said"


def test_specialties_name_medicare_the_source_and_its_years(fed_again: tuple[Path, FeedResult]) -> None:
    found = document(fed_again[0], "codes/17000.json")["specialties"]
    assert found["release"] == "Physician/Supplier Procedure Summary 2023 to 2023"
    assert found["sentence"].startswith("In Medicare, 2023, used mainly by: Dermatology (100 %). On a line of their own")
    assert [(row["claim"], row["specialty"], row["share_percent"], row["services"]) for row in found["rows"]] == [
        ("advanced_practice", "Physician Assistant", 32, 1000),
        ("named", "Dermatology", 100, 680),
    ]


def test_every_claim_gives_a_valid_document(fed_again: tuple[Path, FeedResult]) -> None:
    """Also those that name nobody: many specialties, and too few services; and the supplier that bills."""
    claims = {}
    for code in ("17000", "99213", "10060", "17340", "80053"):
        found = document(fed_again[0], f"codes/{code}.json")
        assert [fault.message for fault in validator("code").iter_errors(found)] == []
        claims[code] = [row["claim"] for row in (found["specialties"] or {"rows": []})["rows"]]
    assert claims == {
        "17000": ["advanced_practice", "named"],
        "99213": ["many"],
        "10060": ["too_few"],
        "17340": [],
        "80053": ["billed_by"],
    }


def test_the_documents_of_the_codes_concerned_change_and_no_others(fed_again: tuple[Path, FeedResult]) -> None:
    """A code gets its class or its specialties; others of its subcategory are compared with as many codes as before."""
    changed = {entry["code"]: entry["parts"] for entry in fed_again[1].changes["codes"]["changed"]}
    assert set(changed) == {"17340", "17000", "99213", "10060", "80053"}
    assert set(changed["99213"]) == {"specialties", "questions"}
    assert {"class", "comparison", "questions"} <= set(changed["17340"]), "what is stored for each release is made anew"


def test_the_page_in_the_terminal_shows_class_date_and_specialties_and_nothing_where_none_is_loaded(
    grown: Home, built: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.cli import main

    def shown(home: Home, code: str) -> str:
        monkeypatch.setenv("PFS_HOME", str(home.root))
        assert main(["code", code]) == 0
        return " ".join(capsys.readouterr().out.split())

    assert "Class: Procedure / Skin; added 1985-01-01 (CMS's RBCS2025)." in shown(grown, "17340")
    assert "In Medicare, 2023, used mainly by: Dermatology (100 %)." in shown(grown, "17000")
    assert "Class:" not in shown(built, "17340") and "In Medicare" not in shown(built, "17000")
    assert main(["status"]) == 0
    state = " ".join(capsys.readouterr().out.split())
    assert "CMS's rbcs is not loaded" in state and "'pfs refresh utilisation' brings it in" in state


def test_status_accounts_for_the_lines_of_the_reference_files(
    grown: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from flows.cli import main

    monkeypatch.setenv("PFS_HOME", str(grown.root))
    assert main(["status", "--json"]) == 0
    found = {row["reference_release_id"]: row for row in json.loads(capsys.readouterr().out)["references"]}
    assert {name: (row["lines"], row["rows_loaded"], row["lines_ignored"]) for name, row in found.items()} == {
        "PSPS2023": (16, 15, 1),
        "RBCS2025": (6, 5, 1),
    }
