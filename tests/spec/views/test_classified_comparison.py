"""CMS's classification and the specialties where codes are compared and shown: standing, similar codes, life, page."""

from __future__ import annotations

import duckdb

from tests.slow import slow
from tests.spec.views.test_code_class import assignment, edition
from tests.spec.views.test_code_specialty import count
from tests.spec.views.test_code_specialty import edition as year_of_services
from tests.warehouse import Row, answer, factor, gpci, release, rvu, stored, tiny_warehouse, value

SKIN = {"category": "Procedure", "subcategory_code": "PS", "subcategory": "Skin", "family_number": "000", "rbcs_id": "PS000O"}
WOUND = {**SKIN, "family_number": "017", "rbcs_id": "PS017O", "family": "Wound Care"}
BONE = {**SKIN, "subcategory_code": "PM", "subcategory": "Musculoskeletal", "rbcs_id": "PM000O"}
CLASSES = {"10060": SKIN, "10061": SKIN, "10080": BONE, "10081": BONE, "10120": WOUND}


def classified(**more: list[Row]) -> duckdb.DuckDBPyConnection:
    """Codes of Surgery with work 1, 2, 3, 4 and 9: two of skin, one of wounds, two of bones; the last of them not the latest."""
    return tiny_warehouse(
        release=[release()],
        conversion_factor=[factor()],
        gpci=[gpci("10112", "00")],
        rvu=[rvu(code, work=str(work)) for code, work in zip(CLASSES, (1, 2, 3, 4, 9), strict=True)],
        reference_release=[edition(), year_of_services(2023)],
        rbcs_assignment=[
            assignment("10060", 1, latest=False, **BONE),
            *[assignment(code, 2, **of) for code, of in CLASSES.items() if code != "10081"],
        ],
        **more,
    )


def test_a_code_stands_in_its_rbcs_subcategory_beside_its_section() -> None:
    """10061 is in the middle of the three codes of skin, and second from below in Surgery; 10081 has no class."""
    found = answer(
        classified(),
        "select hcpcs_code, n, below, rbcs_group, subcategory_n, subcategory_below, subcategory_percentile, subcategory_median "
        "from code_percentile where measure = 'work_rvu' and hcpcs_code in ('10061', '10081') order by 1",
    )
    assert found == [
        ("10061", 5, 1, "Procedure, Skin", 3, 1, "33.33", "2.0000"),
        ("10081", 5, 3, None, None, None, None, None),
    ]
    groups = answer(classified(), "select distinct group_name from code_group where grouping = 'rbcs_subcategory' order by 1")
    assert groups == [("Procedure, Musculoskeletal",), ("Procedure, Skin",)]


def test_the_distance_of_two_classes_is_family_subcategory_or_neither() -> None:
    """Family 000 is none: its codes share the subcategory only. What is not known is neither."""
    pairs = {("PS017", "PS017"): 0, ("PS000", "PS000"): 1, ("PS017", "PS002"): 1, ("PS017", "PM017"): 2}
    con = tiny_warehouse()
    assert {pair: value(con, f"class_difference('{pair[0]}', '{pair[1]}')") for pair in pairs} == pairs
    assert value(con, "class_difference(null, 'PS017')") == 2


def test_of_codes_with_like_indicators_those_of_the_class_come_before_those_with_near_rvus() -> None:
    """To 10060 (skin, work 1) 10080 is nearer than 10120, which is of skin too; 10081 has no class."""
    found = answer(
        classified(),
        "select similar_hcpcs_code, unlike_class, rvu_distance from similar_code where hcpcs_code = '10060' order by 2, 3",
    )
    assert found == [("10061", 1, "1.00"), ("10120", 1, "8.00"), ("10080", 2, "2.00"), ("10081", 2, "3.00")]


def test_the_life_of_a_code_has_the_dates_of_cms_beside_what_the_releases_show() -> None:
    con = tiny_warehouse(
        release=[release("RVU24A", "2024-01-01", valid_to="2024-03-31"), release()],
        rvu=[rvu("17340", work="1", release_id="RVU24A"), rvu("17340", work="1"), rvu("37254", work="1")],
        reference_release=[edition()],
        rbcs_assignment=[assignment("17340", ended_on="2025-12-31")],
    )
    assert answer(
        con,
        "select hcpcs_code, cast(added_on as varchar), cast(ended_on as varchar), first_listed_release_id, "
        "cast(first_listed_from as varchar), last_listed_release_id, cast(last_listed_to as varchar) from code_life order by 1",
    ) == [
        ("17340", "1985-01-01", "2025-12-31", "RVU24A", "2024-01-01", "RVU25D", "2025-12-31"),
        ("37254", None, None, "RVU25D", "2025-10-01", "RVU25D", "2025-12-31"),
    ]


@slow
def test_the_page_of_a_code_shows_class_dates_and_specialties() -> None:
    con = stored(classified(utilisation_count=[count("07", 150, code="10060"), count("02", 50, code="10060")]))
    columns = "cast(added_on as varchar), ended_on, classification.subcategory, classification.reference_release_id"
    assert answer(con, f"select {columns} from code_page where hcpcs_code = '10060'") == [
        ("1985-01-01", None, "Skin", "RBCS2025")
    ]
    assert answer(con, "select unnest(specialties, recursive := true) from code_page where hcpcs_code = '10060'") == [
        ("named", "07", "Dermatology", 75, 0, 2023, 2023),
        ("named", "02", "General Surgery", 25, 0, 2023, 2023),
    ]
    sentence = answer(con, "select specialty_sentence from code_page where hcpcs_code = '10060'")[0][0]
    assert sentence.startswith("In Medicare, 2023, used mainly by: Dermatology (75 %), General Surgery (25 %).")
    asked = "select question, answer from (select unnest(questions, recursive := true) from code_page where hcpcs_code = '10060')"
    told = dict(answer(con, asked))
    assert told["Since when is there a code 10060?"] == "CMS added it on 1985-01-01."
    assert told["Which specialties use 10060?"] == sentence


def test_a_code_of_a_release_that_never_governed_has_a_class_and_no_history() -> None:
    """RVU25A was replaced before its first day; 10061 is in no other release."""
    con = tiny_warehouse(
        release=[release(), release("RVU25A", "2025-01-01", valid_to="2025-03-31", governs=False)],
        rvu=[rvu("10060", work="1"), rvu("10061", work="2", release_id="RVU25A")],
        reference_release=[edition()],
        rbcs_assignment=[assignment(code, 1, **SKIN) for code in ("10060", "10061")],
    )
    shown = "select hcpcs_code, len(history), history_in_words is null, classification.subcategory from code_page order by 1"
    assert answer(con, shown) == [("10060", 1, False, "Skin"), ("10061", None, True, "Skin")]


@slow
def test_the_page_says_nothing_of_what_is_not_loaded() -> None:
    """10081 has no class and no services here; without reference files nobody has."""
    columns = "added_on, classification, specialties, specialty_sentence"
    assert answer(classified(), f"select {columns} from code_page where hcpcs_code = '10081'") == [(None, None, None, None)]
    bare = tiny_warehouse(release=[release()], rvu=[rvu("10060", work="1")], conversion_factor=[factor()])
    assert answer(bare, f"select {columns} from code_page") == [(None, None, None, None)]
