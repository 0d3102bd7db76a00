"""The index of sections: their ranges of codes, and how their priced codes are spread. Reads the warehouse; gives a document."""

from __future__ import annotations

import duckdb

from flows.feed.blocks import plain
from flows.feed.content import Content
from flows.feed.documents import Document
from flows.feed.indexes import index
from warehouse import read

_RANGES = """
select section.section, section.meaning, section.code_form, section.first_code, section.last_code
from section
join release on release.release_id = ?
where release.valid_from between section.effective_from and coalesce(section.effective_to, date '9999-12-31')
order by section.section, section.code_form, section.first_code
"""

# Every twentieth of the way from the lowest to the highest value, each a value that a code has: enough for a picture.
_SPREAD = """
with measured as (
  select
    section,
    hcpcs_code,
    unnest(['work_rvu', 'nonfacility_total_rvu', 'facility_total_rvu']) as measure,
    unnest([work_rvu, nonfacility_total_rvu, facility_total_rvu]) as value
  from code_profile
  where release_id = ?
),
spread as (
  select
    section,
    measure,
    first(hcpcs_code order by value desc, hcpcs_code) as highest_code,
    quantile_disc(value, list_transform(range(0, 21), lambda step: cast(step as double) / 20)) as twentieths
  from measured
  group by section, measure
)
select
  spread.section, spread.measure, group_summary.n, group_summary.minimum, group_summary.p25, group_summary.median,
  group_summary.p75, group_summary.maximum, spread.highest_code, spread.twentieths
from spread
join group_summary
  on group_summary.release_id = ? and group_summary.grouping = 'section' and group_summary.group_name = spread.section
  and group_summary.measure = spread.measure
order by spread.section, spread.measure desc
"""


def sections_index(con: duckdb.DuckDBPyConnection, content: Content) -> Document:
    """Every section that has a code in the feed's release, with its ranges, its number of codes, and the spread of its RVUs."""
    release_id = content.release["release_id"]
    counts: dict[str, int] = {}
    for page in content.pages.page.values():
        if page["section"]:
            counts[page["section"]] = counts.get(page["section"], 0) + 1
    spread: dict[str, list[Document]] = {}
    for row in read.rows(con, _SPREAD, [release_id, release_id]):
        entry = {name: plain(value) for name, value in row.items() if name != "section"}
        spread.setdefault(row["section"], []).append({**entry, "twentieths": [plain(value) for value in row["twentieths"]]})
    found: dict[str, Document] = {}
    for row in read.rows(con, _RANGES, [release_id]):
        if row["section"] not in counts:
            continue
        section = found.setdefault(
            row["section"],
            {
                "section": row["section"],
                "meaning": row["meaning"],
                "code_count": counts[row["section"]],
                "ranges": [],
                "measures": spread.get(row["section"], []),
            },
        )
        section["ranges"].append({name: row[name] for name in ("code_form", "first_code", "last_code")})
    return index(
        "sections",
        content,
        units={"code_count": "codes", "n": "codes with a price", "measures": "RVU"},
        sections=list(found.values()),
    )
