-- What is different between two releases, code by code: RVUs, status and indicators, without the dollars.
-- grain: basis, from_release_id, to_release_id, code, modifier
-- reads: release_pair, rvu, code_event, governing_release
-- rule: view code_change says what each change_kind means; view code_comparison has these rows with the dollars. A code was seen before where
-- a life of it began earlier (code_event). basis 'any' has every two editions: ask for both by name. setting is facility where CMS
-- marks the other setting NA in either release.
create or replace view code_difference as
with first_seen as (
  select code_event.hcpcs_code, code_event.modifier, min(governing_release.governs_from) as first_seen_on
  from code_event
  join governing_release on governing_release.release_id = code_event.release_id
  where code_event.begins_life
  group by code_event.hcpcs_code, code_event.modifier
),
compared as (
  select
    coalesce(pair_after.basis, pair_before.basis) as basis,
    coalesce(pair_after.from_release_id, pair_before.from_release_id) as from_release_id,
    coalesce(pair_after.to_release_id, pair_before.to_release_id) as to_release_id,
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
    case when coalesce(before.nonfacility_na, false) or coalesce(after.nonfacility_na, false)
      then 'facility'
      else 'nonfacility'
    end as setting
  from (
    release_pair as pair_before
    join rvu as before on before.release_id = pair_before.from_release_id
  )
  full outer join (
    release_pair as pair_after
    join rvu as after on after.release_id = pair_after.to_release_id
  )
    on pair_after.basis = pair_before.basis
    and pair_after.from_release_id = pair_before.from_release_id
    and pair_after.to_release_id = pair_before.to_release_id
    and after.hcpcs_code = before.hcpcs_code
    and after.modifier = before.modifier
)
select
  compared.basis,
  compared.from_release_id,
  compared.to_release_id,
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
  setting
from compared
left join first_seen on first_seen.hcpcs_code = compared.hcpcs_code and first_seen.modifier = compared.modifier;
