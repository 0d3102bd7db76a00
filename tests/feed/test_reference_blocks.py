"""Feed and site with CMS's classification and utilisation loaded: class, dates and specialties, and which documents change.

The home is `grown` of conftest.py.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from flows.export.export import ExportWish, make_export
from flows.feed.feed import FeedResult, make_feed
from flows.site.site import SiteResult
from tests.feed.documents import WISH, document, validator
from tests.feed.reading import Page, page
from tests.slow import slow
from warehouse.home import Home

pytestmark = slow


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
    answers = {entry["question"]: entry["answer"] for entry in found["questions"]}
    assert answers["Since when is there a code 17340?"] == "CMS added it on 1985-01-01."
    changed = answers["Has 17340 changed?"]
    assert changed.startswith("17340 is in the first release loaded, RVU25A. ") and "work RVU 0.77 → 0.75" in changed


def test_specialties_name_medicare_the_source_and_its_years(fed_again: tuple[Path, FeedResult]) -> None:
    found = document(fed_again[0], "codes/17000.json")["specialties"]
    assert found["release"] == "Physician/Supplier Procedure Summary 2023"
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


def test_the_index_of_releases_and_the_data_package_name_the_reference_files(
    fed: tuple[Path, FeedResult], fed_again: tuple[Path, FeedResult], grown: Home, tmp_path: Path
) -> None:
    """Which archive class and specialties are from, with its hash, year and the page of the data set; nothing where none is."""
    index = document(fed_again[0], "releases.json")
    assert [fault.message for fault in validator("releases").iter_errors(index)] == []
    assert [(entry["reference_release_id"], entry["archive_name"], entry["year"]) for entry in index["references"]] == [
        ("RBCS2025", "rbcs.csv", 2025),
        ("PSPS2023", "PSPS_2023.csv", 2023),
    ]
    stored = {path.name for path in (grown.root / "raw").rglob("*") if path.is_file()}
    assert all(any(entry["archive_sha256"] in name for name in stored) for entry in index["references"])
    assert all(entry["address"].startswith("https://data.cms.gov/") for entry in index["references"])
    assert document(fed[0], "releases.json")["references"] == []
    make_export(grown, tmp_path / "export", ExportWish(only=("status_code",)))
    sources = json.loads((tmp_path / "export" / "datapackage.json").read_text())["sources"]
    assert [source["title"] for source in sources[1:]] == [
        "CMS, Restructured BETOS Classification System (RBCS)",
        "CMS, Physician/Supplier Procedure Summary (PSPS)",
    ]


def test_a_code_that_is_gone_keeps_its_history_class_and_specialties(
    fed: tuple[Path, FeedResult], fed_again: tuple[Path, FeedResult], grown_site: Path, sited: tuple[Path, SiteResult]
) -> None:
    """37221 is in RVU25A and RVU25D and no longer in RVU26B; claims of earlier years tell who used it."""
    found = document(fed_again[0], "codes/37221.json")
    assert [fault.message for fault in validator("tombstone").iter_errors(found)] == []
    assert found["class"]["subcategory"] == "Vascular" and found["class"]["added_on"] == "2011-01-01"
    rows = found["specialties"]["rows"]
    assert [(row["specialty"], row["share_percent"]) for row in rows] == [("Cardiology", 63), ("Vascular Surgery", 38)]
    assert found["not_applicable"] == {"nonfacility": False, "facility": False}
    before = document(fed[0], "codes/37221.json")
    assert (before["class"], before["specialties"]) == (None, None) and before["history"] == found["history"]
    text = page(grown_site / "codes" / "37221.html").text
    assert "This code is gone" in text and "In Medicare, 2023, used mainly by: Cardiology (63 %)" in text
    assert (
        "Procedure \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Vascular" in text and "added by CMS on 1 January 2011" in text
    )
    plain = page(sited[0] / "codes" / "37221.html")
    assert any(row[0] == "1 Jan 2025" and row[-3:] == ["9.75", "86.59", "14.37"] for row in plain.rows)
    assert "Kind of service" not in plain.text and "In Medicare" not in plain.text


def codes_of(found: Page) -> list[str]:
    """The codes in the table of a page."""
    return [address[9:-5] for address in found.addresses if address.startswith("../codes/")]


def test_the_index_of_codes_has_the_class_and_none_where_none_is_loaded(
    fed: tuple[Path, FeedResult], fed_again: tuple[Path, FeedResult]
) -> None:
    index = document(fed_again[0], "codes.json")
    assert [fault.message for fault in validator("codes").iter_errors(index)] == []
    classes = {entry["code"]: entry["class"] for entry in index["codes"]}
    assert classes["17340"] == {"category": "Procedure", "subcategory": "Skin", "release": "RBCS2025"}
    assert classes["99213"] is None, "the classification lacks it"
    assert {entry["class"] for entry in document(fed[0], "codes.json")["codes"]} == {None}


def test_codes_are_browsed_by_kind_of_service(grown_site: Path, sited: tuple[Path, SiteResult]) -> None:
    """From the first page to a code and back, and not a word of it where the classification is not loaded."""
    found = page(grown_site / "codes" / "17340.html")
    said = "Procedure \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Skin; added by CMS on 1 January 1985."
    assert said in found.text and "../classes/procedure.html" in found.addresses
    assert "Added by CMS (RBCS2025)" in found.text, "also at the end of its history"
    assert {"classes.html", "classes/procedure.html"} <= set(page(grown_site / "index.html").addresses)
    kind = page(grown_site / "classes" / "procedure.html")
    assert kind.text.count("17340") == 1 and "99213" not in kind.text and "RBCS2025" in kind.text
    rest = [code for path in (grown_site / "classes").glob("not-classified-*.html") for code in codes_of(page(path))]
    index = document(grown_site / "feed", "codes.json")["codes"]
    assert sorted(rest) == [entry["code"] for entry in index if not entry["class"]] and "99213" in rest
    listed = (grown_site / "sitemap.xml").read_text()
    assert "/classes.html<" in listed and "/classes/procedure.html<" in listed
    for name in ("index.html", "sections.html", "codes/17340.html"):
        assert not re.search("classes|[Kk]ind of service", page(sited[0] / name).text), name
    assert not (sited[0] / "classes").exists() and not (sited[0] / "classes.html").exists()


def test_specialties_on_a_page_have_their_source_years_and_estimated_part(grown_site: Path) -> None:
    text = page(grown_site / "codes" / "17000.html").text
    assert "In Medicare, 2023, used mainly by: Dermatology (100 %)." in text
    assert "Source: CMS Physician/Supplier Procedure Summary." in text and "Of these services 0 % are estimated" in text
    assert "In Medicare" not in page(grown_site / "codes" / "17340.html").text, "no services of it: nothing is said"


def test_the_documents_of_the_codes_concerned_change_and_no_others(fed_again: tuple[Path, FeedResult]) -> None:
    """A code gets its class or its specialties; others of its subcategory are compared with as many codes as before."""
    changed = {entry["code"]: entry["parts"] for entry in fed_again[1].changes["codes"]["changed"]}
    assert set(changed) == {"17340", "17000", "99213", "10060", "80053", "37221"}
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
        "PSPS2023": (18, 17, 1),
        "RBCS2025": (7, 6, 1),
    }
