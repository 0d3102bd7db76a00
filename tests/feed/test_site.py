"""The static site: what its pages show, that they are light and whole, and what is touched when something changed.

The homes and the site are those of conftest.py: three releases of the embedded sample.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.export.export import ExportWish, make_export
from flows.feed.feed import Wish, make_feed
from flows.feed.folder import FeedFolder
from flows.notices import Licences
from flows.site import code_pages
from flows.site.site import SiteResult, SiteWish, make_site
from flows.words.words import EXAMPLES
from tests.feed.conftest import CHANGED, MADE_UP
from tests.feed.reading import page
from tests.refreshing import TODAY
from tests.slow import slow
from warehouse.errors import FeedError, PfsError, UsageError
from warehouse.home import Home

pytestmark = slow

WISH = SiteWish(Wish(TODAY), base_url="https://codes.example/")
MOST_BYTES = 60_000
Site = tuple[Path, SiteResult]


def contents(root: Path) -> dict[str, bytes]:
    """Every file by its name, without what a run notes for the next one."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".state" not in path.parts
    }


def times(root: Path) -> dict[str, int]:
    """When each file was written."""
    return {str(path.relative_to(root)): path.stat().st_mtime_ns for path in root.rglob("*") if ".state" not in path.parts}


def document(root: Path, code: str) -> dict[str, Any]:
    """The document of a code in the feed of a site."""
    found: dict[str, Any] = json.loads((root / "feed" / "codes" / f"{code}.json").read_bytes())
    return found


# --- what pages show -----------------------------------------------------------------------------------------------------


def test_the_page_of_17340_shows_every_field_of_the_pages_that_its_users_know(sited: Site) -> None:
    """And what those get wrong: the total is not the work RVU, the settings differ, the national amount is not a local one."""
    found = page(sited[0] / "codes" / "17340.html")
    told = document(sited[0], "17340")
    assert "17340 Freezing treatment of acne" in found.text  # code and title: the site's own words
    assert "Also known as Cold therapy for acne; Acne cryotherapy." in found.text
    assert ["Non-facility", "0.75", "0.76", "0.07", "1.58"] in found.rows
    assert ["Facility", "0.75", "0.44", "0.07", "1.26"] in found.rows
    assert ["National", "$52.77", "$42.09"] in found.rows and ["National", "$53.04", "$42.30"] in found.rows
    assert (
        "non-facility 1.58 \N{MULTIPLICATION SIGN} $33.4009 = $52.77; facility 1.26 \N{MULTIPLICATION SIGN} $33.4009 = $42.09"
        in found.text
    )
    assert ["Lowest locality", "$48.06", "$38.88"] in found.rows and ["Highest locality", "$65.90", "$54.52"] in found.rows
    assert "Global period Minor procedure: care on the day and for the 10 days after it is included." in found.text
    sentence = told["comparison"]["sentence"]
    assert sentence in found.text
    assert re.fullmatch(r"Work RVU 0\.75: .+ percentile of .+ median of .+; the highest is 106\.19\.", sentence)
    for question in [*told["questions"], *told["words"]["questions"]]:
        assert question["question"] in found.text
    assert "The work RVU is 0.75 in RVU26B. The total RVU, which the payment follows from, is 1.58 outside" in found.text
    assert "RVU26B, services 1 April 2026 to 30 June 2026" in found.text and told["source"]["archive_sha256"] in found.text
    assert "From RVU25A to RVU26B" not in found.text and "What changed from RVU25A to RVU26B" in found.text
    assert any(row[0] == "1 Jan 2025" for row in found.rows) and "work RVU 0.77 → 0.75" in found.text
    for other in ("17000", "17110"):
        assert f"../codes/{other}.html" in found.addresses
    assert (
        "Named by this site: Dermatology." in found.text
        and "CPT codes are copyright of the American Medical Association" in found.text
    )


def test_the_change_from_the_year_before_adds_up(sited: Site) -> None:
    """Before, RVUs, conversion factor and rounding give the amount of now."""
    rows = page(sited[0] / "codes" / "17340.html").rows
    parts = [row for row in rows if row[0].startswith(("Before (", "From relative", "From the conv", "Rounding"))]
    after = next(row for row in rows if row[0].startswith("Now ("))
    assert len(parts) == 4
    for column in (1, 2):
        amounts = [Decimal(re.sub(r"[$+]", "", row[column].replace("\N{MINUS SIGN}", "-"))) for row in parts]
        assert sum(amounts) == Decimal(after[column].replace("$", ""))


@pytest.mark.parametrize(("code", "columns"), [("17340", 4), ("70450", 12), ("99213", 4)])
def test_the_table_of_localities_is_the_warehouse_to_the_cent(built: Home, sited: Site, code: str, columns: int) -> None:
    """For each modifier and kind of participant in both settings; NA where CMS marks a setting so."""
    text = (sited[0] / "codes" / f"{code}.html").read_text()
    shown: dict[str, list[str]] = {}
    for line in re.findall(r"<tr><th scope=row><a href=../localities/.*", text):
        slug = re.search(r"localities/([0-9]{5}-[0-9]{2}).html", line)
        assert slug
        shown[slug[1]] = re.findall(r"<td>([^<\n]+)", line)
    with duckdb.connect(str(built.published), read_only=True) as con:
        rows = con.execute(
            "select mac || '-' || locality, payment.modifier, qp_status, nonfacility_allowed, facility_allowed, "
            "rvu.nonfacility_na, rvu.facility_na from payment join rvu using (release_id, hcpcs_code, modifier) "
            "where release_id = 'RVU26B' and hcpcs_code = ? order by 1, 2, 3",
            [code],
        ).fetchall()
    expected: dict[str, list[str]] = {}
    for slug, _, _, outside, inside, outside_na, inside_na in rows:
        cells = ["NA" if outside_na else f"{outside:,}", "NA" if inside_na else f"{inside:,}"]
        expected.setdefault(slug, []).extend(cells)
    assert len(shown) == 109 and all(len(cells) == columns for cells in shown.values())
    assert shown == expected


def test_a_code_without_a_price_says_why_and_shows_no_amount(sited: Site) -> None:
    found = page(sited[0] / "codes" / "00840.html")
    assert "Medicare has no price for 00840" in found.text and "anesthesia conversion factor" in found.text
    assert "$0.00" not in found.text and "id" not in found.tags and "pay" not in found.ids


def test_a_page_says_nothing_of_what_it_has_no_data_for(sited: Site) -> None:
    """A code without words, change or history has no headings for them."""
    found = page(sited[0] / "codes" / "10060.html")
    assert "When it is used" not in found.text and "Also known as" not in found.text and "None" not in found.text


def test_a_locality_has_its_indices_counties_and_zip_codes(sited: Site) -> None:
    found = page(sited[0] / "localities" / "10112-00.html")
    assert "Alabama" in found.text and "Contractor (MAC) 10112, locality 00" in found.text
    assert ["Practice expense", "0.875", "\N{MINUS SIGN}12.5 %", "105", "$29.2258"] in found.rows
    assert "35203" in found.text and "All counties." in found.text
    assert json.loads((sited[0] / "zips" / "941.json").read_bytes()) == {"zips": {"94102": "01112-05"}, "needs_plus_four": []}
    assert json.loads((sited[0] / "zips" / "209.json").read_bytes())["needs_plus_four"] == ["20910"]


def test_the_changes_page_tells_the_newest_release(built: Home, sited: Site) -> None:
    """Its counts are those of code_history, its amounts those of national_payment."""
    found = page(sited[0] / "changes.html")
    assert "What changed in RVU26B" in found.text and "from $32.3465 to $33.4009 per RVU (+3.3 %)" in found.text
    with duckdb.connect(str(built.published), read_only=True) as con:
        added = con.execute(
            "select distinct hcpcs_code from code_history where first_release_id = 'RVU26B' and change_kind = 'added'"
        ).fetchall()
        ((code, before, after),) = con.execute(
            "select now.hcpcs_code, old.nonfacility_allowed, now.nonfacility_allowed from national_payment as now "
            "join national_payment as old using (hcpcs_code, modifier, qp_status) "
            "join rvu on rvu.release_id = now.release_id and rvu.hcpcs_code = now.hcpcs_code and rvu.modifier = now.modifier "
            "where now.release_id = 'RVU26B' and old.release_id = 'RVU25D' and now.qp_status = 'non_qp' "
            "and not rvu.nonfacility_na and modifier = '' order by now.nonfacility_allowed - old.nonfacility_allowed desc limit 1"
        ).fetchall()
    assert f"Added {len(added)}" in found.text
    (row,) = [row for row in found.rows if row[0] == code]
    assert row[2:5] == [f"${before:,}", f"${after:,}", f"+${after - before:,}"]


# --- every page ----------------------------------------------------------------------------------------------------------


def test_the_first_page_counts_codes_with_a_price_in_any_row(built: Home, sited: Site) -> None:
    """Also those whose reading alone has one (26)."""
    with duckdb.connect(str(built.published), read_only=True) as con:
        counted = "select count(distinct hcpcs_code), count(distinct hcpcs_code) filter (where modifier = '')"
        priced, unmodified = con.execute(f"{counted} from national_payment where release_id = 'RVU26B'").fetchall()[0]
    assert priced > unmodified
    assert f"Priced codes {priced} of " in " ".join(page(sited[0] / "index.html").text.split())


def test_every_page_is_light_whole_and_asks_nobody_else(sited: Site) -> None:
    """Below 60 kB; every link leads to a file of the site, every mark in a page to an id; nothing is loaded from elsewhere."""
    root, result = sited
    names = set(contents(root))
    pages = {name: page(root / name) for name in names if name.endswith(".html")}
    assert len(pages) == result.pages > 150
    for name, found in pages.items():
        text = (root / name).read_text()
        assert len(text.encode()) < MOST_BYTES, name
        assert found.tags["h1"] == 1 and found.tags["main"] == 1 and len(set(found.ids)) == len(found.ids), name
        assert not found.tags["style"] and "style=" not in text, name
        assert ('class="page"' in text) == ('class="toc"' in text), f"{name}: the grid is for pages with a list of their parts"
        assert not [address for address in found.loaded if re.match(r"[a-z]+:|//", address)], name
        for address in {address for address in found.addresses if not re.match(r"https?:", address)}:
            target, _, mark = address.partition("#")
            reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
            assert reached in names, f"{name}: {address}"
            assert not mark or mark in pages[reached].ids, f"{name}: {address}"
    for asset in (root / "assets").iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org)", asset.read_text()), asset


def test_structured_data_says_what_the_page_says(sited: Site) -> None:
    root = sited[0]
    for path in (root / "codes").glob("*.html"):
        found = page(path)
        if "This code is gone" in found.text:
            assert not found.data
            continue
        (graph,) = (entry["@graph"] for entry in found.data)
        told = document(root, path.stem)
        assert graph[0]["about"] == {
            "@type": "MedicalCode",
            "codeValue": path.stem,
            "codingSystem": graph[0]["about"]["codingSystem"],
        }
        assert graph[0]["about"]["codingSystem"] == (
            "CPT" if path.stem[0].isdigit() else "CDT" if path.stem[0] == "D" else "HCPCS"
        )
        assert graph[0]["isBasedOn"]["identifier"] == f"sha256:{told['source']['archive_sha256']}"
        assert graph[0]["url"] == f"https://codes.example/codes/{path.name}"
        for entry in graph[0].get("mainEntity", []):
            assert entry["name"] in found.text and " ".join(entry["acceptedAnswer"]["text"].split()) in found.text, path


def test_the_sitemap_lists_every_page_that_is_to_be_found(sited: Site) -> None:
    root = sited[0]
    listed = re.findall(r"<loc>https://codes.example/([^<]*)</loc>", (root / "sitemap.xml").read_text())
    hidden = {path for path in root.rglob("*.html") if 'content="noindex"' in path.read_text()} | {root / "search.html"}
    expected = {str(path.relative_to(root)) for path in root.rglob("*.html") if path not in hidden}
    assert len(listed) == len(set(listed)) and {name or "index.html" for name in listed} == expected
    gone = [entry["code"] for entry in json.loads((root / "feed" / "codes.json").read_bytes())["gone"]]
    assert gone and {f"codes/{code}.html" for code in gone} <= {str(path.relative_to(root)) for path in hidden}


def test_search_knows_every_code_with_its_words(sited: Site) -> None:
    lines = [line.split("\t") for line in (sited[0] / "search.txt").read_text().splitlines()]
    assert [line[0] for line in lines] == [
        e["code"] for e in json.loads((sited[0] / "feed" / "codes.json").read_bytes())["codes"]
    ]
    assert ["17340", "Freezing treatment of acne", "Cold therapy for acne; Acne cryotherapy"] in lines


def test_no_protected_description_is_anywhere_but_under_a_licence(built: Home, sited: Site, tmp_path: Path) -> None:
    everything = b"\n".join(contents(sited[0]).values()).lower()
    for words in MADE_UP.values():
        assert words.lower().encode() not in everything
    licence = "licence 12345, held by Example Press until 2027"
    make_site(built, tmp_path / "site", SiteWish(Wish(TODAY, licences=Licences(cpt=licence))))
    shown = page(tmp_path / "site" / "codes" / "17340.html").text
    assert MADE_UP["17340"] in shown and licence in shown


# --- what is touched -----------------------------------------------------------------------------------------------------


def test_two_sites_have_the_same_bytes_also_from_several_processes(
    built: Home, sited: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_pages, "_MANY", 1)
    make_site(built, tmp_path / "again", WISH)
    assert contents(tmp_path / "again") == contents(sited[0])
    assert sorted(path.name for path in (tmp_path / "again" / ".state").iterdir()) == ["lock", "seen.json", "site.json", "what"]


def test_a_site_with_nothing_new_touches_no_file(built: Home, site_copy: Path) -> None:
    before = times(site_copy)
    result = make_site(built, site_copy, WISH)
    assert (result.written, result.removed, result.feed.written) == ((), (), ())
    assert times(site_copy) == before


@pytest.mark.parametrize("name", ["codes/17340.html", "index.html", "assets/site.css", "zips/352.json"])
def test_a_damaged_file_is_written_again_and_no_other(built: Home, site_copy: Path, name: str) -> None:
    before, stood = contents(site_copy), times(site_copy)
    (site_copy / name).write_bytes(b"damaged")
    assert make_site(built, site_copy, WISH).written == (name,)
    assert contents(site_copy) == before
    assert {other for other, at in times(site_copy).items() if at != stood[other]} <= {name, str(Path(name).parent), "."}


def test_a_refresh_that_changes_three_codes_rewrites_three_pages_and_their_indexes(rebuilt: Home, site_copy: Path) -> None:
    """Lists that show the codes and the page of changes are indexes; no other page, locality or asset is touched."""
    before, stood = contents(site_copy), times(site_copy)
    result = make_site(rebuilt, site_copy, WISH)
    rewritten = {name for name, at in times(site_copy).items() if at != stood.get(name) and (site_copy / name).is_file()}
    pages = {name for name in rewritten if not name.startswith("feed/")}
    assert {f"codes/{code}.html" for code in CHANGED} == {name for name in pages if name.startswith("codes/")}
    lists = {"sections/surgery.html", "sections/surgery.svg", "sections/evaluation-and-management.html"}
    assert pages - {f"codes/{code}.html" for code in CHANGED} <= lists | {
        "sections/evaluation-and-management.svg",
        "index.html",
        "changes.html",
        "evidence.html",
    }
    assert set(result.written) == pages and result.removed == ()
    told = json.loads((site_copy / "feed" / "changes.json").read_bytes())["codes"]
    assert [entry["code"] for entry in told["changed"]] == sorted(CHANGED)
    assert "0.85" in page(site_copy / "codes" / "17340.html").text
    assert set(contents(site_copy)) == set(before)


def test_a_page_that_no_longer_belongs_is_removed(built: Home, site_copy: Path) -> None:
    """The ZIP codes of an area that the file no longer has, for example; a page of somebody else stays."""
    noted = json.loads((site_copy / ".state" / "site.json").read_bytes())
    (site_copy / "zips" / "999.json").write_bytes(b"{}")
    (site_copy / "mine.html").write_bytes(b"mine")
    noted["files"]["zips/999.json"] = ["", "0" * 64]
    (site_copy / ".state" / "site.json").write_text(json.dumps(noted))
    assert make_site(built, site_copy, WISH).removed == ("zips/999.json",)
    assert (site_copy / "mine.html").exists() and not (site_copy / "zips" / "999.json").exists()


def test_folders_of_others_are_left_alone(built: Home, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    with pytest.raises(FeedError, match=r"holds files, and no site wrote them"):
        make_site(built, tmp_path / "mine", WISH)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["index.html"]
    make_feed(built, tmp_path / "feed", Wish(TODAY))
    with pytest.raises(FeedError, match=r"holds a feed"):
        make_site(built, tmp_path / "feed", WISH)
    for what in ("feed", "site"):  # cut off before anything tells them apart
        (tmp_path / f"begun {what}").mkdir()
        with FeedFolder(tmp_path / f"begun {what}", what).writing():
            pass
    with pytest.raises(FeedError, match=r"holds a site, or the beginning of one"):
        make_feed(built, tmp_path / "begun site", Wish(TODAY))
    with pytest.raises(FeedError, match=r"holds a feed, or the beginning of one"):
        make_site(built, tmp_path / "begun feed", WISH)


def test_a_folder_is_not_left_behind_where_nothing_was_written(built: Home, tmp_path: Path) -> None:
    """An unknown release is told after the folder was made."""
    wish = Wish(TODAY, release="RVU99Z")
    for make in (make_feed, lambda home, root, wish: make_site(home, root, SiteWish(wish))):
        with pytest.raises(PfsError, match="RVU99Z is not loaded"):
            make(built, tmp_path / "new", wish)
    with pytest.raises(PfsError, match="RVU99Z is not loaded"):
        make_export(built, tmp_path / "new", ExportWish(releases=("RVU99Z",)))
    assert list(tmp_path.iterdir()) == []


def test_the_evidence_page_may_be_the_operators(built: Home, site_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("# Our evidence\n\n| file | rows |\n|---|---:|\n| x | 1 |\n")
    result = make_site(built, site_copy, SiteWish(Wish(TODAY), WISH.base_url, evidence=tmp_path / "mine.md"))
    assert result.written == ("evidence.html",)
    assert ["x", "1"] in page(site_copy / "evidence.html").rows
    with pytest.raises(FeedError, match=r"pfs verify FILE --evidence"):
        make_site(built, site_copy, SiteWish(Wish(TODAY), evidence=tmp_path / "none.md"))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_the_command_tells_what_it_wrote(
    built: Home, sited: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.cli import main

    monkeypatch.setenv("PFS_HOME", str(built.root))
    root = shutil.copytree(sited[0], tmp_path / "site")
    assert main(["site", str(root), "--release", "RVU26B", "--base-url", "https://codes.example", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["release"], told["files_written"], told["pages"]) == ("RVU26B", 0, sited[1].pages)
    assert told["words"] == {"folder": str(EXAMPLES), "codes": len(list(EXAMPLES.glob("[0-9]*.md"))), "are_examples": True}
    assert main(["site", str(root), "--base-url", "https://codes.example"]) == 0
    assert "the examples that come with the project; name the folder of your own with --words." in said(capsys)
    own = tmp_path / "words"
    own.mkdir()
    (own / "17340.md").write_text("# 17340: Freezing\n")
    assert main(["feed", str(tmp_path / "feed"), "--words", str(own)]) == 0
    assert f"Words about 1 code from {own}." in said(capsys)
    assert main(["site", str(root), "--base-url", "codes.example"]) == 2
    assert "an address such as https://codes.example/ was expected" in capsys.readouterr().err
    assert UsageError.__doc__
