"""Warehouses that were published before, and what a rollback holds back, in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flows import catalog
from warehouse.kept import Edition


def about(edition: Edition) -> dict[str, Any]:
    """A warehouse file for programs: its name, when it was built, the releases and files in it, whether it is the sample."""
    return {
        "file": edition.path.name,
        "built_at": edition.built_at,
        "releases": list(edition.releases),
        "is_sample": edition.is_sample,
    }


def asked_by_name(edition: str) -> str:
    """What a person types to have an edition loaded although a rollback took it back."""
    label = edition.split(".")[0]
    for name, reference in catalog.references().items():
        if label.startswith(reference.label):
            return f"'pfs refresh {name} --year {label.removeprefix(reference.label)}'"
    if label.startswith("ZIP"):
        return "'pfs refresh --source FILE' with its file"
    return f"'pfs refresh {label}' (--source FILE where it came from one)"


def loaded_again(editions: Sequence[str]) -> str:
    """What loads the first one of each kind again (release, ZIP code file, reference file) although it is held back."""
    by_kind = {re.sub(r"\d.*", "", edition): edition for edition in reversed(editions)}
    return "; ".join(f"{asked_by_name(edition)} loads {edition} again" for edition in reversed(by_kind.values()))
