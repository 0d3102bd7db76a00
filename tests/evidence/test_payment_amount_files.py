"""CMS's payment amount files PFREV25C and PFREV25D (kept as PFREV4.txt): every amount follows from RVU25D, to the cent."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from flows.outcome import Result
from tests.evidence.published import Published, compare, payment_amount_file, sentence, share
from tests.evidence.wrong import copy_of, make_mistake
from warehouse.home import Home

FILES = {"PFREV25C.txt": 218, "PFREV4.txt": 3052}
AMOUNTS = sum(FILES.values())

# How many of the 3,270 amounts each mistake still gets right: 43 %, 60 %, 52 %, 70 % and 4 %.
STILL_RIGHT = {
    "locality without its contractor": 1410,
    "code without its modifier": 1962,
    "cutting off after the cent": 1694,
    "rounding each part": 2278,
    "rounding each adjusted RVU": 122,
}


@pytest.fixture(scope="module")
def amounts(shared: Path) -> list[Published]:
    return [amount for name in FILES for amount in payment_amount_file(shared / "published" / name, "RVU25D")]


@pytest.mark.parametrize("name", FILES)
def test_every_amount_is_reproduced_in_every_locality_and_both_settings(
    whole: duckdb.DuckDBPyConnection, shared: Path, name: str
) -> None:
    """109 localities; PFREV25D prints 763 of these records, each twice."""
    listed = payment_amount_file(shared / "published" / name, "RVU25D")
    assert len(listed) == FILES[name]
    assert len({(p.mac, p.locality) for p in listed}) == 109
    compared = compare(whole, listed)
    assert share(compared) == (FILES[name], FILES[name]), sentence(compared)


def test_the_records_are_those_that_cms_revised(amounts: list[Published]) -> None:
    """Seven codes and components, 763 different records in PFREV25D, of which 109 stand in PFREV25C too."""
    records = [{(p.mac, p.locality, p.code, p.modifier) for p in amounts if p.source.startswith(name)} for name in FILES]
    assert [len(found) for found in records] == [109, 763]
    assert {(code, modifier) for _, _, code, modifier in records[1]} == {
        ("50688", ""), ("76145", ""), ("76813", ""), ("76813", "TC"), ("76814", ""), ("76814", "26"), ("76814", "TC"),
    }  # fmt: skip


def test_indicators_agree_too(whole: duckdb.DuckDBPyConnection, shared: Path) -> None:
    """The files repeat PC/TC indicator, status, multiple procedure indicator, and whether an outpatient cap applies (1 or 9)."""
    found: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for name in FILES:
        with (shared / "published" / name).open(encoding="cp1252", newline="") as file:
            for record in csv.reader(file):
                if not record[0].startswith("TRL"):
                    key = (record[3], record[4].strip())
                    found.setdefault(key, set()).add((record[8], record[9], record[10], record[13]))
    assert len(found) == 7
    for (code, modifier), printed in found.items():
        row = whole.execute(
            "select pctc_indicator, rvu.status_code, multiple_procedure_indicator, case when has_opps_cap then '1' else '9' end "
            "from rvu join priced_rvu using (release_id, hcpcs_code, modifier) "
            "where release_id = 'RVU25D' and hcpcs_code = ? and modifier = ?",
            [code, modifier],
        ).fetchone()
        assert printed == {row}, f"{code} {modifier}"


def test_the_copy_without_a_mistake_is_right(first_refresh: tuple[Home, Result], amounts: list[Published]) -> None:
    """Control of the controls: what they run on reproduces every amount until a mistake is made."""
    with copy_of(first_refresh[0].published, {p.code for p in amounts}) as con:
        assert share(compare(con, amounts)) == (AMOUNTS, AMOUNTS)


@pytest.mark.parametrize("mistake", STILL_RIGHT)
def test_a_common_mistake_is_seen(first_refresh: tuple[Home, Result], amounts: list[Published], mistake: str) -> None:
    """Negative control: the same rows, the same comparison, one mistake, and many amounts differ."""
    with copy_of(first_refresh[0].published, {p.code for p in amounts}) as con:
        make_mistake(con, mistake)
        right, of = share(compare(con, amounts))
    assert (right, of) == (STILL_RIGHT[mistake], AMOUNTS), f"{mistake}: {right} of {of} ({right / of:.1%}) would still be right"
