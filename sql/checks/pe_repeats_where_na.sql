-- Where a setting is marked NA, its practice expense repeats that of the other setting.
-- grain: release, code, modifier
-- reads: rvu
-- severity: warning
-- scope: release
-- rule: measured on every release seen, with one to three exceptions a year; NA does not mean blank.
select release_id, hcpcs_code, modifier, nonfacility_pe_rvu, facility_pe_rvu
from rvu
where is_new_release(release_id) and (nonfacility_na or facility_na) and nonfacility_pe_rvu <> facility_pe_rvu
