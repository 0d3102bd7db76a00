"""The statements of warehouse/verify.py: claims joined with what the warehouse answers, and what is counted of them.

Pure text. `verified` is a temporary table with a row for each claim and edition that it is compared with: `claimed_…` and
`computed_…` for each measure, `compared` and `differing` (numbers of amounts), and `problem` where there is nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warehouse.edition_order import EDITION_PLACE
from warehouse.schema import quoted

# verify_target: which editions a claim is compared with.
# verify_ceiling, verify_therapy: amounts that stand in no view payment, kept for each release that claims are compared with.
SETUP = """
create or replace temp table verify_target (wanted varchar, release_id varchar, problem varchar);
create or replace temp table verify_ceiling (
  release_id varchar, qp_status varchar, mac varchar, locality varchar, hcpcs_code varchar, modifier varchar,
  opps_nonfacility_cap decimal(18, 2), opps_facility_cap decimal(18, 2)
);
create or replace temp table verify_therapy (
  release_id varchar, qp_status varchar, mac varchar, locality varchar, hcpcs_code varchar, modifier varchar,
  nonfacility_therapy decimal(18, 2), facility_therapy decimal(18, 2)
);
"""

# The cap of a status C code is in no payment, because it is a ceiling on the contractor's price.
CEILING = """
insert into verify_ceiling
select release_id, 'non_qp', mac, locality, hcpcs_code, modifier, computed_nonfacility_cap, computed_facility_cap
from opps_cap_comparison
where release_id in ({}) and status_code = 'C'
"""

# What the files print for therapy is the amount of the units after the first. Both columns start from the practice expense
# outside facilities (equal in every therapy code seen). Before April 2013 institutions had another cut, which no rule states.
THERAPY = """
insert into verify_therapy
with place as (
  select release_id, mac, locality, work_gpci, pe_gpci, mp_gpci from gpci
  union all
  select release_id, '', '', 1.000, 1.000, 1.000 from release
),
kept as (
  select release.release_id, rule.factor, rule.effective_from
  from release
  join multiple_procedure_rule as rule
    on rule.multiple_procedure_indicator = '5'
    and rule.component = 'practice_expense'
    and release.valid_from between rule.effective_from and coalesce(rule.effective_to, date '9999-12-31')
),
amount as (
  select rvu.release_id, conversion_factor.qp_status, place.mac, place.locality, rvu.hcpcs_code, rvu.modifier,
    kept.effective_from,
    therapy_fee(work_rvu, nonfacility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, factor) as amount
  from rvu
  join kept on kept.release_id = rvu.release_id
  join place on place.release_id = rvu.release_id
  join conversion_factor on conversion_factor.release_id = rvu.release_id
  where rvu.release_id in ({}) and rvu.multiple_procedure_indicator = '5'
)
select release_id, qp_status, mac, locality, hcpcs_code, modifier, amount,
  case when effective_from >= date '2013-04-01' then amount end
from amount
"""

EDITION = f"""
select release_id from ({EDITION_PLACE}) where upper(release_id) = upper(?) or label = upper(?) order by place desc limit 1
"""

# The newest edition of each release; one that others supersede for all of these days does not count.
GOVERNING = f"""
with span as (
  select cast(? as date) as first_day, cast(? as date) as last_day
)
select release_id
from release
cross join span
where governs
  and valid_from <= last_day
  and valid_to >= first_day
  and release_id in (select arg_max(release_id, place) from ({EDITION_PLACE}) group by label)
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

_PLACE_AND_CODE = "mac, locality, hcpcs_code, modifier"
_KEYS = f"release_id, qp_status, {_PLACE_AND_CODE}"
_PAYMENTS = (
    "nonfacility_fee",
    "facility_fee",
    "opps_nonfacility_cap",
    "opps_facility_cap",
    "nonfacility_allowed",
    "facility_allowed",
    "nonfacility_nonpar_allowed",
    "facility_nonpar_allowed",
    "nonfacility_limiting_charge",
    "facility_limiting_charge",
)
_CAPS = ("opps_nonfacility_cap", "opps_facility_cap")
_THERAPIES = ("nonfacility_therapy", "facility_therapy")


@dataclass(frozen=True)
class Asked:
    """What some claims ask for: the measures in them, and the values of their keys, so that views compute nothing else.

    `places` are contractor and locality in one text, empty for national. `places` and `codes` are None when too many to name.
    `has_tolerance`: some claims say how far an amount may differ.
    """

    measures: Sequence[str]
    releases: Sequence[str]
    qp_statuses: Sequence[str]
    places: Sequence[str] | None
    codes: Sequence[str] | None
    has_tolerance: bool = False

    @property
    def keys(self) -> str:
        """The columns to join by: release and payment only where there are several."""
        is_one = len(self.releases) <= 1 and len(self.qp_statuses) <= 1
        return _PLACE_AND_CODE if is_one else _KEYS

    @property
    def where(self) -> str:
        """The condition on release, payment and place."""
        place = _among("mac || locality", self.places)
        return f"{_among('release_id', self.releases)} and {_among('qp_status', self.qp_statuses)} and {place}"

    def printed(self, *measures: str) -> list[str]:
        """Those of some measures that the claims have."""
        return [measure for measure in measures if measure in self.measures]


def comparison(asked: Asked) -> str:
    """The statement that makes `verified` from `incoming`."""
    measures, sources = asked.measures, _sources(asked)
    claimed = "".join(f"try_cast({m} as decimal(18, 8)) as claimed_{m}, " for m in measures)
    unreadable = " or ".join(f"({m} is not null and try_cast({m} as decimal(18, 8)) is null)" for m in measures) or "false"
    allowed = "coalesce(try_cast(tolerance as decimal(18, 8)), 0)" if asked.has_tolerance else "0"
    computed = "".join(f"claimed_{m}, {_computed(m)} as computed_{m}, " for m in measures)
    joins = "\n  ".join(f"left join {name} using ({asked.keys})" for name in sources)
    return f"""
create or replace temp table verified as
with claim as (
  select line_number, wanted, qp_status, mac, locality, hcpcs_code, modifier, is_wrong, {allowed} as tolerance, {claimed}
    case when problem is not null then problem when {unreadable} then 'an amount is not a number' end as problem
  from incoming
),
aimed as (
  select claim.* exclude (wanted, problem), verify_target.release_id,
    coalesce(claim.problem, verify_target.problem, case when claim.wanted is null then 'no release is named' end) as problem
  from claim
  left join verify_target on verify_target.wanted = claim.wanted
),
{"".join(f"{name} as ({statement})," for name, statement in sources.items())}
answered as (
  select line_number, aimed.release_id, aimed.qp_status, {_PLACE_AND_CODE}, is_wrong, tolerance, problem, {computed} 0 as nothing
  from aimed
  {joins}
)
select * exclude (nothing),
  {_count(f"problem is null and claimed_{m} is not null and computed_{m} is not null" for m in measures)} as compared,
  {_count(f"problem is null and not ({_agrees(m, asked.has_tolerance)})" for m in measures)} as differing
from answered
"""


def _sources(asked: Asked) -> dict[str, str]:
    """What gives the measures: queries by name, each with the keys and its measures."""
    code = _among("hcpcs_code", asked.codes)
    found = {}
    if paid := ", ".join(asked.printed(*_PAYMENTS)):
        found["price"] = f"""
  select {_KEYS}, {paid} from payment where {asked.where} and {code}
  union all
  select release_id, qp_status, '', '', hcpcs_code, modifier, {paid} from national_payment
  where {_among("release_id", asked.releases)} and {_among("''", asked.places)} and {code}
"""
    if caps := ", ".join(asked.printed(*_CAPS)):
        found["ceiling"] = f"select {_KEYS}, {caps} from verify_ceiling where {asked.where}"
    if therapies := ", ".join(asked.printed(*_THERAPIES)):
        found["therapy"] = f"select {_KEYS}, {therapies} from verify_therapy where {asked.where}"
    if asked.printed("anesthesia_cf"):
        found["anesthesia"] = f"""
  select release_id, qp_status, mac, locality, '' as hcpcs_code, '' as modifier, conversion_factor as anesthesia_cf
  from anesthesia_cf where {asked.where}
  union all
  select release_id, qp_status, '', '', '', '', national_anesthesia_cf
  from conversion_factor where {_among("release_id", asked.releases)}
"""
    if asked.printed("conversion_factor"):
        found["factor"] = f"""
  select release_id, qp_status, '' as mac, '' as locality, '' as hcpcs_code, '' as modifier, conversion_factor
  from conversion_factor where {_among("release_id", asked.releases)}
"""
    return found


def _among(column: str, values: Sequence[str] | None) -> str:
    if values is None:
        return "true"
    # A NUL would end the statement; no key of the warehouse holds one.
    named = ", ".join(quoted(value) for value in values if "\x00" not in value)
    return f"{column} in ({named})" if named else "false"


def _agrees(measure: str, has_tolerance: bool) -> str:
    """The condition that a published amount is the computed one, or as near as the row itself allows."""
    if has_tolerance:
        return f"abs(claimed_{measure} - computed_{measure}) <= tolerance"
    return f"claimed_{measure} = computed_{measure}"


def _computed(measure: str) -> str:
    return f"coalesce(price.{measure}, ceiling.{measure})" if measure in _CAPS else measure


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

# Why a row is not comparable: what keeps it from being priced, from the release down to the price. A price that the file prints
# and the release does not give is told apart from the zeros that CMS prints for codes without one.
_REASONS = """
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
    when factor.release_id is null then line.release_id || ' has no conversion factor for ' || line.qp_status
    when line.mac <> '' and place.release_id is null then 'the locality is not in ' || line.release_id
    when line.hcpcs_code <> '' and code.release_id is null then 'the code is not in ' || line.release_id
    when line.hcpcs_code <> '' and rvu.release_id is null then 'the code has no such modifier in ' || line.release_id
    when unpriced.release_id is not null
      then case when {is_printed} then 'the file prints an amount, and there is ' else '' end
        || 'no price in ' || line.release_id || ': ' || unpriced.reason
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


def reasons(asked: Asked) -> str:
    """The statement that counts the rows that were not compared by the reason."""
    is_printed = " or ".join(f"coalesce(claimed_{measure}, 0) <> 0" for measure in asked.measures) or "false"
    return _REASONS.format(is_printed=is_printed)


def measured(asked: Asked) -> str:
    """The statement that counts, for each measure in turn, the amounts compared, those that match, and those that the warehouse
    lacks in rows of which another amount was compared."""
    both = [f"problem is null and claimed_{m} is not null and computed_{m} is not null" for m in asked.measures]
    counts = [
        f"count(*) filter ({where}), count(*) filter ({where} and ({_agrees(m, asked.has_tolerance)})), "
        f"count(*) filter (compared > 0 and claimed_{m} is not null and computed_{m} is null)"
        for m, where in zip(asked.measures, both, strict=True)
    ]
    return f"select {', '.join(counts)} from verified"
