"""Small plots as inline SVG, made at build time. Pure: figures in, markup out.

Marks lie in an inner drawing that is stretched to the width of the page, with lines that keep their width; labels lie outside of
it at a part of the width in per cent, so that they stay readable on a phone. Colours come from the style sheet by class, so that
dark pages and print have theirs. Floats are positions on a drawing here, never figures that are shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

_WIDE = 1000
_TALL, _BASE = 200, 170
# The scale of RVUs is the same on every page, so that a mark depends on the code alone: 0 by itself, then 0.01 to 200.
_LOWEST, _HIGHEST = -2.0, math.log10(200)
_ZERO_WIDTH, _START = 24, 40
BINS = 60


def rvu_position(value: Decimal) -> float:
    """Where an RVU stands on the logarithmic scale, of 1000."""
    if value <= 0:
        return _ZERO_WIDTH / 2
    part = (math.log10(float(value)) - _LOWEST) / (_HIGHEST - _LOWEST)
    return _START + (_WIDE - _START) * min(max(part, 0.0), 1.0)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _percent(position: float) -> str:
    return f"{position / 10:.2f}%"


def bar(parts: Sequence[Decimal], largest: Decimal, classes: Sequence[str]) -> Markup:
    """A bar of parts side by side; the largest bar of its table is as wide as the page. Empty without a size."""
    if largest <= 0:
        return Markup("")
    drawn, at = [], Decimal(0)
    for part, name in zip(parts, classes, strict=True):
        if part > 0:
            wide = part / largest * _WIDE
            drawn.append(f'<rect class="{name}" x="{at:.1f}" width="{max(wide, Decimal(2)) - Decimal("1.5"):.1f}" height="8"/>')
            at += wide
    return Markup(
        f'<svg class="bar" viewBox="0 0 {_WIDE} 8" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'
    )


def strip(amounts: Sequence[int], national: int) -> Markup:
    """One line for each amount (cents) between the lowest and the highest, and a mark for the national one."""
    low, high = min(*amounts, national), max(*amounts, national)
    if low == high:
        return Markup("")

    def place(amount: int) -> float:
        return 10 + (_WIDE - 20) * (amount - low) / (high - low)

    ticks = "".join(f"M{_number(place(amount))} 14v26" for amount in sorted(set(amounts)))
    at = place(national)
    return Markup(
        f'<svg class="plot" width="100%" height="64" data-low="{low}" data-high="{high}" role="img" '
        f'aria-label="From ${low / 100:,.2f} to ${high / 100:,.2f}; nationally ${national / 100:,.2f}.">'
        f'<svg viewBox="0 0 {_WIDE} 64" preserveAspectRatio="none" width="100%" height="64">'
        f'<path class="ticks" d="{ticks}"/><path class="mark" d="M{_number(at)} 6v42"/><path class="mine" d=""/></svg>'
        f'<text x="1%" y="60">${low / 100:,.2f}</text><text x="99%" y="60" text-anchor="end">${high / 100:,.2f}</text></svg>'
    )


@dataclass(frozen=True)
class Line:
    """A line of a step plot: its label, the class that styles it, and a value for each period (None: a gap)."""

    label: str
    name: str
    values: Sequence[Decimal | None]


def steps(
    starts: Sequence[float], end: float, lines: Sequence[Line], unit: str, describes: str, ends: Sequence[float | None] | None
) -> Markup:
    """Values that stand still in periods: `starts` are the periods' first days as years (2025.75), `end` is the last day.

    With `ends`, the last known day of each period (None: it is open), the time to the next period is dashed. The first scale mark
    is 0, so that a change looks as large as it is.
    """
    values = [value for line in lines for value in line.values if value is not None]
    if not values or len(starts) < 2:
        return Markup("")
    top, gap = _scale(max(values))
    frame = _Frame(starts[0], end, top)
    grid, labels, mark = [], [], Decimal(0)
    while mark <= top:
        grid.append(f"M60 {_number(frame.up(mark))}H840")
        labels.append(f'<text x="5%" y="{_number(frame.up(mark) + 4)}" text-anchor="end">{unit}{_short(mark)}</text>')
        mark += gap
    labels += [
        f'<text x="{_percent(frame.across(year))}" y="190" text-anchor="middle">{year}</text>' for year in _years(starts[0], end)
    ]
    drawn = []
    for line in lines:
        if ends:
            drawn.append(f'<path class="line gap {line.name}" d="{_path(line.values, starts, end, frame)}"/>')
            drawn.append(f'<path class="line {line.name}" d="{_known(line.values, starts, ends, end, frame)}"/>')
        else:
            drawn.append(f'<path class="line {line.name}" d="{_path(line.values, starts, end, frame)}"/>')
    labels += _ends(lines, frame, unit)
    return Markup(
        f'<svg class="plot steps" width="100%" height="{_TALL}" role="img" aria-label="{escape(describes)}">'
        f'<svg viewBox="0 0 {_WIDE} {_TALL}" preserveAspectRatio="none" width="100%" height="{_TALL}">'
        f'<path class="grid" d="{"".join(grid)}"/>{"".join(drawn)}</svg>{"".join(labels)}</svg>'
    )


@dataclass(frozen=True)
class _Frame:
    """Where years and values of a step plot lie on its drawing."""

    first: float
    last: float
    top: Decimal

    def across(self, year: float) -> float:
        return 60 + 780 * (year - self.first) / (self.last - self.first)

    def up(self, value: Decimal) -> float:
        return _BASE - (_BASE - 14) * float(value / self.top)


def _short(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _scale(largest: Decimal) -> tuple[Decimal, Decimal]:
    """The highest mark of a scale from 0 and the gap between its marks: 1, 2 or 5 times a power of ten, three to five of them."""
    power = Decimal(10) ** (largest.adjusted() - 1 if largest > 0 else 0)
    for times in (1, 2, 5, 10, 20, 50, 100):
        gap = power * times
        marks = math.ceil(largest / gap)
        if marks <= 4:
            return gap * max(marks, 1), gap
    return largest, largest


def _years(first: float, last: float) -> list[int]:
    """At most six whole years between two dates."""
    low, high = math.ceil(first), math.floor(last)
    gap = max(1, math.ceil((high - low + 1) / 6))
    return list(range(low, high + 1, gap))


def _path(values: Sequence[Decimal | None], starts: Sequence[float], end: float, frame: _Frame) -> str:
    """One line through all periods, with an upright where a value changes."""
    found, is_drawing = [], False
    for number, value in enumerate(values):
        if value is None:
            is_drawing = False
            continue
        stop = starts[number + 1] if number + 1 < len(starts) else end
        y = _number(frame.up(value))
        found.append(f"V{y}" if is_drawing else f"M{_number(frame.across(starts[number]))} {y}")
        found.append(f"H{_number(frame.across(stop))}")
        is_drawing = True
    return "".join(found)


def _known(
    values: Sequence[Decimal | None], starts: Sequence[float], ends: Sequence[float | None], end: float, frame: _Frame
) -> str:
    """The parts of a line of which releases are loaded."""
    return "".join(
        f"M{_number(frame.across(start))} {_number(frame.up(value))}H{_number(frame.across(end if stop is None else stop))}"
        for value, start, stop in zip(values, starts, ends, strict=True)
        if value is not None
    )


def _ends(lines: Sequence[Line], frame: _Frame, unit: str) -> list[str]:
    """The last value of each line with its label at the right end, kept apart where lines end close to each other."""
    last = [(frame.up(value) + 4, value, line) for line in lines if (value := line.values[-1]) is not None]
    found, free = [], 0.0
    for y, value, line in sorted(last, key=lambda entry: entry[0]):
        free = max(y, free)
        found.append(
            f'<text class="end {line.name}" x="85%" y="{_number(free)}">{unit}{value:,}'
            f'<tspan class="what" x="85%" dy="14">{escape(line.label)}</tspan></text>'
        )
        free += 32
    return found


def histogram(values: Sequence[Decimal]) -> str:
    """A picture file: how many values lie in each part of the scale of `rvu_position`. Square roots of the counts, so that rare
    parts can be seen beside frequent ones, would mislead; heights are counts."""
    counts = [0] * (BINS + 1)
    wide = (_WIDE - _START) / BINS
    for value in values:
        at = rvu_position(value)
        counts[0 if value <= 0 else 1 + min(int((at - _START) / wide), BINS - 1)] += 1
    most = max(counts) or 1
    bars = []
    for number, count in enumerate(counts):
        if count:
            tall = max(100 * count / most, 1)
            x, w = (0, _ZERO_WIDTH) if number == 0 else (_START + (number - 1) * wide, wide - 2)
            bars.append(f"M{_number(x)} {_number(100 - tall)}h{_number(w)}V100h-{_number(w)}z")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="100" viewBox="0 0 {_WIDE} 100" '
        'preserveAspectRatio="none"><style>path{fill:#b6c2c4}@media(prefers-color-scheme:dark){path{fill:#46535a}}</style>'
        f'<path d="{"".join(bars)}"/></svg>\n'
    )


def _scale_texts(y: int) -> str:
    return "".join(
        f'<text x="{_percent(rvu_position(Decimal(mark)))}" y="{y}" text-anchor="middle">{mark}</text>'
        for mark in ("0", "0.1", "1", "10", "100")
    )


def scale() -> Markup:
    """The scale below a histogram."""
    return Markup(f'<svg class="plot" width="100%" height="20" aria-hidden="true">{_scale_texts(14)}</svg>')


def marks(value: Decimal, median: Decimal, code: str) -> Markup:
    """What lies over a histogram: where the code and the median stand, and the scale."""
    own, middle = rvu_position(value), rvu_position(median)
    own_side = "end" if own > 800 else "start" if own < 200 else "middle"
    middle_side = "start" if own <= middle else "end"
    beside = middle + (8 if own <= middle else -8)
    return Markup(
        '<svg class="plot over" width="100%" height="124" aria-hidden="true">'
        f'<line class="median" x1="{_percent(middle)}" x2="{_percent(middle)}" y1="22" y2="104"/>'
        f'<text x="{_percent(beside)}" y="32" text-anchor="{middle_side}">median {median:.2f}</text>'
        f'<line class="own" x1="{_percent(own)}" x2="{_percent(own)}" y1="14" y2="104"/>'
        f'<text class="own" x="{_percent(own)}" y="10" text-anchor="{own_side}">{escape(code)}: {value}</text>'
        f"{_scale_texts(118)}</svg>"
    )
