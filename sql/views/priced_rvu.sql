-- The codes that RVUs price: status A, R or T with a total above 0 in a setting.
-- grain: release, code, modifier
-- reads: pricing_rvu, release, payment_adjustment
-- rule: view pricing_rvu. The budget neutrality adjustor (2007, 2008) and the factor of a calculation flag are those of the first day
-- of the release; each of them changed with the first day of a release only. A blank price is never 0.
create or replace view priced_rvu as
with neutral_release as (
  -- A few rows: what follows from the release alone is looked up once for each release, not for each code.
  select release.release_id, release.valid_from, neutrality.factor as work_adjustor
  from release
  left join payment_adjustment as neutrality
    on neutrality.adjustment = 'work_budget_neutrality'
    and release.valid_from between neutrality.effective_from and neutrality.effective_to
)
select
  pricing_rvu.release_id,
  pricing_rvu.hcpcs_code,
  pricing_rvu.modifier,
  pricing_rvu.status_code,
  pricing_rvu.work_rvu,
  adjusted_work_rvu(pricing_rvu.work_rvu, coalesce(neutral_release.work_adjustor, 1)) as payment_work_rvu,
  pricing_rvu.nonfacility_pe_rvu,
  pricing_rvu.facility_pe_rvu,
  pricing_rvu.mp_rvu,
  pricing_rvu.nonfacility_na,
  pricing_rvu.facility_na,
  cast(coalesce(flagged.factor, 1) as decimal(7, 4)) as calculation_factor,
  pricing_rvu.has_opps_cap,
  pricing_rvu.opps_nonfacility_pe_rvu,
  pricing_rvu.opps_facility_pe_rvu,
  pricing_rvu.opps_mp_rvu
from pricing_rvu
left join neutral_release on neutral_release.release_id = pricing_rvu.release_id
left join payment_adjustment as flagged
  on flagged.adjustment = 'calculation_flag'
  and flagged.applies_when = pricing_rvu.calculation_flag
  and neutral_release.valid_from between flagged.effective_from and flagged.effective_to
where pricing_rvu.is_priced;
