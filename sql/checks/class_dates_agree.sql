-- CMS's own dates of a code agree with the releases that have it with a price: added before they end, and not ended before they begin.
-- grain: release, hcpcs_code
-- reads: code_class, pricing_rvu, release
-- severity: warning
-- rule: RBCS HCPCS_Cd_Add_Dt and HCPCS_Cd_End_Dt against valid_from and valid_to of each release that governs. RBCS of a release year knows
-- the ends of codes to the year before only, so that a code that ended later shows no difference.
select
  pricing_rvu.release_id,
  pricing_rvu.hcpcs_code,
  code_class.added_on,
  code_class.ended_on,
  release.valid_from,
  release.valid_to
from pricing_rvu
join release on release.release_id = pricing_rvu.release_id
join code_class on code_class.hcpcs_code = pricing_rvu.hcpcs_code and code_class.is_latest_assignment
where release.governs
  and pricing_rvu.is_priced
  and pricing_rvu.modifier = ''
  and (code_class.added_on > release.valid_to or code_class.ended_on < release.valid_from)
