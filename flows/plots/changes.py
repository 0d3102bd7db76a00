"""The plot of what changed between two releases: how amounts moved by section, and the codes that rose and fell most.

Reads the published warehouse; writes one file. Amounts are national, before the imaging cap, for physicians who are not
qualifying participants; codes without modifier.
"""

from __future__ import annotations

from statistics import median
from textwrap import fill
from typing import TYPE_CHECKING, Any

from flows.plots.style import (
    ACCENT,
    FAINT,
    INK,
    NONFACILITY,
    SOFT,
    check_file,
    in_percent,
    note,
    nothing,
    percent,
    plain,
    sheet,
    source_of,
)
from warehouse import read
from warehouse.differences import factor_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHANGED = """
select section, change.hcpcs_code, change.fee_before, change.fee_after, change.fee_change, change.rvu_effect,
  change.conversion_factor_effect, change.conversion_factor_before, change.conversion_factor_after
from code_comparison as change
join code_section on code_section.release_id = change.to_release_id and code_section.hcpcs_code = change.hcpcs_code
where change.basis = 'any' and change.qp_status = 'non_qp' and change.from_release_id = $1 and change.to_release_id = $2
  and change.modifier = '' and change.fee_change is not null and change.fee_before >= 5
  and ($3 is null or lower(section) = lower($3))
order by change.hcpcs_code
"""
_SHOWN = 10
_FEWEST = 15
_WIDEST = 0.5


def draw(con: Any, before: str, after: str, section: str | None, file: str) -> None:
    """Draws the change from one release to another to a file (.svg, .png, .pdf); of one section where it is named."""
    path = check_file(file)
    found = read.rows(con, _CHANGED, [before, after, section])
    title = f"What changed from {before} to {after}" + (f": {section}" if section else "")
    factor = (
        factor_sentence(found[0]["conversion_factor_before"], found[0]["conversion_factor_after"])
        if found
        else "no code is priced in both"
    )
    subtitle = f"{len(found):,} codes with a price of 5 dollars or more in both; {factor}"
    source = source_of(con, after) + f" Compared with {before}. National amounts, before the imaging cap, codes without modifier."
    with sheet(path, 11.5, 8.0, title, subtitle, source) as figure:
        grid = figure.add_gridspec(2, 2, left=0.125, right=0.93, top=0.83, bottom=0.1, hspace=0.36, wspace=0.2)
        _sections(figure.add_subplot(grid[:, 0]), found)
        ranked = sorted(found, key=lambda row: (row["fee_change"] / row["fee_before"], row["hcpcs_code"]))
        _codes(figure.add_subplot(grid[0, 1]), [row for row in reversed(ranked) if row["fee_change"] > 0][:_SHOWN], "Rose most")
        _codes(figure.add_subplot(grid[1, 1]), [row for row in ranked if row["fee_change"] < 0][:_SHOWN], "Fell most")


def _share(row: read.Row) -> float:
    return float(row["fee_change"] / row["fee_before"])


def _sections(axes: Axes, found: list[read.Row]) -> None:
    plain(axes, "Change of the amount, by section", grid="x")
    groups: dict[str, list[float]] = {}
    for row in found:
        groups.setdefault(row["section"], []).append(_share(row))
    shown = sorted(
        ((name, values) for name, values in groups.items() if len(values) >= _FEWEST), key=lambda item: median(item[1])
    )
    if not shown:
        return nothing(axes, f"No section has {_FEWEST} codes with a price in both.")
    for height, (_, values) in enumerate(shown):
        inside = [max(-_WIDEST, min(_WIDEST, value)) * 100 for value in values]
        lift = [height + ((index * 7) % 23 - 11) * 0.026 for index in range(len(inside))]
        colours = [NONFACILITY if value > 0 else ACCENT for value in inside]
        axes.scatter(inside, lift, s=7, c=colours, alpha=0.16, linewidths=0)
        middle = median(values) * 100
        axes.plot([middle, middle], [height - 0.34, height + 0.34], color=INK, linewidth=2.2)
        axes.annotate(
            in_percent(middle, 1), (middle, height + 0.36), xytext=(0, 1), textcoords="offset points", ha="center", fontsize=8,
            fontweight="bold",
        )  # fmt: skip
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [fill(name, 15) + f"\n{len(values):,} codes" for name, values in shown])
    axes.set_ylim(-0.6, len(shown) - 0.3)
    widest = max(abs(value) for _, values in shown for value in values)
    edge = min(_WIDEST, widest) * 100 * 1.06 or 1.0
    axes.set_xlim(-edge, edge)
    percent(axes)
    words = "each dot a code, the bar the median" + ("; beyond ±50 % at the edge" if widest > _WIDEST else "")
    note(axes, words)
    return None


def _codes(axes: Axes, rows: list[read.Row], title: str) -> None:
    plain(axes, title, grid="x")
    if not rows:
        return nothing(axes, "None.")
    shares = [_share(row) * 100 for row in rows]
    places = list(range(len(rows), 0, -1))
    axes.barh(places, shares, color=NONFACILITY if shares[0] > 0 else ACCENT, height=0.62)
    axes.set_yticks(places, [row["hcpcs_code"] for row in rows])
    reach = max(abs(share) for share in shares)
    for place, share, row in zip(places, shares, rows, strict=True):
        axes.annotate(
            f"${row['fee_before']:,.2f} → ${row['fee_after']:,.2f}", (share, place), xytext=(5 if share > 0 else -5, 0),
            textcoords="offset points", ha="left" if share > 0 else "right", va="center", fontsize=7.5, color=SOFT,
        )  # fmt: skip
    axes.set_xlim((0, reach * 1.55) if shares[0] > 0 else (-reach * 1.55, 0))
    axes.locator_params(axis="x", nbins=5)
    percent(axes)
    note(axes, "change of the national amount in percent, and the amounts")
    if shares[0] < 0:
        axes.yaxis.tick_right()
    axes.spines["bottom"].set_color(FAINT)
    return None
