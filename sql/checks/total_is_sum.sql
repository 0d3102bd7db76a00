-- Totals are the sum of work, practice expense and malpractice RVUs, in both settings and for the fully implemented columns.
-- grain: release, code, modifier
-- reads: rvu
-- severity: error
-- scope: release
-- rule: holds in every row of every release seen, 2009 to 2026.
select release_id, hcpcs_code, modifier, line_number
from rvu
where is_new_release(release_id)
  and (
    nonfacility_total_rvu <> work_rvu + nonfacility_pe_rvu + mp_rvu
    or facility_total_rvu <> work_rvu + facility_pe_rvu + mp_rvu
    or full_nonfacility_total_rvu <> work_rvu + full_nonfacility_pe_rvu + mp_rvu
    or full_facility_total_rvu <> work_rvu + full_facility_pe_rvu + mp_rvu
  )
