"""Which new editions a failed check is laid to: those that its rows name, where that is certain."""

from __future__ import annotations

from typing import Any

from warehouse.blame import Broken, blamed, examples, undecided


def check(*rows: dict[str, Any], name: str = "a_check") -> Broken:
    return Broken(name, "A rule.", rows)


def pair(release_id: str, compared: str) -> dict[str, Any]:
    return {"release_id": release_id, "compared_release_id": compared, "sentence": f"{release_id} against {compared}"}


def test_rows_of_one_new_edition_are_laid_to_it_with_its_own_rows_only() -> None:
    broken = [
        check({"release_id": "RVU25A", "code": "1"}, {"release_id": "RVU25B", "code": "2"}),
        check({"release_id": "RVU25A"}),
    ]
    said = blamed(broken, ["RVU25A", "RVU25B", "RVU25C"])
    assert list(said) == ["RVU25A", "RVU25B"]
    assert "found 1 row that breaks this rule: A rule. First rows: release_id=RVU25A, code=1." in said["RVU25A"]
    assert "RVU25B" not in said["RVU25A"] and "code=2" in said["RVU25B"]


def test_zip_code_and_reference_files_are_named_by_their_own_columns() -> None:
    broken = [check({"zip_release_id": "ZIP25D"}, {"reference_release_id": "RBCS2025"})]
    assert set(blamed(broken, ["ZIP25D", "RBCS2025"])) == {"ZIP25D", "RBCS2025"}


def test_of_two_reference_files_the_one_that_lacks_rows_is_blamed_unless_only_the_other_is_new() -> None:
    row = {"reference_release_id": "PSPS2023", "compared_release_id": "PSPS2022", "sentence": "PSPS2023 has 1 row"}
    assert list(blamed([check(row)], ["PSPS2022", "PSPS2023"])) == ["PSPS2023"]
    assert list(blamed([check(row)], ["PSPS2023"])) == ["PSPS2023"]
    assert list(blamed([check(row)], ["PSPS2022"])) == ["PSPS2022"]


def test_a_row_that_names_no_new_edition_stops_everything() -> None:
    """It is about what is published already, or about the warehouse as a whole."""
    own = {"release_id": "RVU25A"}
    for row in ({"release_id": "RVU24A"}, {"hcpcs_code": "99213"}, {"release_id": None}):
        assert blamed([check(own, row)], ["RVU25A"]) == {}


def test_of_two_releases_held_against_each_other_the_new_one_is_blamed() -> None:
    assert list(blamed([check(pair("RVU25D", "RVU25A"))], ["RVU25D"])) == ["RVU25D"]
    assert list(blamed([check(pair("RVU25D", "RVU25A"))], ["RVU25A"])) == ["RVU25A"]


def test_of_two_new_ones_the_later_is_blamed_where_something_older_stands_behind_the_earlier() -> None:
    order = ["RVU24A", "RVU25A", "RVU25D"]
    assert list(blamed([check(pair("RVU25D", "RVU25A"))], ["RVU25A", "RVU25D"], order)) == ["RVU25D"]


def test_of_two_new_ones_with_nothing_before_them_neither_is_blamed() -> None:
    """The oldest file may be the bad one, and nothing tells."""
    assert blamed([check(pair("RVU25D", "RVU25A"))], ["RVU25A", "RVU25D"], ["RVU25A", "RVU25D"]) == {}


def test_of_two_new_ones_with_nothing_before_them_the_one_that_the_next_differs_from_too_is_blamed() -> None:
    rows = check(pair("RVU25B", "RVU25A"), pair("RVU25D", "RVU25B"))
    order = ["RVU25A", "RVU25B", "RVU25D"]
    assert list(blamed([rows], order, order)) == ["RVU25B"]


def test_with_nothing_before_them_a_third_that_agrees_with_the_first_tells() -> None:
    """RVU10C_PCT0 never governs and is beside the chain; RVU10D_PCT22 agrees with what RVU10C_PCT0 differs from."""
    rows, pairs = check(pair("RVU10C_PCT0", "RVU10C_PCT22")), [("RVU10C_PCT0", "RVU10C_PCT22"), ("RVU10D_PCT22", "RVU10C_PCT22")]
    new, order = ["RVU10C_PCT0", "RVU10C_PCT22", "RVU10D_PCT22"], ["RVU10C_PCT22", "RVU10D_PCT22"]
    assert list(blamed([rows], new, order, pairs)) == ["RVU10C_PCT0"]
    assert blamed([rows], new[:2], order[:1], pairs[:1]) == {}, "of the two alone nothing tells"


def test_with_nothing_before_them_the_oldest_is_blamed_where_the_next_two_agree() -> None:
    order, pairs = ["RVU25A", "RVU25B", "RVU25D"], [("RVU25B", "RVU25A"), ("RVU25D", "RVU25B")]
    assert list(blamed([check(pair("RVU25B", "RVU25A"))], order, order, pairs)) == ["RVU25A"]


def test_where_each_of_the_two_agrees_with_a_third_nothing_tells() -> None:
    order, beside = ["RVU10C_PCT22", "RVU10D_PCT22", "RVU11AR"], "RVU10C_PCT0"
    pairs = [(beside, "RVU10C_PCT22"), ("RVU10D_PCT22", "RVU10C_PCT22"), ("RVU11AR", "RVU10D_PCT22")]
    assert blamed([check(pair("RVU10D_PCT22", "RVU10C_PCT22"))], [beside, *order], order, pairs) == {}


def test_a_check_whose_rows_name_one_edition_or_two_is_sorted_row_by_row() -> None:
    """RVU25D breaks the rule by itself, whichever row comes first; RVU25B is left for the next build."""
    rows = (pair("RVU25B", "RVU24A"), pair("RVU25D", "RVU24A"), {"release_id": "RVU25D"})
    for said in (blamed([check(*rows)], ["RVU25B", "RVU25D"]), blamed([check(*rows[::-1])], ["RVU25B", "RVU25D"])):
        assert list(said) == ["RVU25D"] and "against" not in said["RVU25D"]


def test_the_undecided_are_named_unless_a_row_is_about_something_else() -> None:
    rows = pair("RVU25D", "RVU25A"), {"release_id": "RVU24A"}
    assert undecided([check(rows[0])], ["RVU25A", "RVU25D", "RVU26A"]) == ["RVU25A", "RVU25D"]
    assert undecided([check(*rows)], ["RVU25A", "RVU25D"]) == []


def test_a_bad_release_makes_the_next_one_differ_too_and_the_oldest_alone_is_blamed() -> None:
    rows = check(pair("RVU25D", "RVU25B"), pair("RVU25B", "RVU25A"))
    assert list(blamed([rows], ["RVU25B", "RVU25D"], ["RVU24A", "RVU25A", "RVU25B", "RVU25D"])) == ["RVU25B"]


def test_what_breaks_a_rule_by_itself_is_left_out_before_comparisons_are_judged() -> None:
    broken = [check(pair("RVU25D", "RVU25B")), check({"release_id": "RVU25B"}, name="of_itself")]
    assert list(blamed(broken, ["RVU25B", "RVU25D"], ["RVU24A", "RVU25B", "RVU25D"])) == ["RVU25B"]


def test_two_new_releases_that_claim_the_same_days_are_not_told_apart() -> None:
    row = {"release_id": "RVU27B", "other_release_id": "RVU27A", "first_common_day": "2027-04-01"}
    assert blamed([check(row)], ["RVU27A", "RVU27B"], ["RVU26A", "RVU27A", "RVU27B"]) == {}
    assert list(blamed([check(row)], ["RVU27A"])) == ["RVU27A"]


def test_a_row_with_a_sentence_shows_it_alone() -> None:
    assert examples([pair("RVU25D", "RVU25A")]) == ("RVU25D against RVU25A",)
