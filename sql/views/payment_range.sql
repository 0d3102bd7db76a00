-- What Medicare allows for a code nationally, and from the lowest to the highest locality, in dollars.
-- grain: release, qp_status, code, modifier
-- reads: payment_input, gpci, release
-- rule: the amounts of national_payment, and the least and the greatest of payment over the localities of the release, by the same
-- macros; from both views together a page would take twice the time.
create or replace view payment_range as
with place as (
  select release_id, mac, work_gpci, pe_gpci, mp_gpci
  from gpci
  union all
  -- The nation: every index is 1, and no contractor.
  select release_id, null, 1, 1, 1
  from release
),
amount as (
  select
    payment_input.release_id,
    payment_input.qp_status,
    payment_input.hcpcs_code,
    payment_input.modifier,
    payment_input.conversion_factor,
    place.mac,
    fee(payment_work_rvu, nonfacility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, payment_factor) as nonfacility_fee,
    fee(payment_work_rvu, facility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, payment_factor) as facility_fee,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_nonfacility_cap,
    case when has_opps_cap
      then fee(payment_work_rvu, opps_facility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_facility_cap,
    allowed(nonfacility_fee, opps_nonfacility_cap) as nonfacility_allowed,
    allowed(facility_fee, opps_facility_cap) as facility_allowed
  from payment_input
  join place on place.release_id = payment_input.release_id
)
select
  release_id,
  qp_status,
  hcpcs_code,
  modifier,
  any_value(conversion_factor) as conversion_factor,
  max(nonfacility_fee) filter (where mac is null) as nonfacility_fee,
  max(facility_fee) filter (where mac is null) as facility_fee,
  max(opps_nonfacility_cap) filter (where mac is null) as opps_nonfacility_cap,
  max(opps_facility_cap) filter (where mac is null) as opps_facility_cap,
  max(nonfacility_allowed) filter (where mac is null) as nonfacility_allowed,
  max(facility_allowed) filter (where mac is null) as facility_allowed,
  count(mac) as locality_count,
  min(nonfacility_allowed) filter (where mac is not null) as nonfacility_lowest,
  max(nonfacility_allowed) filter (where mac is not null) as nonfacility_highest,
  min(facility_allowed) filter (where mac is not null) as facility_lowest,
  max(facility_allowed) filter (where mac is not null) as facility_highest
from amount
group by release_id, qp_status, hcpcs_code, modifier;
