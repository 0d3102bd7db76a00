-- The life of a code: each row is a period of dates of service in which its RVUs, status and indicators stood still.
-- grain: code, modifier, life, period
-- reads: code_period, code_event, governing_release
-- rule: over the governing releases (governing_release). A code that is absent from one and stands in a later one begins another life.
-- change_kind says what began the period, as in code_change: added or reactivated, status_changed, revalued, indicator_changed,
-- cap_revalued; first_seen where the first loaded release has the code, which may be older. Where releases of one calendar year print
-- other RVUs for a code of the same status, the last of them corrects the others (as in payment_corrected_on): the period has the
-- corrected RVUs from its beginning, corrected_by_release_id names the release that printed them first, and view code_correction has
-- what was printed before. effective_to is the last day that a loaded release of the period governs; where releases are not
-- loaded, a change is dated by the loaded release that shows it. A period that began before files knew outpatient RVUs has those of its
-- first release that knows them.
create or replace view code_history as
with lived as (
  select
    code_period.hcpcs_code,
    code_period.modifier,
    code_period.life,
    code_period.period,
    code_period.change_kind,
    code_period.values_changed,
    code_period.first_release_id,
    code_period.last_release_id,
    code_period.effective_from,
    code_period.effective_to,
    code_period.releases_seen,
    first_value(code_period.first_release_id) over whole_life as first_seen_release_id,
    last_value(code_period.last_release_id) over whole_life as last_seen_release_id,
    code_period.nonfacility_total_rvu,
    code_period.facility_total_rvu
  from code_period
  window whole_life as (
    partition by hcpcs_code, modifier, life order by period rows between unbounded preceding and unbounded following
  )
),
-- Few rows: what was noted while a period lasted.
noted as (
  select
    note.hcpcs_code,
    note.modifier,
    code_period.first_release_id,
    max(note.corrected_by_release_id) as corrected_by_release_id,
    arg_min(note.opps_nonfacility_pe_rvu, note.governs_from) as opps_nonfacility_pe_rvu,
    arg_min(note.opps_facility_pe_rvu, note.governs_from) as opps_facility_pe_rvu,
    arg_min(note.opps_mp_rvu, note.governs_from) as opps_mp_rvu
  from (
    select
      code_event.hcpcs_code,
      code_event.modifier,
      governing_release.governs_from,
      code_event.corrected_by_release_id,
      code_event.opps_nonfacility_pe_rvu,
      code_event.opps_facility_pe_rvu,
      code_event.opps_mp_rvu
    from code_event
    join governing_release on governing_release.release_id = code_event.release_id
    where not code_event.begins_period and not code_event.ends_life
  ) as note
  asof join code_period
    on code_period.hcpcs_code = note.hcpcs_code
    and code_period.modifier = note.modifier
    and code_period.effective_from <= note.governs_from
  group by note.hcpcs_code, note.modifier, code_period.first_release_id
)
select
  lived.hcpcs_code,
  lived.modifier,
  lived.life,
  lived.period,
  lived.change_kind,
  lived.values_changed,
  lived.first_release_id,
  lived.last_release_id,
  lived.effective_from,
  lived.effective_to,
  lived.releases_seen,
  greatest(beginning.corrected_by_release_id, noted.corrected_by_release_id) as corrected_by_release_id,
  lived.first_seen_release_id,
  life_opening.governs_from as first_seen_on,
  lived.last_seen_release_id,
  life_closing.governs_to as last_seen_on,
  ending.release_id as ended_by_release_id,
  beginning.status_code,
  beginning.work_rvu,
  beginning.nonfacility_pe_rvu,
  beginning.facility_pe_rvu,
  beginning.mp_rvu,
  lived.nonfacility_total_rvu,
  lived.facility_total_rvu,
  coalesce(beginning.opps_nonfacility_pe_rvu, noted.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
  coalesce(beginning.opps_facility_pe_rvu, noted.opps_facility_pe_rvu) as opps_facility_pe_rvu,
  coalesce(beginning.opps_mp_rvu, noted.opps_mp_rvu) as opps_mp_rvu,
  beginning.nonfacility_na,
  beginning.facility_na,
  beginning.not_used_for_medicare_payment,
  beginning.pctc_indicator,
  beginning.global_days,
  beginning.preoperative_fraction,
  beginning.intraoperative_fraction,
  beginning.postoperative_fraction,
  beginning.multiple_procedure_indicator,
  beginning.bilateral_surgery_indicator,
  beginning.assistant_surgery_indicator,
  beginning.co_surgery_indicator,
  beginning.team_surgery_indicator,
  beginning.endoscopic_base_code,
  beginning.diagnostic_supervision,
  beginning.calculation_flag,
  beginning.imaging_family
from lived
join code_event as beginning
  on beginning.release_id = lived.first_release_id
  and beginning.hcpcs_code = lived.hcpcs_code
  and beginning.modifier = lived.modifier
join governing_release as life_opening on life_opening.release_id = lived.first_seen_release_id
join governing_release as life_closing on life_closing.release_id = lived.last_seen_release_id
left join governing_release as ending on ending.chain_position = life_closing.chain_position + 1
left join noted
  on noted.hcpcs_code = lived.hcpcs_code
  and noted.modifier = lived.modifier
  and noted.first_release_id = lived.first_release_id;
