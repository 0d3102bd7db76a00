"""How long `pfs verify` takes for a national payment amount file of a million lines, and what memory it needs.

    PFS_HOME=… python -m tests.benchmarks.verify_million [RVU25D]

Writes such a file in CMS's layout and packing (an archive inside an archive, in a folder whose name ends in a blank) from the
warehouse's own view payment, then runs `pfs verify` on it as a whole process. By hand; needs a warehouse that holds the
release.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import duckdb
import polars as pl

from warehouse.home import home

_LINES = """
select
  format('"{}","{}","{}","{}","{}","{:0>10}","{:0>10}"," ","{}","{}","{}","0000000.00","0000000.00","{}","{:0>10}","{:0>10}"',
    release.year, mac, locality, hcpcs_code, case when modifier = '' then '  ' else modifier end,
    cast(nonfacility_fee as varchar), cast(facility_fee as varchar), rvu.pctc_indicator, rvu.status_code,
    rvu.multiple_procedure_indicator, case when opps_nonfacility_cap is null then '9' else '1' end,
    cast(coalesce(opps_nonfacility_cap, 0.00) as varchar), cast(coalesce(opps_facility_cap, 0.00) as varchar)) as line
from payment
join rvu using (release_id, hcpcs_code, modifier)
join release using (release_id)
where release_id = ? and qp_status = 'non_qp'
order by mac, locality, hcpcs_code, modifier
"""
_TRAILER = '"TRL- A MADE-UP FILE, FROM THE WAREHOUSE ITSELF"\r\n'


def write_file(folder: Path, label: str) -> tuple[Path, int]:
    """The file as CMS would post it, and the number of its records."""
    with duckdb.connect(str(home().published), read_only=True) as con:
        lines = pl.DataFrame(con.sql(_LINES, params=[label]))["line"]
    text = "\r\n".join(lines) + "\r\n" + _TRAILER
    name = label.removeprefix("RVU")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"PFALL{name}.TXT", text)
    path = folder / f"PFREV{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"PFREV{name} /PFREV{name}_nonQP.zip", inner.getvalue())
    return path, len(lines)


def main() -> None:
    """Writes the file, verifies it three times, and prints the best time and the peak of memory."""
    label = sys.argv[1] if len(sys.argv) > 1 else "RVU25D"
    with tempfile.TemporaryDirectory() as folder:
        path, records = write_file(Path(folder), label)
        times = []
        for _ in range(3):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "flows", "verify", str(path)], capture_output=True, text=True, env=os.environ, check=False
            )
            times.append(time.perf_counter() - began)
    print(done.stdout + done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{records:,} records of {label}: {min(times):.1f} s (runs: {', '.join(f'{t:.1f}' for t in times)}), peak {peak:,.0f} MB"
    )
    if done.returncode:
        raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
