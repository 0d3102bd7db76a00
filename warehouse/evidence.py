"""What common wrong formulas would have scored on published amounts, and how far CMS's own cap tables are reproduced.

Reads the published warehouse and the table `verified` of warehouse/verify.py; writes nothing. The wrong formulas stand here and
nowhere else: each is a mistake that was seen in public projects, computed on the same rows as the right one. All arithmetic is
decimal.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from warehouse.read import Row, rows

# Name of the computation and the condition under which it gives the published amount. `w`, `p`, `m` are RVUs, `gw`, `gp`, `gm`
# their indices, `f` is the factor, `flagged` that of a calculation flag; `last_…` what a mapping holds whose key is too short,
# because the last row overwrites the others.
FORMULAS: Mapping[str, str] = {
    "one rounding, at the end": "flagged_fee(w, p, m, gw, gp, gm, f, flagged) = published",
    "GPCI by locality number, without the contractor": "fee(w, p, m, last_gw, last_gp, last_gm, f) = published",
    "RVUs by code, without the modifier": "fee(last_w, last_p, last_m, gw, gp, gm, f) = published",
    "cut off after the cent": "floor((w * gw + p * gp + m * gm) * f * 100) = published * 100",
    "each part rounded": "round(w * gw * f, 2) + round(p * gp * f, 2) + round(m * gm * f, 2) = published",
    "one conversion factor a year, the last": "flagged_fee(w, p, m, gw, gp, gm, last_f, flagged) = published",
    "each adjusted RVU rounded": "round((round(w * gw, 2) + round(p * gp, 2) + round(m * gm, 2)) * f, 2) = published",
}

# Each cap row once: CMS prints the same amount for both settings. Rows declared stale are CMS's mistakes, not a measure of
# formulas.
CAP_TABLES = """
select release_id, 'non_qp' as qp_status, gpci_mac as mac, locality, hcpcs_code, modifier, 'opps_nonfacility_cap' as measure,
  nonfacility_amount as published
from opps_cap_comparison
where stale_cap is null
"""

_PUBLISHED = """
select release_id, qp_status, mac, locality, hcpcs_code, modifier, '{measure}' as measure, claimed_{measure} as published
from verified
where claimed_{measure} is not null and computed_{measure} is not null and problem is null and not is_wrong and mac <> ''
"""

# (measure, practice expense, malpractice)
_INPUTS = (
    ("nonfacility_fee", "nonfacility_pe_rvu", "mp_rvu"),
    ("facility_fee", "facility_pe_rvu", "mp_rvu"),
    ("opps_nonfacility_cap", "opps_nonfacility_pe_rvu", "opps_mp_rvu"),
    ("opps_facility_cap", "opps_facility_pe_rvu", "opps_mp_rvu"),
)

_SCORES = """
with amount as ({source}),
wanted as (select distinct release_id from amount),
work as (
  -- A status C global takes the work of its 26 row, as in CMS's cap tables.
  select rvu.*, coalesce(own.calculation_factor, 1) as flagged,
    case when rvu.status_code = 'C' and rvu.modifier = '' then coalesce(professional.payment_work_rvu, rvu.work_rvu)
      else coalesce(own.payment_work_rvu, rvu.work_rvu)
    end as payment_work_rvu
  from rvu
  semi join wanted on wanted.release_id = rvu.release_id
  left join priced_rvu as own
    on own.release_id = rvu.release_id and own.hcpcs_code = rvu.hcpcs_code and own.modifier = rvu.modifier
  left join priced_rvu as professional
    on professional.release_id = rvu.release_id and professional.hcpcs_code = rvu.hcpcs_code and professional.modifier = '26'
),
value as ({values}),
last_value as (
  select release_id, measure, hcpcs_code, arg_max(w, line_number) as last_w, arg_max(p, line_number) as last_p,
    arg_max(m, line_number) as last_m
  from value group by all
),
last_place as (
  select release_id, locality, arg_max(work_gpci, line_number) as last_gw, arg_max(pe_gpci, line_number) as last_gp,
    arg_max(mp_gpci, line_number) as last_gm
  from gpci group by all
),
last_factor as (
  select year, qp_status, arg_max(conversion_factor, valid_from) as last_f
  from conversion_factor join release using (release_id) group by all
),
input as (
  select amount.published, w, p, m, last_w, last_p, last_m, work_gpci as gw, pe_gpci as gp, mp_gpci as gm,
    last_gw, last_gp, last_gm, conversion_factor as f, last_f, flagged
  from amount
  join value using (release_id, measure, hcpcs_code, modifier)
  join last_value using (release_id, measure, hcpcs_code)
  join gpci on gpci.release_id = amount.release_id and gpci.mac = amount.mac and gpci.locality = amount.locality
  join last_place on last_place.release_id = amount.release_id and last_place.locality = amount.locality
  join conversion_factor as factor on factor.release_id = amount.release_id and factor.qp_status = amount.qp_status
  join release on release.release_id = amount.release_id
  join last_factor on last_factor.year = release.year and last_factor.qp_status = amount.qp_status
)
select count(*), {counts} from input
"""


def scores(con: duckdb.DuckDBPyConnection, source: str = CAP_TABLES) -> tuple[int, dict[str, int]]:
    """How many amounts there are in a source, and how many of them each of FORMULAS gives. `source` is a query that gives
    release_id, qp_status, mac, locality, hcpcs_code, modifier, measure and published."""
    values = " union all ".join(
        f"select release_id, '{measure}' as measure, hcpcs_code, modifier, line_number, "
        f"payment_work_rvu as w, {pe} as p, {mp} as m, {'flagged' if measure.endswith('_fee') else '1'} as flagged from work"
        for measure, pe, mp in _INPUTS
    )
    counts = ", ".join(f"count(*) filter ({condition})" for condition in FORMULAS.values())
    total, *found = con.execute(_SCORES.format(source=source, values=values, counts=counts)).fetchall()[0]
    return total, dict(zip(FORMULAS, found, strict=True))


def published_source(con: duckdb.DuckDBPyConnection) -> str | None:
    """The source for the amounts of the table `verified` that follow from RVUs and have a place; None when there are none."""
    columns = {row[0] for row in con.execute("select column_name from (describe verified)").fetchall()}
    parts = [_PUBLISHED.format(measure=measure) for measure, _, _ in _INPUTS if f"claimed_{measure}" in columns]
    return " union all ".join(parts) or None


def cap_tables(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """CMS's own cap table of each loaded release: rows, how many the RVUs reproduce, how many are declared stale, how many differ
    and are not declared, and how many stand under a contractor without indices of its own."""
    return rows(
        con,
        """
        select release_id, archive_sha256, count(*) as rows, count(*) filter (is_reproduced) as reproduced,
          count(stale_cap) as declared_stale, count(*) filter (not is_reproduced and stale_cap is null) as not_declared,
          count(*) filter (gpci_mac <> mac) as listed_twice
        from opps_cap_comparison
        join release using (release_id)
        group by release_id, archive_sha256, valid_from
        order by valid_from, release_id
        """,
    )


def stale_tables(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """What is declared stale in the loaded releases, one a release and reason: localities, rows found, and how many of these are
    of status C, where the amount is a ceiling on the contractor's price."""
    return rows(
        con,
        """
        select release_id, count(distinct mac || locality) as localities, count(*) as rows,
          count(*) filter (status_code = 'C') as contractor_priced, reason
        from opps_cap_comparison
        join stale_cap using (stale_cap)
        group by release_id, reason
        order by release_id, rows desc
        """,
    )
