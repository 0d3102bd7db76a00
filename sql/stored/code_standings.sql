-- Where a code stands in each of its groups, by each measure as one list.
-- grain: release, grouping, code
-- reads: code_group, code_profile, group_summary
-- scope: release
-- rule: macro standing, in the order of measures. below and above count strictly. Stored, because the place of one code takes the values
-- of all; view code_standing has one row for each element.
create or replace table code_standings as
with numbered as (
  -- A number for each group: to partition by three texts would take most of the time.
  select
    code_group.release_id,
    code_group.grouping,
    code_group.group_name,
    code_group.hcpcs_code,
    dense_rank() over (order by code_group.release_id, code_group.grouping, code_group.group_name) as group_number,
    code_profile.work_rvu,
    code_profile.nonfacility_total_rvu,
    code_profile.facility_total_rvu
  from code_group
  join code_profile
    on code_profile.release_id = code_group.release_id and code_profile.hcpcs_code = code_group.hcpcs_code
  where is_new_release(code_group.release_id)
),
ranked as (
  select
    numbered.*,
    rank() over (partition by group_number order by work_rvu) - 1 as work_below,
    rank() over (partition by group_number order by work_rvu desc) - 1 as work_above,
    rank() over (partition by group_number order by nonfacility_total_rvu) - 1 as nonfacility_total_below,
    rank() over (partition by group_number order by nonfacility_total_rvu desc) - 1 as nonfacility_total_above,
    rank() over (partition by group_number order by facility_total_rvu) - 1 as facility_total_below,
    rank() over (partition by group_number order by facility_total_rvu desc) - 1 as facility_total_above
  from numbered
),
summarised as (
  -- One row a group; its figures by measure.
  select
    release_id,
    grouping,
    group_name,
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
placed as (
  -- Sorted before the lists are made: they are heavy to move.
  select ranked.*, work, nonfacility_total, facility_total
  from ranked
  join summarised
    on summarised.release_id = ranked.release_id
    and summarised.grouping = ranked.grouping
    and summarised.group_name = ranked.group_name
  order by release_id, hcpcs_code, grouping
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
