"""`pfs rollback`: publishes the warehouse before this one again, or undoes that, and says which is which."""

from __future__ import annotations

from typing import Any

from flows.refresh import LOCK_SECONDS
from flows.show import as_json
from warehouse.home import home, writing
from warehouse.kept import Edition, held, kept_warehouses, rollback, undo_rollback


def command(is_undo: bool, json: bool) -> int:
    """Changes which warehouse is published, and says what is published now and what was taken back."""
    place = home()
    with writing(place, LOCK_SECONDS):
        now, before = undo_rollback(place) if is_undo else rollback(place)
    back = sorted(held(place).archives.values())
    left = len(kept_warehouses(place))
    if json:
        print(as_json({"published": about(now), "replaced": about(before) if before else None, "held_back": back, "kept": left}))
        return 0
    print(f"Published again: {_sentence(now)}.")
    if before:
        print(f"{'Kept' if is_undo else 'Taken back'}: {_sentence(before)}.")
    if back:
        print(
            f"Held back from refreshes: {', '.join(back)}. 'pfs refresh LABEL' loads one again, 'pfs rollback --undo' all of it."
        )
    print(f"{left} earlier {'warehouse is' if left == 1 else 'warehouses are'} kept.")
    return 0


def about(edition: Edition) -> dict[str, Any]:
    """A warehouse file for programs: its name, when it was built, and the releases in it."""
    return {"file": edition.path.name, "built_at": edition.built_at, "releases": list(edition.releases)}


def _sentence(edition: Edition) -> str:
    if not edition.releases:
        return f"the warehouse of {edition.built_at:%Y-%m-%d %H:%M} UTC, which cannot be read"
    named = edition.releases if len(edition.releases) <= 6 else (*edition.releases[:3], "...", *edition.releases[-3:])
    count = f"{len(edition.releases)} release" + ("" if len(edition.releases) == 1 else "s")
    return f"the warehouse built {edition.built_at:%Y-%m-%d %H:%M} UTC, {count} ({', '.join(named)})"
