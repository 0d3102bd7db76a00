"""What a page of a code shows beside its figures: section, comparison, similar codes, history, changes, who uses it.

Reads the views and stored tables of the warehouse (code_page, code_standing, similar_code, code_history, code_change,
code_class, code_specialty) with one query a subject and release, and gives blocks of a document. History names releases by
their label and leaves open what still stands, so that a later release that brings nothing for a code changes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from warehouse import read
from warehouse.read import Row

By = dict[str, list[Row]]
Rows = dict[str, str]
Block = dict[str, Any]

_PAGE = "select hcpcs_code, section, comparison, questions from code_page where release_id = ?"

_STANDING = """
select hcpcs_code, grouping, group_name, measure, value, n, below, ties, rank, percentile, median, p25, p75, minimum, maximum,
  ratio_to_median
from code_standing
where release_id = ?
"""

_SIMILAR = """
select hcpcs_code, similar_rank as rank, similar_hcpcs_code as code, unlike_indicators, unlike_class, rvu_distance
from similar_code
where release_id = ?
"""

# The chain of governing releases up to the feed's one; the last of them is where what still stands is open.
_CHAIN = """
create or replace temporary table feed_chain as
select release_id, label, governs_from, governs_to, chain_position, chain_position = max(chain_position) over () as is_last
from governing_release
where governs_from <= (select valid_to from release where release_id = ?)
"""

_HISTORY = """
select
  code_history.hcpcs_code, code_history.modifier, code_history.life, code_history.period, code_history.change_kind,
  code_history.values_changed, opening.label as release, code_history.effective_from as from_date,
  case when not coalesce(closing.is_last, true) then code_history.effective_to end as to_date,
  split_part(code_history.corrected_by_release_id, '.', 1) as corrected_by, code_history.status_code, code_history.work_rvu,
  code_history.nonfacility_pe_rvu, code_history.facility_pe_rvu, code_history.mp_rvu, code_history.nonfacility_total_rvu,
  code_history.facility_total_rvu, code_history.global_days
from code_history
join feed_chain as opening on opening.release_id = code_history.first_release_id
left join feed_chain as closing on closing.release_id = code_history.last_release_id
"""

_PAID = """
with paid as (
  select
    national_payment.hcpcs_code, national_payment.modifier, feed_chain.label, feed_chain.governs_from, feed_chain.governs_to,
    feed_chain.chain_position, feed_chain.is_last, conversion_factor.conversion_factor, national_payment.nonfacility_allowed,
    national_payment.facility_allowed
  from national_payment
  join feed_chain on feed_chain.release_id = national_payment.release_id
  join conversion_factor
    on conversion_factor.release_id = national_payment.release_id and conversion_factor.qp_status = national_payment.qp_status
  where national_payment.qp_status = 'non_qp'
),
marked as (
  select
    *,
    chain_position = 1 + lag(chain_position) over in_order
      and nonfacility_allowed = lag(nonfacility_allowed) over in_order
      and facility_allowed = lag(facility_allowed) over in_order
      and conversion_factor = lag(conversion_factor) over in_order as is_same
  from paid
  window in_order as (partition by hcpcs_code, modifier order by chain_position)
),
numbered as (
  select *, count(*) filter (where not coalesce(is_same, false)) over in_order as period
  from marked
  window in_order as (partition by hcpcs_code, modifier order by chain_position)
)
select
  hcpcs_code, modifier, period, arg_min(label, chain_position) as release, min(governs_from) as from_date,
  case when not bool_or(is_last) then max(governs_to) end as to_date, any_value(conversion_factor) as conversion_factor,
  any_value(nonfacility_allowed) as nonfacility_allowed, any_value(facility_allowed) as facility_allowed
from numbered
group by hcpcs_code, modifier, period
"""

# What the feed's year changed for a code: from the year before to the release that its document cites.
_CHANGE = """
select
  code_change.hcpcs_code, code_change.modifier, before.label as from_release, code_change.from_service_date,
  after.label as release, code_change.to_service_date, code_change.change_kind, code_change.indicators_changed,
  code_change.status_code_before, code_change.status_code_after, code_change.work_rvu_before, code_change.work_rvu_after,
  code_change.nonfacility_total_rvu_before, code_change.nonfacility_total_rvu_after, code_change.facility_total_rvu_before,
  code_change.facility_total_rvu_after, code_change.conversion_factor_before, code_change.conversion_factor_after,
  code_change.nonfacility_fee_before, code_change.nonfacility_fee_after, code_change.nonfacility_fee_change,
  code_change.nonfacility_rvu_effect, code_change.nonfacility_conversion_factor_effect, code_change.nonfacility_rounding,
  code_change.facility_fee_before, code_change.facility_fee_after, code_change.facility_fee_change,
  code_change.facility_rvu_effect, code_change.facility_conversion_factor_effect, code_change.facility_rounding
from code_change
join release as before on before.release_id = code_change.from_release_id
join release as after on after.release_id = code_change.to_release_id
where code_change.basis = 'year' and after.year = ?
  and (code_change.change_kind <> 'unchanged' or code_change.nonfacility_fee_change <> 0 or code_change.facility_fee_change <> 0)
"""

_CLASS = """
select hcpcs_code, rbcs_id, category, subcategory, family, major_indicator, added_on, ended_on, reference_release_id as release
from code_class
where is_latest_assignment
"""

_SPECIALTY = """
select hcpcs_code, claim, specialty_rank as rank, nullif(specialty_code, '') as specialty_code, specialty_name as specialty,
  share_percent, rounded_services as services, estimated_percent, is_estimated
from code_specialty
"""

_SPECIALTY_SENTENCE = "select hcpcs_code, specialty_sentence, services_from_year, services_to_year from code_specialty_sentence"


@dataclass(frozen=True)
class Pages:
    """What the pages show, by code; of lists the rows as one JSON array."""

    page: dict[str, Row]
    standing: Rows
    similar: Rows
    history: Rows
    paid: Rows
    change: Rows
    classes: dict[str, Row]
    specialty: Rows
    specialty_sentence: dict[str, Row]


def read_pages(con: duckdb.DuckDBPyConnection, release: Row, cited: dict[str, str]) -> Pages:
    """Everything beside the figures, of each code as the release that it cites has it."""
    con.execute(_CHAIN, [release["release_id"]])
    page: dict[str, Row] = {}
    standing: Rows = {}
    similar: Rows = {}
    for release_id in sorted(set(cited.values())):  # a query a release: a filter on a constant reaches every part of the views
        own = {code for code, its in cited.items() if its == release_id}
        page |= _kept({row["hcpcs_code"]: row for row in read.rows(con, _PAGE, [release_id])}, own)
        standing |= _kept(json_rows(con, _STANDING, '"grouping", measure desc', [release_id]), own)
        similar |= _kept(json_rows(con, _SIMILAR, "rank", [release_id]), own)
    return Pages(
        page=page,
        standing=standing,
        similar=similar,
        history=json_rows(con, _HISTORY, "modifier, life, period"),
        paid=json_rows(con, _PAID, "modifier, period"),
        change=json_rows(con, _CHANGE, "modifier", [release["year"]]),
        classes={row["hcpcs_code"]: row for row in read.rows(con, _CLASS)},
        specialty=json_rows(con, _SPECIALTY, "claim, rank"),
        specialty_sentence={row["hcpcs_code"]: row for row in read.rows(con, _SPECIALTY_SENTENCE)},
    )


def _kept(found: dict[str, Any], codes: set[str]) -> dict[str, Any]:
    return {code: value for code, value in found.items() if code in codes}


def json_rows(con: duckdb.DuckDBPyConnection, query: str, order: str, parameters: Sequence[Any] = ()) -> Rows:
    """The rows of a query as one JSON array a code, decimals and dates as text; made by DuckDB, since they are many."""
    described = con.execute(f"describe {query}", list(parameters)).fetchall()
    fields = ", ".join(
        f"'{name}': " + (f'cast("{name}" as varchar)' if kind.startswith(("DECIMAL", "DATE")) else f'"{name}"')
        for name, kind, *_ in described
        if name != "hcpcs_code"
    )
    statement = f"""
    with found as ({query})
    select hcpcs_code, cast(to_json(list({{{fields}}} order by {order})) as varchar)
    from found
    group by hcpcs_code
    """
    return dict(con.execute(statement, list(parameters)).fetchall())


def by_code(rows: Iterable[Row]) -> By:
    """Rows by their code, in the order in which they come."""
    found: By = {}
    for row in rows:
        found.setdefault(row["hcpcs_code"], []).append(row)
    return found
