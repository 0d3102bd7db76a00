"""Amounts that CMS published, and what a warehouse says in their place.

Reads a payment amount file (fixed columns, layouts/payment_amount_file_2025.txt) and the table published_amounts.tsv of
single amounts. `compare` asks a warehouse for every amount and gives both side by side; it knows nothing of the formula
beyond the views, except that a status C code has no payment and its cap is computed here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from warehouse.schema import quoted


@dataclass(frozen=True)
class Published:
    """One published amount: where it stands, what it is for, and the dollars. `mac` and `locality` are empty for national."""

    source: str
    release: str
    kind: str
    setting: str
    mac: str
    locality: str
    code: str
    modifier: str
    amount: Decimal
    use: str = "test"


@dataclass(frozen=True)
class Compared:
    """A published amount and what the warehouse has; None when it has no row for it."""

    published: Published
    found: Decimal | None

    @property
    def agrees(self) -> bool:
        """True when both are the same to the cent."""
        return self.found == self.published.amount


def payment_amount_file(path: Path, release: str) -> list[Published]:
    """Both settings of every record of a payment amount file; the trailer records (TRL) are no amounts.

    CMS prints each record twice in PFREV4, once with a blank modifier of one character: it is the same record.
    """
    found: list[Published] = []
    with path.open(encoding="cp1252", newline="") as file:
        for number, record in enumerate(csv.reader(file), start=1):
            if record[0].startswith("TRL"):
                continue
            year, mac, locality, code, modifier, nonfacility, facility, *_ = record
            assert (len(record), year) == (16, "2025"), f"{path.name} line {number} is not a record of 2025"
            for setting, amount in (("nonfacility", nonfacility), ("facility", facility)):
                where = f"{path.name} line {number}"
                found.append(
                    Published(where, release, "fee_schedule", setting, mac, locality, code, modifier.strip(), Decimal(amount))
                )
    return found


def single_amounts(path: Path) -> list[Published]:
    """The rows of published_amounts.tsv."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Published(
            row["id"],
            row["needs_release"],
            row["kind"],
            row["setting"],
            row["mac"],
            row["locality"],
            row["code"],
            row["modifier"],
            Decimal(row["amount_usd"]),
            row["use"],
        )
        for row in rows
    ]


_QUERY = """
with professional as (
  select release_id, hcpcs_code, work_rvu from rvu where modifier = '26'
),
-- The cap table prices a contractor-priced (status C) code by its outpatient RVUs; a global row takes the work of its 26 row.
ceiling as (
  select rvu.release_id, gpci.mac, gpci.locality, rvu.hcpcs_code, rvu.modifier,
    fee(
      case when rvu.modifier = '' then coalesce(professional.work_rvu, rvu.work_rvu) else rvu.work_rvu end,
      rvu.opps_nonfacility_pe_rvu, rvu.opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor
    ) as amount
  from rvu
  left join professional on professional.release_id = rvu.release_id and professional.hcpcs_code = rvu.hcpcs_code
  join gpci on gpci.release_id = rvu.release_id
  join conversion_factor on conversion_factor.release_id = rvu.release_id and qp_status = 'non_qp'
  where rvu.status_code = 'C' and rvu.opps_nonfacility_pe_rvu > 0 and rvu.{releases} and rvu.{codes}
),
paid as (
  select * from payment where qp_status = 'non_qp' and {releases} and {codes}
),
national as (
  select * from national_payment where qp_status = 'non_qp' and {releases} and {codes}
)
select number, case
  when kind = 'fee_schedule' and setting = 'nonfacility' then paid.nonfacility_fee
  when kind = 'fee_schedule' then paid.facility_fee
  when kind = 'opps_cap' then coalesce(paid.opps_nonfacility_cap, ceiling.amount)
  when kind = 'national' then national.nonfacility_fee
  when kind = 'limiting_charge' then national.facility_limiting_charge
end
from published
left join paid on paid.release_id = release and paid.mac = published.mac and paid.locality = published.locality
  and paid.hcpcs_code = code and paid.modifier = published.modifier
left join ceiling on ceiling.release_id = release and ceiling.mac = published.mac and ceiling.locality = published.locality
  and ceiling.hcpcs_code = code and ceiling.modifier = published.modifier
left join national on national.release_id = release and national.hcpcs_code = code and national.modifier = published.modifier
order by number
"""


def compare(con: duckdb.DuckDBPyConnection, amounts: Iterable[Published]) -> list[Compared]:
    """Each published amount beside what the warehouse has for it, in the same order."""
    listed = list(amounts)
    lines = [
        f"({number}, {', '.join(quoted(x) for x in (p.release, p.kind, p.setting, p.mac, p.locality, p.code, p.modifier))})"
        for number, p in enumerate(listed)
    ]
    con.execute(
        "create or replace temp table published (number integer, release varchar, kind varchar, setting varchar, "
        "mac varchar, locality varchar, code varchar, modifier varchar)"
    )
    con.execute(f"insert into published values {', '.join(lines)}")
    found = con.execute(_QUERY.format(**_conditions(listed))).fetchall()
    assert [number for number, _ in found] == list(range(len(listed))), "an amount has no row or several in the warehouse"
    return [Compared(published, amount) for published, (_, amount) in zip(listed, found, strict=True)]


def _conditions(listed: list[Published]) -> dict[str, str]:
    """Releases and codes as literal lists, so that DuckDB prices these codes only and not eleven million rows."""
    releases = ", ".join(sorted({quoted(p.release) for p in listed}))
    codes = ", ".join(sorted({quoted(p.code) for p in listed}))
    return {"releases": f"release_id in ({releases})", "codes": f"hcpcs_code in ({codes})"}


def share(compared: list[Compared]) -> tuple[int, int]:
    """How many agree, of how many."""
    return sum(item.agrees for item in compared), len(compared)


def sentence(compared: list[Compared]) -> str:
    """What differs, the first five."""
    wrong = [item for item in compared if not item.agrees]
    shown = [
        f"{p.source} ({p.code} {p.modifier} {p.mac}-{p.locality} {p.setting}): published {p.amount}, found {item.found}"
        for item in wrong[:5]
        for p in [item.published]
    ]
    return f"{len(wrong)} of {len(compared)} amounts differ: {'; '.join(shown)}"
