"""Only the raw store was saved: the warehouse is built from it, with the editions in the order in which their archives came."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from flows.discover.discover import Wanted, discover
from tests.members import changed, replaced, write_archive, zipped
from tests.refreshing import LIGHT, TODAY, content_of, labels, run
from tests.slow import slow
from warehouse.home import Home

RELEASE, MEMBER = "RVU24AR", "ANES2024.csv"


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
    found = discover(str(again.raw), Wanted(all=True), again, TODAY).candidates
    assert [candidate.name for candidate in found] == sorted((candidate.name for candidate in found), reverse=True)
    assert not run(again, again.raw, LIGHT).failed
    assert labels(again) == labels(home)
    assert content_of(again)["anesthesia_cf"] == content_of(home)["anesthesia_cf"]
