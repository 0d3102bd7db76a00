"""The room on the disk that a refresh asks for before it begins is enough for what it writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flows.discover.discover import Wanted
from flows.refresh import refresh
from tests.slow import slow
from warehouse import publish
from warehouse.home import Home

TODAY = date(2026, 11, 22)


@slow
def test_a_young_warehouse_asks_for_the_room_that_it_needs(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the published file and the archive are not enough: the latest pages of all codes come anew, beside the old ones."""
    asked, written = [], []
    require_room, put_in_place = publish.require_room, publish.publish

    def asking(folder: Path, needed: int, what: str) -> None:
        asked.append(needed)
        require_room(folder, needed, what)

    def publishing(home: Home, build: Path) -> Path | None:
        written.append(build.stat().st_size)
        return put_in_place(home, build)

    monkeypatch.setattr(publish, "require_room", asking)
    monkeypatch.setattr(publish, "publish", publishing)
    home = Home(tmp_path / "home")
    for label in ("RVU25A", "RVU26B"):
        refresh(home, str(shared / "cms" / f"{label}.zip"), Wanted(all=True), TODAY)
    assert len(asked) == len(written) == 2
    assert [needed > size for needed, size in zip(asked, written, strict=True)] == [True, True], (asked, written)
