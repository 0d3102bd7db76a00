-- What Medicare would pay for a code where every geographic index is 1, in dollars: the national amount.
-- grain: release, qp_status, code, modifier
-- reads: payment_input
-- rule: macro fee with every GPCI = 1. No locality is paid this amount as such.
create or replace view national_payment as
with national as (
  select cast(1 as decimal(4, 3)) as one
),
amount as (
  select
    payment_input.release_id,
    payment_input.qp_status,
    payment_input.hcpcs_code,
    payment_input.modifier,
    payment_input.status_code,
    payment_input.nonfacility_na,
    payment_input.facility_na,
    fee(payment_work_rvu, nonfacility_pe_rvu, mp_rvu, one, one, one, payment_factor) as nonfacility_fee,
    fee(payment_work_rvu, facility_pe_rvu, mp_rvu, one, one, one, payment_factor) as facility_fee,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_nonfacility_pe_rvu, opps_mp_rvu, one, one, one, conversion_factor)
    end as opps_nonfacility_cap,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_facility_pe_rvu, opps_mp_rvu, one, one, one, conversion_factor)
    end as opps_facility_cap
  from payment_input
  cross join national
)
select
  release_id,
  qp_status,
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
