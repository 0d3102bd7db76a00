-- Where a code stands in each of its groups, by each measure as one list.
-- grain: release, grouping, code
-- reads: code_group, code_profile, group_summary
-- scope: release
-- rule: macro standing, in the order of measures. below and above count strictly. Stored, because the place of one code takes the values
-- of all; view code_standing has one row for each element.
create or replace table code_standings as
with summarised as materialized (
  -- One row a group, with a number (to partition by three texts would take most of the time) and its figures by measure.
  select
    release_id,
    grouping,
    group_name,
    row_number() over () as group_number,
    any_value(figures) filter (where measure = 'work_rvu') as work,
    any_value(figures) filter (where measure = 'nonfacility_total_rvu') as nonfacility_total,
    any_value(figures) filter (where measure = 'facility_total_rvu') as facility_total
  from (
    select
      release_id,
      grouping,
      group_name,
      measure,
      {'n': n, 'median': median, 'p25': p25, 'p75': p75, 'minimum': minimum, 'maximum': maximum} as figures
    from group_summary
    where is_new_release(release_id)
  )
  group by release_id, grouping, group_name
),
numbered as (
  select
    code_group.release_id,
    code_group.hcpcs_code,
    summarised.group_number,
    code_profile.work_rvu,
    code_profile.nonfacility_total_rvu,
    code_profile.facility_total_rvu
  from code_group
  join code_profile
    on code_profile.release_id = code_group.release_id and code_profile.hcpcs_code = code_group.hcpcs_code
  join summarised
    on summarised.release_id = code_group.release_id
    and summarised.grouping = code_group.grouping
    and summarised.group_name = code_group.group_name
  where is_new_release(code_group.release_id)
),
ranked as (
  -- Each measure is sorted once: those up to a value, itself and its equals among them, are counted and not ranked from above.
  select
    numbered.*,
    rank() over by_work - 1 as work_below,
    count(*) over by_work as work_up_to,
    rank() over by_nonfacility_total - 1 as nonfacility_total_below,
    count(*) over by_nonfacility_total as nonfacility_total_up_to,
    rank() over by_facility_total - 1 as facility_total_below,
    count(*) over by_facility_total as facility_total_up_to
  from numbered
  window
    by_work as (partition by group_number order by work_rvu),
    by_nonfacility_total as (partition by group_number order by nonfacility_total_rvu),
    by_facility_total as (partition by group_number order by facility_total_rvu)
),
placed as (
  -- Sorted before the lists are made: they are heavy to move.
  select
    ranked.*,
    grouping,
    group_name,
    work,
    work.n - work_up_to as work_above,
    nonfacility_total,
    nonfacility_total.n - nonfacility_total_up_to as nonfacility_total_above,
    facility_total,
    facility_total.n - facility_total_up_to as facility_total_above
  from ranked
  join summarised on summarised.group_number = ranked.group_number
  order by ranked.release_id, ranked.hcpcs_code, grouping
)
select
  release_id,
  hcpcs_code,
  grouping,
  [
    standing(
      grouping, group_name, 'facility_total_rvu', facility_total_rvu, facility_total_below, facility_total_above, facility_total
    ),
    standing(
      grouping, group_name, 'nonfacility_total_rvu', nonfacility_total_rvu, nonfacility_total_below, nonfacility_total_above,
      nonfacility_total
    ),
    standing(grouping, group_name, 'work_rvu', work_rvu, work_below, work_above, work)
  ] as standings
from placed;
