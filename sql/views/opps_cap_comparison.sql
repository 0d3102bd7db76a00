-- CMS's own capped amounts beside those that follow from the RVUs of the same release, in dollars.
-- grain: release, mac, locality, code, modifier
-- reads: opps_cap, rvu, gpci, conversion_factor, release, stale_cap
-- rule: macro fee with the three OPPS columns (Deficit Reduction Act of 2005, section 5102(b)). A status C global prints no work, CMS
-- takes that of its 26 row. CMS lists some localities once more under another contractor of the same state (01112 beside 01182);
-- those have no indices of their own and follow the contractor that has them: the numbers share their first three digits.
create or replace view opps_cap_comparison as
with professional as (
  select release_id, hcpcs_code, work_rvu
  from rvu
  where modifier = '26'
),
capped as (
  select
    rvu.release_id,
    rvu.hcpcs_code,
    rvu.modifier,
    case when rvu.status_code = 'C' and rvu.modifier = ''
      then coalesce(professional.work_rvu, rvu.work_rvu)
      else rvu.work_rvu
    end as work_rvu,
    rvu.opps_nonfacility_pe_rvu,
    rvu.opps_facility_pe_rvu,
    rvu.opps_mp_rvu
  from rvu
  left join professional on professional.release_id = rvu.release_id and professional.hcpcs_code = rvu.hcpcs_code
  where rvu.opps_nonfacility_pe_rvu > 0 or rvu.opps_facility_pe_rvu > 0 or rvu.opps_mp_rvu > 0
),
listed as (
  select distinct release_id, mac, locality
  from opps_cap
),
place as (
  select release_id, mac, locality, mac as gpci_mac, work_gpci, pe_gpci, mp_gpci
  from gpci
  union all
  select listed.release_id, listed.mac, listed.locality, gpci.mac, gpci.work_gpci, gpci.pe_gpci, gpci.mp_gpci
  from listed
  join gpci
    on gpci.release_id = listed.release_id
    and left(gpci.mac, 3) = left(listed.mac, 3)
    and gpci.locality = listed.locality
  where not exists (
    select 1
    from gpci as own
    where own.release_id = listed.release_id and own.mac = listed.mac and own.locality = listed.locality
  )
),
computed as (
  select
    opps_cap.release_id,
    release.label,
    opps_cap.mac,
    opps_cap.locality,
    opps_cap.hcpcs_code,
    opps_cap.modifier,
    opps_cap.status_code,
    opps_cap.nonfacility_amount,
    opps_cap.facility_amount,
    place.gpci_mac,
    fee(work_rvu, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor) as computed_nonfacility_cap,
    fee(work_rvu, opps_facility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor) as computed_facility_cap
  from opps_cap
  join release on release.release_id = opps_cap.release_id
  left join capped
    on capped.release_id = opps_cap.release_id
    and capped.hcpcs_code = opps_cap.hcpcs_code
    and capped.modifier = opps_cap.modifier
  left join place
    on place.release_id = opps_cap.release_id and place.mac = opps_cap.mac and place.locality = opps_cap.locality
  left join conversion_factor
    on conversion_factor.release_id = opps_cap.release_id and conversion_factor.qp_status = 'non_qp'
),
compared as (
  select
    *,
    coalesce(computed_nonfacility_cap = nonfacility_amount and computed_facility_cap = facility_amount, false) as is_reproduced
  from computed
)
select
  compared.release_id,
  compared.mac,
  compared.locality,
  compared.hcpcs_code,
  compared.modifier,
  compared.status_code,
  compared.gpci_mac,
  compared.nonfacility_amount,
  compared.facility_amount,
  compared.computed_nonfacility_cap,
  compared.computed_facility_cap,
  compared.is_reproduced,
  stale_cap.stale_cap
from compared
left join stale_cap
  on not compared.is_reproduced
  and stale_cap.label = compared.label
  and compared.mac like stale_cap.mac_pattern
  and compared.locality like stale_cap.locality_pattern
  and compared.hcpcs_code like stale_cap.code_pattern;
