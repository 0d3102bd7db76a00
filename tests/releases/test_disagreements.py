"""Where csv and text members of an archive differ is known, listed and decided; everywhere else they agree to the value."""

from __future__ import annotations

import duckdb

from flows import catalog

# Release, kind, decision and column of every difference, and how many values it concerns.
DIFFERENCES = {
    ("RVU09A", "gpci", "text_cuts_names", "locality_name"): 3,
    ("RVU12A", "gpci", "text_cuts_names", "locality_name"): 3,
    ("RVU12A", "gpci", "gpci2012_text_is_preliminary", "work_gpci"): 1,
    ("RVU12A", "gpci", "gpci2012_text_is_preliminary", "pe_gpci"): 4,
    ("RVU12A", "gpci", "gpci2012_text_is_preliminary", "mp_gpci"): 90,
    ("RVU17A", "gpci", "text_cuts_names", "locality_name"): 10,
    ("RVU24A", "anesthesia", "text_cuts_names", "locality_name"): 5,
    ("RVU24A", "locality_county", "text_lacks_california", "state_name"): 29,
    ("RVU24A", "locality_county", "text_words_differently", "fee_schedule_area"): 2,
    ("RVU25A", "anesthesia", "text_cuts_names", "locality_name"): 5,
    ("RVU25A", "locality_county", "text_lacks_california", "state_name"): 29,
    ("RVU25A", "locality_county", "text_words_differently", "fee_schedule_area"): 2,
    ("RVU25D", "anesthesia", "text_cuts_names", "locality_name"): 5,
    ("RVU25D", "locality_county", "text_lacks_california", "state_name"): 29,
    ("RVU25D", "locality_county", "text_words_differently", "fee_schedule_area"): 2,
}
CORRECTIONS = [
    ("RVU12A", "arizona_is_locality_00", "99", "00"),
    ("RVU24A", "orange_county_misspelt", "LOS ANGELES /ORAGNGE CNTY", "LOS ANGELES/ORANGE"),
    ("RVU25A", "orange_county_misspelt", "LOS ANGELES /ORAGNGE CNTY", "LOS ANGELES/ORANGE"),
    ("RVU25D", "orange_county_misspelt", "LOS ANGELES /ORAGNGE CNTY", "LOS ANGELES/ORANGE"),
    ("RVU26B", "orange_county_misspelt", "LOS ANGELES /ORAGNGE CNTY", "LOS ANGELES/ORANGE"),
]


def test_every_difference_is_known_and_decided(whole: duckdb.DuckDBPyConnection) -> None:
    """219 values of small tables. No RVU, no conversion factor, no cap and no index that is loaded differs in doubt."""
    found = whole.execute(
        "select release_id, kind, decision, column_name, count(*) from member_disagreement group by all"
    ).fetchall()
    assert {tuple(key): count for *key, count in found} == DIFFERENCES
    assert sum(DIFFERENCES.values()) == 219


def test_every_decision_gives_its_reason_and_is_in_use(whole: duckdb.DuckDBPyConnection) -> None:
    """A decision that covers nothing any more would hide the next difference."""
    declared = {row["decision"]: row["reason"] for row in catalog.rows("disagreements.csv")}
    assert set(declared) == {decision for _, _, decision, _ in DIFFERENCES}
    assert all(len(reason) > 40 for reason in declared.values())


def test_every_pair_of_members_was_compared(whole: duckdb.DuckDBPyConnection) -> None:
    """Ten archives have each of the five kinds as csv and as text, and every row of the one is in the other."""
    found = whole.execute(
        "select loaded.release_id, loaded.kind, loaded.rows_loaded, other.rows_matched "
        "from archive_member as loaded join archive_member as other using (release_id, kind) "
        "where loaded.role = 'loaded' and other.role = 'cross_checked' and loaded.form <> other.form"
    ).fetchall()
    assert len(found) == 10 * 5
    assert [row for row in found if row[2] != row[3]] == []


def test_corrections_of_what_cms_printed_are_listed(whole: duckdb.DuckDBPyConnection) -> None:
    """Five values of county files, each with what was found; each declared correction was applied once."""
    found = whole.execute(
        "select release_id, correction, found_value, corrected_value from correction_applied order by release_id"
    ).fetchall()
    assert found == CORRECTIONS
    assert len(catalog.rows("corrections.csv")) == len(CORRECTIONS)
