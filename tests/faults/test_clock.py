"""A clock that was set back between two refreshes changes no number, no order and no answer."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from flows import plan as planning
from flows.normalize import release as normalize
from tests.members import changed, replaced, write_archive
from tests.refreshing import LIGHT, content_of, folder_of, query, run
from tests.slow import slow
from warehouse.home import Home
from warehouse.kept import rollback


class Clock(datetime):
    """What the machine says it is."""

    year_now = 2026

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(cls.year_now, 1, 1, tzinfo=tz)


@slow
def test_editions_keep_their_numbers_when_the_clock_was_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second edition bears the earlier time; read again with other definitions, it is still the second one."""
    monkeypatch.setattr(normalize, "datetime", Clock)
    home, source = Home(tmp_path / "home"), folder_of(tmp_path / "source", ["RVU24AR"])
    run(home, source, LIGHT)
    members = changed("RVU24AR", {"GPCI2024.csv": replaced("0.869,0.575", "0.869,0.576")})
    Clock.year_now = 2020
    run(home, write_archive(tmp_path / "recut", "RVU24AR.zip", members).parent, LIGHT)
    loaded = query(home, "select release_id, year(loaded_at) from release order by release_id")
    assert loaded == [("RVU24AR", 2026), ("RVU24AR.2", 2020)]
    before = content_of(home)
    monkeypatch.setattr(planning, "definition_hash", lambda: "another")
    run(home, source, LIGHT)
    after = content_of(home)
    del before["warehouse_fact"], after["warehouse_fact"]
    assert after == before


@slow
def test_rollback_leads_to_the_warehouse_published_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever time it was published at."""
    home, source = Home(tmp_path / "home"), folder_of(tmp_path / "source", ["RVU24AR"])
    run(home, source, LIGHT)
    monkeypatch.setattr(normalize, "datetime", Clock)
    Clock.year_now = 2020
    run(home, folder_of(source, ["RVU25A"]), LIGHT)
    back, taken = rollback(home)
    assert back.releases == ("RVU24AR",)
    assert taken is not None and set(taken.releases) == {"RVU24AR", "RVU25A"}
