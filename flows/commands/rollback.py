"""`pfs rollback`: publishes the warehouse before this one again, or undoes that, and says which is which."""

from __future__ import annotations

from flows.held import about, loaded_again
from flows.plain import as_json
from flows.refresh import LOCK_SECONDS
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
            f"Held back from refreshes: {', '.join(back)}. {loaded_again(back)}; 'pfs rollback --undo' publishes all of it again."
        )
    print(f"{left} earlier {'warehouse is' if left == 1 else 'warehouses are'} kept.")
    return 0


def _sentence(edition: Edition) -> str:
    if not edition.releases:
        return f"the warehouse of {edition.built_at:%Y-%m-%d %H:%M} UTC, which cannot be read"
    named = edition.releases if len(edition.releases) <= 6 else (*edition.releases[:3], "...", *edition.releases[-3:])
    sample = "the embedded sample, " if edition.is_sample else ""
    counted = [_count(edition.release_count, "release")] if edition.release_count else []
    if beside := len(edition.releases) - edition.release_count:
        counted.append(_count(beside, "ZIP code or reference file"))
    said = " and ".join(counted)
    return f"the warehouse built {edition.built_at:%Y-%m-%d %H:%M} UTC, {sample}{said} ({', '.join(named)})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
