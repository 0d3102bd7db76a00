"""Only the raw store was saved: the warehouse is built from it, with the editions in the order in which their archives came."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from flows.discover.discover import Wanted, discover
from flows.fetch.fetch import fetch_file
from tests.members import changed, replaced, write_archive, zipped
from tests.refreshing import LIGHT, TODAY, content_of, labels, query, run
from tests.slow import slow
from warehouse.home import Home
from warehouse.raw import RawStore

RELEASE, MEMBER = "RVU24AR", "ANES2024.csv"
CITED = "select release_id, archive_name, source_url from release order by all"


def cuts() -> list[dict[str, bytes]]:
    """An archive and a re-cut of it, chosen so that the later one comes first by its hash."""
    found = [changed(RELEASE, {MEMBER: replaced("20.43", amount, count=1)}) for amount in ("20.44", "20.45")]
    return sorted(found, key=lambda members: hashlib.sha256(zipped(members)).hexdigest(), reverse=True)


@slow
def test_a_warehouse_built_from_the_raw_store_alone_has_the_same_editions(tmp_path: Path) -> None:
    home, again = Home(tmp_path / "home"), Home(tmp_path / "again")
    for number, members in enumerate(cuts()):
        run(home, write_archive(tmp_path / f"posted-{number}", f"{RELEASE}.zip", members).parent, LIGHT)
    assert labels(home) == [RELEASE, f"{RELEASE}.2"]
    shutil.copytree(home.raw, again.raw)
    noted = RawStore(home.raw).entries()
    found = discover(str(again.raw), Wanted(all=True), again, TODAY).candidates
    assert [candidate.path.stem for candidate in found if candidate.path] == [entry.sha256 for entry in noted]
    assert not run(again, again.raw, LIGHT).failed
    assert labels(again) == labels(home)
    assert content_of(again)["anesthesia_cf"] == content_of(home)["anesthesia_cf"]
    assert [(entry.name, entry.source_url) for entry in noted] == [
        (f"{RELEASE}.zip", (tmp_path / f"posted-{number}" / f"{RELEASE}.zip").as_uri()) for number in range(2)
    ]
    assert query(again, CITED) == query(home, CITED) and RawStore(again.raw).entries() == noted


@slow
def test_another_home_takes_over_the_names_of_a_raw_store(tmp_path: Path) -> None:
    """A folder of it, or one archive: its name there is a hash, by which nobody finds it at CMS."""
    home, other = Home(tmp_path / "home"), Home(tmp_path / "other")
    archive = write_archive(tmp_path / "posted", f"{RELEASE}.zip", changed(RELEASE, {MEMBER: replaced("20.43", "20.44")}))
    assert not run(home, archive, LIGHT).failed
    for source in (home.raw, next(home.raw.glob("*.zip"))):
        assert not run(other, source, LIGHT).failed
        assert labels(other) == [RELEASE] and query(other, CITED) == query(home, CITED)
        other.published.unlink()


def test_an_address_gave_last_what_it_gave_last_whatever_comes_again_from_a_raw_store(tmp_path: Path) -> None:
    """What a site has is compared with that."""
    store, url = RawStore(tmp_path / "raw"), "https://site.example/rvu24ar.zip"
    files = [write_archive(tmp_path / str(number), f"{RELEASE}.zip", members) for number, members in enumerate(cuts())]
    hashes = [fetch_file(path, store, source_url=url).sha256 for path in files]
    assert fetch_file(files[0], store, source_url=url).sha256 == hashes[0]
    assert [entry.sha256 for entry in store.entries()] == hashes
    last = store.last_response(url)
    assert last is not None and last.sha256 == hashes[1]


def test_the_name_of_the_first_arrival_tells_what_the_content_does_not(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    for name in ("RVU24AR.zip", "RVU25A.zip"):
        fetch_file(write_archive(tmp_path, name, {"readme.txt": name.encode()}), store)
    found = discover(str(store.root), Wanted(labels=("RVU25A",)), Home(tmp_path), TODAY).candidates
    assert [(candidate.name, candidate.label) for candidate in found] == [("RVU25A.zip", "RVU25A")]
