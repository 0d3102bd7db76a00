"""The row to add to a column map for a text member that no declared layout fits, made from the layout that comes nearest.

Pure. A record that grew or shrank is compared with every fixed layout, with the difference put before each of its columns in
turn; the best of these is the one under which most cells have the form of their column. What only a person can decide is said
below the row.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flows import catalog
from flows.catalog import Kind
from flows.extract import layouts
from flows.extract.layouts import DECLARED, Layout

_SAMPLE = 60
_FIGURE = r"\d*\.?\d+"
# A record that differs by more is another file, and columns moved about would fit by chance.
_MOST_MOVED = 40

Spans = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class _Guess:
    layout: Layout
    at: int
    moved: int
    spans: Spans
    share: float


def text_map_row(kind: Kind, lines: list[str]) -> str | None:
    """The row to add for a text member of this kind; None when it has no lines that look like rows, or nothing like a layout."""
    rows = [line for line in lines if re.match(kind.text_key, line)]
    declared = [layout for layout in layouts.layouts(kind.name) if layout.form != "csv"]
    if not rows or not declared:
        return None
    return _fixed_row(kind, rows) if any(layout.form == "fixed" for layout in declared) else _pattern_row(kind, rows)


# --- fixed width ---------------------------------------------------------------------------------------------------------


def _fixed_row(kind: Kind, rows: list[str]) -> str | None:
    length = Counter(map(len, rows)).most_common(1)[0][0]
    sample = [row for row in rows if len(row) == length][:: max(1, len(rows) // _SAMPLE)][:_SAMPLE]
    guesses = list(_guesses(kind, sample, length))
    if not guesses:
        return None
    best = max(guesses, key=lambda guess: guess.share)
    cells = {name: f"{first}-{last}" for name, (first, last) in best.spans.items()}
    moved = (
        f"its columns from character {best.at} on moved by {best.moved:+d}" if best.moved else "its record has the same length"
    )
    filled = ", ".join(_filled(best.spans, sample, length)) or "none"
    return (
        f"{_row(kind, best.layout, cells, record_length=str(length))}\n  made from {best.layout.name}: {moved}, and "
        f"{best.share:.0%} of the cells have the form of their column; characters without a column of ours that are filled: "
        f"{filled}"
    )


def _guesses(kind: Kind, sample: list[str], length: int) -> Iterator[_Guess]:
    for layout in layouts.layouts(kind.name):
        moved = length - (layout.record_length or 0)
        if layout.form != "fixed" or abs(moved) > _MOST_MOVED:
            continue
        places = sorted(layout.places, key=lambda place: place.first)
        starts = [place.first for place in places] + [(layout.record_length or 0) + 1] if moved else [1]
        for at in starts:
            spans = {
                place.column: (place.first + moved, place.last + moved) if place.first >= at else (place.first, place.last)
                for place in places
            }
            if _lie_apart(list(spans.values()), length):
                yield _Guess(layout, at, moved, spans, _share(spans, sample, length))


def _lie_apart(spans: list[tuple[int, int]], length: int) -> bool:
    ends = [0, *[last for _, last in spans]]
    return all(first > end for (first, _), end in zip(spans, ends, strict=False)) and ends[-1] <= length


def _share(spans: Spans, sample: list[str], length: int) -> float:
    """The share of cells that have the form of their column, and of unclaimed characters that are blank."""
    fits = total = 0
    for name, (first, last) in spans.items():
        if form := _form(name):
            fits += sum(1 for row in sample if form.fullmatch(row[first - 1 : last].strip()))
            total += len(sample)
    claimed = {i for first, last in spans.values() for i in range(first, last + 1)}
    free = [i for i in range(1, length + 1) if i not in claimed]
    fits += sum(1 for row in sample for i in free if row[i - 1] == " ")
    return fits / max(1, total + len(free) * len(sample))


def _form(name: str) -> re.Pattern[str] | None:
    column = catalog.columns()[name]
    if column.scale:
        return re.compile(_FIGURE)
    if column.type == "BOOLEAN":
        return re.compile(f"(?:{re.escape(column.pattern or '')})?")
    return re.compile(column.pattern) if column.pattern else None


def _filled(spans: Spans, sample: list[str], length: int) -> list[str]:
    claimed = {i for first, last in spans.values() for i in range(first, last + 1)}
    return [str(i) for i in range(1, length + 1) if i not in claimed and any(row[i - 1] != " " for row in sample)]


# --- print-style ---------------------------------------------------------------------------------------------------------


def _pattern_row(kind: Kind, rows: list[str]) -> str | None:
    """A pattern and a row for a print-style text: number of contractor, perhaps a state, locality, its name, then figures."""
    shape = re.compile(rf"\s*\d{{5}}\s+(?P<state>[A-Z]{{2}}\s+)?\d{{2}}\s+[^\s\d][^\d]*?(?P<figures>(?:\s*(?<!\d){_FIGURE})+)\s*")
    found = [match for row in rows if (match := shape.fullmatch(row))]
    if not found:
        return None
    count, has_state = Counter((len(match["figures"].split()), match["state"] is not None) for match in found).most_common(1)[0][
        0
    ]
    nearest = min(
        (layout for layout in layouts.layouts(kind.name) if layout.form == "pattern"),
        key=lambda layout: (abs(len(_figures(layout)) - count), ("state" in layout.columns) != has_state),
    )
    names = _figures(nearest) if len(_figures(nearest)) == count else [f"FIGURE_{i}" for i in range(1, count + 1)]
    parts = [r"(?P<mac>\d{5})", *([r"(?P<state>[A-Z]{2})"] if has_state else []), r"(?P<locality>\d{2})"]
    groups = r"\s+".join([*parts, r"(?P<locality_name>[^\s\d][^\d]*?)\s*" + r"\s+".join(rf"(?P<{n}>{_FIGURE})" for n in names)])
    cells = {name: name for name in ["mac", *(["state"] if has_state else []), "locality", "locality_name", *names]}
    return (
        f"{_row(kind, nearest, cells)}\n  and in {catalog.PLACE}/text_patterns.toml:\n  [{nearest.name}_new]\n"
        f"  row = '^\\s*{groups}\\s*$'\n  made from {nearest.name}; {len(found)} of {len(rows)} lines that look like rows have "
        f"{count} figures; name each after its heading, and add `heading` with a pattern that proves their order"
    )


def _figures(layout: Layout) -> list[str]:
    """The columns of figures of a pattern in the order in which they stand."""
    return [name for name in re.compile(layout.row_pattern).groupindex if catalog.columns()[name].scale]


def _row(kind: Kind, nearest: Layout, cells: dict[str, str], record_length: str = "") -> str:
    """A row of the kind's column map, for the layout that the user will name."""
    columns = list(catalog.rows(f"column_maps/{kind.name}.csv")[0])
    declared = {
        "layout": f"{nearest.name}_new",
        "form": nearest.form,
        "preference": str(nearest.preference),
        "record_length": record_length,
        "implied_decimals": str(nearest.implied_decimals or ""),
    }
    buffer = io.StringIO()
    values = [declared.get(name, "") if name in DECLARED else cells.get(name, "-1") for name in columns]
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue()
