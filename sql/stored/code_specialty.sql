-- The specialties that use a code in Medicare, as far as public claims tell.
-- grain: hcpcs_code, claim, specialty_rank
-- reads: specialty_services, specialty_rule
-- scope: reference
-- rule: table specialty_rule and docs/SPECIALTIES.md. Named is a specialty with a share of naming_share or more of the services of
-- practitioners, at most most_names of them; many says that there is none. Nurse practitioners, physician assistants and other
-- advanced practice are on lines of their own (advanced_practice) with their share of the services of all practitioners.
-- Facilities and suppliers are named (billed_by) only where they have such a share of all services and no practitioner has.
-- Of fewer than fewest_services nothing is said (too_few). Whole per cents and rounded counts only. Say "in Medicare".
-- Stored, because a share takes all specialties of all years of a code.
create or replace table code_specialty as
with rule as (
  select
    max(rule_value) filter (where rule_setting = 'naming_share') as naming_share,
    max(rule_value) filter (where rule_setting = 'most_names') as most_names,
    max(rule_value) filter (where rule_setting = 'fewest_services') as fewest_services,
    max(rule_value) filter (where rule_setting = 'estimated_above') as estimated_above,
    max(rule_value) filter (where rule_setting = 'significant_digits') as significant_digits
  from specialty_rule
),
counted as (
  -- Who bills is one of three: whoever may be named (field), advanced practice, or a facility. Unknown ones are left out.
  select
    hcpcs_code,
    specialty_code,
    specialty_name,
    case specialty_class
      when 'advanced_practice' then 'advanced_practice'
      when 'facility_or_supplier' then 'billed_by'
      else 'named'
    end as claim,
    estimated_services,
    hidden_services,
    services_from_year,
    services_to_year,
    pooled_years
  from specialty_services
  where specialty_class <> 'unknown'
),
total as (
  select
    hcpcs_code,
    coalesce(sum(estimated_services) filter (where claim = 'named'), 0) as named_services,
    coalesce(sum(estimated_services) filter (where claim <> 'billed_by'), 0) as practitioner_services,
    coalesce(sum(estimated_services) filter (where claim <> 'advanced_practice'), 0) as billed_services,
    coalesce(sum(hidden_services) filter (where claim = 'named'), 0) as named_hidden,
    coalesce(sum(hidden_services) filter (where claim <> 'billed_by'), 0) as practitioner_hidden,
    coalesce(sum(hidden_services) filter (where claim <> 'advanced_practice'), 0) as billed_hidden,
    coalesce(max(estimated_services) filter (where claim = 'named'), 0) as most_named,
    coalesce(max(estimated_services) filter (where claim = 'billed_by'), 0) as most_billed,
    any_value(services_from_year) as services_from_year,
    any_value(services_to_year) as services_to_year,
    any_value(pooled_years) as pooled_years
  from counted
  group by hcpcs_code
),
judged as (
  select
    total.hcpcs_code,
    total.services_from_year,
    total.services_to_year,
    total.pooled_years,
    case
      when billed_services >= fewest_services
        and most_billed >= naming_share * billed_services and most_named < naming_share * billed_services then 'billed_by'
      when named_services >= fewest_services and most_named >= naming_share * named_services then 'named'
      when named_services >= fewest_services then 'many'
    end as field_claim,
    case when practitioner_services >= fewest_services then 'advanced_practice' end as advanced_claim,
    named_services,
    practitioner_services,
    billed_services,
    named_hidden,
    practitioner_hidden,
    billed_hidden
  from total
  cross join rule
),
shared as (
  -- The base of a share: of named ones practitioners without advanced practice, of advanced practice all practitioners, else all.
  select
    counted.hcpcs_code,
    counted.claim,
    counted.specialty_code,
    counted.specialty_name,
    counted.estimated_services,
    case counted.claim
      when 'named' then judged.named_services
      when 'advanced_practice' then judged.practitioner_services
      else judged.billed_services
    end as base_services,
    case counted.claim
      when 'named' then judged.named_hidden
      when 'advanced_practice' then judged.practitioner_hidden
      else judged.billed_hidden
    end as base_hidden,
    judged.services_from_year,
    judged.services_to_year,
    judged.pooled_years
  from counted
  join judged on judged.hcpcs_code = counted.hcpcs_code
    and (judged.field_claim = counted.claim or judged.advanced_claim = counted.claim)
),
ranked as (
  select
    hcpcs_code,
    claim,
    cast(row_number() over (
      partition by hcpcs_code, claim order by estimated_services desc, specialty_code
    ) as integer) as specialty_rank,
    specialty_code,
    specialty_name,
    estimated_services,
    base_services,
    base_hidden,
    services_from_year,
    services_to_year,
    pooled_years
  from shared
),
said as (
  select
    hcpcs_code, claim, specialty_rank, specialty_code, specialty_name, estimated_services, base_services, base_hidden,
    services_from_year, services_to_year, pooled_years
  from ranked
  cross join rule
  where specialty_rank <= most_names and estimated_services >= naming_share * base_services
  union all
  select
    hcpcs_code, 'many', 0, '', null, null, named_services, named_hidden, services_from_year, services_to_year, pooled_years
  from judged
  where field_claim = 'many'
  union all
  select hcpcs_code, 'too_few', 0, '', null, null, null, null, services_from_year, services_to_year, pooled_years
  from judged
  where field_claim is null and advanced_claim is null
)
select
  said.hcpcs_code,
  said.claim,
  said.specialty_rank,
  said.specialty_code,
  said.specialty_name,
  cast(round(100 * said.estimated_services / said.base_services) as integer) as share_percent,
  cast(round(
    cast(said.base_services as double),
    cast(rule.significant_digits - 1 - floor(log10(said.base_services)) as integer)
  ) as bigint) as rounded_services,
  cast(round(100 * said.base_hidden / said.base_services) as integer) as estimated_percent,
  said.base_hidden > rule.estimated_above * said.base_services as is_estimated,
  said.services_from_year,
  said.services_to_year,
  said.pooled_years
from said
cross join rule
order by said.hcpcs_code, said.claim, said.specialty_rank;
