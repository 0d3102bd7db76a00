-- What Medicare allows for a code nationally, and from the lowest to the highest locality, in dollars.
-- grain: release, qp_status, code, modifier
-- reads: payment_input, gpci, release
-- scope: release
-- rule: the amounts of national_payment, and the least and the greatest of payment over the localities of the release, by the same
-- macros. RVUs are never negative, so an amount is least in a locality than which no other has all three indices as low or lower,
-- and greatest in the opposite kind: some fifteen of a hundred localities are looked at. Stored, because a page of a code would take
-- twice the time.
create or replace table payment_range as
with edge as (
  select
    one.release_id,
    one.mac,
    one.locality,
    one.work_gpci,
    one.pe_gpci,
    one.mp_gpci,
    count(*) over (partition by one.release_id) as locality_count,
    not exists (
      select 1
      from gpci as other
      where other.release_id = one.release_id
        and other.work_gpci <= one.work_gpci and other.pe_gpci <= one.pe_gpci and other.mp_gpci <= one.mp_gpci
        and other.work_gpci + other.pe_gpci + other.mp_gpci < one.work_gpci + one.pe_gpci + one.mp_gpci
    ) as may_be_lowest,
    not exists (
      select 1
      from gpci as other
      where other.release_id = one.release_id
        and other.work_gpci >= one.work_gpci and other.pe_gpci >= one.pe_gpci and other.mp_gpci >= one.mp_gpci
        and other.work_gpci + other.pe_gpci + other.mp_gpci > one.work_gpci + one.pe_gpci + one.mp_gpci
    ) as may_be_highest
  from gpci as one
),
place as (
  select release_id, false as is_nation, work_gpci, pe_gpci, mp_gpci, locality_count
  from edge
  where may_be_lowest or may_be_highest
  union all
  select release_id, true, 1, 1, 1, null
  from release
),
amount as (
  select
    payment_input.release_id,
    payment_input.qp_status,
    payment_input.hcpcs_code,
    payment_input.modifier,
    payment_input.conversion_factor,
    place.is_nation,
    place.locality_count,
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
  where is_new_release(payment_input.release_id)
)
select
  release_id,
  qp_status,
  hcpcs_code,
  modifier,
  any_value(conversion_factor) as conversion_factor,
  max(nonfacility_fee) filter (where is_nation) as nonfacility_fee,
  max(facility_fee) filter (where is_nation) as facility_fee,
  max(opps_nonfacility_cap) filter (where is_nation) as opps_nonfacility_cap,
  max(opps_facility_cap) filter (where is_nation) as opps_facility_cap,
  max(nonfacility_allowed) filter (where is_nation) as nonfacility_allowed,
  max(facility_allowed) filter (where is_nation) as facility_allowed,
  coalesce(any_value(locality_count), 0) as locality_count,
  min(nonfacility_allowed) filter (where not is_nation) as nonfacility_lowest,
  max(nonfacility_allowed) filter (where not is_nation) as nonfacility_highest,
  min(facility_allowed) filter (where not is_nation) as facility_lowest,
  max(facility_allowed) filter (where not is_nation) as facility_highest
from amount
group by release_id, qp_status, hcpcs_code, modifier
order by release_id, hcpcs_code, modifier, qp_status;
