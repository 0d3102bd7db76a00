"""The reference files of the embedded sample, in CMS's own layouts: the classes of its codes, and who uses one of them.

Reads `flows/catalog/sample/rbcs.csv` and `utilisation.csv` (its README says what is real); writes csv files that are the same
byte for byte on every machine. Fails with an OSError when the folder cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flows.sample import TABLES, Record, records

_RBCS_YEAR = 2025
# The heading of the public files of 2010 to 2019, which leave hidden counts blank.
_HEADING = (
    "HCPCS_CD,HCPCS_INITIAL_MODIFIER_CD,PROVIDER_SPEC_CD,CARRIER_NUM,PRICING_LOCALITY_CD,TYPE_OF_SERVICE_CD,PLACE_OF_SERVICE_CD,"
    "HCPCS_SECOND_MODIFIER_CD,SUBMITTED_SERVICE_CNT,SUBMITTED_CHARGE_AMT,ALLOWED_CHARGE_AMT,DENIED_SERVICES_CNT,"
    "DENIED_CHARGE_AMT,ASSIGNED_SERVICES_CNT,NCH_PAYMENT_AMT,HCPCS_ASC_IND_CD,ERROR_IND_CD,BETOS_CD"
)


def write_references(folder: Path) -> list[tuple[str, Path]]:
    """Writes the reference files into a folder (made if need be): pairs of their kind and path, oldest year first."""
    folder.mkdir(parents=True, exist_ok=True)
    rbcs = folder / f"RBCS_RY_{_RBCS_YEAR}.csv"
    rbcs.write_bytes((TABLES / "rbcs.csv").read_bytes().replace(b"\n", b"\r\n"))
    found = [("rbcs", rbcs)]
    years: dict[str, list[Record]] = {}
    for row in records("utilisation"):
        years.setdefault(row["year"], []).append(row)
    for year, rows in years.items():
        path = folder / f"PSPS_{year}_SUPPRESS.csv"
        lines = [_HEADING, *(line for row in rows for line in _lines(row))]
        path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
        found.append(("utilisation", path))
    return found


def _lines(row: Record) -> Iterator[str]:
    """A line for each row of CMS's file: those whose count is shown, then those whose count is hidden."""
    for shown in row["shown_counts"].split():
        count, _, times = shown.partition("x")
        yield from [_line(row, count)] * int(times or 1)
    yield from [_line(row, "")] * int(row["hidden_rows"])


def _line(row: Record, count: str) -> str:
    return f"{row['hcpcs_code']},,{row['specialty_code']},,,2,,,{count},,,,,,,,,"
