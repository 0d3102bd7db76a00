"""What changed between the feed before and a new one. Pure: lists of files in, a document out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.feed.documents import VERSION, Document

_CODES = "codes/"
Reader = Callable[[str, str], "dict[str, Any] | None"]
New = Callable[[str], "dict[str, Any]"]


def changes(before: Document | None, now: Document, new_document: New, read: Reader) -> Document:
    """The changes document: codes added, changed, gone and back, and the other files that changed.

    `before` and `now` are manifests; `new_document` gives a new document by name; `read` gives a document of the feed before
    by name and sha256, None where it is no longer there. A code that changed names the parts of its document that differ;
    `parts` is null where the document of before is no longer there to compare with.
    """
    old, new = (dict(before["files"]) if before else {}), dict(now["files"])
    touched = [name for name in new if new[name] != old.get(name)]
    found: dict[str, list[Any]] = {"added": [], "changed": [], "gone": [], "back": []}
    for name in (name for name in touched if name.startswith(_CODES)):
        code = name.removeprefix(_CODES).removesuffix(".json")
        was = read(name, old[name]) if name in old else None
        document = new_document(name)
        kind = _kind(name in old, was, document)
        found[kind].append({"code": code, "parts": _parts(was, document)} if kind == "changed" else code)
    return {
        "$schema": "schemas/changes.schema.json",
        "version": VERSION,
        "kind": "changes",
        "feed_id": now["feed_id"],
        "feed_before": {"feed_id": before["feed_id"], "release": before["release"]} if before else None,
        "release": now["release"],
        "codes": found,
        "other_files": [name for name in touched if not name.startswith(_CODES)],
        "removed_files": [name for name in old if name not in new],
    }


def _kind(is_known: bool, was: Document | None, document: Document) -> str:
    if not is_known:
        return "added" if document["kind"] == "code" else "gone"
    if document["kind"] == "tombstone":
        return "changed" if was is not None and was["kind"] == "tombstone" else "gone"
    return "back" if was is not None and was["kind"] == "tombstone" else "changed"


def _parts(was: Document | None, document: Document) -> list[str] | None:
    if was is None:
        return None
    return [name for name in document if name not in was or document[name] != was[name]]
