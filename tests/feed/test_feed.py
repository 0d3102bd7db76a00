"""Stage feed: documents that are true and valid, without CPT descriptions, with a site's own words."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.feed.feed import Wish, make_feed
from flows.notices import Licences
from flows.words.words import EXAMPLES
from tests.feed.conftest import MADE_UP
from tests.feed.documents import WISH, Feed, contents, document, times, validator
from tests.refreshing import TODAY, query
from tests.slow import slow
from warehouse.errors import WordsError
from warehouse.home import Home

# --- the documents -------------------------------------------------------------------------------------------------------


def test_every_document_is_valid(fed: Feed) -> None:
    """Each against the schema of its kind, which knows no further properties; the schemas are in the feed."""
    root, result = fed
    names = [name for name in contents(root) if not name.startswith("schemas/")]
    assert len(names) == result.documents + 7
    for name in names:
        found = document(root, name)
        faults = [fault.message for fault in validator(found["kind"]).iter_errors(found)]
        assert faults == [], f"{name}: {faults[:3]}"
        assert (root / name).parent.joinpath(found["$schema"]).resolve().is_file()


def test_a_schema_refuses_what_is_no_such_document(fed: Feed) -> None:
    """The check can fail: a figure that is a binary fraction, one that lacks its unit, a property that nobody knows."""
    sound = document(fed[0], "codes/17340.json")
    for edit in (
        lambda d: d["rows"][0]["rvu"].update(work=0.75),
        lambda d: d["rows"][0]["rvu"].pop("unit"),
        lambda d: d.update(more=1),
        lambda d: d["source"].pop("archive_sha256"),
    ):
        broken = json.loads(json.dumps(sound))
        edit(broken)
        assert not validator("code").is_valid(broken)


def test_the_figures_of_17340_are_the_known_ones(fed: Feed) -> None:
    """Work RVU is not total RVU, and the two settings differ (RVU26B; $52.77 and $42.09 nationally)."""
    found = document(fed[0], "codes/17340.json")
    (row,) = found["rows"]
    assert (row["rvu"]["work"], row["rvu"]["nonfacility_total"], row["rvu"]["facility_total"]) == ("0.75", "1.58", "1.26")
    paid = row["payments"][0]
    assert paid["qp_status"] == "non_qp" and paid["conversion_factor"]["value"] == "33.4009"
    assert (paid["national"]["nonfacility_allowed"], paid["national"]["facility_allowed"]) == ("52.77", "42.09")
    assert found["release"] == found["source"]["release_id"] == "RVU26B"
    assert found["section"] == "Surgery" and "10 days" in found["questions"][2]["answer"]
    assert [period["to_date"] for period in found["history"]["periods"]["rows"]][-1] is None
    assert found["history"]["national_payments"]["rows"][-1]["nonfacility_allowed"] == "52.77"
    words = {indicator["name"]: indicator["meaning"] for indicator in row["indicators"]}
    assert "10 days" in words["global_days"]
    assert any("American Medical Association" in notice for notice in found["source"]["notices"])


def test_the_amounts_of_the_localities_are_those_of_the_warehouse(built: Home, fed: Feed) -> None:
    """In the order of localities.json, in cents, for every code, modifier and kind of participant."""
    places = [(row["mac"], row["locality"]) for row in document(fed[0], "localities.json")["localities"]]
    assert len(places) == 109
    paid: dict[tuple[str, str, str], dict[tuple[str, str], tuple[Decimal, Decimal]]] = {}
    for code, modifier, status, mac, locality, outside, inside in query(
        built,
        "select hcpcs_code, modifier, qp_status, mac, locality, nonfacility_allowed, facility_allowed from payment "
        "where release_id = 'RVU26B'",
    ):
        paid.setdefault((code, modifier, status), {})[(mac, locality)] = (outside, inside)
    seen = 0
    for (code, modifier, status), amounts in paid.items():
        (row,) = [row for row in document(fed[0], f"codes/{code}.json")["rows"] if row["modifier"] == modifier]
        (block,) = [block for block in row["payments"] if block["qp_status"] == status]
        local = block["localities"]
        for place, outside, inside in zip(places, local["nonfacility_allowed"], local["facility_allowed"], strict=True):
            assert (Decimal(outside) / 100, Decimal(inside) / 100) == amounts[place]
            seen += 1
    assert seen == sum(map(len, paid.values())) > 10_000


def figures(value: Any, path: tuple[Any, ...] = (), units: Any = None, release: str | None = None) -> Iterator[tuple[Any, ...]]:
    """Every number of a document (an integer, or a decimal as text) with its path, the unit and the release that hold there."""
    if isinstance(value, dict):
        release = value.get("release") or value.get("release_id") or release
        units = {**(units or {}), **value.get("units", {}), **({"": value["unit"]} if "unit" in value else {})}
        for name, inner in value.items():
            yield from figures(inner, (*path, name), units, release)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from figures(inner, (*path, number), units, release)
    elif not isinstance(value, bool) and (isinstance(value, (int, float)) or re.fullmatch(r"-?\d+\.\d+", str(value))):
        named = next((units[name] for name in reversed(path) if name in (units or {})), (units or {}).get(""))
        yield path, value, named, release


def test_every_figure_has_its_unit_and_its_release(fed: Feed) -> None:
    seen = 0
    for name in contents(fed[0]):
        if name.startswith("schemas/") or name in ("feed.json", "changes.json"):
            continue
        for path, value, unit, release in figures(document(fed[0], name)):
            if path == ("version",):
                continue
            assert not isinstance(value, float), f"{name} {path}: a binary fraction"
            assert unit and release, f"{name} {path}: {value} has unit {unit} and release {release}"
            seen += 1
    assert seen > 25_000


def test_the_sections_count_their_codes_and_show_their_spread(built: Home, fed: Feed) -> None:
    """The twentieths begin with the lowest and end with the highest value of a code; the middle one is near the median."""
    found = {entry["section"]: entry for entry in document(fed[0], "sections.json")["sections"]}
    codes = document(fed[0], "codes.json")["codes"]
    assert {name: entry["code_count"] for name, entry in found.items()} == {
        name: sum(code["section"] == name for code in codes) for name in found
    }
    assert sum(entry["code_count"] for entry in found.values()) == len(codes)
    work = next(entry for entry in found["Surgery"]["measures"] if entry["measure"] == "work_rvu")
    assert (work["twentieths"][0], work["twentieths"][20]) == (work["minimum"], work["maximum"])
    (highest,) = query(built, f"select work_rvu from rvu where release_id = 'RVU26B' and hcpcs_code = '{work['highest_code']}'")
    assert str(highest[0]) == work["maximum"]
    assert [Decimal(value) for value in work["twentieths"]] == sorted(Decimal(value) for value in work["twentieths"])


def test_a_code_that_is_gone_leaves_a_tombstone(built: Home, fed: Feed) -> None:
    """It names the last release that had the code."""
    gone = {
        code
        for (code,) in query(built, "select hcpcs_code from rvu except select hcpcs_code from rvu where release_id = 'RVU26B'")
    }
    assert gone
    for code in gone:
        found = document(fed[0], f"codes/{code}.json")
        assert found["kind"] == "tombstone" and found["last_release"]["release_id"] in ("RVU25A", "RVU25D")
    assert {entry["code"] for entry in document(fed[0], "codes.json")["gone"]} == gone


# --- descriptions --------------------------------------------------------------------------------------------------------


def test_a_cpt_description_is_in_no_file(fed: Feed) -> None:
    """The archives of this home hold made-up ones; those of Level II codes are there."""
    everything = b"\n".join(contents(fed[0]).values()).lower()
    for words in MADE_UP.values():
        assert words.lower().encode() not in everything
    shown = [entry for entry in document(fed[0], "codes.json")["codes"] if entry["description"]]
    assert len(shown) > 3 and all(entry["code"][0].isalpha() and not entry["code"].startswith("D") for entry in shown)


@slow
def test_a_cpt_description_is_shown_under_a_declared_licence(built: Home, feed_copy: Path) -> None:
    """Only with the licence in words, which every notice of a CPT code then repeats."""
    licence = "licence 12345, held by Example Press until 2027"
    result = make_feed(built, feed_copy, Wish(TODAY, licences=Licences(cpt=licence)))
    assert [entry["code"] for entry in result.changes["codes"]["changed"] if "description" in entry["parts"]] == sorted(MADE_UP)
    found = document(feed_copy, "codes/17340.json")
    assert found["description"] == {"text": MADE_UP["17340"], "owner": "AMA", "release": "RVU26B"}
    assert any(licence in notice for notice in found["source"]["notices"])
    assert validator("code").is_valid(found)
    taken_back = make_feed(built, feed_copy, WISH)
    assert taken_back.is_new and document(feed_copy, "codes/17340.json")["description"] is None


@slow
def test_the_warehouse_holds_no_cpt_description_either(built: Home) -> None:
    with duckdb.connect(str(built.published), read_only=True) as con:
        texts = con.execute(
            "select table_name, column_name from duckdb_columns() join duckdb_tables() using (table_name) "
            "where data_type = 'VARCHAR'"
        ).fetchall()
        for table, column in texts:
            for words in MADE_UP.values():
                assert con.execute(f"select count(*) from {table} where contains({column}, ?)", [words]).fetchone() == (0,), table


# --- the site's own words --------------------------------------------------------------------------------------------------


@slow
def test_words_are_merged_and_a_changed_file_changes_its_document_alone(built: Home, feed_copy: Path, tmp_path: Path) -> None:
    """The feed of the fixture has the examples; here one of them is worded anew, and one is about a code that nobody has."""
    own = Path(shutil.copytree(EXAMPLES, tmp_path / "words"))
    assert document(feed_copy, "codes/17340.json")["words"]["title"] == "Freezing treatment of acne"
    assert next(entry for entry in document(feed_copy, "codes.json")["codes"] if entry["code"] == "17340")["also_known_as"]
    stood = times(feed_copy)
    (own / "17340.md").write_text(
        (own / "17340.md").read_text().replace("## Specialties\n- Dermatology\n", "## Specialties\n- Skin\n")
    )
    (own / "99998.md").write_text("# 99998: Nobody has it\n")
    result = make_feed(built, feed_copy, Wish(TODAY, words=own))
    assert result.changes["codes"]["changed"] == [{"code": "17340", "parts": ["words"]}]
    assert result.unused_words == ("99998",)
    assert {name for name, at in times(feed_copy).items() if at != stood.get(name)} == {
        "codes/17340.json",
        "changes.json",
        "feed.json",
    }
    assert document(feed_copy, "codes/17340.json")["words"]["specialties"] == ["Skin"]


def test_words_in_the_home_folder_are_found_and_faults_leave_the_feed_as_it_was(
    built: Home, feed_copy: Path, tmp_path: Path
) -> None:
    """A CPT description in the words is such a fault: it is known by its fingerprint only."""
    own = tmp_path / "words"
    own.mkdir()
    (own / "17340.md").write_text(f"# 17340: {MADE_UP['17340'].upper()}\n")
    before = contents(feed_copy)
    with pytest.raises(WordsError, match=r"1 fault; nothing was written:\n  17340.md, line 1: .* description of 17340"):
        make_feed(built, feed_copy, Wish(TODAY, words=own))
    assert contents(feed_copy) == before
