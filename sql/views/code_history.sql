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
with happened as (
  select
    code_event.*,
    governing_release.chain_position,
    count(*) filter (where begins_life) over so_far as life,
    count(*) filter (where begins_period) over so_far as nth_period
  from code_event
  join governing_release on governing_release.release_id = code_event.release_id
  window so_far as (partition by hcpcs_code, modifier order by chain_position)
),
noted as (
  select
    happened.* replace (
      max(corrected_by_release_id) over period as corrected_by_release_id,
      first_value(opps_nonfacility_pe_rvu ignore nulls) over period_on as opps_nonfacility_pe_rvu,
      first_value(opps_facility_pe_rvu ignore nulls) over period_on as opps_facility_pe_rvu,
      first_value(opps_mp_rvu ignore nulls) over period_on as opps_mp_rvu
    )
  from happened
  window
    period as (partition by hcpcs_code, modifier, nth_period, ends_life),
    period_on as (
      partition by hcpcs_code, modifier, nth_period, ends_life
      order by chain_position rows between current row and unbounded following
    )
),
-- What begins at a release holds until the next thing happens to the code, or until the last release.
lasting as (
  select
    noted.*,
    coalesce(
      lead(chain_position) over (partition by hcpcs_code, modifier order by chain_position) - 1,
      (select max(chain_position) from governing_release)
    ) as last_position
  from noted
  where begins_period or ends_life
),
placed as (
  select
    lasting.*,
    row_number() over (partition by hcpcs_code, modifier, life order by chain_position) as period,
    min(chain_position) over whole as life_first_position,
    max(last_position) over whole as life_last_position
  from lasting
  where begins_period
  window whole as (partition by hcpcs_code, modifier, life)
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
  placed.corrected_by_release_id,
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
  placed.opps_nonfacility_pe_rvu,
  placed.opps_facility_pe_rvu,
  placed.opps_mp_rvu,
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
left join governing_release as ending on ending.chain_position = placed.life_last_position + 1;
