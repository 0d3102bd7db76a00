"""After a rollback: it says what is published and what was taken back, and the next scheduled refresh does not undo it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import plan as planning
from flows.cli import main
from flows.discover.discover import Wanted
from flows.refresh import refresh
from tests.refreshing import LIGHT, TODAY, bytes_of, folder_of, labels, run
from tests.slow import slow
from warehouse.errors import WarehouseError
from warehouse.home import Home
from warehouse.kept import Hold, edition_of, held, kept_warehouses, rollback, undo_rollback, withdrawn_warehouses

pytestmark = slow


@pytest.fixture(scope="module", autouse=True)
def same_definitions() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "definition_hash", lambda: "the same")
        yield


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source with both releases. Tests must not change it."""
    return folder_of(tmp_path_factory.mktemp("source"), ["RVU24AR", "RVU25A"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Home:
    """RVU24AR was published, then RVU25A beside it."""
    home = Home(tmp_path_factory.mktemp("made"))
    run(home, folder_of(tmp_path_factory.mktemp("first"), ["RVU24AR"]), LIGHT)
    run(home, source, LIGHT)
    return home


@pytest.fixture
def place(made: Home, tmp_path: Path) -> Home:
    """A copy of that home, to roll back."""
    return Home(Path(shutil.copytree(made.root, tmp_path / "home")))


def test_rollback_names_what_is_published_and_what_was_taken_back(
    place: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PFS_HOME", str(place.root))
    first = edition_of(kept_warehouses(place)[0])
    assert main(["rollback"]) == 0
    said = capsys.readouterr().out
    assert f"Published again: the warehouse built {first.built_at:%Y-%m-%d %H:%M} UTC, 1 release (RVU24AR)." in said
    assert "Taken back: the warehouse built" in said and "2 releases (RVU24AR, RVU25A)." in said
    assert "Held back from refreshes: RVU25A." in said
    assert labels(place) == ["RVU24AR"]
    assert main(["rollback", "--undo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["published"]["releases"] == ["RVU24AR", "RVU25A"]
    assert main(["rollback", "--undo"]) == 1
    assert "no warehouse under" in capsys.readouterr().err


def test_the_next_refresh_leaves_alone_what_was_taken_back(place: Home, source: Path) -> None:
    rollback(place)
    before = bytes_of(place)
    result = run(place, source, LIGHT)
    assert {outcome.name: outcome.status for outcome in result.outcomes} == {"RVU24AR.zip": "unchanged", "RVU25A.zip": "held"}
    held = next(o.detail for o in result.outcomes if o.status == "held")
    assert "'pfs refresh RVU25A' (--source FILE where it came from one) does" in held
    assert result.published is None and bytes_of(place) == before


def test_a_release_that_is_named_comes_back_and_is_held_no_more(place: Home, source: Path) -> None:
    rollback(place)
    assert len(withdrawn_warehouses(place)) == 1
    result = refresh(place, str(source), Wanted(labels=("RVU25A",)), TODAY, LIGHT)
    assert [outcome.status for outcome in result.outcomes] == ["loaded"]
    assert labels(place) == ["RVU24AR", "RVU25A"]
    assert held(place) == Hold() and withdrawn_warehouses(place) == []


def test_undoing_publishes_the_very_file_and_keeps_the_other(place: Home) -> None:
    newest = bytes_of(place)
    back, taken = rollback(place)
    assert taken is not None and (back.releases, taken.releases) == (("RVU24AR",), ("RVU24AR", "RVU25A"))
    again, replaced = undo_rollback(place)
    assert (again.releases, replaced.releases) == (taken.releases, back.releases)
    assert bytes_of(place) == newest
    assert [edition_of(path).releases for path in kept_warehouses(place)] == [("RVU24AR",)]
    assert held(place) == Hold() and withdrawn_warehouses(place) == []


def test_definitions_that_were_taken_back_are_not_built_again(place: Home, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "definition_hash", lambda: "another")
    run(place, source, LIGHT)
    rollback(place)
    before = bytes_of(place)
    with pytest.raises(WarehouseError, match=r"taken back by a rollback on .*; it is not built again\."):
        run(place, source, LIGHT)
    assert bytes_of(place) == before
    monkeypatch.setattr(planning, "definition_hash", lambda: "the same")
    assert run(place, source, LIGHT).published is None


def test_a_damaged_warehouse_is_rolled_back_without_holding_anything(place: Home, source: Path) -> None:
    place.published.write_bytes(b"damaged" * 1000)
    _, taken = rollback(place)
    assert taken is not None and taken.releases == ()
    assert [outcome.status for outcome in run(place, source, LIGHT).outcomes] == ["unchanged", "loaded"]


def test_a_hold_that_cannot_be_read_stops_with_a_sentence(place: Home, source: Path) -> None:
    (place.root / "hold.json").write_text("{")
    with pytest.raises(WarehouseError, match=r"hold\.json cannot be read .* 'pfs rollback --undo'"):
        run(place, source, LIGHT)


def test_a_rollback_cut_off_before_the_rename_holds_nothing_that_is_published(place: Home, source: Path) -> None:
    """The hold is written first: what it names is still published then, and what is published is never held back."""
    from warehouse import kept

    kept._hold(place, edition_of(place.published), edition_of(kept_warehouses(place)[0]))
    assert {outcome.status for outcome in run(place, source, LIGHT).outcomes} == {"unchanged"}
