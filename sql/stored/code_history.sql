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
    rvu.opps_mp_rvu
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
  where year in (select governing_release.year from governing_release group by governing_release.year having count(*) > 1)
  group by hcpcs_code, modifier, year, status_code
  having min(work_rvu) <> max(work_rvu) or min(nonfacility_pe_rvu) <> max(nonfacility_pe_rvu) or min(facility_pe_rvu) <> max(facility_pe_rvu) or min(mp_rvu) <> max(mp_rvu)
),
correcting as (
  select
    corrected.hcpcs_code,
    corrected.modifier,
    corrected.year,
    corrected.status_code,
    corrected.work_rvu,
    corrected.nonfacility_pe_rvu,
    corrected.facility_pe_rvu,
    corrected.mp_rvu,
    corrected.opps_nonfacility_pe_rvu,
    corrected.opps_facility_pe_rvu,
    corrected.opps_mp_rvu,
    arg_min(printed.release_id, printed.chain_position) as corrected_by_release_id
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
-- Each row with the RVUs that hold for it, and its indicators as one number of 64 bits: to compare sixteen texts takes most of the time.
held as (
  select
    rvu.hcpcs_code,
    rvu.modifier,
    governing_release.chain_position,
    rvu.status_code,
    coalesce(correcting.work_rvu, rvu.work_rvu) as work_rvu,
    coalesce(correcting.nonfacility_pe_rvu, rvu.nonfacility_pe_rvu) as nonfacility_pe_rvu,
    coalesce(correcting.facility_pe_rvu, rvu.facility_pe_rvu) as facility_pe_rvu,
    coalesce(correcting.mp_rvu, rvu.mp_rvu) as mp_rvu,
    coalesce(correcting.opps_nonfacility_pe_rvu, rvu.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
    coalesce(correcting.opps_facility_pe_rvu, rvu.opps_facility_pe_rvu) as opps_facility_pe_rvu,
    coalesce(correcting.opps_mp_rvu, rvu.opps_mp_rvu) as opps_mp_rvu,
    hash(
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
    rvu.imaging_family,
    correcting.corrected_by_release_id
  from rvu
  join governing_release on governing_release.release_id = rvu.release_id
  left join correcting
    on correcting.hcpcs_code = rvu.hcpcs_code
    and correcting.modifier = rvu.modifier
    and correcting.year = governing_release.year
    and correcting.status_code = rvu.status_code
),
-- What begins or ends with a release: a life begins where the release before lacks the code, and ends where the release itself does.
compared as (
  select
    coalesce(own.hcpcs_code, earlier.hcpcs_code) as hcpcs_code,
    coalesce(own.modifier, earlier.modifier) as modifier,
    coalesce(own.chain_position, earlier.chain_position + 1) as chain_position,
    earlier.hcpcs_code is null as begins_life,
    own.hcpcs_code is null as ends_life,
    coalesce(own.status_code <> earlier.status_code, false) as is_status_changed,
    coalesce(
      own.work_rvu <> earlier.work_rvu
      or own.nonfacility_pe_rvu <> earlier.nonfacility_pe_rvu
      or own.facility_pe_rvu <> earlier.facility_pe_rvu
      or own.mp_rvu <> earlier.mp_rvu,
      false
    ) as is_revalued,
    coalesce(own.indicators <> earlier.indicators or own.imaging_family <> earlier.imaging_family, false) as is_indicator_changed,
    coalesce(
      own.opps_nonfacility_pe_rvu <> earlier.opps_nonfacility_pe_rvu
      or own.opps_facility_pe_rvu <> earlier.opps_facility_pe_rvu
      or own.opps_mp_rvu <> earlier.opps_mp_rvu,
      false
    ) as is_cap_revalued,
    own.work_rvu,
    own.nonfacility_pe_rvu,
    own.facility_pe_rvu,
    own.mp_rvu,
    own.opps_nonfacility_pe_rvu,
    own.opps_facility_pe_rvu,
    own.opps_mp_rvu,
    earlier.work_rvu as work_rvu_before,
    earlier.nonfacility_pe_rvu as nonfacility_pe_rvu_before,
    earlier.facility_pe_rvu as facility_pe_rvu_before,
    earlier.mp_rvu as mp_rvu_before,
    earlier.opps_nonfacility_pe_rvu as opps_nonfacility_pe_rvu_before,
    earlier.opps_facility_pe_rvu as opps_facility_pe_rvu_before,
    earlier.opps_mp_rvu as opps_mp_rvu_before
  from held as own
  full join held as earlier
    on earlier.hcpcs_code = own.hcpcs_code
    and earlier.modifier = own.modifier
    and earlier.chain_position = own.chain_position - 1
  where begins_life or ends_life or is_status_changed or is_revalued or is_indicator_changed or is_cap_revalued
),
-- What begins at a release holds until the next thing happens to the code.
counted as (
  select
    hcpcs_code,
    modifier,
    chain_position,
    begins_life,
    ends_life,
    is_status_changed,
    is_revalued,
    is_indicator_changed,
    count(*) filter (where begins_life) over so_far as life,
    lead(chain_position) over so_far as position_after,
    work_rvu,
    nonfacility_pe_rvu,
    facility_pe_rvu,
    mp_rvu,
    opps_nonfacility_pe_rvu,
    opps_facility_pe_rvu,
    opps_mp_rvu,
    work_rvu_before,
    nonfacility_pe_rvu_before,
    facility_pe_rvu_before,
    mp_rvu_before,
    opps_nonfacility_pe_rvu_before,
    opps_facility_pe_rvu_before,
    opps_mp_rvu_before
  from compared
  window so_far as (partition by hcpcs_code, modifier order by chain_position)
),
placed as (
  select
    hcpcs_code,
    modifier,
    life,
    row_number() over living as period,
    begins_life,
    is_status_changed,
    is_revalued,
    is_indicator_changed,
    chain_position as first_position,
    position_after - 1 as last_position,
    min(chain_position) over whole as life_first_position,
    max(position_after - 1) over whole as life_last_position,
    work_rvu,
    nonfacility_pe_rvu,
    facility_pe_rvu,
    mp_rvu,
    opps_nonfacility_pe_rvu,
    opps_facility_pe_rvu,
    opps_mp_rvu,
    work_rvu_before,
    nonfacility_pe_rvu_before,
    facility_pe_rvu_before,
    mp_rvu_before,
    opps_nonfacility_pe_rvu_before,
    opps_facility_pe_rvu_before,
    opps_mp_rvu_before
  from counted
  where not ends_life
  window
    living as (partition by hcpcs_code, modifier, life order by chain_position),
    whole as (partition by hcpcs_code, modifier, life)
),
-- Few rows: what else changed than RVUs, in words.
worded as (
  select
    placed.hcpcs_code,
    placed.modifier,
    placed.first_position,
    case when placed.is_status_changed then changed_from_to('status_code', earlier.status_code, own.status_code) end as status_words,
    case when placed.is_indicator_changed then
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
    end as indicator_words
  from placed
  join governing_release as opening on opening.chain_position = placed.first_position
  join governing_release as preceding on preceding.chain_position = placed.first_position - 1
  join rvu as own
    on own.release_id = opening.release_id and own.hcpcs_code = placed.hcpcs_code and own.modifier = placed.modifier
  join rvu as earlier
    on earlier.release_id = preceding.release_id and earlier.hcpcs_code = placed.hcpcs_code and earlier.modifier = placed.modifier
  where (placed.is_status_changed or placed.is_indicator_changed) and not placed.begins_life
),
-- Fewer still: the periods with corrected RVUs.
correction as (
  select placed.hcpcs_code, placed.modifier, placed.first_position, max(held.corrected_by_release_id) as corrected_by_release_id
  from placed
  join held
    on held.hcpcs_code = placed.hcpcs_code
    and held.modifier = placed.modifier
    and held.chain_position between placed.first_position and placed.last_position
  where held.corrected_by_release_id is not null
  group by placed.hcpcs_code, placed.modifier, placed.first_position
),
-- Files before 2007 lack the outpatient RVUs: a period that began before has those of its first release that knows them.
known_later as (
  select
    placed.hcpcs_code,
    placed.modifier,
    placed.first_position,
    arg_min(held.opps_nonfacility_pe_rvu, held.chain_position) as opps_nonfacility_pe_rvu,
    arg_min(held.opps_facility_pe_rvu, held.chain_position) as opps_facility_pe_rvu,
    arg_min(held.opps_mp_rvu, held.chain_position) as opps_mp_rvu
  from placed
  join held
    on held.hcpcs_code = placed.hcpcs_code
    and held.modifier = placed.modifier
    and held.chain_position between placed.first_position and placed.last_position
  where placed.opps_mp_rvu is null and held.opps_mp_rvu is not null
  group by placed.hcpcs_code, placed.modifier, placed.first_position
)
select
  placed.hcpcs_code,
  placed.modifier,
  placed.life,
  placed.period,
  case
    when begins_life and life > 1 then 'reactivated'
    when begins_life and placed.first_position = 1 then 'first_seen'
    when begins_life then 'added'
    when is_status_changed then 'status_changed'
    when is_revalued then 'revalued'
    when is_indicator_changed then 'indicator_changed'
    else 'cap_revalued'
  end as change_kind,
  nullif(concat_ws(
    '; ',
    worded.status_words,
    changed_from_to('work_rvu', work_rvu_before, placed.work_rvu),
    changed_from_to('nonfacility_pe_rvu', nonfacility_pe_rvu_before, placed.nonfacility_pe_rvu),
    changed_from_to('facility_pe_rvu', facility_pe_rvu_before, placed.facility_pe_rvu),
    changed_from_to('mp_rvu', mp_rvu_before, placed.mp_rvu),
    worded.indicator_words,
    changed_from_to('opps_nonfacility_pe_rvu', opps_nonfacility_pe_rvu_before, placed.opps_nonfacility_pe_rvu),
    changed_from_to('opps_facility_pe_rvu', opps_facility_pe_rvu_before, placed.opps_facility_pe_rvu),
    changed_from_to('opps_mp_rvu', opps_mp_rvu_before, placed.opps_mp_rvu)
  ), '') as values_changed,
  opening.release_id as first_release_id,
  closing.release_id as last_release_id,
  opening.governs_from as effective_from,
  closing.governs_to as effective_to,
  placed.last_position - placed.first_position + 1 as releases_seen,
  correction.corrected_by_release_id,
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
  coalesce(placed.opps_nonfacility_pe_rvu, known_later.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
  coalesce(placed.opps_facility_pe_rvu, known_later.opps_facility_pe_rvu) as opps_facility_pe_rvu,
  coalesce(placed.opps_mp_rvu, known_later.opps_mp_rvu) as opps_mp_rvu,
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
left join governing_release as ending on ending.chain_position = placed.life_last_position + 1
join rvu as own
  on own.release_id = opening.release_id and own.hcpcs_code = placed.hcpcs_code and own.modifier = placed.modifier
left join worded
  on worded.hcpcs_code = placed.hcpcs_code and worded.modifier = placed.modifier and worded.first_position = placed.first_position
left join correction
  on correction.hcpcs_code = placed.hcpcs_code
  and correction.modifier = placed.modifier
  and correction.first_position = placed.first_position
left join known_later
  on known_later.hcpcs_code = placed.hcpcs_code
  and known_later.modifier = placed.modifier
  and known_later.first_position = placed.first_position
order by placed.hcpcs_code, placed.modifier, placed.life, placed.period;
