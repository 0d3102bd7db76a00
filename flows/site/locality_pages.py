"""The pages of localities, and the files by which a page finds the locality of a ZIP code.

Pure: indexes of a feed in, views out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from markupsafe import Markup

from flows.site.shown import MINUS, day
from flows.site.structured import page_structured
from flows.site.whole import Place, Whole

Document = dict[str, Any]
_PARTS = (("work_gpci", "Work"), ("pe_gpci", "Practice expense"), ("mp_gpci", "Malpractice"))


def localities_page(whole: Whole, release: Document) -> Document:
    """The view of the list of all localities, by state."""
    ordered = [whole.places[number] for number in whole.locality_order]
    return {
        "path": "localities.html",
        "root": "",
        "heading": "Localities",
        "summary": f"The {len(ordered)} payment localities of Medicare's physician fee schedule with their geographic indices.",
        "states": [(state, list(found)) for state, found in groupby(ordered, key=lambda place: (place.state, place.state_name))],
        "release": release,
    }


def locality_page(whole: Whole, place: Place, release: Document, factor: str, zips: Document, zip_codes: list[str]) -> Document:
    """The view of one locality."""
    row, label = place.document, whole.label(place)
    heading = f"{place.name}, {place.state}" if place.name != label else label
    parts = f"{row['work_gpci']} work, {row['pe_gpci']} practice expense, {row['mp_gpci']} malpractice"
    flagged = set(zips["needs_plus_four"])
    summary = f"Medicare payment locality {row['locality']} of contractor {row['mac']}: geographic indices {parts}."
    path = f"localities/{place.slug}.html"
    return {
        "path": path,
        "root": "../",
        "heading": heading,
        "summary": summary,
        "place": place,
        "row": row,
        "release": release,
        "factor": factor,
        "total": len(whole.places),
        "indices": [_index(whole, place, name, title, Decimal(factor)) for name, title in _PARTS],
        "anesthesia": _anesthesia(row),
        "counties": _counties(row["county_names"] or ""),
        "zips": " ".join(zip_codes),
        "zip_count": len(zip_codes),
        "zip_file": _zip_file(zips["file"]),
        "plus_four": sum(code in flagged for code in zip_codes),
        "structured": page_structured(
            whole.site,
            path,
            heading,
            summary,
            {"@type": "AdministrativeArea", "name": heading, "containedInPlace": {"@type": "Country", "name": "US"}},
        ),
    }


def _counties(text: str) -> str:
    """The counties as CMS names them, without its capitals and slashes."""
    small = {"and", "of", "except", "all", "other", "counties", "county", "equivalents", "city", "the"}
    spaced = re.sub(r"\s*/\s*", ", ", text)
    words = [word.lower() if word.lower().strip(",;") in small else word.title() for word in spaced.split()]
    told = re.sub(r"'S\b", "'s", " ".join(words))
    return f"{told[:1].upper()}{told[1:]}."


def _index(whole: Whole, place: Place, name: str, title: str, factor: Decimal) -> Document:
    value = Decimal(place.document[name])
    values = [Decimal(other.document[name]) for other in whole.places]
    change = 100 * (value - 1)
    return {
        "label": title,
        "value": place.document[name],
        "against": f"{'+' if change > 0 else MINUS if change < 0 else '±'}{abs(change):.1f} %",
        "rank": 1 + sum(other > value for other in values),
        "worth": f"${factor * value:.4f}",
        "plot": _picture(values, value),
    }


def _picture(values: list[Decimal], own: Decimal) -> Markup:
    low, high = min(values), max(values)
    span = high - low or Decimal(1)

    def across(value: Decimal) -> str:
        return f"{10 + 980 * (value - low) / span:.1f}".removesuffix(".0")

    ticks = "".join(f"M{across(value)} 4v12" for value in sorted(set(values)))
    return Markup(
        '<svg class="plot" viewBox="0 0 1000 20" preserveAspectRatio="none" width="100%" height="20">'
        f'<path class="ticks" d="{ticks}"/><path class="mine" d="M{across(own)} 0v20"/></svg>'
    )


def _anesthesia(row: Document) -> list[str]:
    factors = {entry["qp_status"]: entry["value"] for entry in row["anesthesia_conversion_factors"]}
    said = []
    if "non_qp" in factors:
        said.append(f"The anesthesia conversion factor is ${factors['non_qp']} per unit; base and time units are added up first.")
    if "qp" in factors:
        said.append(f"For qualifying participants (QP) it is ${factors['qp']}.")
    return said


def _zip_file(file: Document | None) -> str:
    if not file:
        return ""
    return f"From CMS's ZIP code file {file['label']}, {day(file['valid_from'])} to {day(file['valid_to'])}."


def zips_by_place(whole: Whole, zips: Document) -> dict[int, list[str]]:
    """The ZIP codes of each locality, by its position."""
    found: dict[int, list[str]] = {place.position: [] for place in whole.places}
    for code, position in zips["zips"].items():
        found[position].append(code)
    return found


def zip_files(whole: Whole, zips: Document) -> Iterator[tuple[str, Document]]:
    """A file for each first three digits, so that a page loads a kilobyte to know a locality: ZIP code to the page's name."""
    flagged = set(zips["needs_plus_four"])
    for start, codes in groupby(sorted(zips["zips"]), key=lambda code: code[:3]):
        found = list(codes)
        yield (
            f"zips/{start}.json",
            {
                "zips": {code: whole.places[zips["zips"][code]].slug for code in found},
                "needs_plus_four": [code for code in found if code in flagged],
            },
        )
