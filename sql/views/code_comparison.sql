-- What is different between two releases, code by code: RVUs, status, indicators, and the national dollars with the parts of their change.
-- grain: basis, from_release_id, to_release_id, qp_status, code, modifier
-- reads: release_pair, conversion_factor, governing_release, rvu, payment_input
-- rule: view code_change, which is the part of this view that is not for qualifying participants. basis 'any' has every two editions:
-- ask for both by name. For qualifying participants (qp, from 2026) a release without a factor of theirs is priced with the one
-- factor that it has, which was theirs too.
create or replace view code_comparison as
with pair_factor as not materialized (
  select
    release_pair.basis,
    release_pair.from_release_id,
    release_pair.to_release_id,
    release_pair.from_year,
    release_pair.to_year,
    release_pair.from_service_date,
    release_pair.to_service_date,
    coalesce(factor_after.qp_status, 'non_qp') as qp_status,
    coalesce(factor_own.qp_status, 'non_qp') as from_qp_status,
    coalesce(factor_own.conversion_factor, factor_shared.conversion_factor) as conversion_factor_before,
    factor_after.conversion_factor as conversion_factor_after
  from release_pair
  left join conversion_factor as factor_after on factor_after.release_id = release_pair.to_release_id
  left join conversion_factor as factor_own
    on factor_own.release_id = release_pair.from_release_id and factor_own.qp_status = factor_after.qp_status
  left join conversion_factor as factor_shared
    on factor_shared.release_id = release_pair.from_release_id and factor_shared.qp_status = 'non_qp'
),
first_seen as (
  select rvu.hcpcs_code, rvu.modifier, min(governing_release.governs_from) as first_seen_on
  from rvu
  join governing_release on governing_release.release_id = rvu.release_id
  group by rvu.hcpcs_code, rvu.modifier
),
compared as (
  select
    coalesce(pair_after.basis, pair_before.basis) as basis,
    coalesce(pair_after.from_release_id, pair_before.from_release_id) as from_release_id,
    coalesce(pair_after.to_release_id, pair_before.to_release_id) as to_release_id,
    coalesce(pair_after.qp_status, pair_before.qp_status) as qp_status,
    coalesce(after.hcpcs_code, before.hcpcs_code) as hcpcs_code,
    coalesce(after.modifier, before.modifier) as modifier,
    coalesce(pair_after.from_year, pair_before.from_year) as from_year,
    coalesce(pair_after.to_year, pair_before.to_year) as to_year,
    coalesce(pair_after.from_service_date, pair_before.from_service_date) as from_service_date,
    coalesce(pair_after.to_service_date, pair_before.to_service_date) as to_service_date,
    before.hcpcs_code is not null as is_before,
    after.hcpcs_code is not null as is_after,
    before.status_code as status_code_before,
    after.status_code as status_code_after,
    before.work_rvu as work_rvu_before,
    after.work_rvu as work_rvu_after,
    before.nonfacility_pe_rvu as nonfacility_pe_rvu_before,
    after.nonfacility_pe_rvu as nonfacility_pe_rvu_after,
    before.facility_pe_rvu as facility_pe_rvu_before,
    after.facility_pe_rvu as facility_pe_rvu_after,
    before.mp_rvu as mp_rvu_before,
    after.mp_rvu as mp_rvu_after,
    before.nonfacility_total_rvu as nonfacility_total_rvu_before,
    after.nonfacility_total_rvu as nonfacility_total_rvu_after,
    before.facility_total_rvu as facility_total_rvu_before,
    after.facility_total_rvu as facility_total_rvu_after,
    coalesce(before.status_code <> after.status_code, false) as is_status_changed,
    coalesce(
      before.work_rvu <> after.work_rvu
      or before.nonfacility_pe_rvu <> after.nonfacility_pe_rvu
      or before.facility_pe_rvu <> after.facility_pe_rvu
      or before.mp_rvu <> after.mp_rvu,
      false
    ) as is_revalued,
    coalesce(
      before.opps_nonfacility_pe_rvu <> after.opps_nonfacility_pe_rvu
      or before.opps_facility_pe_rvu <> after.opps_facility_pe_rvu
      or before.opps_mp_rvu <> after.opps_mp_rvu,
      false
    ) as is_cap_revalued,
    coalesce(
      before.nonfacility_na <> after.nonfacility_na
      or before.facility_na <> after.facility_na
      or before.not_used_for_medicare_payment <> after.not_used_for_medicare_payment
      or before.pctc_indicator <> after.pctc_indicator
      or before.global_days <> after.global_days
      or before.preoperative_fraction <> after.preoperative_fraction
      or before.intraoperative_fraction <> after.intraoperative_fraction
      or before.postoperative_fraction <> after.postoperative_fraction
      or before.multiple_procedure_indicator <> after.multiple_procedure_indicator
      or before.bilateral_surgery_indicator <> after.bilateral_surgery_indicator
      or before.assistant_surgery_indicator <> after.assistant_surgery_indicator
      or before.co_surgery_indicator <> after.co_surgery_indicator
      or before.team_surgery_indicator <> after.team_surgery_indicator
      or before.endoscopic_base_code <> after.endoscopic_base_code
      or before.diagnostic_supervision <> after.diagnostic_supervision
      or before.calculation_flag <> after.calculation_flag
      or before.imaging_family <> after.imaging_family,
      false
    ) as is_indicator_changed,
    nullif(concat_ws(
      '; ',
      changed_from_to('nonfacility_na', before.nonfacility_na, after.nonfacility_na),
      changed_from_to('facility_na', before.facility_na, after.facility_na),
      changed_from_to('not_used_for_medicare_payment', before.not_used_for_medicare_payment, after.not_used_for_medicare_payment),
      changed_from_to('pctc_indicator', before.pctc_indicator, after.pctc_indicator),
      changed_from_to('global_days', before.global_days, after.global_days),
      changed_from_to('preoperative_fraction', before.preoperative_fraction, after.preoperative_fraction),
      changed_from_to('intraoperative_fraction', before.intraoperative_fraction, after.intraoperative_fraction),
      changed_from_to('postoperative_fraction', before.postoperative_fraction, after.postoperative_fraction),
      changed_from_to('multiple_procedure_indicator', before.multiple_procedure_indicator, after.multiple_procedure_indicator),
      changed_from_to('bilateral_surgery_indicator', before.bilateral_surgery_indicator, after.bilateral_surgery_indicator),
      changed_from_to('assistant_surgery_indicator', before.assistant_surgery_indicator, after.assistant_surgery_indicator),
      changed_from_to('co_surgery_indicator', before.co_surgery_indicator, after.co_surgery_indicator),
      changed_from_to('team_surgery_indicator', before.team_surgery_indicator, after.team_surgery_indicator),
      changed_from_to('endoscopic_base_code', before.endoscopic_base_code, after.endoscopic_base_code),
      changed_from_to('diagnostic_supervision', before.diagnostic_supervision, after.diagnostic_supervision),
      changed_from_to('calculation_flag', before.calculation_flag, after.calculation_flag),
      changed_from_to('imaging_family', before.imaging_family, after.imaging_family)
    ), '') as indicators_changed,
    coalesce(before.nonfacility_na, false) or coalesce(after.nonfacility_na, false) as is_facility_only,
    coalesce(pair_after.conversion_factor_before, pair_before.conversion_factor_before) as conversion_factor_before,
    coalesce(pair_after.conversion_factor_after, pair_before.conversion_factor_after) as conversion_factor_after,
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
  from (
    pair_factor as pair_before
    join rvu as before on before.release_id = pair_before.from_release_id
    left join payment_input as price_before
      on price_before.release_id = before.release_id
      and price_before.qp_status = pair_before.from_qp_status
      and price_before.hcpcs_code = before.hcpcs_code
      and price_before.modifier = before.modifier
  )
  full outer join (
    pair_factor as pair_after
    join rvu as after on after.release_id = pair_after.to_release_id
    left join payment_input as price_after
      on price_after.release_id = after.release_id
      and price_after.qp_status = pair_after.qp_status
      and price_after.hcpcs_code = after.hcpcs_code
      and price_after.modifier = after.modifier
  )
    on pair_after.basis = pair_before.basis
    and pair_after.from_release_id = pair_before.from_release_id
    and pair_after.to_release_id = pair_before.to_release_id
    and pair_after.qp_status = pair_before.qp_status
    and after.hcpcs_code = before.hcpcs_code
    and after.modifier = before.modifier
)
select
  compared.basis,
  compared.from_release_id,
  compared.to_release_id,
  compared.qp_status,
  compared.hcpcs_code,
  compared.modifier,
  from_year,
  to_year,
  from_service_date,
  to_service_date,
  case
    when not is_after then 'deleted'
    when not is_before and first_seen_on < from_service_date then 'reactivated'
    when not is_before then 'added'
    when is_status_changed then 'status_changed'
    when is_revalued then 'revalued'
    when is_indicator_changed then 'indicator_changed'
    when is_cap_revalued then 'cap_revalued'
    else 'unchanged'
  end as change_kind,
  is_status_changed,
  is_revalued,
  is_indicator_changed,
  is_cap_revalued,
  is_revalued and not is_status_changed and basis = 'release' and from_year = to_year as is_correction,
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
  case when is_facility_only then 'facility' else 'nonfacility' end as setting,
  case when is_facility_only then facility_fee_before else nonfacility_fee_before end as fee_before,
  case when is_facility_only then facility_fee_after else nonfacility_fee_after end as fee_after,
  case when is_facility_only then facility_fee_change else nonfacility_fee_change end as fee_change,
  case when is_facility_only then facility_rvu_effect else nonfacility_rvu_effect end as rvu_effect,
  case when is_facility_only then facility_conversion_factor_effect else nonfacility_conversion_factor_effect end
    as conversion_factor_effect,
  case when is_facility_only then facility_rounding else nonfacility_rounding end as rounding
from compared
left join first_seen on first_seen.hcpcs_code = compared.hcpcs_code and first_seen.modifier = compared.modifier;
