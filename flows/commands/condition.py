"""The operator's part of `pfs status`: how the last refresh ended, who is writing, what is kept, held back, left over."""

from __future__ import annotations

import os
import re
import socket
from datetime import UTC, datetime
from typing import Any

from flows.held import about, loaded_again
from flows.notify import last_refresh
from flows.plain import clean
from flows.show import console, line
from warehouse import leftovers
from warehouse.errors import WarehouseError
from warehouse.home import Home, who_writes
from warehouse.kept import edition_of, held, kept_warehouses, withdrawn_warehouses


def condition(home: Home, has_warehouse: bool = True) -> dict[str, Any]:
    """The state of the home for programs. Times are in UTC; `age_days` counts from the build of the published warehouse.

    Both are None where there is none that can be read; then what is held back is None too where its note cannot be read, which is
    an error else.
    """
    built_at = edition_of(home.published).built_at if has_warehouse else None
    try:
        hold = held(home)
    except WarehouseError:
        if has_warehouse:
            raise
        hold = None
    return {
        "published_at": built_at,
        "age_days": (datetime.now(UTC) - built_at).days if built_at else None,
        "last_refresh": last_refresh(home),
        "writing": _writing(home),
        "kept": [about(edition_of(path)) for path in kept_warehouses(home)],
        "taken_back": [about(edition_of(path)) for path in withdrawn_warehouses(home)],
        "held_back": sorted(hold.archives.values()) if hold else None,
        "held_since": (hold.at or None) if hold else None,
        "leftovers": [
            {"path": str(left.path), "bytes": left.size, "meaning": left.meaning, "is_cleared": left.is_cleared}
            for left in leftovers.found(home)
        ],
    }


def show_condition(state: dict[str, Any]) -> None:
    """The same in lines."""
    out = console()
    if state["published_at"]:
        out.print(line(f"Built {state['published_at']:%Y-%m-%d %H:%M} UTC."))
    if last := state["last_refresh"]:
        out.print(line(f"Last refresh, {clean(last['at'])}: {last['status'].replace('_', ' ')}. {clean(last['text'])}"))
    if state["writing"]:
        out.print(line(f"A refresh is writing: {clean(state['writing'])}."))
    if state["held_back"] is None:
        out.print(line("What a rollback holds back is not known: hold.json cannot be read."))
    if state["held_back"]:
        names = ", ".join(state["held_back"])
        again = loaded_again(state["held_back"])
        out.print(line(f"Held back since the rollback of {state['held_since'][:10]}: {names}. {again}."))
    for name, heading in (("kept", "Kept for rollback"), ("taken_back", "Taken back")):
        for kept in state[name]:
            releases = ", ".join(kept["releases"][-4:]) or "cannot be read"
            sample = ", the embedded sample" if kept["is_sample"] else ""
            out.print(line(f"{heading}: {kept['file']}, built {kept['built_at']:%Y-%m-%d %H:%M} UTC, with {releases}{sample}."))
    if not state["kept"]:
        out.print(line("Kept for rollback: none."))
    for left in state["leftovers"]:
        fate = "the next refresh clears it away" if left["is_cleared"] else "it stays"
        out.print(line(f"Left over: {left['path']}, {left['bytes']:,} bytes, {left['meaning']}; {fate}."))


def _writing(home: Home) -> str | None:
    """The process that is writing; None when there is none, or when it died (its traces are leftovers)."""
    holder = who_writes(home)
    found = re.fullmatch(r"process (\d+) on (\S+) since .*", holder or "")
    if not found or found[2] != socket.gethostname():
        return holder
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return None
    except OSError:  # it is there, and somebody else's
        return holder
    return holder
