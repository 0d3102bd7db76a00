-- The codes that RVUs price: status A, R or T with a total above 0 in a setting.
-- grain: release, code, modifier
-- reads: rvu, status_code
-- rule: CMS RVU record layout: only RVUs of status A, R and T are used for Medicare payment. A blank price is never 0.
create or replace view priced_rvu as
select
  rvu.release_id,
  rvu.hcpcs_code,
  rvu.modifier,
  rvu.status_code,
  rvu.work_rvu,
  rvu.nonfacility_pe_rvu,
  rvu.facility_pe_rvu,
  rvu.mp_rvu,
  rvu.nonfacility_na,
  rvu.facility_na,
  -- A cap exists where CMS gives outpatient RVUs; files before 2007 have no such columns.
  coalesce(rvu.opps_nonfacility_pe_rvu > 0 or rvu.opps_facility_pe_rvu > 0 or rvu.opps_mp_rvu > 0, false) as has_opps_cap,
  rvu.opps_nonfacility_pe_rvu,
  rvu.opps_facility_pe_rvu,
  rvu.opps_mp_rvu
from rvu
join status_code on status_code.status_code = rvu.status_code and status_code.is_priced
where rvu.nonfacility_total_rvu > 0 or rvu.facility_total_rvu > 0;
