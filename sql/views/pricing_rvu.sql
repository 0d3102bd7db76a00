-- Every row of rvu with what decides its price: whether RVUs price it, and whether it has an outpatient (OPPS) cap.
-- grain: release, code, modifier
-- reads: rvu, status_code
-- rule: CMS RVU record layout: only RVUs of status A, R and T are used for Medicare payment, and without RVUs in either setting there
-- is no price. A cap exists where CMS gives outpatient RVUs.
create or replace view pricing_rvu as
select
  rvu.release_id,
  rvu.hcpcs_code,
  rvu.modifier,
  rvu.status_code,
  coalesce(status_code.is_priced, false) and (rvu.nonfacility_total_rvu > 0 or rvu.facility_total_rvu > 0) as is_priced,
  rvu.work_rvu,
  rvu.nonfacility_pe_rvu,
  rvu.facility_pe_rvu,
  rvu.mp_rvu,
  rvu.nonfacility_na,
  rvu.facility_na,
  rvu.calculation_flag,
  rvu.opps_nonfacility_pe_rvu > 0 or rvu.opps_facility_pe_rvu > 0 or rvu.opps_mp_rvu > 0 as has_opps_cap,
  rvu.opps_nonfacility_pe_rvu,
  rvu.opps_facility_pe_rvu,
  rvu.opps_mp_rvu
from rvu
left join status_code on status_code.status_code = rvu.status_code;
