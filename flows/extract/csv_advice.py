"""What is said of a csv heading that no declared layout has, and the rows to add: to headings.csv, or to a column map.

Pure; reads the catalogue only. Text members: text_advice.py. Which layouts there are, and how one is found: layouts.py.
"""

from __future__ import annotations

import csv
import io

from flows import catalog
from flows.extract import layouts
from flows.extract.layouts import DECLARED, Layout
from warehouse.errors import LayoutError


def unknown_heading(member: str, kind: str, headings: list[str]) -> LayoutError:
    """The error for a csv member whose heading no layout fits: member, heading, the differences, and the file to edit."""
    nearest = _nearest(kind, headings)
    faults = layouts.differences(nearest, headings)
    shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
    new, missing = _new_and_missing(nearest, headings)
    return LayoutError(
        f"{member}: no declared layout of kind {kind} has this heading. Found: {' | '.join(headings)}. "
        f"The nearest layout is {nearest.name}; {shown}. New are {_listed(new)}; missing are {_listed(missing)}."
        f"{_doubtful(nearest, headings)} If CMS changed the file, add a row for the new layout to {nearest.map_file} (a new "
        f"spelling of a known heading: to {layouts.MAP_FOLDER}/headings.csv).",
        column_map_row(kind, headings),
        spelling_rows(kind, headings),
    )


def _new_and_missing(layout: Layout, headings: list[str]) -> tuple[list[str], list[str]]:
    """The headings that no column of the layout claims or might claim, and the columns that find no heading."""
    found = layouts.claims(layout, headings)
    known = {*found.values(), *(i for places in layouts.rivals(layout, headings).values() for i in places)}
    new = [f"{text!r} (column {i})" for i, text in enumerate(headings, start=1) if text and i not in known]
    return new, [
        f"{p.headings[0]!r} ({p.column})" for p in layout.places if p.headings and p.headings[0] and p.column not in found
    ]


def _doubtful(layout: Layout, headings: list[str]) -> str:
    """The columns of ours for which several headings stand, in a sentence each."""
    said = ""
    for column, positions in layouts.rivals(layout, headings).items():
        shown = ", ".join(f"{headings[i - 1]!r} (column {i})" for i in positions)
        said += f" Several headings may be {column}: {shown}; look at the rows."
    return said


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "none"


def _nearest(kind: str, headings: list[str]) -> Layout:
    candidates = [layout for layout in layouts.layouts(kind) if layout.form == "csv" and layout.has_headings]
    return min(candidates, key=lambda layout: (layouts.distance(layout, headings), len(layouts.differences(layout, headings))))


def column_map_row(kind: str, headings: list[str]) -> str:
    """The row to add to a kind's column map for a csv heading that no layout has, made from the nearest layout.

    Headings that are known in another place move there. What only a person can decide is said below the row: headings that no
    column of ours claims, and columns of ours that no heading was found for. A column for which several headings stand, or none
    while some are unclaimed, has `?` in the row, which no layout may have, so that nobody adds the row without deciding.
    """
    nearest = _nearest(kind, headings)
    found = layouts.claims(nearest, headings)
    cells = {column: f"{position}:{headings[position - 1]}" for column, position in found.items()}
    whole = {place.position: place.column for place in nearest.places if not place.joined}
    for place in nearest.places:
        if place.joined and whole[place.position] in found:
            cells[place.column] = f"{found[whole[place.position]]}+:"
    doubtful = layouts.rivals(nearest, headings)
    known_places = {*found.values(), *(i for positions in doubtful.values() for i in positions)}
    unclaimed = {i: f"{i}:{text}" for i, text in enumerate(headings, start=1) if text and i not in known_places}
    missing = [place.column for place in nearest.places if place.column not in cells]
    open_columns = {column: [f"{i}:{headings[i - 1]}" for i in positions] for column, positions in doubtful.items()}
    if unclaimed:
        open_columns |= {column: [*unclaimed.values(), "-1 (the file lacks it)"] for column in missing}
    cells |= dict.fromkeys(open_columns, "?")
    columns = [name for name in catalog.rows(f"column_maps/{kind}.csv")[0] if name not in DECLARED]
    known = {"layout": f"{nearest.name}_new", "form": "csv", "seen": "", "preference": str(nearest.preference)}
    buffer = io.StringIO()
    row = [*(known.get(name, "") for name in DECLARED), *(cells.get(name, "-1") for name in columns)]
    csv.writer(buffer, lineterminator="").writerow(row)
    choices = "".join(f"\n  in the place of ? for {column}, one of: {', '.join(open_columns[column])}" for column in open_columns)
    return (
        f"{buffer.getvalue()}{choices}\n  headings without a column of ours: {', '.join(unclaimed.values()) or 'none'}; "
        f"columns of ours without a heading: {', '.join(missing) or 'none'}{_needed_first(kind) if unclaimed else ''}"
    )


def _needed_first(kind: str) -> str:
    """What a heading that is new, and none of ours under another name, needs: a row without it fits no file that has it."""
    return (
        "\n  a heading that is none of ours under another name needs a column: "
        f"define it in {catalog.PLACE}/columns.csv, add it to "
        f"{layouts.MAP_FOLDER}/{kind}.csv (-1 in the other rows), and to {catalog.PLACE}/tables.toml if a table is to keep it"
        "\n  years: the releases that have this layout, such as 2027A-"
    )


def spelling_rows(kind: str, headings: list[str]) -> str | None:
    """The rows to add to headings.csv under which a heading fits the nearest layout; None where other columns are in the way.

    They are for headings that stand where the layout has a column and are none of its spellings: whether CMS gave the column
    another name, or the place to another column, only a person can say.
    """
    nearest = _nearest(kind, headings)
    places = {place.position: place for place in nearest.places if not place.joined}
    if len(headings) > nearest.width or any(text and i not in places for i, text in enumerate(headings, start=1)):
        return None
    renamed = [place for i, place in places.items() if not place.accepts(headings[i - 1] if i <= len(headings) else "")]
    found = layouts.claims(nearest, headings)
    is_new = all(
        place.spelling and place.column not in found and place.position <= len(headings) and headings[place.position - 1]
        for place in renamed
    )
    if not renamed or not is_new or len(renamed) > len(places) // 2:
        return None
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows((place.spelling, headings[place.position - 1]) for place in renamed)
    return buffer.getvalue().rstrip("\n")
