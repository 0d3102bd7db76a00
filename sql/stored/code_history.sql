-- The life of a code: each row is a period of dates of service in which its RVUs, status and indicators stood still.
-- grain: code, modifier, life, period
-- reads: rvu, governing_release
-- rule: over the governing releases (governing_release). A code that is absent from one and stands in a later one begins another life.
-- change_kind says what began the period, as in code_change: added or reactivated, status_changed, revalued, indicator_changed,
-- cap_revalued; first_seen where the first loaded release has the code, which may be older. Where releases of one calendar year print
-- other RVUs for a code of the same status, the last of them corrects the others (as in payment_corrected_on): the period has the
-- corrected RVUs from its beginning, corrected_by_release_id names the release that printed them first, and view code_correction has
-- what was printed before. effective_to is the last day that a loaded release of the period governs; where releases are not
-- loaded, a change is dated by the loaded release that shows it.
-- Stored, because every code of every release is compared with the release before.
create or replace table code_history as
with printed as (
  select
    rvu.hcpcs_code,
    rvu.modifier,
    governing_release.chain_position,
    governing_release.release_id,
    governing_release.year,
    rvu.status_code,
    rvu.work_rvu,
    rvu.nonfacility_pe_rvu,
    rvu.facility_pe_rvu,
    rvu.mp_rvu,
    rvu.opps_nonfacility_pe_rvu,
    rvu.opps_facility_pe_rvu,
    rvu.opps_mp_rvu,
    concat_ws(
      '|',
      rvu.nonfacility_na,
      rvu.facility_na,
      rvu.not_used_for_medicare_payment,
      rvu.pctc_indicator,
      rvu.global_days,
      rvu.preoperative_fraction,
      rvu.intraoperative_fraction,
      rvu.postoperative_fraction,
      rvu.multiple_procedure_indicator,
      rvu.bilateral_surgery_indicator,
      rvu.assistant_surgery_indicator,
      rvu.co_surgery_indicator,
      rvu.team_surgery_indicator,
      rvu.endoscopic_base_code,
      rvu.diagnostic_supervision,
      rvu.calculation_flag
    ) as indicators,
    rvu.imaging_family
  from rvu
  join governing_release on governing_release.release_id = rvu.release_id
),
-- Few rows: the codes whose RVUs differ between releases of one year. The last of them has the RVUs that hold for all of them.
corrected as (
  select
    hcpcs_code,
    modifier,
    year,
    status_code,
    arg_max(work_rvu, chain_position) as work_rvu,
    arg_max(nonfacility_pe_rvu, chain_position) as nonfacility_pe_rvu,
    arg_max(facility_pe_rvu, chain_position) as facility_pe_rvu,
    arg_max(mp_rvu, chain_position) as mp_rvu,
    arg_max(opps_nonfacility_pe_rvu, chain_position) as opps_nonfacility_pe_rvu,
    arg_max(opps_facility_pe_rvu, chain_position) as opps_facility_pe_rvu,
    arg_max(opps_mp_rvu, chain_position) as opps_mp_rvu
  from printed
  group by hcpcs_code, modifier, year, status_code
  having min(work_rvu) <> max(work_rvu) or min(nonfacility_pe_rvu) <> max(nonfacility_pe_rvu) or min(facility_pe_rvu) <> max(facility_pe_rvu) or min(mp_rvu) <> max(mp_rvu)
),
correcting as (
  select corrected.*, arg_min(printed.release_id, printed.chain_position) as corrected_by_release_id
  from corrected
  join printed
    on printed.hcpcs_code = corrected.hcpcs_code
    and printed.modifier = corrected.modifier
    and printed.year = corrected.year
    and printed.status_code = corrected.status_code
    and printed.work_rvu = corrected.work_rvu
    and printed.nonfacility_pe_rvu = corrected.nonfacility_pe_rvu
    and printed.facility_pe_rvu = corrected.facility_pe_rvu
    and printed.mp_rvu = corrected.mp_rvu
  group by all
),
held as (
  select
    printed.* replace (
      coalesce(correcting.work_rvu, printed.work_rvu) as work_rvu,
      coalesce(correcting.nonfacility_pe_rvu, printed.nonfacility_pe_rvu) as nonfacility_pe_rvu,
      coalesce(correcting.facility_pe_rvu, printed.facility_pe_rvu) as facility_pe_rvu,
      coalesce(correcting.mp_rvu, printed.mp_rvu) as mp_rvu,
      coalesce(correcting.opps_nonfacility_pe_rvu, printed.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
      coalesce(correcting.opps_facility_pe_rvu, printed.opps_facility_pe_rvu) as opps_facility_pe_rvu,
      coalesce(correcting.opps_mp_rvu, printed.opps_mp_rvu) as opps_mp_rvu
    ),
    correcting.corrected_by_release_id
  from printed
  left join correcting
    on correcting.hcpcs_code = printed.hcpcs_code
    and correcting.modifier = printed.modifier
    and correcting.year = printed.year
    and correcting.status_code = printed.status_code
),
compared as (
  select
    hcpcs_code,
    modifier,
    chain_position,
    corrected_by_release_id,
    work_rvu,
    nonfacility_pe_rvu,
    facility_pe_rvu,
    mp_rvu,
    opps_nonfacility_pe_rvu,
    opps_facility_pe_rvu,
    opps_mp_rvu,
    chain_position - coalesce(lag(chain_position) over seen, -1) > 1 as begins_life,
    coalesce(status_code <> lag(status_code) over seen, false) as is_status_changed,
    coalesce(
      work_rvu <> lag(work_rvu) over seen
      or nonfacility_pe_rvu <> lag(nonfacility_pe_rvu) over seen
      or facility_pe_rvu <> lag(facility_pe_rvu) over seen
      or mp_rvu <> lag(mp_rvu) over seen,
      false
    ) as is_revalued,
    coalesce(
      indicators <> lag(indicators) over seen
      or imaging_family <> lag(imaging_family) over seen,
      false
    ) as is_indicator_changed,
    coalesce(
      opps_nonfacility_pe_rvu <> lag(opps_nonfacility_pe_rvu) over seen
      or opps_facility_pe_rvu <> lag(opps_facility_pe_rvu) over seen
      or opps_mp_rvu <> lag(opps_mp_rvu) over seen,
      false
    ) as is_cap_revalued
  from held
  window seen as (partition by hcpcs_code, modifier order by chain_position)
),
counted as (
  select
    *,
    count(*) filter (where begins_life) over so_far as life,
    count(*) filter (
      where begins_life or is_status_changed or is_revalued or is_indicator_changed or is_cap_revalued
    ) over so_far as period_of_code
  from compared
  window so_far as (partition by hcpcs_code, modifier order by chain_position)
),
lived as (
  select
    hcpcs_code,
    modifier,
    life,
    period_of_code,
    bool_or(begins_life) as begins_life,
    bool_or(is_status_changed) as is_status_changed,
    bool_or(is_revalued) as is_revalued,
    bool_or(is_indicator_changed) as is_indicator_changed,
    min(chain_position) as first_position,
    max(chain_position) as last_position,
    count(*) as releases_seen,
    max(corrected_by_release_id) as corrected_by_release_id,
    any_value(work_rvu) as work_rvu,
    any_value(nonfacility_pe_rvu) as nonfacility_pe_rvu,
    any_value(facility_pe_rvu) as facility_pe_rvu,
    any_value(mp_rvu) as mp_rvu,
    any_value(opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
    any_value(opps_facility_pe_rvu) as opps_facility_pe_rvu,
    any_value(opps_mp_rvu) as opps_mp_rvu
  from counted
  group by hcpcs_code, modifier, life, period_of_code
),
placed as (
  select
    *,
    row_number() over living as period,
    lag(last_position) over living as position_before,
    lag(work_rvu) over living as work_rvu_before,
    lag(nonfacility_pe_rvu) over living as nonfacility_pe_rvu_before,
    lag(facility_pe_rvu) over living as facility_pe_rvu_before,
    lag(mp_rvu) over living as mp_rvu_before,
    lag(opps_nonfacility_pe_rvu) over living as opps_nonfacility_pe_rvu_before,
    lag(opps_facility_pe_rvu) over living as opps_facility_pe_rvu_before,
    lag(opps_mp_rvu) over living as opps_mp_rvu_before,
    min(first_position) over whole as life_first_position,
    max(last_position) over whole as life_last_position
  from lived
  window
    living as (partition by hcpcs_code, modifier, life order by period_of_code),
    whole as (partition by hcpcs_code, modifier, life)
)
select
  placed.hcpcs_code,
  placed.modifier,
  placed.life,
  placed.period,
  case
    when begins_life and life > 1 then 'reactivated'
    when begins_life and first_position = 1 then 'first_seen'
    when begins_life then 'added'
    when is_status_changed then 'status_changed'
    when is_revalued then 'revalued'
    when is_indicator_changed then 'indicator_changed'
    else 'cap_revalued'
  end as change_kind,
  nullif(concat_ws(
    '; ',
    case when is_status_changed and not begins_life then changed_from_to('status_code', earlier.status_code, own.status_code) end,
    changed_from_to('work_rvu', work_rvu_before, placed.work_rvu),
    changed_from_to('nonfacility_pe_rvu', nonfacility_pe_rvu_before, placed.nonfacility_pe_rvu),
    changed_from_to('facility_pe_rvu', facility_pe_rvu_before, placed.facility_pe_rvu),
    changed_from_to('mp_rvu', mp_rvu_before, placed.mp_rvu),
    case when is_indicator_changed and not begins_life then
      concat_ws(
        '; ',
        changed_from_to('nonfacility_na', earlier.nonfacility_na, own.nonfacility_na),
        changed_from_to('facility_na', earlier.facility_na, own.facility_na),
        changed_from_to('not_used_for_medicare_payment', earlier.not_used_for_medicare_payment, own.not_used_for_medicare_payment),
        changed_from_to('pctc_indicator', earlier.pctc_indicator, own.pctc_indicator),
        changed_from_to('global_days', earlier.global_days, own.global_days),
        changed_from_to('preoperative_fraction', earlier.preoperative_fraction, own.preoperative_fraction),
        changed_from_to('intraoperative_fraction', earlier.intraoperative_fraction, own.intraoperative_fraction),
        changed_from_to('postoperative_fraction', earlier.postoperative_fraction, own.postoperative_fraction),
        changed_from_to('multiple_procedure_indicator', earlier.multiple_procedure_indicator, own.multiple_procedure_indicator),
        changed_from_to('bilateral_surgery_indicator', earlier.bilateral_surgery_indicator, own.bilateral_surgery_indicator),
        changed_from_to('assistant_surgery_indicator', earlier.assistant_surgery_indicator, own.assistant_surgery_indicator),
        changed_from_to('co_surgery_indicator', earlier.co_surgery_indicator, own.co_surgery_indicator),
        changed_from_to('team_surgery_indicator', earlier.team_surgery_indicator, own.team_surgery_indicator),
        changed_from_to('endoscopic_base_code', earlier.endoscopic_base_code, own.endoscopic_base_code),
        changed_from_to('diagnostic_supervision', earlier.diagnostic_supervision, own.diagnostic_supervision),
        changed_from_to('calculation_flag', earlier.calculation_flag, own.calculation_flag),
        changed_from_to('imaging_family', earlier.imaging_family, own.imaging_family)
      )
    end,
    changed_from_to('opps_nonfacility_pe_rvu', opps_nonfacility_pe_rvu_before, placed.opps_nonfacility_pe_rvu),
    changed_from_to('opps_facility_pe_rvu', opps_facility_pe_rvu_before, placed.opps_facility_pe_rvu),
    changed_from_to('opps_mp_rvu', opps_mp_rvu_before, placed.opps_mp_rvu)
  ), '') as values_changed,
  opening.release_id as first_release_id,
  closing.release_id as last_release_id,
  opening.governs_from as effective_from,
  closing.governs_to as effective_to,
  placed.releases_seen,
  placed.corrected_by_release_id,
  life_opening.release_id as first_seen_release_id,
  life_opening.governs_from as first_seen_on,
  life_closing.release_id as last_seen_release_id,
  life_closing.governs_to as last_seen_on,
  ending.release_id as ended_by_release_id,
  own.status_code,
  placed.work_rvu,
  placed.nonfacility_pe_rvu,
  placed.facility_pe_rvu,
  placed.mp_rvu,
  cast(placed.work_rvu + placed.nonfacility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as nonfacility_total_rvu,
  cast(placed.work_rvu + placed.facility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as facility_total_rvu,
  placed.opps_nonfacility_pe_rvu,
  placed.opps_facility_pe_rvu,
  placed.opps_mp_rvu,
  own.nonfacility_na,
  own.facility_na,
  own.not_used_for_medicare_payment,
  own.pctc_indicator,
  own.global_days,
  own.preoperative_fraction,
  own.intraoperative_fraction,
  own.postoperative_fraction,
  own.multiple_procedure_indicator,
  own.bilateral_surgery_indicator,
  own.assistant_surgery_indicator,
  own.co_surgery_indicator,
  own.team_surgery_indicator,
  own.endoscopic_base_code,
  own.diagnostic_supervision,
  own.calculation_flag,
  own.imaging_family
from placed
join governing_release as opening on opening.chain_position = placed.first_position
join governing_release as closing on closing.chain_position = placed.last_position
join governing_release as life_opening on life_opening.chain_position = placed.life_first_position
join governing_release as life_closing on life_closing.chain_position = placed.life_last_position
left join governing_release as preceding on preceding.chain_position = placed.position_before
left join governing_release as ending on ending.chain_position = placed.life_last_position + 1
join rvu as own
  on own.release_id = opening.release_id and own.hcpcs_code = placed.hcpcs_code and own.modifier = placed.modifier
left join rvu as earlier
  on earlier.release_id = preceding.release_id and earlier.hcpcs_code = placed.hcpcs_code and earlier.modifier = placed.modifier
order by placed.hcpcs_code, placed.modifier, placed.life, placed.period;
