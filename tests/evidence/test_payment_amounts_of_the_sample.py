"""The evidence without the archives: the embedded sample reproduces every amount of CMS's file PFREV25D, to the cent.

pfrev25d.csv holds the 763 records of that file (and of PFREV25C, which repeats 109 of them): contractor, locality, code,
modifier and the two fees. They are figures of CMS; the file names no service.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows.discover.discover import Wanted
from flows.refresh import refresh
from tests.evidence.published import Published, compare, payment_amount_file, sentence, share
from tests.evidence.wrong import copy_of, make_mistake
from warehouse.home import Home

HERE = Path(__file__).parent
AMOUNTS = 2 * 763

# How many of the 1,526 amounts each mistake still gets right.
STILL_RIGHT = {
    "locality without its contractor": 658,
    "code without its modifier": 872,
    "cutting off after the cent": 796,
    "rounding each part": 1052,
    "rounding each adjusted RVU": 60,
}


@pytest.fixture(scope="module")
def amounts() -> list[Published]:
    with (HERE / "pfrev25d.csv").open(encoding="utf-8", newline="") as file:
        return [
            Published(
                f"pfrev25d.csv {row['mac']}-{row['locality']} {row['hcpcs_code']}", "RVU25D", "fee_schedule", setting, row["mac"],
                row["locality"], row["hcpcs_code"], row["modifier"], Decimal(row[f"{setting}_fee"]),
            )
            for row in csv.DictReader(file)
            for setting in ("nonfacility", "facility")
        ]  # fmt: skip


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published warehouse of the embedded sample."""
    home = Home(tmp_path_factory.mktemp("sampled"))
    assert refresh(home, "sample", Wanted(labels=("RVU25D",)), date(2026, 11, 22)).published == home.published
    return home.published


def test_every_amount_is_reproduced(sampled: Path, amounts: list[Published]) -> None:
    """Seven codes and components in 109 localities, both settings."""
    assert (len(amounts), len({(p.mac, p.locality) for p in amounts})) == (AMOUNTS, 109)
    with duckdb.connect(str(sampled), read_only=True) as con:
        compared = compare(con, amounts)
    assert share(compared) == (AMOUNTS, AMOUNTS), sentence(compared)


@pytest.mark.parametrize("mistake", STILL_RIGHT)
def test_a_common_mistake_is_seen(sampled: Path, amounts: list[Published], mistake: str) -> None:
    """Negative control: the same rows, the same comparison, one mistake, and many amounts differ."""
    with copy_of(sampled, {p.code for p in amounts}) as con:
        make_mistake(con, mistake)
        right, of = share(compare(con, amounts))
    assert (right, of) == (STILL_RIGHT[mistake], AMOUNTS), f"{mistake}: {right} of {of} ({right / of:.1%}) would still be right"


def test_the_records_are_those_of_the_files(shared: Path, amounts: list[Published]) -> None:
    """Each record of the two files stands in pfrev25d.csv with its amounts, and nothing else does."""
    printed = {
        (p.mac, p.locality, p.code, p.modifier, p.setting, p.amount)
        for name in ("PFREV25C.txt", "PFREV4.txt")
        for p in payment_amount_file(shared / "published" / name, "RVU25D")
    }
    assert printed == {(p.mac, p.locality, p.code, p.modifier, p.setting, p.amount) for p in amounts}
