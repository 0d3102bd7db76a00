"""Reading a feed in tests: its documents, its files with their bytes and times, and the schemas of the documents."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry, meta

from flows.feed.feed import FeedResult, Wish
from tests.refreshing import TODAY

Feed = tuple[Path, FeedResult]
INDEXES = ("codes", "sections", "localities", "zips", "releases", "changes", "feed")
WISH = Wish(TODAY)


def document(root: Path, name: str) -> Any:
    return json.loads((root / name).read_text(encoding="utf-8"))


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a feed by name, without what it keeps for its next run."""
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith(".state/")}


def times(root: Path) -> dict[str, int]:
    return {name: (root / name).stat().st_mtime_ns for name in contents(root)}


@cache
def validator(kind: str) -> Draft202012Validator:
    schemas = {path.name: json.loads(path.read_text()) for path in (files("flows") / "feed" / "schemas").iterdir()}
    for schema in schemas.values():
        meta.validate(schema)
    # The schemas refer to each other by file name; here they get an address each.
    registry = Registry([(f"https://feed.test/{name}", schema) for name, schema in schemas.items()])
    return Draft202012Validator({"$ref": f"https://feed.test/{kind}.schema.json"}, registry=registry)
