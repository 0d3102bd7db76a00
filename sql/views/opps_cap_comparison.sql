-- CMS's own capped amounts beside those that follow from the RVUs of the same release, in dollars.
-- grain: release, mac, locality, code, modifier
-- reads: opps_cap, rvu, gpci, conversion_factor, release, payment_adjustment, stale_cap
-- rule: macro fee with the three OPPS columns (Deficit Reduction Act of 2005, section 5102(b)), the work adjusted as in priced_rvu.
-- A status C global prints no work, CMS takes that of its 26 row. CMS lists some localities once more under another contractor of the same state (01112 beside 01182);
-- those have no indices of their own and follow the contractor that has them: the numbers share their first three digits.
-- rule: a declaration that names the factor or the indices of a stale table covers the rows that these reproduce, and no other difference.
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
-- One row a release: its factor and the adjustor of its work RVUs (2007 and 2008; 1 otherwise).
factors as (
  select
    release.release_id,
    release.label,
    conversion_factor.conversion_factor,
    coalesce(payment_adjustment.factor, 1) as work_adjustor
  from release
  left join conversion_factor
    on conversion_factor.release_id = release.release_id and conversion_factor.qp_status = 'non_qp'
  left join payment_adjustment
    on payment_adjustment.adjustment = 'work_budget_neutrality'
    and release.valid_from between payment_adjustment.effective_from and payment_adjustment.effective_to
),
computed as (
  select
    opps_cap.release_id,
    factors.label,
    opps_cap.mac,
    opps_cap.locality,
    opps_cap.hcpcs_code,
    opps_cap.modifier,
    opps_cap.status_code,
    place.gpci_mac,
    opps_cap.nonfacility_amount,
    opps_cap.facility_amount,
    opps_nonfacility_pe_rvu,
    opps_facility_pe_rvu,
    opps_mp_rvu,
    work_gpci,
    pe_gpci,
    mp_gpci,
    conversion_factor,
    adjusted_work_rvu(work_rvu, work_adjustor) as payment_work_rvu,
    fee(payment_work_rvu, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
      as computed_nonfacility_cap,
    fee(payment_work_rvu, opps_facility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
      as computed_facility_cap,
    coalesce(computed_nonfacility_cap = nonfacility_amount and computed_facility_cap = facility_amount, false) as is_reproduced
  from opps_cap
  join factors on factors.release_id = opps_cap.release_id
  left join capped
    on capped.release_id = opps_cap.release_id
    and capped.hcpcs_code = opps_cap.hcpcs_code
    and capped.modifier = opps_cap.modifier
  left join place
    on place.release_id = opps_cap.release_id and place.mac = opps_cap.mac and place.locality = opps_cap.locality
)
select
  computed.release_id,
  computed.mac,
  computed.locality,
  computed.hcpcs_code,
  computed.modifier,
  computed.status_code,
  computed.gpci_mac,
  computed.nonfacility_amount,
  computed.facility_amount,
  computed.computed_nonfacility_cap,
  computed.computed_facility_cap,
  computed.is_reproduced,
  stale_cap.stale_cap
from computed
left join stale_cap
  on not computed.is_reproduced
  and stale_cap.label = computed.label
  and computed.mac like stale_cap.mac_pattern
  and computed.locality like stale_cap.locality_pattern
  and computed.hcpcs_code like stale_cap.code_pattern
  and (
    (stale_cap.stale_conversion_factor is null and stale_cap.stale_work_gpci is null)
    or (
      fee(
        payment_work_rvu,
        opps_nonfacility_pe_rvu,
        opps_mp_rvu,
        coalesce(stale_cap.stale_work_gpci, work_gpci),
        coalesce(stale_cap.stale_pe_gpci, pe_gpci),
        coalesce(stale_cap.stale_mp_gpci, mp_gpci),
        coalesce(stale_cap.stale_conversion_factor, conversion_factor)
      ) = computed.nonfacility_amount
      and fee(
        payment_work_rvu,
        opps_facility_pe_rvu,
        opps_mp_rvu,
        coalesce(stale_cap.stale_work_gpci, work_gpci),
        coalesce(stale_cap.stale_pe_gpci, pe_gpci),
        coalesce(stale_cap.stale_mp_gpci, mp_gpci),
        coalesce(stale_cap.stale_conversion_factor, conversion_factor)
      ) = computed.facility_amount
    )
  );
