"""Plots: a file is drawn from the figures, the same each time; what cannot be drawn is said."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from flows.plots import changes, code
from flows.plots.style import check_file, hundredths, in_percent, spread
from tests.chain import loaded, visit
from tests.slow import slow
from tests.warehouse import insert, stored
from warehouse import read
from warehouse.errors import PfsError

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = loaded(
        {"RVU25D": "32.3465", "RVU26B": "33.4009"},
        {
            "RVU25D": [visit("1.30", "1.35", "0.57", "0.10"), visit(code="99214", status="C")],
            "RVU26B": [visit("1.30", "1.46", "0.33", "0.09"), visit(code="99214", status="C")],
        },
    )
    rows = [
        {"release_id": "RVU26B", "mac": mac, "locality": locality, "work_gpci": 1, "pe_gpci": pe, "mp_gpci": 1}
        for mac, locality, pe in (("10112", "00", "0.875"), ("02102", "01", "1.081"))
    ]
    insert(made, "gpci", rows)
    return stored(made)


def drawn(con: duckdb.DuckDBPyConnection, folder: Path, name: str, hcpcs_code: str = "99213") -> str:
    release = read.one(con, "select * from release where release_id = 'RVU26B'")
    assert release is not None
    code.draw(con, release, hcpcs_code, "", str(folder / name))
    return (folder / name).read_text(encoding="utf-8")


@slow
def test_the_same_rows_give_the_same_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Neither a date nor a random name is in it."""
    first = drawn(con, tmp_path, "first.svg")
    assert first == drawn(con, tmp_path, "second.svg")
    assert first.count("<svg") == 1
    assert "<dc:date>" not in first


@slow
def test_a_code_without_a_price_is_drawn_with_the_reason(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert len(drawn(con, tmp_path, "priced.svg")) != len(drawn(con, tmp_path, "unpriced.svg", "99214"))


@slow
def test_changes_are_drawn(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Also of a section that has no code in both."""
    for section in (None, "Radiology"):
        changes.draw(con, "RVU25D", "RVU26B", section, str(tmp_path / "changes.png"))
        assert (tmp_path / "changes.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_cannot_be_drawn_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(PfsError, match=r"--plot draws \.svg, \.png, \.pdf; 'code\.gif' has none"):
        check_file("code.gif")
    with pytest.raises(PfsError, match="there is no folder"):
        check_file(str(tmp_path / "nowhere" / "code.svg"))


def test_a_missing_library_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PfsError, match=r"Plots need matplotlib, which is not installed: pip install 'pfs-warehouse\[plots\]'"):
        check_file(str(tmp_path / "code.svg"))


def test_labels_that_would_overlap_move_apart() -> None:
    assert spread([57.0, 57.5], 2.0) == [57.0, 59.0]
    assert spread([95.0, 57.0], 2.0) == [95.0, 57.0]


def test_no_number_is_printed_twice_beside_a_narrow_range() -> None:
    """17340 went from 0.77 to 0.75: half hundredths between them would print 0.77 and 0.76 twice."""
    from matplotlib.figure import Figure

    for low, high in ((0.7456, 0.7744), (0.0, 0.01), (7.0, 7.07), (1.0, 12.0), (0.0, 106.19)):
        axes = Figure().add_subplot()
        axes.set_ylim(low, high)
        hundredths(axes)
        printed = axes.yaxis.get_major_formatter().format_ticks([tick for tick in axes.get_yticks() if low <= tick <= high])
        assert len(printed) == len(set(printed)) >= 2, (low, high, printed)


def test_percents_have_a_sign_but_zero_has_none() -> None:
    assert [in_percent(value) for value in (20.0, 0.0, -0.2, -3.6, -1234.0)] == [
        "+20 %",
        "0 %",
        "0 %",
        "\u22124 %",
        "\u22121,234 %",
    ]
    assert in_percent(-3.61, 1) == "\u22123.6 %"
