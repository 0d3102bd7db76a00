-- What Medicare allows for a code in a locality under one release, in dollars; it pays 80 % of that, the patient the rest.
-- grain: release, qp_status, mac, locality, code, modifier
-- reads: payment_input, gpci
-- rule: macro fee; the outpatient cap is the same formula with the three OPPS columns (macro allowed). An amount is given in both
-- settings, also where the service is rarely done there (nonfacility_na, facility_na), as CMS's own payment files do.
create or replace view payment as
with amount as (
  select
    payment_input.release_id,
    payment_input.qp_status,
    gpci.mac,
    gpci.locality,
    payment_input.hcpcs_code,
    payment_input.modifier,
    payment_input.status_code,
    payment_input.nonfacility_na,
    payment_input.facility_na,
    fee(payment_work_rvu, nonfacility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, payment_factor) as nonfacility_fee,
    fee(payment_work_rvu, facility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, payment_factor) as facility_fee,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_nonfacility_cap,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_facility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_facility_cap
  from payment_input
  join gpci on gpci.release_id = payment_input.release_id
)
select
  release_id,
  qp_status,
  mac,
  locality,
  hcpcs_code,
  modifier,
  status_code,
  nonfacility_na,
  facility_na,
  nonfacility_fee,
  facility_fee,
  opps_nonfacility_cap,
  opps_facility_cap,
  allowed(nonfacility_fee, opps_nonfacility_cap) as nonfacility_allowed,
  allowed(facility_fee, opps_facility_cap) as facility_allowed,
  nonparticipating(allowed(nonfacility_fee, opps_nonfacility_cap)) as nonfacility_nonpar_allowed,
  nonparticipating(allowed(facility_fee, opps_facility_cap)) as facility_nonpar_allowed,
  limiting_charge(allowed(nonfacility_fee, opps_nonfacility_cap)) as nonfacility_limiting_charge,
  limiting_charge(allowed(facility_fee, opps_facility_cap)) as facility_limiting_charge
from amount;
