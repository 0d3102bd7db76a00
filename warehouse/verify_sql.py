"""The statements of warehouse/verify.py: claims joined with what the warehouse answers, and what is counted of them.

Pure text. `verified` is a temporary table with a row for each claim and edition that it is compared with: `claimed_…` and
`computed_…` for each measure, `compared` and `differing` (numbers of amounts), and `problem` where there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from warehouse.schema import quoted

# verify_target: which editions a claim is compared with. verify_cut: what therapy keeps of its practice expense, in twentieths.
# ceiling, therapy: amounts that stand in no view payment, kept for each release that claims are compared with.
SETUP = """
create or replace temp table verify_target (wanted varchar, release_id varchar, problem varchar);
create or replace temp table verify_cut (effective_from date, effective_to date, office integer, institution integer);
create or replace temp table ceiling (
  release_id varchar, qp_status varchar, mac varchar, locality varchar, hcpcs_code varchar, modifier varchar,
  ceiling_opps_nonfacility_cap decimal(18, 2), ceiling_opps_facility_cap decimal(18, 2)
);
create or replace temp table therapy (
  release_id varchar, qp_status varchar, mac varchar, locality varchar, hcpcs_code varchar, modifier varchar,
  computed_nonfacility_therapy decimal(18, 2), computed_facility_therapy decimal(18, 2)
);
"""

# The cap of a status C code is in no payment, because it is a ceiling on the contractor's price.
CEILING = """
insert into ceiling
select release_id, 'non_qp', mac, locality, hcpcs_code, modifier, computed_nonfacility_cap, computed_facility_cap
from opps_cap_comparison
where release_id in ({}) and status_code = 'C'
"""

# A part of the practice expense is exact in macro fee when everything is taken twenty times and the factor a twentieth.
THERAPY = """
insert into therapy
with factor as (
  select release_id, qp_status, conversion_factor * cast(0.05 as decimal(2, 2)) as twentieth
  from conversion_factor
)
select rvu.release_id, qp_status, mac, locality, hcpcs_code, modifier,
  fee(20 * work_rvu, office * nonfacility_pe_rvu, 20 * mp_rvu, work_gpci, pe_gpci, mp_gpci, twentieth),
  fee(20 * work_rvu, institution * nonfacility_pe_rvu, 20 * mp_rvu, work_gpci, pe_gpci, mp_gpci, twentieth)
from rvu
join release on release.release_id = rvu.release_id
join verify_cut on release.valid_from between verify_cut.effective_from and verify_cut.effective_to
join gpci on gpci.release_id = rvu.release_id
join factor on factor.release_id = rvu.release_id
where rvu.release_id in ({}) and multiple_procedure_indicator = '5'
"""

EDITION = """
select release_id from release where upper(release_id) = upper(?) or label = upper(?) order by edition desc limit 1
"""

# The newest edition of each release; one that others supersede for all of these days does not count.
GOVERNING = """
with span as (
  select cast(? as date) as first_day, cast(? as date) as last_day
)
select release_id
from release
cross join span
where governs
  and valid_from <= last_day
  and valid_to >= first_day
  and edition = (select max(other.edition) from release as other where other.label = release.label)
  and not exists (
    select 1
    from release as later
    where later.supersedes = release.label
      and later.governs
      and later.valid_from <= greatest(release.valid_from, first_day)
      and later.valid_to >= least(release.valid_to, last_day)
  )
order by valid_from, release_id
"""

_KEYS = "release_id, qp_status, mac, locality, hcpcs_code, modifier"
_PRICED = (
    "nonfacility_fee",
    "facility_fee",
    "opps_nonfacility_cap",
    "opps_facility_cap",
    "nonfacility_limiting_charge",
    "facility_limiting_charge",
)

_ANESTHESIA = """anesthesia as (
  select release_id, qp_status, mac, locality, '' as hcpcs_code, '' as modifier, conversion_factor as computed_anesthesia_cf
  from anesthesia_cf
  where {place}
)"""


def comparison(measures: Sequence[str], releases: Sequence[str], macs: Sequence[str] | None, codes: Sequence[str] | None) -> str:
    """The statement that makes `verified` from `incoming`.

    `macs` and `codes` are the values in the claims (None: too many to name); they keep views from computing what nobody asks for.
    """
    sources = _sources(measures, releases, macs, codes)
    claimed = "".join(f"try_cast({m} as decimal(18, 8)) as claimed_{m}, " for m in measures)
    unreadable = " or ".join(f"({m} is not null and try_cast({m} as decimal(18, 8)) is null)" for m in measures) or "false"
    computed = "".join(f"claimed_{m}, {_computed(m)} as computed_{m}, " for m in measures)
    joins = "\n  ".join(f"left join {name} using ({_KEYS})" for name in sources)
    return f"""
create or replace temp table verified as
with claim as (
  select line_number, wanted, qp_status, mac, locality, hcpcs_code, modifier, is_wrong, {claimed}
    case when problem is not null then problem when {unreadable} then 'an amount is not a number' end as problem
  from incoming
),
aimed as (
  select claim.* exclude (wanted, problem), verify_target.release_id, coalesce(claim.problem, verify_target.problem) as problem
  from claim
  left join verify_target on verify_target.wanted = claim.wanted
),
{"".join(statement + "," for statement in sources.values() if statement)}
answered as (
  select line_number, {_KEYS}, is_wrong, problem, {computed} 0 as nothing
  from aimed
  {joins}
)
select * exclude (nothing),
  {_count(f"problem is null and claimed_{m} is not null and computed_{m} is not null" for m in measures)} as compared,
  {_count(f"problem is null and claimed_{m} <> computed_{m}" for m in measures)} as differing
from answered
"""


def _sources(
    measures: Sequence[str], releases: Sequence[str], macs: Sequence[str] | None, codes: Sequence[str] | None
) -> dict[str, str]:
    """What gives the measures, by name: a common table expression, or nothing for a temporary table of that name."""
    code = f"{_among('release_id', releases)} and {_among('hcpcs_code', codes)}"
    place = f"{_among('release_id', releases)} and {_among('mac', macs)}"
    found = {}
    if priced := [measure for measure in _PRICED if measure in measures]:
        columns = ", ".join(f"{measure} as computed_{measure}" for measure in priced)
        found["price"] = f"""price as (
  select {_KEYS}, {columns} from payment where {place} and {_among("hcpcs_code", codes)}
  union all
  select release_id, qp_status, '', '', hcpcs_code, modifier, {columns} from national_payment
  where {code} and {_among("''", macs)}
)"""
    if any(measure.startswith("opps_") for measure in measures):
        found["ceiling"] = ""
    if any(measure.endswith("_therapy") for measure in measures):
        found["therapy"] = ""
    if "anesthesia_cf" in measures:
        found["anesthesia"] = _ANESTHESIA.format(place=place)
    return found


def _among(column: str, values: Sequence[str] | None) -> str:
    if values is None:
        return "true"
    return f"{column} in ({', '.join(quoted(value) for value in values)})" if values else "false"


def _computed(measure: str) -> str:
    if measure.startswith("opps_"):
        return f"coalesce(price.computed_{measure}, ceiling.ceiling_{measure})"
    return f"computed_{measure}"


def _count(conditions: Iterable[str]) -> str:
    terms = [f"(case when {condition} then 1 else 0 end)" for condition in conditions]
    return " + ".join(terms) or "0"


# --- what is counted -------------------------------------------------------------------------------------------------------

# An amount that is claimed for several editions has to hold in each of them.
OUTCOMES = """
with line as (
  select line_number, bool_or(is_wrong) as is_wrong, sum(compared) as compared, sum(differing) as differing
  from verified
  group by line_number
)
select
  case
    when compared = 0 then 'not_comparable'
    when is_wrong then case when differing > 0 then 'wrong_differing' else 'wrong_matched' end
    when differing > 0 then 'differing'
    else 'matched'
  end as outcome,
  count(*)
from line
group by outcome
"""

RELEASES = "select release_id, count(*) from verified where compared > 0 group by release_id"

DIFFERING = """
select *
from verified
window line as (partition by line_number)
qualify case when bool_or(is_wrong) over line
  then sum(compared) over line > 0 and sum(differing) over line = 0
  else differing > 0
end
order by line_number, release_id
limit ?
"""

# Why a row is not comparable: what keeps it from being priced, from the release down to the price.
REASONS = """
with compared as (
  select line_number, min(release_id) as release_id
  from verified
  group by line_number
  having sum(compared) = 0
),
line as (
  select verified.*
  from verified
  join compared
    on compared.line_number = verified.line_number and compared.release_id is not distinct from verified.release_id
),
code as (select distinct release_id, hcpcs_code from rvu),
place as (select release_id, mac, locality from gpci)
select
  case
    when line.problem is not null then line.problem
    when line.release_id is null then 'no release is named'
    when factor.release_id is null then line.release_id || ' has no conversion factor for ' || line.qp_status
    when line.mac <> '' and place.release_id is null then 'the locality is not in ' || line.release_id
    when line.hcpcs_code <> '' and code.release_id is null then 'the code is not in ' || line.release_id
    when line.hcpcs_code <> '' and rvu.release_id is null then 'the code has no such modifier in ' || line.release_id
    when unpriced.release_id is not null then 'no price in ' || line.release_id || ': ' || unpriced.reason
    else 'no amount that ' || line.release_id || ' gives'
  end as why,
  count(*)
from line
left join conversion_factor as factor on factor.release_id = line.release_id and factor.qp_status = line.qp_status
left join place on place.release_id = line.release_id and place.mac = line.mac and place.locality = line.locality
left join code on code.release_id = line.release_id and code.hcpcs_code = line.hcpcs_code
left join rvu
  on rvu.release_id = line.release_id and rvu.hcpcs_code = line.hcpcs_code and rvu.modifier = line.modifier
left join unpriced
  on unpriced.release_id = line.release_id and unpriced.hcpcs_code = line.hcpcs_code and unpriced.modifier = line.modifier
group by why
order by why
"""


def measured(measures: Sequence[str]) -> str:
    """The statement that counts, for each measure in turn, the amounts compared and those that match."""
    both = [f"problem is null and claimed_{m} is not null and computed_{m} is not null" for m in measures]
    counts = [
        f"count(*) filter ({where}), count(*) filter ({where} and claimed_{m} = computed_{m})"
        for m, where in zip(measures, both, strict=True)
    ]
    return f"select {', '.join(counts)} from verified"
