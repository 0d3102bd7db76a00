-- The codes that figures are compared among: each code that RVUs price, by its row without modifier, with its section, its RVUs and
-- its indicators. The population of code_standing and of similar_code.
-- grain: release, code
-- reads: priced_rvu, rvu, code_section, code_class
-- scope: release
-- rule: status A, R or T, no modifier, a total above 0 in a setting (view priced_rvu). Rows of modifiers would count a code twice, and
-- RVUs of other statuses pay for nothing. indicator_pattern joins one character for each indicator (two for the supervision), a
-- hyphen where none is stated. rbcs_class is the RBCS subcategory and family; null where CMS's classification lacks the code. Stored, because a comparison reads a whole section for one code.
create or replace table code_profile as
select
  rvu.release_id,
  rvu.hcpcs_code,
  code_section.section,
  rvu.global_days,
  rvu.work_rvu,
  rvu.nonfacility_pe_rvu,
  rvu.facility_pe_rvu,
  rvu.mp_rvu,
  rvu.nonfacility_total_rvu,
  rvu.facility_total_rvu,
  coalesce(nullif(rvu.pctc_indicator, ''), '-')
  || coalesce(nullif(rvu.multiple_procedure_indicator, ''), '-')
  || coalesce(nullif(rvu.bilateral_surgery_indicator, ''), '-')
  || coalesce(nullif(rvu.assistant_surgery_indicator, ''), '-')
  || coalesce(nullif(rvu.co_surgery_indicator, ''), '-')
  || coalesce(nullif(rvu.team_surgery_indicator, ''), '-')
  || rpad(rvu.diagnostic_supervision, 2, '-')
  || case when rvu.nonfacility_na then 'N' else '-' end
  || case when rvu.facility_na then 'N' else '-' end as indicator_pattern,
  case
    when count(*) over (partition by rvu.release_id, code_section.section, rvu.global_days, indicator_pattern) > 5
      then code_section.section || ' ' || rvu.global_days || ' ' || indicator_pattern
    else code_section.section || ' ' || rvu.global_days
  end as similar_pool,
  code_class.subcategory_code || code_class.family_number as rbcs_class
from priced_rvu
join rvu
  on rvu.release_id = priced_rvu.release_id
  and rvu.hcpcs_code = priced_rvu.hcpcs_code
  and rvu.modifier = priced_rvu.modifier
join code_section
  on code_section.release_id = priced_rvu.release_id and code_section.hcpcs_code = priced_rvu.hcpcs_code
left join code_class on code_class.hcpcs_code = priced_rvu.hcpcs_code and code_class.is_latest_assignment
where priced_rvu.modifier = ''
  -- Of each by itself: DuckDB does not conclude from one release to the others, and would read all of them.
  and is_new_release(rvu.release_id)
  and is_new_release(priced_rvu.release_id)
  and is_new_release(code_section.release_id)
order by rvu.release_id, code_section.section, rvu.global_days, rvu.hcpcs_code;
