"""Which specialties use a code in Medicare: the rule of docs/SPECIALTIES.md, point by point, on literal rows."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.warehouse import answer, tiny_warehouse

Row = dict[str, Any]
DERMATOLOGY, CARDIOLOGY, INTERVENTIONAL, PATHOLOGY, SURGERY, FAMILY = "07", "06", "C3", "22", "02", "08"
NURSE, ASSISTANT, LABORATORY, SURGERY_CENTER, GROUP = "50", "97", "69", "49", "70"


def edition(year: int, number: int = 1) -> Row:
    name = f"PSPS{year}" + (f".{number}" if number > 1 else "")
    return {"reference_release_id": name, "label": f"PSPS{year}", "edition": number, "reference": "utilisation", "year": year}


def count(
    specialty: str, visible: float = 0, hidden: int = 0, *, of: str = "PSPS2023", group: str = "other", code: str = "17000"
) -> Row:
    return {
        "reference_release_id": of,
        "hcpcs_code": code,
        "modifier_class": group,
        "specialty_code": specialty,
        "visible_services": visible,
        "visible_rows": 1 if visible else 0,
        "hidden_rows": hidden,
    }


def warehouse(*counts: Row, years: tuple[int, ...] = (2023,)) -> duckdb.DuckDBPyConnection:
    return tiny_warehouse(reference_release=[edition(year) for year in years], utilisation_count=list(counts))


def said(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return answer(con, "select claim, specialty_code, share_percent from code_specialty order by claim desc, specialty_rank")


def test_a_specialty_is_named_from_fifteen_per_cent_of_the_services_on() -> None:
    """15 of 100 is enough, 14 is not; the most used one comes first."""
    con = warehouse(count(FAMILY, 14), count(DERMATOLOGY, 71), count(SURGERY, 15))
    assert said(con) == [("named", DERMATOLOGY, 71), ("named", SURGERY, 15)]


def test_at_most_three_are_named() -> None:
    con = warehouse(*[count(code, services) for code, services in (("02", 30), ("06", 25), ("07", 24), ("08", 21))])
    assert said(con) == [("named", "02", 30), ("named", "06", 25), ("named", "07", 24)]


def test_where_no_specialty_has_so_much_many_use_it_and_none_is_named() -> None:
    con = warehouse(*[count(f"{number:02}", 100) for number in range(1, 9)])
    assert answer(con, "select claim, specialty_code, specialty_name, share_percent, rounded_services from code_specialty") == [
        ("many", "", None, None, 800)
    ]


def test_of_fewer_than_a_hundred_services_nothing_is_said() -> None:
    con = warehouse(count(DERMATOLOGY, 99))
    assert answer(con, "select claim, share_percent, rounded_services, estimated_percent, is_estimated from code_specialty") == [
        ("too_few", None, None, None, None)
    ]


def test_a_row_whose_count_is_hidden_stands_for_two_services() -> None:
    """60 seen and 20 hidden rows are 100 services, 40 of them estimated; that is not more than half."""
    con = warehouse(count(DERMATOLOGY, 60), count(SURGERY, 0, hidden=20))
    found = (
        "select specialty_code, share_percent, rounded_services, estimated_percent, is_estimated from code_specialty order by 1"
    )
    assert answer(con, found) == [(SURGERY, 40, 100, 40, False), (DERMATOLOGY, 60, 100, 40, False)]


def test_an_answer_that_is_mostly_estimated_says_so() -> None:
    con = warehouse(count(DERMATOLOGY, 49), count(SURGERY, 0, hidden=26))
    assert answer(con, "select distinct estimated_percent, is_estimated from code_specialty") == [(51, True)]
    assert "Mostly estimated" in answer(con, "select specialty_sentence from code_specialty_sentence")[0][0]


def test_three_years_are_pooled_and_older_ones_left_out() -> None:
    """The newest loaded year and the two before it; a year between that is not loaded is not made up for."""
    con = warehouse(
        count(DERMATOLOGY, 60, of="PSPS2023"),
        count(SURGERY, 40, of="PSPS2021"),
        count(FAMILY, 900, of="PSPS2020"),
        years=(2020, 2021, 2023),
    )
    assert said(con) == [("named", DERMATOLOGY, 60), ("named", SURGERY, 40)]
    assert answer(con, "select distinct services_from_year, services_to_year, pooled_years from code_specialty") == [
        (2021, 2023, 2)
    ]


def test_a_year_that_came_twice_counts_once() -> None:
    """The newer edition of a year takes the place of the older one."""
    con = tiny_warehouse(
        reference_release=[edition(2023), edition(2023, 2)],
        utilisation_count=[count(SURGERY, 500), count(DERMATOLOGY, 200, of="PSPS2023.2")],
    )
    assert said(con) == [("named", DERMATOLOGY, 100)]
    assert answer(con, "select year, specialty_code, visible_services from utilisation") == [(2023, DERMATOLOGY, "200.0000")]


def test_care_after_surgery_assistants_and_the_technical_part_do_not_say_who_uses_a_code() -> None:
    """The professional part does. (66984: optometrists have 58 % of the services through modifier 55.)"""
    left_out = [count(FAMILY, 900, group=group) for group in ("postoperative", "preoperative", "assistant", "technical")]
    con = warehouse(count(DERMATOLOGY, 60), count(SURGERY, 40, group="professional"), *left_out)
    assert said(con) == [("named", DERMATOLOGY, 60), ("named", SURGERY, 40)]


def test_a_subspecialty_counts_with_its_parent() -> None:
    """C3 was split from 06 in 2015: neither falls below the bar for that."""
    con = warehouse(count(CARDIOLOGY, 10), count(INTERVENTIONAL, 10), count(SURGERY, 80))
    assert said(con) == [("named", SURGERY, 80), ("named", CARDIOLOGY, 20)]
    parts = answer(con, "select specialty_code, estimated_services, hidden_services from specialty_services order by 1")
    assert parts == [(SURGERY, "80.0000", "0.0000"), (CARDIOLOGY, "20.0000", "0.0000")]


def test_surgery_centers_groups_and_unknown_ones_are_not_among_the_names() -> None:
    """An ambulatory surgical center is a specialty of its own; a group practice says nothing about the field."""
    con = warehouse(count(DERMATOLOGY, 100), count(SURGERY_CENTER, 150), count(GROUP, 900), count("99", 900))
    assert said(con) == [("named", DERMATOLOGY, 100)]


def test_a_supplier_is_named_where_no_practitioner_has_a_share_of_all_services() -> None:
    """A laboratory code: all the practitioners who bill it are pathologists, and that is 1 % of it."""
    con = warehouse(count(PATHOLOGY, 100), count(LABORATORY, 9900))
    assert said(con) == [("billed_by", LABORATORY, 99)]
    assert (
        "billed mainly by: Clinical Laboratory (99 %)"
        in answer(con, "select specialty_sentence from code_specialty_sentence")[0][0]
    )


def test_nurse_practitioners_and_physician_assistants_are_on_lines_of_their_own() -> None:
    """They say who billed and not the field. Their share is that of all practitioners; below the bar they are not shown."""
    con = warehouse(count(DERMATOLOGY, 680), count(ASSISTANT, 220), count(NURSE, 100))
    assert answer(con, "select claim, specialty_code, share_percent, rounded_services from code_specialty order by 1") == [
        ("advanced_practice", ASSISTANT, 22, 1000),
        ("named", DERMATOLOGY, 100, 680),
    ]
    assert answer(con, "select specialty_sentence from code_specialty_sentence") == [
        (
            "In Medicare, 2023, used mainly by: Dermatology (100 %). On a line of their own, of all practitioners: Physician "
            "Assistant (22 %). Source: CMS Physician/Supplier Procedure Summary.",
        )
    ]


def test_a_tie_is_in_the_order_of_the_codes_and_numbers_are_rounded() -> None:
    con = warehouse(count("20", 61728), count("02", 61728))
    found = "select specialty_rank, specialty_code, share_percent, rounded_services from code_specialty order by 1"
    assert answer(con, found) == [(1, "02", 50, 120000), (2, "20", 50, 120000)]


def test_without_utilisation_nothing_is_said() -> None:
    con = tiny_warehouse()
    assert answer(con, "select count(*) from code_specialty") == [(0,)]
    assert answer(con, "select count(*) from code_specialty_sentence") == [(0,)]


def test_every_number_of_the_rule_is_a_setting() -> None:
    """Changing a row of specialty_rule changes what is said."""
    con = warehouse(count(DERMATOLOGY, 71), count(SURGERY, 15), count(FAMILY, 14))
    con.execute("update specialty_rule set rule_value = 0.14 where rule_setting = 'naming_share'")
    assert [row[1] for row in said(con)] == [DERMATOLOGY, SURGERY, FAMILY]
    con.execute("update specialty_rule set rule_value = 1 where rule_setting = 'most_names'")
    assert said(con) == [("named", DERMATOLOGY, 71)]
    con.execute("update specialty_rule set rule_value = 101 where rule_setting = 'fewest_services'")
    assert said(con) == [("too_few", "", None)]
