"""Of several members of one kind the preferred one is loaded; each value in which another differs is listed with both lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows import catalog
from flows.extract.members import Member
from flows.normalize.choose import Choice, Difference, choose, decision, disagreements, qp_status
from flows.normalize.normalize import Normalized
from tests.members import normal, replaced, sample_archives, sample_member

CSV_24A = "PPRRVU24_JAN.csv"
TEXT_24A = "PPRRVU24_JAN.txt"


def member(release: str, name: str, *edits: Callable[[bytes], bytes]) -> Normalized:
    content = sample_archives()[release][name]
    for edit in edits:
        content = edit(content)
    return normal(Member(name, content))


def listed(choice: Choice) -> list[dict[str, object]]:
    (compared,) = choice.compared
    return compared.disagreements.to_dicts()


@pytest.mark.parametrize("is_reversed", [False, True])
def test_text_is_loaded_for_rvu_and_caps_and_csv_for_the_others(is_reversed: bool) -> None:
    """Spreadsheets lose leading zeros of codes; print-style text cuts names short."""
    names = sorted(sample_archives()["RVU24A"], reverse=is_reversed)
    choices = choose("RVU24A", [normal(sample_member("RVU24A", name)) for name in names])
    assert {choice.kind: choice.loaded.extract.member.name for choice in choices} == {
        "rvu": TEXT_24A,
        "gpci": "GPCI2024.csv",
        "anesthesia": "ANES2024.csv",
        "opps_cap": "OPPSCAP_JAN.txt",
        "locality_county": "24LOCCO.csv",
    }
    assert [choice.kind for choice in choices] == ["rvu", "gpci", "anesthesia", "opps_cap", "locality_county"]
    assert all(len(choice.compared) == 1 for choice in choices)


def test_a_kind_without_member_has_no_choice() -> None:
    assert [choice.kind for choice in choose("RVU24A", [normal(sample_member("RVU24A", "GPCI2024.csv"))])] == ["gpci"]


def test_members_that_say_the_same_differ_in_nothing() -> None:
    (choice,) = choose("RVU24A", [member("RVU24A", CSV_24A), member("RVU24A", TEXT_24A)])
    assert listed(choice) == []


def test_a_value_that_differs_is_listed_with_both_values_and_both_lines() -> None:
    changed = member("RVU24A", CSV_24A, replaced("99213,,,A,,1.30,", "99213,,,A,,1.31,"))
    (choice,) = choose("RVU24A", [changed, member("RVU24A", TEXT_24A)])
    csv_line = next(n for n, line in enumerate(changed.extract.member.lines, start=1) if line.startswith("99213,,"))
    text_lines = sample_member("RVU24A", TEXT_24A).lines
    assert listed(choice) == [
        {
            "line_number": next(n for n, line in enumerate(text_lines, start=1) if line.startswith("99213  ")),
            "other_line_number": csv_line,
            "row_key": "99213",
            "column_name": "work_rvu",
            "loaded_value": "1.30",
            "other_value": "1.31",
            "decision": None,
        }
    ]


def test_a_flag_against_none_is_a_difference() -> None:
    changed = member("RVU24A", CSV_24A, replaced("99213,,,A,,1.30,1.33,,", "99213,,,A,,1.30,1.33,NA,"))
    (choice,) = choose("RVU24A", [changed, member("RVU24A", TEXT_24A)])
    assert [(row["column_name"], row["loaded_value"], row["other_value"]) for row in listed(choice)] == [
        ("nonfacility_na", "false", "true")
    ]


def test_rows_that_only_one_member_has_are_listed_from_either_side() -> None:
    line = next(line for line in sample_member("RVU24A", CSV_24A).lines if line.startswith("99213,,"))
    without = member("RVU24A", CSV_24A, replaced(line + "\r\n", ""))
    whole = member("RVU24A", TEXT_24A)
    (absent,) = disagreements("RVU24A", whole, without).to_dicts()
    assert (absent["row_key"], absent["column_name"]) == ("99213", "row")
    assert (absent["loaded_value"], absent["other_value"], absent["other_line_number"]) == ("present", None, None)
    (added,) = disagreements("RVU24A", without, whole).to_dicts()
    assert (added["loaded_value"], added["other_value"], added["line_number"]) == (None, "present", None)


def test_the_row_key_names_code_and_modifier() -> None:
    changed = member("RVU24A", TEXT_24A)
    key = {row["row_key"] for row in disagreements("RVU24A", changed, member("RVU26B", "PPRRVU2026_Apr_QPP.txt")).to_dicts()}
    assert {"70450 26", "70450 TC", "70450"} <= key


# --- declared decisions --------------------------------------------------------------------------------------------------


def test_a_column_that_text_cuts_short_is_compared_by_its_beginning() -> None:
    members = [member("RVU24A", "24LOCCO.csv"), member("RVU24A", "24LOCCO.txt")]
    assert "county_names" in members[1].extract.layout.truncated
    (choice,) = choose("RVU24A", members)
    columns = {row["column_name"] for row in listed(choice)}
    assert columns == {"state_name", "fee_schedule_area", "county_names"}
    assert sum(row["column_name"] == "county_names" for row in listed(choice)) == 1  # misspelt in the csv member


def test_a_declared_decision_is_named_beside_the_difference_it_covers() -> None:
    (choice,) = choose("RVU24A", [member("RVU24A", "24LOCCO.csv"), member("RVU24A", "24LOCCO.txt")])
    decided = {(row["column_name"], row["decision"]) for row in listed(choice)}
    assert ("state_name", "text_lacks_california") in decided
    assert ("fee_schedule_area", "text_words_differently") in decided


CUT = ("locality_name", "SAN LUIS OBISPO-PASO ROBLES", "SAN LUIS OB")
CALIFORNIA = ("state_name", "CALIFORNIA", "ARKANSAS")
AREA = "fee_schedule_area"
ANGELES = "LOS ANGELES-LONG BEACH-ANAHEIM (LOS ANGELES CNTY)"


@pytest.mark.parametrize(
    ("label", "kind", "other", "difference", "expected"),
    [
        ("RVU31A", "gpci", "GPCI2031.txt", CUT, "text_cuts_names"),
        ("RVU31A", "gpci", "GPCI2031.txt", (CUT[0], CUT[1], "SAN FRANCISCO"), None),
        ("RVU31A", "gpci", "GPCI2031.txt", (CUT[0], CUT[1], None), None),
        ("RVU31A", "locality_county", "31LOCCO.txt", CUT, None),
        ("RVU25D", "locality_county", "25LOCCO.txt", CALIFORNIA, "text_lacks_california"),
        ("RVU25D", "locality_county", "25locco.TXT", CALIFORNIA, "text_lacks_california"),
        ("RVU27A", "locality_county", "27LOCCO.txt", CALIFORNIA, "text_lacks_california"),
        ("RVU27A", "locality_county", "27LOCCO.txt", ("state_name", "COLORADO", "CALIFORNIA"), None),
        ("RVU27A", "locality_county", "27LOCCO.txt", ("state_name", "CALIFORNIA", "COLORADO"), None),
        ("RVU24C", "locality_county", "24LOCCO.txt", (AREA, ANGELES, ANGELES[:-1] + "/ORANG CNTY)"), "text_words_differently"),
        ("RVU24C", "locality_county", "24LOCCO.txt", (AREA, ANGELES, "REST OF CALIFORNIA"), None),
        ("RVU26A", "locality_county", "26LOCCO.txt", (AREA, ANGELES, ANGELES[:-1] + "/ORANG CNTY)"), None),
        ("RVU31A", "rvu", "PPRRVU31.csv", ("work_rvu", "1.30", "1.31"), None),
    ],
)
def test_a_decision_covers_what_it_names_and_nothing_else(
    label: str, kind: str, other: str, difference: tuple[str, str, str | None], expected: str | None
) -> None:
    """Another value in the same column of the same member is a new difference."""
    assert decision(label, kind, Member(other, b""), Difference(*difference)) == expected


def test_the_preliminary_text_of_2012_is_known_by_its_hash_in_every_release_of_the_year() -> None:
    """It came with RVU12A; the same text says nothing of the csv beside it, and another text is to be looked at."""
    (declared,) = {row["other_sha256"] for row in catalog.rows("disagreements.csv")} - {"*"}
    text = Member("GPCI2012.txt", b"")
    difference = Difference("pe_gpci", "1.000", "0.879")
    assert decision("RVU12AR", "gpci", text, difference) is None
    text.__dict__["sha256"] = declared
    found = {label: decision(label, "gpci", text, difference) for label in ("RVU12A", "RVU12AR", "RVU12D", "RVU13A")}
    assert found == dict.fromkeys(("RVU12A", "RVU12AR", "RVU12D"), "gpci2012_text_is_preliminary") | {"RVU13A": None}
    assert decision("RVU12A", "gpci", text, Difference("state", "AL", "AK")) is None


# --- QP ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "txt"])
def test_the_qp_member_is_recognised_by_its_pricing_indicator(form: str) -> None:
    assert qp_status(member("RVU26B", f"PPRRVU2026_Apr_QPP.{form}")) == "qp"
    assert qp_status(member("RVU26B", f"PPRRVU2026_Apr_nonQPP.{form}")) == "non_qp"
    assert qp_status(member("RVU24A", CSV_24A)) == "non_qp"
    assert qp_status(member("RVU26B", "GPCI2026.csv")) == "non_qp"


def test_a_member_that_is_qp_in_part_is_not_taken_for_the_qp_member() -> None:
    qp = member("RVU26B", "PPRRVU2026_Apr_QPP.csv")
    line = next(line for line in qp.extract.member.lines if line.startswith("99213,,"))
    cells = line.split(",")
    assert cells[23] == "1"
    cells[23] = "9"
    assert qp_status(member("RVU26B", "PPRRVU2026_Apr_QPP.csv", replaced(line, ",".join(cells)))) == "non_qp"


def test_qp_and_non_qp_members_are_two_choices() -> None:
    names = [name for name in sample_archives()["RVU26B"] if name.startswith("PPRRVU")]
    choices = choose("RVU26B", [member("RVU26B", name) for name in names])
    assert [(choice.qp_status, choice.loaded.extract.member.name) for choice in choices] == [
        ("non_qp", "PPRRVU2026_Apr_nonQPP.txt"),
        ("qp", "PPRRVU2026_Apr_QPP.txt"),
    ]
    assert [compared.other.extract.member.name for choice in choices for compared in choice.compared] == [
        "PPRRVU2026_Apr_nonQPP.csv",
        "PPRRVU2026_Apr_QPP.csv",
    ]
