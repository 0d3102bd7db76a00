"""The plot of a code: work RVU and payment over the years, where it stands in its section, and the spread over localities.

Reads the published warehouse; writes one file. Amounts are national or of localities, for physicians who are not qualifying
participants, after the imaging cap.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flows.plots.style import (
    ACCENT,
    FACILITY,
    FAINT,
    INK,
    NONFACILITY,
    SOFT,
    check_file,
    hundredths,
    note,
    nothing,
    plain,
    sheet,
    source_of,
    spread,
)
from warehouse import read

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HISTORY = """
select governs_from, governs_to, governing_release.release_id, work_rvu, nonfacility_allowed, facility_allowed
from governing_release
join rvu on rvu.release_id = governing_release.release_id and rvu.hcpcs_code = $1 and rvu.modifier = $2
left join national_payment as national
  on national.release_id = rvu.release_id and national.qp_status = 'non_qp'
  and national.hcpcs_code = rvu.hcpcs_code and national.modifier = rvu.modifier
order by governs_from
"""
_STANDING = """
select section, n, percentile, median, value from code_percentile
where release_id = ? and hcpcs_code = ? and measure = 'work_rvu'
"""
_POPULATION = "select value from code_percentile where release_id = ? and section = ? and measure = 'work_rvu'"
_PLACES = """
select coalesce(area_name, locality.locality_name) as place, nonfacility_allowed, facility_allowed
from payment join locality using (release_id, mac, locality)
where release_id = ? and qp_status = 'non_qp' and hcpcs_code = ? and modifier = ?
order by nonfacility_allowed, place
"""


def draw(con: Any, release: read.Row, code: str, modifier: str, file: str) -> None:
    """Draws a code, as of a release, to a file (.svg, .png, .pdf)."""
    path = check_file(file)
    release_id = release["release_id"]
    subtitle = f"Release {release_id}, services from {release['valid_from']} to {release['valid_to']}"
    source = (
        source_of(con, release_id)
        + " Dollars: national unless a locality is named, allowed amounts, not for qualifying participants."
    )
    with sheet(path, 11.5, 8.0, f"HCPCS {code}{'-' + modifier if modifier else ''}", subtitle, source) as figure:
        grid = figure.add_gridspec(2, 2, left=0.065, right=0.945, top=0.83, bottom=0.1, hspace=0.42, wspace=0.24)
        panels = [figure.add_subplot(grid[row, column]) for row in (0, 1) for column in (0, 1)]
        history = read.rows(con, _HISTORY, [code, modifier])
        _work(panels[0], history)
        _dollars(panels[1], history)
        _standing(panels[2], con, release_id, code)
        _places(panels[3], read.rows(con, _PLACES, [release_id, code, modifier]))


def _steps(history: list[read.Row], column: str) -> list[tuple[list[date], list[float], bool]]:
    """Stretches of time with a value: the days of each release solid, and the time to the next loaded one (True) in between."""
    found: list[tuple[list[date], list[float], bool]] = []
    for row, following in zip(history, [*history[1:], None], strict=True):
        if row[column] is None:
            continue
        value = float(row[column])
        found.append(([row["governs_from"], row["governs_to"] + timedelta(days=1)], [value, value], False))
        if following and following[column] is not None:
            found.append(
                ([row["governs_to"] + timedelta(days=1), following["governs_from"]], [value, float(following[column])], True)
            )
    return found


def _line(axes: Axes, history: list[read.Row], column: str, colour: str) -> bool:
    drawn = _steps(history, column)
    for days, values, is_between in drawn:
        style: dict[str, Any] = {"linestyle": (0, (2, 2)), "linewidth": 1.0, "alpha": 0.7} if is_between else {"linewidth": 2.6}
        axes.plot(days, values, color=colour, solid_capstyle="butt", **style)  # type: ignore[arg-type]
    shown = [row for row in history if row[column] is not None]
    axes.plot([row["governs_from"] for row in shown], [float(row[column]) for row in shown], "o", color=colour, markersize=3.5)
    return bool(drawn)


def _years(axes: Axes, history: list[read.Row]) -> None:
    """At most eight ticks, each on 1 January of a year that the history spans."""
    first, last = history[0]["governs_from"].year, history[-1]["governs_to"].year
    step = max(1, -(-(last - first + 1) // 8))
    years = range(last - (last - first) // step * step, last + 1, step)
    axes.set_xticks([date(year, 1, 1) for year in years], [str(year) for year in years])  # type: ignore[arg-type]


def _work(axes: Axes, history: list[read.Row]) -> None:
    plain(axes, "Work RVU")
    if not _line(axes, history, "work_rvu", INK):
        return nothing(axes, "No governing release has the code.")
    axes.margins(x=0.04, y=0.22)
    last = None
    for row in history:
        if row["work_rvu"] != last:
            is_lower = last is not None and row["work_rvu"] < last
            axes.annotate(
                f"{row['work_rvu']}", (row["governs_from"], float(row["work_rvu"])), xytext=(0, -9 if is_lower else 8),
                textcoords="offset points", ha="center", va="top" if is_lower else "bottom", fontsize=8.5, fontweight="bold",
            )  # fmt: skip
        last = row["work_rvu"]
    hundredths(axes)
    _years(axes, history)
    note(axes, "dashed: the releases between are not loaded")
    return None


def _dollars(axes: Axes, history: list[read.Row]) -> None:
    plain(axes, "National payment")
    names = {"nonfacility_allowed": ("outside facilities", NONFACILITY), "facility_allowed": ("in facilities", FACILITY)}
    drawn = [column for column, (_, colour) in names.items() if _line(axes, history, column, colour)]
    if not drawn:
        return nothing(axes, "Medicare does not price the code by RVUs.")
    axes.margins(x=0.04, y=0.22)
    axes.yaxis.set_major_formatter("${x:,.0f}" if axes.get_ylim()[1] > 20 else "${x:,.2f}")
    last = [next(row for row in reversed(history) if row[column] is not None) for column in drawn]
    values = [float(row[column]) for row, column in zip(last, drawn, strict=True)]
    low, high = axes.get_ylim()
    heights = spread(values, (high - low) * 0.13)
    for column, row, height in zip(drawn, last, heights, strict=True):
        word, colour = names[column]
        axes.annotate(
            f"${row[column]:,.2f}\n{word}", (row["governs_to"], height), xytext=(6, 0), textcoords="offset points", color=colour,
            fontsize=8, fontweight="bold", va="center", annotation_clip=False,
        )  # fmt: skip
    first, end = axes.get_xlim()
    axes.set_xlim(first, end + (end - first) * 0.17)
    _years(axes, history)
    note(axes, "every geographic index 1, after the imaging cap")
    return None


def _standing(axes: Axes, con: Any, release_id: str, code: str) -> None:
    plain(axes, "Work RVU in its section")
    found = read.one(con, _STANDING, [release_id, code])
    if found is None:
        return nothing(axes, "The code has no price by RVUs in this release, so it is not compared.")
    values = [float(row["value"]) for row in read.rows(con, _POPULATION, [release_id, found["section"]]) if row["value"] > 0]
    axes.set_title(f"Work RVU in {found['section']}")
    if not values or found["value"] <= 0:
        return nothing(axes, "The code has no work RVU.")
    low, high = min(values), max(values)
    edges = [low * (high / low) ** (step / 36) for step in range(37)] if high > low else [low * 0.9, low * 1.1]
    counts, _, _ = axes.hist(values, bins=edges, color=FAINT, edgecolor="white", linewidth=0.6)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel("work RVU, each step the same ratio")
    axes.set_ylabel("codes")
    top = float(max(counts)) * 1.25
    axes.set_ylim(0, top)
    for value, colour, words, height in (
        (float(found["median"]), SOFT, f"median {found['median']:.2f}", 0.86),
        (float(found["value"]), ACCENT, f"{code}: {found['value']:.2f}", 0.97),
    ):
        axes.axvline(value, color=colour, linewidth=1.6, ymax=height)
        is_right = value > (low * high) ** 0.5
        axes.annotate(
            words, (value, top * height), xytext=(-5 if is_right else 5, -2), textcoords="offset points",
            ha="right" if is_right else "left", va="top", color=colour, fontweight="bold", fontsize=8.5,
        )  # fmt: skip
    note(axes, f"{found['percentile']:.1f} % of the {found['n']:,} codes with a price have less")
    return None


def _places(axes: Axes, places: list[read.Row]) -> None:
    plain(axes, "Payment in each locality", grid="x")
    if not places:
        return nothing(axes, "The code has no payment in this release.")
    settings = [("nonfacility_allowed", "outside\nfacilities", NONFACILITY), ("facility_allowed", "in\nfacilities", FACILITY)]
    for height, (column, _, colour) in zip((1, 0), settings, strict=True):
        ordered = sorted(places, key=lambda row: (row[column], row["place"]))
        values = [float(row[column]) for row in ordered]
        # The same pattern of heights each time, so that dots at one amount do not hide each other.
        lift = [height + ((index * 7) % 11 - 5) * 0.022 for index in range(len(values))]
        axes.plot(values, lift, "o", color=colour, markersize=5, alpha=0.45, markeredgewidth=0)
        middle = values[len(values) // 2]
        axes.plot([middle, middle], [height - 0.17, height + 0.17], color=colour, linewidth=2.2)
        for row, place, line in ((ordered[0], "left", 0.2), (ordered[-1], "right", 0.35)):
            axes.annotate(
                f"{_short(row['place'])} ${row[column]:,.2f}", (float(row[column]), height - line), xytext=(0, -3),
                textcoords="offset points", ha=place, va="top", fontsize=7.5, color=colour,
            )  # fmt: skip
        axes.annotate(
            f"median ${middle:,.2f}", (middle, height + 0.2), xytext=(0, 2), textcoords="offset points", ha="center",
            fontsize=7.5, color=colour, fontweight="bold",
        )  # fmt: skip
    axes.set_yticks([1, 0], [word for _, word, _ in settings])
    axes.set_ylim(-0.7, 1.45)
    axes.margins(x=0.08)
    axes.xaxis.set_major_formatter("${x:,.0f}")
    note(axes, f"each dot one of {len(places)} localities, the bar the median")
    return None


def _short(name: str) -> str:
    return name if len(name) <= 26 else name[:25].rstrip() + "…"
