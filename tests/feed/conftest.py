"""Fixtures of the tests of feed and export: homes of the embedded sample, built once, and a feed of the newest release.

The archives of the later homes differ from those of the first in three codes, or hold made-up CPT descriptions, so that a
leak would be seen without any real one being here.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from zlib import crc32

import pytest

from flows.discover.discover import Wanted
from flows.feed.feed import FeedResult, Wish, make_feed
from flows.refresh import refresh
from flows.site import browse
from flows.site.site import SiteResult, SiteWish, make_site
from tests.members import sample_archives, some_codes, write_archive
from tests.reference_files import HEADING_2020, RBCS_17, row, write
from tests.refreshing import LIGHT, TODAY, run
from tests.sparing import sparing_nothing
from tests.unit.test_rbcs import ROWS_17
from tests.zip_files import text, zip5
from warehouse.home import Home

RELEASES = ("RVU25A", "RVU25D", "RVU26B")
# Work RVU and both totals of a code, before and after, in all members of RVU26B.
CHANGED = {
    "17340": (("0.75", "1.58", "1.26"), ("0.85", "1.68", "1.36")),
    "99213": (("1.30", "2.85", "1.72"), ("1.31", "2.86", "1.73")),
    "45378": (("3.18", "11.32", "4.93"), ("9.18", "17.32", "10.93")),
}
# Who uses which code in Medicare, one case of each kind of claim.
COUNTS = [
    row("17000", "07", 680, modifiers=("LT", "")),
    row("17000", "97", 320),
    *[row("99213", f"{number:02}", 500) for number in range(1, 11)],
    row("10060", "02", 40),
    row("80053", "69", 5000),
    row("37221", "06", 500),
    row("37221", "77", 300),
    row("80053", "22", "*"),
]
# A ninth of the codes of the sample, and those that tests name: a document and a page more for each code take their time.
NAMED = {"00840", "37221", "10004", "10060", "17000", "17110", "17340", "27447", "39503", "45378", "70450", "80053", "93000"} | {
    "99213",
    "99214",
}
# The class of a code that is gone: 37221, which RVU26B no longer has.
GONE_CLASS = (
    "37221,PV005M,P,Procedure,PV,Vascular,005,Transluminal Angioplasty - Arterial,M,01/01/2011,12/31/9999,1,2020,01/01/2014,"
    "12/31/9999,0,0"
)
MADE_UP = {"17340": "Invented words of coldness", "99213": "Invented words of a visit"}


def members_of(release: str) -> dict[str, bytes]:
    """The members of an archive of the sample with some of its codes, and with made-up descriptions."""
    some = some_codes(sample_archives()[release], lambda code: code in NAMED or crc32(code.encode()) % 9 == 5)
    return described(some, MADE_UP)


def recut(members: dict[str, bytes], changed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> dict[str, bytes]:
    """The members of an archive with other RVUs in the rows of these codes; only the row without a modifier."""
    return {name: _edited(content, changed) if "RVU" in name else content for name, content in members.items()}


def _edited(content: bytes, changed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> bytes:
    lines = content.decode("cp1252").split("\r\n")
    for number, line in enumerate(lines):
        code = line[:5]
        if code in changed and line[5:7] in (",,", "  "):
            for before, after in zip(*changed[code], strict=True):
                lines[number] = lines[number].replace(before.rjust(6), after.rjust(6), 1).replace(f",{before},", f",{after},", 1)
    return "\r\n".join(lines).encode("cp1252")


def described(members: dict[str, bytes], words: dict[str, str]) -> dict[str, bytes]:
    """The members of an archive with these descriptions in the rows of these codes."""
    found = dict(members)
    for name in (name for name in members if "RVU" in name):
        lines = members[name].decode("cp1252").split("\r\n")
        for number, line in enumerate(lines):
            if (text := words.get(line[:5])) and line[5:7] in (",,", "  "):
                is_csv = name.endswith(".csv")
                lines[number] = f"{line[:7]}{text}{line[7:]}" if is_csv else f"{line[:7]}{text:<50}{line[57:]}"
        found[name] = "\r\n".join(lines).encode("cp1252")
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with three releases of the sample and three ZIP codes. Tests must not change it."""
    root = tmp_path_factory.mktemp("built")
    for release in RELEASES:
        write_archive(root / "source", f"{release}.zip", members_of(release))
    lines = [zip5("35203"), zip5("94102", "01112", "05", "CA"), zip5("20910", "12302", "01", "MD", flag="1")]
    (root / "source" / "ZIP5_OCT2025.txt").write_bytes(text(lines))
    home = Home(root / "home")
    with sparing_nothing():  # what is exported tells the meaning of every column
        assert run(home, root / "source").published == home.published
    return home


@pytest.fixture(scope="session")
def rebuilt(built: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same home after a second refresh, which brought another edition of RVU26B with three codes changed."""
    root = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(built.root, root / "home")
    members = members_of("RVU26B")
    write_archive(root / "source", "RVU26B.zip", recut(members, CHANGED))
    home = Home(root / "home")
    assert [outcome.status for outcome in run(home, root / "source").outcomes] == ["new_edition"]
    return home


@pytest.fixture(scope="session")
def grown(built: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home `built` after RBCS and a year of utilisation came in. Tests must not change it."""
    root = tmp_path_factory.mktemp("grown")
    home = Home(Path(shutil.copytree(built.root, root / "home")))
    rbcs = write(root / "rbcs.csv", [RBCS_17, *ROWS_17, GONE_CLASS])
    psps = write(root / "PSPS_2023.csv", [HEADING_2020, *COUNTS])
    for name, path, steps in (("utilisation", psps, LIGHT), ("rbcs", rbcs, None)):  # the last one derives from both
        assert refresh(home, str(path), Wanted.of([name], (), False), TODAY, steps).published == home.published
    return home


@pytest.fixture(scope="session")
def fed(built: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FeedResult]:
    """A first feed of `built`. Tests must not change it."""
    root = tmp_path_factory.mktemp("fed") / "feed"
    return root, make_feed(built, root, Wish(TODAY))


@pytest.fixture
def feed_copy(fed: tuple[Path, FeedResult], tmp_path: Path) -> Path:
    """A copy of the first feed, to change."""
    return Path(shutil.copytree(fed[0], tmp_path / "feed"))


@pytest.fixture(scope="session")
def sited(built: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SiteResult]:
    """A first site of `built`. Tests must not change it."""
    root = tmp_path_factory.mktemp("sited") / "site"
    return root, make_site(built, root, SiteWish(Wish(TODAY), base_url="https://codes.example/"))


@pytest.fixture(scope="session")
def grown_site(grown: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of `grown`, with few codes a page, so that some take several. Tests must not change it."""
    root = tmp_path_factory.mktemp("grown site") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browse, "MOST", 20)
        make_site(grown, root, SiteWish(Wish(TODAY), base_url="https://codes.example/"))
    return root


@pytest.fixture
def site_copy(sited: tuple[Path, SiteResult], tmp_path: Path) -> Path:
    """A copy of the first site, to change."""
    return Path(shutil.copytree(sited[0], tmp_path / "site"))
