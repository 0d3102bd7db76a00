"""Check conversion_factor_expected: a release has the conversion factor that the catalogue knows for it."""

from __future__ import annotations

from tests.warehouse import broken_rows, factor, release, tiny_warehouse


def test_selects_a_release_with_another_factor() -> None:
    """RVU24A with the factor of RVU24AR is RVU24AR under a wrong name."""
    con = tiny_warehouse(
        release=[release("RVU24A", expected_conversion_factor="32.7442")],
        conversion_factor=[factor("33.2875", release_id="RVU24A")],
    )
    assert broken_rows(con, "conversion_factor_expected") == [
        {"release_id": "RVU24A", "conversion_factor": "33.2875", "expected_conversion_factor": "32.7442"}
    ]


def test_leaves_the_expected_factor_and_what_is_not_known_beforehand() -> None:
    """The QP factor is another one by law, and the factor of a release to come is not in the catalogue."""
    con = tiny_warehouse(
        release=[release("RVU26B", expected_conversion_factor="33.4009"), release("RVU27A", expected_conversion_factor=None)],
        conversion_factor=[
            factor("33.4009", release_id="RVU26B"),
            factor("33.5675", "qp", release_id="RVU26B"),
            factor("34.0000", release_id="RVU27A"),
        ],
    )
    assert broken_rows(con, "conversion_factor_expected") == []
