-- CMS's own dates of a code agree with the releases that list it: added before they end, and not ended before they begin.
-- grain: hcpcs_code
-- reads: code_class, rvu, release
-- severity: warning
-- rule: RBCS HCPCS_Cd_Add_Dt and HCPCS_Cd_End_Dt against valid_from and valid_to of the releases that govern. A code that was given
-- to another service after it had ended has the dates of its later life only (J7322: added 2017, listed in 2009); a code may stay
-- listed after its end (G0477 ended with 2016, listed in RVU17A). RBCS of a release year knows ends to the year before only.
select
  rvu.hcpcs_code,
  min(code_class.added_on) as added_on,
  min(code_class.ended_on) as ended_on,
  string_agg(release.release_id, ' ' order by release.valid_from, release.release_id) as listed_in
from rvu
join release on release.release_id = rvu.release_id
join code_class on code_class.hcpcs_code = rvu.hcpcs_code and code_class.is_latest_assignment
where release.governs
  and rvu.modifier = ''
  and (code_class.added_on > release.valid_to or code_class.ended_on < release.valid_from)
group by rvu.hcpcs_code
