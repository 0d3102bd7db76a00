"""How plots look: colours, type, and the frame of title, source and file. Raises PfsError for a file that cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import read
from warehouse.errors import PfsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, FAINT = "#1d2733", "#66707c", "#d9dee4"
NONFACILITY, FACILITY, ACCENT = "#1b6ca8", "#d97b29", "#b3273e"
_FORMATS = (".svg", ".png", ".pdf")
_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": FAINT,
    "axes.titlecolor": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 19,
    "text.parse_math": False,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    # The same rows give the same file: identifiers of an svg follow from its content, and no date is written.
    "svg.hashsalt": "pfs",
    "svg.fonttype": "path",
}


def check_file(file: str) -> Path:
    """The file to draw to. Raises PfsError where its ending or folder is wrong, or the extra `plots` is not installed."""
    path = Path(file)
    if path.suffix.lower() not in _FORMATS:
        raise PfsError(f"--plot draws {', '.join(_FORMATS)}; {file!r} has none of these endings.")
    if not path.absolute().parent.is_dir():
        raise PfsError(f"--plot cannot write {file!r}: there is no folder {path.absolute().parent}.")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise PfsError("Plots need matplotlib, which is not installed: pip install 'pfs-warehouse[plots]'.") from error
    return path


@contextmanager
def sheet(path: Path, width: float, height: float, title: str, subtitle: str, source: str) -> Iterator[Figure]:
    """A figure with its title, subtitle and source, written to the file when the block ends without an error."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_RC):
        figure = Figure(figsize=(width, height), facecolor="white")
        figure.text(0.05, 1 - 0.34 / height, title, fontsize=16, fontweight="bold", va="center")
        figure.text(0.05, 1 - 0.68 / height, subtitle, fontsize=9.5, color=SOFT, va="center")
        figure.text(0.05, 0.2 / height, source, fontsize=7.5, color=SOFT, va="center")
        yield figure
        # matplotlib would write the date into an svg or pdf.
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
        figure.savefig(path, dpi=160, metadata=metadata)


def plain(axes: Axes, title: str, grid: str = "y") -> None:
    """A panel with a title, without a box, with a light grid across the direction that is read."""
    axes.set_title(title)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis=grid, zorder=0)  # type: ignore[arg-type]
    axes.tick_params(which="both", length=0)
    axes.set_axisbelow(True)


def hundredths(axes: Axes) -> None:
    """Ticks up the side with two decimals, 0.01 apart at least: between hundredths a number would be printed twice."""
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(MultipleLocator(0.01) if high - low < 0.09 else MaxNLocator("auto"))
    axes.yaxis.set_major_formatter("{x:,.2f}")


def in_percent(value: float, decimals: int = 0) -> str:
    """A change in percent as it is printed: with a sign, a minus as wide as the plus, and no sign before 0."""
    rounded = f"{value:+,.{decimals}f}"
    return (rounded[1:] if float(rounded.replace(",", "")) == 0 else rounded).replace("-", "\u2212") + " %"


def percent(axes: Axes) -> None:
    """Ticks along the bottom in percent."""
    axes.xaxis.set_major_formatter(lambda value, _place: in_percent(value))


def note(axes: Axes, said: str) -> None:
    """A line below the title of a panel that says how to read it."""
    axes.annotate(
        said, (0, 1), xycoords="axes fraction", xytext=(0, 7), textcoords="offset points", fontsize=7.8, color=SOFT, va="bottom"
    )


def nothing(axes: Axes, said: str) -> None:
    """A panel that has nothing to show says why."""
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color=SOFT, wrap=True)


def source_of(con: Any, release_id: str) -> str:
    """Where the figures come from: release, archive and the beginning of its hash; a sample says so."""
    found = read.one(con, "select archive_name, archive_sha256, is_sample from release where release_id = ?", [release_id])
    if found is None:
        return release_id
    sample = ", embedded sample: a selection of codes" if found["is_sample"] else ""
    return (
        f"Source: CMS Physician Fee Schedule relative value file {release_id} ({found['archive_name']}, "
        f"sha256 {found['archive_sha256'][:12]}){sample}."
    )


def spread(values: list[float], gap: float) -> list[float]:
    """Places for labels at these heights, moved apart so that none is nearer to the next than `gap`; in the same order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    placed = list(values)
    for below, above in pairwise(order):
        placed[above] = max(placed[above], placed[below] + gap)
    return placed
