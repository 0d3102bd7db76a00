"""The words for columns that a change names."""

from __future__ import annotations

import re
from pathlib import Path

from flows.catalog.column_words import column_words, columns_in_words

SQL = Path(__file__).parents[2] / "sql"


def test_there_are_words_for_every_column_that_a_change_names_and_for_no_other() -> None:
    named = {name for path in SQL.rglob("*.sql") for name in re.findall(r"changed_from_to\('(\w+)'", path.read_text("utf-8"))}
    assert len(named) > 20 and named == column_words().keys()


def test_only_whole_names_are_put_into_words() -> None:
    text = "RVU26B: work_rvu 0.77 → 0.75; opps_mp_rvu 0.01 → 0.02; payment_work_rvu stays."
    assert columns_in_words(text) == (
        "RVU26B: work RVU 0.77 → 0.75; outpatient cap, malpractice 0.01 → 0.02; payment_work_rvu stays."
    )
