-- What the payment of a code depends on besides the place: its RVUs, its outpatient RVUs and the dollars per RVU.
-- grain: release, qp_status, code, modifier
-- reads: priced_rvu, conversion_factor
-- scope: release
-- rule: view priced_rvu, each row once for each conversion factor of its release; payment_factor is that factor times the factor of the
-- calculation flag (macro flagged_fee), and the caps know no flag. Stored, because a code in every locality then takes half the time.
create or replace table payment_input as
select
  priced_rvu.release_id,
  conversion_factor.qp_status,
  priced_rvu.hcpcs_code,
  priced_rvu.modifier,
  priced_rvu.status_code,
  priced_rvu.nonfacility_na,
  priced_rvu.facility_na,
  priced_rvu.payment_work_rvu,
  priced_rvu.nonfacility_pe_rvu,
  priced_rvu.facility_pe_rvu,
  priced_rvu.mp_rvu,
  cast(
    conversion_factor.conversion_factor * cast(priced_rvu.calculation_factor as decimal(3, 2)) as decimal(9, 6)
  ) as payment_factor,
  conversion_factor.conversion_factor,
  priced_rvu.calculation_factor,
  priced_rvu.has_opps_cap,
  priced_rvu.opps_nonfacility_pe_rvu,
  priced_rvu.opps_facility_pe_rvu,
  priced_rvu.opps_mp_rvu
from priced_rvu
join conversion_factor on conversion_factor.release_id = priced_rvu.release_id
where is_new_release(priced_rvu.release_id)
order by priced_rvu.release_id, priced_rvu.hcpcs_code, priced_rvu.modifier, conversion_factor.qp_status;
