-- What is different between two releases, code by code: RVUs, status, indicators, and the national dollars with the parts of their change.
-- grain: basis, from_release_id, to_release_id, qp_status, code, modifier
-- reads: code_difference, conversion_factor, payment_input
-- rule: view code_change, which is the part of this view that is not for qualifying participants. basis 'any' has every two editions:
-- ask for both by name. For qualifying participants (qp, from 2026) a release without a factor of theirs is priced with the one
-- factor that it has, which was theirs too.
create or replace view code_comparison as
with priced as (
  select
    code_difference.basis,
    code_difference.from_release_id,
    code_difference.to_release_id,
    coalesce(factor_after.qp_status, 'non_qp') as qp_status,
    code_difference.hcpcs_code,
    code_difference.modifier,
    code_difference.from_year,
    code_difference.to_year,
    code_difference.from_service_date,
    code_difference.to_service_date,
    code_difference.change_kind,
    code_difference.is_status_changed,
    code_difference.is_revalued,
    code_difference.is_indicator_changed,
    code_difference.is_cap_revalued,
    code_difference.is_correction,
    code_difference.status_code_before,
    code_difference.status_code_after,
    code_difference.work_rvu_before,
    code_difference.work_rvu_after,
    code_difference.nonfacility_pe_rvu_before,
    code_difference.nonfacility_pe_rvu_after,
    code_difference.facility_pe_rvu_before,
    code_difference.facility_pe_rvu_after,
    code_difference.mp_rvu_before,
    code_difference.mp_rvu_after,
    code_difference.nonfacility_total_rvu_before,
    code_difference.nonfacility_total_rvu_after,
    code_difference.facility_total_rvu_before,
    code_difference.facility_total_rvu_after,
    code_difference.indicators_changed,
    code_difference.setting,
    coalesce(factor_own.conversion_factor, factor_shared.conversion_factor) as conversion_factor_before,
    factor_after.conversion_factor as conversion_factor_after,
    flagged_rvu(
      price_before.payment_work_rvu, price_before.nonfacility_pe_rvu, price_before.mp_rvu, price_before.calculation_factor
    ) as nonfacility_rvu_before,
    flagged_rvu(
      price_after.payment_work_rvu, price_after.nonfacility_pe_rvu, price_after.mp_rvu, price_after.calculation_factor
    ) as nonfacility_rvu_after,
    flagged_rvu(
      price_before.payment_work_rvu, price_before.facility_pe_rvu, price_before.mp_rvu, price_before.calculation_factor
    ) as facility_rvu_before,
    flagged_rvu(
      price_after.payment_work_rvu, price_after.facility_pe_rvu, price_after.mp_rvu, price_after.calculation_factor
    ) as facility_rvu_after,
    national_fee(
      price_before.payment_work_rvu, price_before.nonfacility_pe_rvu, price_before.mp_rvu, price_before.payment_factor
    ) as nonfacility_fee_before,
    national_fee(
      price_after.payment_work_rvu, price_after.nonfacility_pe_rvu, price_after.mp_rvu, price_after.payment_factor
    ) as nonfacility_fee_after,
    national_fee(
      price_before.payment_work_rvu, price_before.facility_pe_rvu, price_before.mp_rvu, price_before.payment_factor
    ) as facility_fee_before,
    national_fee(
      price_after.payment_work_rvu, price_after.facility_pe_rvu, price_after.mp_rvu, price_after.payment_factor
    ) as facility_fee_after
  from code_difference
  left join conversion_factor as factor_after on factor_after.release_id = code_difference.to_release_id
  left join conversion_factor as factor_own
    on factor_own.release_id = code_difference.from_release_id and factor_own.qp_status = factor_after.qp_status
  left join conversion_factor as factor_shared
    on factor_shared.release_id = code_difference.from_release_id and factor_shared.qp_status = 'non_qp'
  left join payment_input as price_before
    on price_before.release_id = code_difference.from_release_id
    and price_before.qp_status = coalesce(factor_own.qp_status, 'non_qp')
    and price_before.hcpcs_code = code_difference.hcpcs_code
    and price_before.modifier = code_difference.modifier
  left join payment_input as price_after
    on price_after.release_id = code_difference.to_release_id
    and price_after.qp_status = factor_after.qp_status
    and price_after.hcpcs_code = code_difference.hcpcs_code
    and price_after.modifier = code_difference.modifier
)
select
  basis,
  from_release_id,
  to_release_id,
  qp_status,
  hcpcs_code,
  modifier,
  from_year,
  to_year,
  from_service_date,
  to_service_date,
  change_kind,
  is_status_changed,
  is_revalued,
  is_indicator_changed,
  is_cap_revalued,
  is_correction,
  status_code_before,
  status_code_after,
  work_rvu_before,
  work_rvu_after,
  nonfacility_pe_rvu_before,
  nonfacility_pe_rvu_after,
  facility_pe_rvu_before,
  facility_pe_rvu_after,
  mp_rvu_before,
  mp_rvu_after,
  nonfacility_total_rvu_before,
  nonfacility_total_rvu_after,
  facility_total_rvu_before,
  facility_total_rvu_after,
  indicators_changed,
  conversion_factor_before,
  conversion_factor_after,
  nonfacility_fee_before,
  nonfacility_fee_after,
  cast(nonfacility_fee_after - nonfacility_fee_before as decimal(18, 2)) as nonfacility_fee_change,
  midpoint_effect(nonfacility_rvu_before, nonfacility_rvu_after, conversion_factor_before, conversion_factor_after) as nonfacility_rvu_effect,
  midpoint_effect(conversion_factor_before, conversion_factor_after, nonfacility_rvu_before, nonfacility_rvu_after)
    as nonfacility_conversion_factor_effect,
  cast(
    nonfacility_fee_change - nonfacility_rvu_effect - nonfacility_conversion_factor_effect as decimal(18, 9)
  ) as nonfacility_rounding,
  facility_fee_before,
  facility_fee_after,
  cast(facility_fee_after - facility_fee_before as decimal(18, 2)) as facility_fee_change,
  midpoint_effect(facility_rvu_before, facility_rvu_after, conversion_factor_before, conversion_factor_after) as facility_rvu_effect,
  midpoint_effect(conversion_factor_before, conversion_factor_after, facility_rvu_before, facility_rvu_after)
    as facility_conversion_factor_effect,
  cast(
    facility_fee_change - facility_rvu_effect - facility_conversion_factor_effect as decimal(18, 9)
  ) as facility_rounding,
  setting,
  case when setting = 'facility' then facility_fee_before else nonfacility_fee_before end as fee_before,
  case when setting = 'facility' then facility_fee_after else nonfacility_fee_after end as fee_after,
  case when setting = 'facility' then facility_fee_change else nonfacility_fee_change end as fee_change,
  case when setting = 'facility' then facility_rvu_effect else nonfacility_rvu_effect end as rvu_effect,
  case when setting = 'facility' then facility_conversion_factor_effect else nonfacility_conversion_factor_effect end
    as conversion_factor_effect,
  case when setting = 'facility' then facility_rounding else nonfacility_rounding end as rounding
from priced;
