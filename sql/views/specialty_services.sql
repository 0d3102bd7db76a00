-- Services of a code by specialty in the pooled years, subspecialties with their parent: what view code_specialty judges.
-- grain: hcpcs_code, specialty_code
-- reads: utilisation, reference_edition, specialty, specialty_rule, utilisation_modifier
-- rule: table specialty_rule: the newest loaded year and the years before it that are pooled (years_pooled); services of
-- modifier classes that say who uses a code (table utilisation_modifier); a row with a hidden count stands for
-- services_per_hidden_row services. Estimated, and not for show: a number that is shown is rounded (view code_specialty).
create or replace view specialty_services as
with rule as (
  select
    max(rule_value) filter (where rule_setting = 'years_pooled') as years_pooled,
    max(rule_value) filter (where rule_setting = 'services_per_hidden_row') as services_per_hidden_row
  from specialty_rule
),
pooled as (
  select min(year) as services_from_year, max(year) as services_to_year, cast(count(*) as integer) as pooled_years
  from reference_edition
  where reference = 'utilisation'
    and year > (select max(year) from reference_edition where reference = 'utilisation') - (select years_pooled from rule)
),
uncounted as (
  select distinct modifier_class
  from utilisation_modifier
  where not is_counted
)
select
  utilisation.hcpcs_code,
  coalesce(specialty.parent_code, specialty.specialty_code) as specialty_code,
  parent.specialty_name,
  parent.specialty_class,
  cast(sum(utilisation.visible_services) + sum(utilisation.hidden_rows) * any_value(rule.services_per_hidden_row)
    as decimal(18, 4)) as estimated_services,
  cast(sum(utilisation.hidden_rows) * any_value(rule.services_per_hidden_row) as decimal(18, 4)) as hidden_services,
  any_value(pooled.services_from_year) as services_from_year,
  any_value(pooled.services_to_year) as services_to_year,
  any_value(pooled.pooled_years) as pooled_years
from utilisation
cross join rule
cross join pooled
join specialty on specialty.specialty_code = utilisation.specialty_code
join specialty as parent on parent.specialty_code = coalesce(specialty.parent_code, specialty.specialty_code)
where utilisation.year between pooled.services_from_year and pooled.services_to_year
  and not exists (select 1 from uncounted where uncounted.modifier_class = utilisation.modifier_class)
group by all;
