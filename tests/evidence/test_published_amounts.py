"""Single amounts that CMS and others published (published_amounts.tsv): each is reproduced, or rightly is not.

`test` rows must agree to the cent, `test_superseded` ones inside a release that never governed, `known_bad` rows are of tables
that CMS priced with stale indices, and `negative` rows are wrong figures of web pages.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows.outcome import Result
from tests.evidence.published import Published, compare, sentence, share, single_amounts
from tests.evidence.wrong import MISTAKES, copy_of, make_mistake
from warehouse.home import Home

KINDS = ("fee_schedule", "national", "opps_cap", "limiting_charge")

# Rows of use `test` by release and kind: none may be missed.
COMPARED = {
    ("RVU09A", "opps_cap"): 8,
    ("RVU15A", "opps_cap"): 8,
    ("RVU17A", "national"): 1,
    ("RVU17A", "opps_cap"): 8,
    ("RVU19A", "fee_schedule"): 1,
    ("RVU19A", "opps_cap"): 7,
    ("RVU20A", "limiting_charge"): 1,
    ("RVU20A", "opps_cap"): 8,
    ("RVU22A", "national"): 1,
    ("RVU22A", "opps_cap"): 8,
    ("RVU24A", "opps_cap"): 8,
    ("RVU24AR", "opps_cap"): 4,
    ("RVU25A", "fee_schedule"): 87,
    ("RVU25A", "opps_cap"): 13,
    ("RVU25D", "fee_schedule"): 69,
    ("RVU25D", "national"): 3,
}
ANESTHESIA = {"RVU09A": 2, "RVU12A": 2, "RVU15A": 2, "RVU17A": 2, "RVU19A": 2, "RVU20A": 2, "RVU22A": 2, "RVU24A": 2, "RVU25A": 2}

# How many of the 235 amounts each mistake still gets right: 45 %, 53 %, 50 %, 71 %, 4 % and 97 %.
STILL_RIGHT = {
    "locality without its contractor": 106,
    "code without its modifier": 125,
    "cutting off after the cent": 118,
    "rounding each part": 167,
    "rounding each adjusted RVU": 9,
    "one conversion factor a year": 227,
}


@pytest.fixture(scope="module")
def listed(shared: Path) -> list[Published]:
    return single_amounts(shared / "published" / "published_amounts.tsv")


@pytest.fixture(scope="module")
def wanted(listed: list[Published]) -> list[Published]:
    return [p for p in listed if p.use in ("test", "test_superseded") and p.kind in KINDS]


def of_use(listed: list[Published], use: str) -> list[Published]:
    return [p for p in listed if p.use == use]


def loaded(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in con.execute("select release_id from release").fetchall()}


def test_every_published_amount_is_reproduced(whole: duckdb.DuckDBPyConnection, wanted: list[Published]) -> None:
    """Fees, national amounts, outpatient caps (also of contractor-priced codes) and a limiting charge, 2009 to 2025."""
    assert Counter((p.release, p.kind) for p in wanted) == COMPARED
    compared = compare(whole, wanted)
    assert share(compared) == (235, 235), sentence(compared)


def test_anesthesia_factors_are_those_of_the_files(whole: duckdb.DuckDBPyConnection, listed: list[Published]) -> None:
    """Two localities a release, also of RVU12A, which never governed a day; 2015 prints them without a decimal point."""
    factors = [p for p in listed if p.kind == "anesthesia_locality_cf"]
    assert Counter(p.release for p in factors) == ANESTHESIA
    for p in factors:
        found = whole.execute(
            "select conversion_factor from anesthesia_cf "
            "where release_id = ? and mac = ? and locality = ? and qp_status = 'non_qp'",
            [p.release, p.mac, p.locality],
        ).fetchall()
        assert found == [(p.amount,)], p.source


def test_stale_tables_of_cms_are_not_reproduced(whole: duckdb.DuckDBPyConnection, listed: list[Published]) -> None:
    """RVU19A prices 13 localities of California with the indices of 2018. RVU21A, stale as a whole, is not among the archives."""
    bad = of_use(listed, "known_bad")
    assert Counter(p.release for p in bad) == {"RVU19A": 3, "RVU21A": 24}
    compared = compare(whole, [p for p in bad if p.release in loaded(whole)])
    assert len(compared) == 3
    for item in compared:
        assert item.found is not None
        assert not item.agrees, f"{item.published.source}: {item.found} is CMS's stale amount"


# What the releases give for the wrong figures of web pages; None: no archive of that year is here to ask.
RIGHT = {
    "P1814": None,
    "P1815": None,
    "P1816": {"RVU24A": "19.65", "RVU24AR": "19.97"},
    "P1817": {"RVU24A": "46.50", "RVU24AR": "47.27"},
    "P1818": None,
    "P1819": {"RVU15A": "42.91"},
    "P1820": {"RVU22A": "55.72"},
}


def test_wrong_figures_of_web_pages_are_not_reproduced(whole: duckdb.DuckDBPyConnection, listed: list[Published]) -> None:
    """Two pages give the amounts of 1 January to 8 March 2024 for the whole year: right in RVU24A, wrong from 9 March."""
    years = {"P1816": 2024, "P1817": 2024, "P1819": 2015, "P1820": 2022}
    negative = of_use(listed, "negative")
    assert {p.source for p in negative} == set(RIGHT)
    for p in negative:
        if (right := RIGHT[p.source]) is None:
            continue
        rows = whole.execute(
            "select release_id, nonfacility_fee from national_payment join release using (release_id) "
            "where year = ? and governs and hcpcs_code = ? and modifier = '' and qp_status = 'non_qp' order by valid_from",
            [years[p.source], p.code],
        ).fetchall()
        assert rows == [(release, Decimal(amount)) for release, amount in right.items()]
        assert rows[-1][1] != p.amount, f"{p.source}: the year ends with {p.amount}"


def test_the_copy_without_a_mistake_is_right(first_refresh: tuple[Home, Result], wanted: list[Published]) -> None:
    """Control of the controls: what they run on reproduces every amount until a mistake is made."""
    with copy_of(first_refresh[0].published, {p.code for p in wanted}) as con:
        assert share(compare(con, wanted)) == (235, 235)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_common_mistake_is_seen(first_refresh: tuple[Home, Result], wanted: list[Published], mistake: str) -> None:
    """Negative control: the same rows, the same comparison, one mistake, and amounts differ."""
    with copy_of(first_refresh[0].published, {p.code for p in wanted}) as con:
        make_mistake(con, mistake)
        right, of = share(compare(con, wanted))
    assert (right, of) == (STILL_RIGHT[mistake], 235), f"{mistake}: {right} of {of} ({right / of:.1%}) would still be right"
