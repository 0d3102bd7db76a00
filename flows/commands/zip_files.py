"""What `pfs status` says of CMS's ZIP code files: which quarters are loaded, and the account of their lines."""

from __future__ import annotations

import duckdb

from flows.show import console, line, table
from warehouse import read

_QUERY = """
select zip_release.zip_release_id, zip_release.valid_from, zip_release.valid_to, zip_release.published_on,
  zip_release.archive_name, zip_release.archive_sha256, zip_release.is_sample,
  zip_release_file.kind, zip_release_file.member_name, zip_release_file.layout,
  zip_release_file.lines, zip_release_file.rows_loaded, zip_release_file.rows_rejected, zip_release_file.lines_ignored,
  flagged.needing_plus_four
from zip_release
join zip_release_file using (zip_release_id)
left join (
  select zip_release_id, 'zip_locality' as kind, count(*) filter (where needs_plus_four) as needing_plus_four
  from zip_locality group by zip_release_id
) flagged using (zip_release_id, kind)
order by zip_release.valid_from, zip_release.zip_release_id, zip_release_file.kind desc
"""


def zip_files(con: duckdb.DuckDBPyConnection) -> list[read.Row]:
    """The members of every ZIP code file that is loaded, oldest quarter first; `needing_plus_four` of ZIP5 members only."""
    return read.rows(con, _QUERY)


def show_zip_files(files: list[read.Row]) -> None:
    """Prints the ZIP code files, or how to have one."""
    out = console()
    if not files:
        out.print(
            line("No ZIP code file is loaded, so that no price can be asked by ZIP code; 'pfs refresh --source' takes one.")
        )
        return
    headings = ("ZIP code file", "quarter", "member", "lines", "loaded", "rejected", "no rows", "need four more digits", "sha256")
    cells = [
        (
            row["zip_release_id"],
            f"{row['valid_from']} to {row['valid_to']}",
            row["member_name"],
            f"{row['lines']:,}",
            f"{row['rows_loaded']:,}",
            f"{row['rows_rejected']:,}",
            f"{row['lines_ignored']:,}",
            "" if row["needing_plus_four"] is None else f"{row['needing_plus_four']:,}",
            row["archive_sha256"][:12],
        )
        for row in files
    ]
    out.print(table(headings, cells, right=headings[3:8]))
