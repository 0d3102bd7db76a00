"""What all pages of a site share: its name and address, the localities in order, the names of codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from flows import catalog
from flows.site.shown import slug

Document = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """What stands on every page."""

    title: str
    base_url: str
    has_zips: bool
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A locality as pages show it; `position` is its place in the arrays of amounts."""

    position: int
    slug: str
    name: str
    state: str
    state_name: str
    document: Document = field(hash=False, compare=False)


def places(localities: Document) -> list[Place]:
    """The localities in the order of the arrays of amounts."""
    states = {row["state"]: row["state_name"] for row in catalog.rows("states.csv")}
    return [
        Place(
            number,
            f"{row['mac']}-{row['locality']}",
            row["area_name"] or row["locality_name"].title(),
            row["state"],
            states.get(row["state"], row["state"]),
            row,
        )
        for number, row in enumerate(localities["localities"])
    ]


@dataclass
class Whole:
    """What every page of a code needs besides its document; `kinds` is the page of each category and subcategory."""

    site: Site
    places: list[Place]
    names: dict[str, str]
    codes: frozenset[str]
    pictures: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, tuple[str, str]] = field(default_factory=dict)
    kinds: dict[tuple[str, str], str] = field(default_factory=dict)

    def crumbs(self, code: str, section: str | None) -> list[tuple[str, str]]:
        """The way to a code: sections, its section, and the series where the section has several pages."""
        if not section:
            return [("Sections", "../sections.html")]
        series, name = self.ranges.get(code, ("", ""))
        found = [("Sections", "../sections.html"), (section, f"../sections/{slug(section)}.html")]
        return [*found, (series, f"../sections/{name}.html")] if series and series != section else found

    @cached_property
    def locality_order(self) -> list[int]:
        """The places by the name of their state and their own, as tables and lists show them."""
        ordered = sorted(self.places, key=lambda place: (place.state_name, place.state, place.name, place.slug))
        return [place.position for place in ordered]

    @cached_property
    def locality_heads(self) -> list[Markup]:
        """The head of each locality's row in the table of amounts, in the order of the arrays."""
        return [
            Markup(f"<tr><th scope=row><a href=../localities/{place.slug}.html>{escape(self.label(place))}</a>")
            for place in self.places
        ]

    @cached_property
    def _alone(self) -> set[str]:
        """The states that are one locality."""
        counted = Counter(place.state for place in self.places)
        return {state for state, count in counted.items() if count == 1}

    def label(self, place: Place) -> str:
        """The name of a locality, with its state where the name does not say it."""
        says_it = place.state in self._alone or place.name.startswith("Rest of ")
        return place.name if says_it else f"{place.name}, {place.state}"
