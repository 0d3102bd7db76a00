-- What became of a code from one release to another: what kind of change, the values before and after, and the national dollars
-- with the parts of their change. Every code of either release has a row; change_kind says unchanged where nothing of its own changed.
-- grain: basis, from_release_id, to_release_id, code, modifier
-- reads: code_comparison
-- rule: basis year: January with January; year_end: last of the year with last of the year; release: each governing release with the one
-- before it (release_pair; a pair spans releases that are not loaded, and its dates say so). A code that the later release has is
-- reactivated where an earlier governing release had it, else added. Otherwise the first that applies: status_changed, revalued (an
-- RVU that is paid), indicator_changed, cap_revalued (an outpatient RVU); the is_ columns have all that apply. A new RVU within a year
-- is_correction: RVUs are set for a calendar year (Social Security Act, section 1848(b)(1)), and payment_corrected_on applies it to all of it.
-- rule: fees are national (macro fee, every index 1), before the imaging cap, for those who are not qualifying participants
-- (code_comparison has both from 2026), and null without a price. fee_change = rvu_effect + conversion_factor_effect + rounding, exactly,
-- by macro midpoint_effect; rounding is what the cents of the two fees make, less than 0.01. The columns without a setting in their
-- name are those of `setting`: facility where CMS marks the other one NA in either release, else nonfacility.
create or replace view code_change as
select
  basis,
  from_release_id,
  to_release_id,
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
  nonfacility_fee_change,
  nonfacility_rvu_effect,
  nonfacility_conversion_factor_effect,
  nonfacility_rounding,
  facility_fee_before,
  facility_fee_after,
  facility_fee_change,
  facility_rvu_effect,
  facility_conversion_factor_effect,
  facility_rounding,
  setting,
  fee_before,
  fee_after,
  fee_change,
  rvu_effect,
  conversion_factor_effect,
  rounding
from code_comparison
where basis in ('year', 'year_end', 'release') and qp_status = 'non_qp';
