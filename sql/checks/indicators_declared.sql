-- Every status code and indicator has a value that is declared.
-- grain: release, column, value
-- reads: rvu, status_code, indicator_value
-- severity: error
-- scope: release
-- rule: values and meanings stand in flows/catalog/status_codes.csv and indicator_values.csv, from CMS's record layouts. A new
-- value needs a meaning there before it is published.
with found as (
  unpivot (
    select distinct release_id, pctc_indicator, global_days, multiple_procedure_indicator, bilateral_surgery_indicator,
      assistant_surgery_indicator, co_surgery_indicator, team_surgery_indicator, diagnostic_supervision, calculation_flag,
      imaging_family, pricing_indicator
    from rvu
    where is_new_release(release_id)
  )
  on pctc_indicator, global_days, multiple_procedure_indicator, bilateral_surgery_indicator, assistant_surgery_indicator,
    co_surgery_indicator, team_surgery_indicator, diagnostic_supervision, calculation_flag, imaging_family, pricing_indicator
  into name applies_to value value
)
select distinct release_id, applies_to, value
from found
where not exists (
  select 1 from indicator_value where indicator_value.applies_to = found.applies_to and indicator_value.value = found.value
)
union all
select distinct release_id, 'status_code', status_code
from rvu
where is_new_release(release_id)
  and not exists (select 1 from status_code where status_code.status_code = rvu.status_code)
