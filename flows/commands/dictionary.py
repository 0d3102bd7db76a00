"""`pfs dictionary`: what every table, view, column and macro means."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flows.dictionary.collect import Entry, entries, other_columns
from flows.dictionary.document import document, part
from flows.plain import as_json
from warehouse.errors import PfsError


def command(name: str | None, json: bool, write: str | None) -> int:
    """Prints the dictionary, or one entry of it, or writes the document to a file."""
    if write is not None:
        if name is not None or json:
            raise PfsError("--write writes the whole dictionary as a document; leave out the name and --json.")
        _write(Path(write).expanduser())
        return 0
    chosen = entries() if name is None else (_named(name),)
    if json:
        print(as_json([asdict(entry) for entry in chosen]))
    else:
        print(part(chosen[0]) if name is not None else document(chosen, other_columns()), end="")
    return 0


def _write(path: Path) -> None:
    text = document(entries(), other_columns())
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PfsError(f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists.") from error
    print(f"{path}: {len(entries())} tables, views and macros.")


def _named(name: str) -> Entry:
    found = next((entry for entry in entries() if entry.name == name.lower()), None)
    if found is None:
        near = [entry.name for entry in entries() if name.lower() in entry.name]
        raise PfsError(
            f"There is no table, view or macro {name!r}. "
            + (f"Near ones: {', '.join(near)}." if near else "'pfs dictionary' lists all of them.")
        )
    return found
