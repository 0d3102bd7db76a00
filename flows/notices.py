"""The notices of CMS, the AMA and the ADA that go wherever the data goes, and whose code a code is.

Reads flows/catalog/notices.toml. An operator who holds a licence for descriptions declares it in words, and the notice then
says so; nothing here checks whether the licence is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flows import catalog
from warehouse.errors import PfsError

_SHORTEST_DECLARATION = 12


@dataclass(frozen=True)
class Licences:
    """What the operator declares: the licence under which CPT (AMA) and dental (ADA) descriptions may be shown; None: none."""

    cpt: str | None = None
    dental: str | None = None

    def __post_init__(self) -> None:
        for option, text in (("--cpt-licence", self.cpt), ("--dental-licence", self.dental)):
            if text is not None and len(text.strip()) < _SHORTEST_DECLARATION:
                raise PfsError(
                    f"{option} {text!r}: the licence was expected in words, as it is to stand in the notice, for example "
                    f'{option} "licence 12345, held by Example Press until 2027". Without a licence, leave the option out.'
                )

    def of(self, owner: str) -> str | None:
        """The declared licence for the descriptions of an owner (AMA, ADA); None without one."""
        return {"AMA": self.cpt, "ADA": self.dental}.get(owner)

    @property
    def owners(self) -> tuple[str, ...]:
        """The owners whose descriptions may be shown besides CMS's."""
        return tuple(owner for owner in ("AMA", "ADA") if self.of(owner))


def owner_of_code(code: str) -> str:
    """Whose code it is: CMS (HCPCS Level II without dental codes), ADA (dental), AMA (CPT)."""
    if re.fullmatch(r"[A-CE-V][0-9X]{3}[0-9]", code):
        return "CMS"
    return "ADA" if re.fullmatch(r"D[0-9]{4}", code) else "AMA"


def notices(licences: Licences, owner: str | None = None) -> list[str]:
    """The notices as sentences: those of a code of this owner, or all of them."""
    return [
        _text(name, entry, licences) for name, entry in _entries().items() if owner is None or entry["codes"] in ("all", owner)
    ]


def _text(name: str, entry: dict[str, Any], licences: Licences) -> str:
    if "with_licence" not in entry:
        return str(entry["text"])
    declared = licences.of(name)
    return (
        f"{entry['text']} {entry['with_licence']} {declared.strip()}"
        if declared
        else f"{entry['text']} {entry['without_licence']}"
    )


@cache
def _entries() -> dict[str, dict[str, Any]]:
    return catalog.settings("notices.toml")
