-- The life of a code: each row is a period of dates of service in which its RVUs, status and indicators stood still.
-- grain: code, modifier, life, period
-- reads: code_event, governing_release
-- rule: over the governing releases (governing_release). A code that is absent from one and stands in a later one begins another life.
-- change_kind says what began the period, as in code_change: added or reactivated, status_changed, revalued, indicator_changed,
-- cap_revalued; first_seen where the first loaded release has the code, which may be older. Where releases of one calendar year print
-- other RVUs for a code of the same status, the last of them corrects the others (as in payment_corrected_on): the period has the
-- corrected RVUs from its beginning, corrected_by_release_id names the release that printed them first, and view code_correction has
-- what was printed before. effective_to is the last day that a loaded release of the period governs; where releases are not
-- loaded, a change is dated by the loaded release that shows it. A period that began before files knew outpatient RVUs has those of its
-- first release that knows them.
create or replace view code_history as
with happened as not materialized (
  select code_event.*, governing_release.chain_position
  from code_event
  join governing_release on governing_release.release_id = code_event.release_id
),
-- What begins at a release holds until the next thing happens to the code, or until the last release.
lasting as (
  select
    happened.*,
    count(*) filter (where begins_life) over so_far as life,
    coalesce(
      lead(chain_position) over so_far - 1, (select max(chain_position) from governing_release)
    ) as last_position
  from happened
  where begins_period or ends_life
  window so_far as (partition by hcpcs_code, modifier order by chain_position)
),
placed as (
  select
    lasting.*,
    row_number() over living as period,
    first_value(chain_position) over living as life_first_position,
    max(last_position) over (partition by hcpcs_code, modifier, life) as life_last_position
  from lasting
  where begins_period
  window living as (partition by hcpcs_code, modifier, life order by chain_position)
),
-- Few rows: what was noted while a period lasted, by the position at which the period began.
noted as (
  select
    note.hcpcs_code,
    note.modifier,
    beginning.chain_position,
    max(note.corrected_by_release_id) as corrected_by_release_id,
    arg_min(note.opps_nonfacility_pe_rvu, note.chain_position) as opps_nonfacility_pe_rvu,
    arg_min(note.opps_facility_pe_rvu, note.chain_position) as opps_facility_pe_rvu,
    arg_min(note.opps_mp_rvu, note.chain_position) as opps_mp_rvu
  from happened as note
  asof join (select hcpcs_code, modifier, chain_position from happened where begins_period) as beginning
    on beginning.hcpcs_code = note.hcpcs_code
    and beginning.modifier = note.modifier
    and beginning.chain_position <= note.chain_position
  where not note.begins_period and not note.ends_life
  group by note.hcpcs_code, note.modifier, beginning.chain_position
)
select
  placed.hcpcs_code,
  placed.modifier,
  placed.life,
  placed.period,
  case
    when begins_life and life > 1 then 'reactivated'
    when begins_life and placed.chain_position = 1 then 'first_seen'
    when begins_life then 'added'
    when is_status_changed then 'status_changed'
    when is_revalued then 'revalued'
    when is_indicator_changed then 'indicator_changed'
    else 'cap_revalued'
  end as change_kind,
  placed.values_changed,
  placed.release_id as first_release_id,
  closing.release_id as last_release_id,
  opening.governs_from as effective_from,
  closing.governs_to as effective_to,
  placed.last_position - placed.chain_position + 1 as releases_seen,
  greatest(placed.corrected_by_release_id, noted.corrected_by_release_id) as corrected_by_release_id,
  life_opening.release_id as first_seen_release_id,
  life_opening.governs_from as first_seen_on,
  life_closing.release_id as last_seen_release_id,
  life_closing.governs_to as last_seen_on,
  ending.release_id as ended_by_release_id,
  placed.status_code,
  placed.work_rvu,
  placed.nonfacility_pe_rvu,
  placed.facility_pe_rvu,
  placed.mp_rvu,
  cast(placed.work_rvu + placed.nonfacility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as nonfacility_total_rvu,
  cast(placed.work_rvu + placed.facility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as facility_total_rvu,
  coalesce(placed.opps_nonfacility_pe_rvu, noted.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
  coalesce(placed.opps_facility_pe_rvu, noted.opps_facility_pe_rvu) as opps_facility_pe_rvu,
  coalesce(placed.opps_mp_rvu, noted.opps_mp_rvu) as opps_mp_rvu,
  placed.nonfacility_na,
  placed.facility_na,
  placed.not_used_for_medicare_payment,
  placed.pctc_indicator,
  placed.global_days,
  placed.preoperative_fraction,
  placed.intraoperative_fraction,
  placed.postoperative_fraction,
  placed.multiple_procedure_indicator,
  placed.bilateral_surgery_indicator,
  placed.assistant_surgery_indicator,
  placed.co_surgery_indicator,
  placed.team_surgery_indicator,
  placed.endoscopic_base_code,
  placed.diagnostic_supervision,
  placed.calculation_flag,
  placed.imaging_family
from placed
join governing_release as opening on opening.release_id = placed.release_id
join governing_release as closing on closing.chain_position = placed.last_position
join governing_release as life_opening on life_opening.chain_position = placed.life_first_position
join governing_release as life_closing on life_closing.chain_position = placed.life_last_position
left join governing_release as ending on ending.chain_position = placed.life_last_position + 1
left join noted
  on noted.hcpcs_code = placed.hcpcs_code
  and noted.modifier = placed.modifier
  and noted.chain_position = placed.chain_position;
