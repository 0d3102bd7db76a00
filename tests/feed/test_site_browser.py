"""The site in a browser: headless Chromium, as readers use it. Search, a code, a locality, a ZIP code, similar codes, changes.

Needs Debian's `chromium` (or PFS_CHROMIUM, the path of one) and is skipped with that reason where there is none. The site is the
one of conftest.py, served as `pfs serve` does. axe-core looks for what keeps people out.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.site.serve import server
from tests.slow import IS_SLOW, slow
from warehouse.home import Home

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in the extra dev")
CHROMIUM = os.environ.get("PFS_CHROMIUM") or shutil.which("chromium")
pytestmark = [
    slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; apt-get install chromium, or set PFS_CHROMIUM"),
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Those that are looked at, and all kinds of pages (PFS_SLOW_TESTS=1): axe takes a second a page and more.
FEW = {"light": ("codes/17340.html",), "dark": ("index.html",)}
ALL = (
    *("index.html", "codes/17340.html", "codes/70450.html", "codes/00840.html", "changes.html", "localities/10112-00.html"),
    *("localities.html", "sections/surgery.html", "sections.html", "search.html?q=knee", "how-to-read.html", "evidence.html"),
    *("classes.html", "classes/procedure.html", "classes/not-classified.html", "codes/17000.html"),
)


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address at which the site is served: with PFS_SLOW_TESTS=1 the one with kinds of service and specialties."""
    root: Path = request.getfixturevalue("grown_site") if IS_SLOW else request.getfixturevalue("sited")[0]
    with server(root, 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests; without its sandbox only where the tests run as root, which it refuses."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Any]:
    """Opens a page in a new window without memory of others. Fails the test when a script fails or another host is asked."""
    contexts, faults = [], []

    def opened(path: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith((address, "data:")) else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def amounts(page: Any, row: str) -> list[str]:
    """The first line of each cell of a row of the table of amounts."""
    return [text.split("\n")[0].strip() for text in page.locator(f"#pay tbody >> nth=0 >> {row} >> td").all_inner_texts()]


def fees(home: Home, code: str, mac: str, locality: str) -> list[str]:
    """What the warehouse says."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        row = con.execute(
            "select nonfacility_allowed, facility_allowed from payment where release_id = 'RVU26B' and qp_status = 'non_qp' "
            "and hcpcs_code = ? and modifier = '' and mac = ? and locality = ?",
            [code, mac, locality],
        ).fetchone()
    assert row
    return [f"${value:,}" for value in row]


def test_search_by_words_opens_the_code_by_keyboard_alone(visit: Any) -> None:
    """ "/" goes to the field; arrows choose, Enter opens."""
    page = visit("index.html")
    page.locator("#q[role=combobox]").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("cryo acne")
    page.get_by_role("option", name="17340").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.locator("#q").get_attribute("aria-activedescendant") == "hit-0"
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes/17340.html")
    assert page.locator("h1").inner_text().split() == ["17340", "Freezing", "treatment", "of", "acne"]
    assert amounts(page, "tr.big") == ["$52.77", "$42.09"]


def test_search_by_code_and_the_page_of_all_results(visit: Any) -> None:
    page = visit("codes/17340.html")
    page.locator("#q").fill("99213")
    page.get_by_role("option", name="99213").click()
    page.wait_for_url("**/codes/99213.html")
    page = visit("search.html?q=knee")
    page.locator("#results a", has_text="27447").wait_for()
    assert page.locator("#found").inner_text().startswith("1 code for")
    page = visit("search.html?q=nothing+of+this+name")
    page.get_by_text("No code for").wait_for()


def test_the_locality_that_is_picked_has_its_own_dollars_and_is_kept(visit: Any, built: Home) -> None:
    """The national amount stays beside it, and the next code is shown for the same place."""
    page = visit("codes/17340.html")
    assert page.locator("#pay tr.place").first.is_hidden()
    page.get_by_label("Your locality").select_option(label="Alabama")
    assert amounts(page, "tr.place") == fees(built, "17340", "10112", "00")
    assert amounts(page, "tr.big") == ["$52.77", "$42.09"]
    assert "\N{MINUS SIGN}7.9 % against national" in page.locator("#pay tr.place").first.inner_text()
    assert page.locator(".mine").get_attribute("d") != ""
    page.locator("#similar a", has_text="17110").click()
    page.wait_for_url("**/codes/17110.html")
    page.locator("#pay tr.place").first.wait_for()
    assert amounts(page, "tr.place") == fees(built, "17110", "10112", "00")
    page.get_by_label("Your locality").select_option(label="National")
    assert page.locator("#pay tr.place").first.is_hidden()


def test_a_zip_code_finds_its_locality(visit: Any, built: Home) -> None:
    page = visit("codes/99213.html")
    page.get_by_label("or ZIP code").fill("94102")
    page.get_by_text("94102 lies in San Francisco, CA.").wait_for()
    assert amounts(page, "tr.place") == fees(built, "99213", "01112", "05")
    page.get_by_label("or ZIP code").fill("20910")
    page.get_by_text("the last four digits decide otherwise").wait_for()
    assert amounts(page, "tr.place") == fees(built, "99213", "12302", "01")
    page.get_by_label("or ZIP code").fill("35299")
    page.get_by_text("does not have 35299").wait_for()


def test_a_place_prices_a_code(visit: Any, built: Home) -> None:
    page = visit("localities/10112-00.html")
    page.get_by_label("Code", exact=True).fill("17340")
    page.get_by_role("button", name="Show").click()
    page.locator("#here-result table").wait_for()
    first = page.locator("#here-result tbody tr").first.locator("td").all_inner_texts()
    assert first == fees(built, "17340", "10112", "00")
    page.get_by_label("Code", exact=True).fill("00840")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("00840 has no price").wait_for()


def test_the_changes_page_leads_to_a_code(visit: Any) -> None:
    page = visit("index.html")
    page.get_by_role("link", name="Changes", exact=True).click()
    page.wait_for_url("**/changes.html")
    row = page.locator("table", has=page.get_by_text("In per cent")).first.locator("tbody tr").first
    before, now = (cell.strip() for cell in row.locator("td").all_inner_texts()[1:3])
    row.locator("a").click()
    page.wait_for_url("**/codes/*.html")
    assert page.locator("#change .lead").inner_text().count(now) >= 1 and before.startswith("$")


def test_a_page_reads_well_without_scripts(visit: Any, built: Home) -> None:
    """All amounts are there; what needs a script is not shown."""
    page = visit("codes/17340.html", java_script_enabled=False)
    assert page.locator("#pick").is_hidden()
    page.get_by_text("Amounts in all 109 localities").click()
    row = page.locator("#localities tr", has_text="Alabama")
    assert [f"${text.strip()}" for text in row.locator("td").all_inner_texts()[:2]] == fees(built, "17340", "10112", "00")
    assert "10 days" in page.locator("dl.facts").inner_text()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious_and_nothing_runs_over_the_edge(visit: Any, scheme: str, width: int) -> None:
    """WCAG 2.2 A and AA, wide and light, narrow and dark; with PFS_SLOW_TESTS=1 all kinds of pages, with every part opened."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text()
    page = visit("index.html", color_scheme=scheme, viewport={"width": width, "height": 844}, bypass_csp=True)
    for path in ALL if IS_SLOW else FEW[scheme]:
        page.goto(path)
        if IS_SLOW:
            page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        if page.locator("#place").count():
            page.get_by_label("Your locality").select_option(label="Alabama")
        page.evaluate(axe)
        found = page.evaluate(f"axe.run({{ resultTypes: ['violations'], runOnly: {WCAG} }})")  # of what passes, one example each
        serious = [
            (entry["id"], entry["nodes"][0]["html"][:200], entry["nodes"][0]["failureSummary"][:300])
            for entry in found["violations"]
            if entry["impact"] in ("serious", "critical")
        ]
        assert serious == [], f"{path}: {serious}"
        assert len(found["passes"]) > 10, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
