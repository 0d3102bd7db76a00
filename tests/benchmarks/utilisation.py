"""A year of the procedure summary: 18 million generated rows in the layout of 2024, reduced, against a plain DuckDB aggregation.

    python -m tests.benchmarks.utilisation [--rows N] [--folder DIR]

Writes the file (about 0.9 GB) to a temporary folder, or to --folder, and removes it. Measured are whole processes: reading and
reducing the file (stages extract and normalize), the whole of `pfs refresh utilisation --direct` into an empty home, and the
floor: `read_csv` of the same file with types found by DuckDB itself, summed by code, modifiers and specialty. No test: nothing
fails when the machine is busy, but the program ends with 1 when a figure is above its limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import duckdb

from tests.benchmarks import measure

ROWS = 18_000_000
SECONDS, MEGABYTES = 40.0, 1500.0
HEADING = (
    "HCPCS_CD,HCPCS_INITIAL_MODIFIER_CD,PROVIDER_SPEC_CD,CARRIER_NUM,PRICING_LOCALITY_CD,TYPE_OF_SERVICE_CD,PLACE_OF_SERVICE_CD,"
    "HCPCS_SECOND_MODIFIER_CD,PSPS_SUBMITTED_SERVICE_CNT,PSPS_SUBMITTED_CHARGE_AMT,PSPS_ALLOWED_CHARGE_AMT,"
    "PSPS_DENIED_SERVICES_CNT,PSPS_DENIED_CHARGE_AMT,PSPS_ASSIGNED_SERVICES_CNT,PSPS_NCH_PAYMENT_AMT,PSPS_HCPCS_ASC_IND_CD,"
    "PSPS_ERROR_IND_CD,HCPCS_BETOS_CD"
)

# Like a real year: some 12,000 codes, each used by up to 40 specialties, of which few are common; nine rows in ten are hidden.
_MADE = """
copy (
  with drawn as (
    select hash(number) as h, hash(number + 1000000007) as g, number
    from range({rows}) as made(number)
  ),
  shaped as (
    select
      cast(10000 + floor(pow((h % 1000003) / 1000003.0, 2) * 12000) as integer) as code,
      cast(1 + floor(pow((g % 1000003) / 1000003.0, 3) * 40) as integer) as specialty,
      (h >> 20) % 100 as m, (g >> 20) % 100 as m2, (h >> 30) % 60 as c, (g >> 30) % 90 as l, (h >> 40) % 100 as v,
      (g >> 40) % 990 as n
    from drawn
  )
  select
    printf('%05d', code), case when m < 8 then '26' when m < 14 then 'TC' when m < 16 then 'AS' when m < 40 then '59' end,
    printf('%02d', 1 + (code * 7 + specialty) % 98), printf('%05d', 1000 + c * 211), printf('%02d', l), (h2 % 9) + 1,
    [11, 21, 22, 24, 81][cast(h2 % 5 + 1 as integer)],
    case when m2 < 4 then '80' when m2 < 5 then '55' when m2 < 20 then 'LT' end,
    case when v < 91 then '*' else cast(11 + n as varchar) end,
    case when v < 91 then '*' else printf('%.2f', (11 + n) * 137.31) end,
    case when v < 91 then '*' else printf('%.2f', (11 + n) * 61.17) end,
    case when v < 97 then '*' else cast(11 + n // 20 as varchar) end,
    case when v < 97 then '*' else printf('%.2f', (11 + n // 20) * 61.17) end,
    case when v < 91 then '*' else cast(11 + n as varchar) end,
    printf('%.2f', (1 + n) * 48.93), null, 0, 'P6B'
  from (select *, n + v as h2 from shaped)
) to '{path}' (header false)
"""

_FLOOR = """
import duckdb, sys
con = duckdb.connect()
print(len(con.execute('''
  select HCPCS_CD, HCPCS_INITIAL_MODIFIER_CD, HCPCS_SECOND_MODIFIER_CD, PROVIDER_SPEC_CD,
    sum(PSPS_SUBMITTED_SERVICE_CNT), count(*), sum(PSPS_NCH_PAYMENT_AMT)
  from read_csv(?, nullstr = ['*', '']) group by all
''', [sys.argv[1]]).fetchall()))
"""
_READ = """
import sys
from pathlib import Path
from flows.raw_archive import Archive
from flows.references.read import read_reference
path = Path(sys.argv[1])
content = read_reference(Archive(path, "x", path.name, None, reference="utilisation", label="PSPS2024"))
print(content.frames["utilisation_count"].height, content.notes)
"""


def write_year(path: Path, rows: int) -> None:
    """Writes a generated year of the procedure summary: the same rows each time."""
    body = path.with_suffix(".body")
    with duckdb.connect() as con:
        con.execute(_MADE.format(rows=rows, path=body))
    with path.open("wb") as out, body.open("rb") as made:
        out.write(HEADING.encode() + b"\n")
        while block := made.read(16_000_000):
            out.write(block)
    body.unlink()


def main() -> int:
    """Makes the file, measures, prints a table, removes the file."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.utilisation", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    print("\n".join(measure.machine()), flush=True)
    with tempfile.TemporaryDirectory(prefix="pfs-benchmark-", dir=options.folder) as folder:
        path = Path(folder) / "Physician_Supplier_Procedure_Summary_2024.csv"
        write_year(path, options.rows)
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        floor = measure.run(["-c", _FLOOR, str(path)], measure.clean_environment())
        _print("floor: read_csv, types found by DuckDB, summed", floor)
        read = measure.run(["-c", _READ, str(path)], measure.clean_environment())
        _print("read and reduced, every line accounted", read)
        home = measure.clean_environment(PFS_HOME=str(Path(folder) / "home"))
        whole = measure.run(["-m", "flows", "refresh", "utilisation", "--source", str(path), "--direct"], home)
        _print("pfs refresh utilisation --direct, empty home", whole)
        print(f"ratio to the floor: read {read.wall / floor.wall:.2f}, whole refresh {whole.wall / floor.wall:.2f}")
        print(f"of processor seconds: {read.processor / floor.processor:.2f} and {whole.processor / floor.processor:.2f}")
        print(f"load average after the run: {os.getloadavg()[0]:.1f}")
    is_missed = whole.wall > SECONDS or whole.peak_mb > MEGABYTES
    print(f"limits: {SECONDS:.0f} s, {MEGABYTES:.0f} MB: {'above' if is_missed else 'within'}")
    return 1 if is_missed else 0


def _print(name: str, run: measure.Run) -> None:
    print(f"{name:52}{run.wall:8.1f} s {run.processor:8.1f} s processor {run.peak_mb:8.0f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
