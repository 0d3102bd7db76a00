-- The periods of a code's life with the values that stood still in them, as rows of their own are wanted: without what was noted later.
-- grain: code, modifier, life, period
-- reads: code_event, governing_release
-- rule: view code_history, which has these rows with the indicators, the corrections and the dates of the whole life.
create or replace view code_period as
with lasting as (
  -- What begins at a release holds until the next thing happens to the code, or until the last release.
  select
    code_event.hcpcs_code,
    code_event.modifier,
    code_event.release_id,
    governing_release.chain_position,
    governing_release.governs_from,
    code_event.begins_life,
    code_event.begins_period,
    code_event.is_status_changed,
    code_event.is_revalued,
    code_event.is_indicator_changed,
    code_event.values_changed,
    code_event.status_code,
    code_event.work_rvu,
    code_event.nonfacility_pe_rvu,
    code_event.facility_pe_rvu,
    code_event.mp_rvu,
    count(*) filter (where begins_life) over so_far as life,
    count(*) filter (where begins_period) over so_far as begun,
    coalesce(
      lead(chain_position) over so_far - 1, (select max(chain_position) from governing_release)
    ) as last_position
  from code_event
  join governing_release on governing_release.release_id = code_event.release_id
  where begins_period or ends_life
  window so_far as (partition by hcpcs_code, modifier order by chain_position)
),
placed as (
  -- Periods are counted anew in each life. Few codes have a second one: to number all of them by life would sort every row once more.
  select lasting.*, lasting.begun - coalesce(again.begun, 1) + 1 as period
  from lasting
  left join (select hcpcs_code, modifier, life, begun from lasting where begins_life and life > 1) as again
    using (hcpcs_code, modifier, life)
  where lasting.begins_period
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
  placed.governs_from as effective_from,
  closing.governs_to as effective_to,
  closing.chain_position - placed.chain_position + 1 as releases_seen,
  placed.status_code,
  placed.work_rvu,
  placed.nonfacility_pe_rvu,
  placed.facility_pe_rvu,
  placed.mp_rvu,
  cast(placed.work_rvu + placed.nonfacility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as nonfacility_total_rvu,
  cast(placed.work_rvu + placed.facility_pe_rvu + placed.mp_rvu as decimal(7, 2)) as facility_total_rvu
from placed
join governing_release as closing on closing.chain_position = placed.last_position;
