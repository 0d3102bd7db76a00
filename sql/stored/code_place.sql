-- A code in each of its groups: its values, and how many codes of the group are below it and beside it by each of them.
-- grain: release, grouping, code
-- reads: code_group, code_profile, group_summary
-- scope: release
-- rule: below counts the codes of the group whose value is strictly lower, ties the others of the same value. Stored, because the place
-- of one code takes the values of all; without the figures of the group (group_summary), which each of its codes would repeat. View
-- code_standings has both.
create or replace table code_place as
with numbered_group as materialized (
  -- To partition by three texts would take most of the time.
  select release_id, grouping, group_name, row_number() over () as group_number
  from group_summary
  where measure = 'work_rvu' and is_new_release(release_id)
),
numbered as (
  select
    code_group.release_id,
    code_group.hcpcs_code,
    code_group.grouping,
    code_group.group_name,
    numbered_group.group_number,
    code_profile.work_rvu,
    code_profile.nonfacility_total_rvu,
    code_profile.facility_total_rvu
  from code_group
  join code_profile
    on code_profile.release_id = code_group.release_id and code_profile.hcpcs_code = code_group.hcpcs_code
  join numbered_group
    on numbered_group.release_id = code_group.release_id
    and numbered_group.grouping = code_group.grouping
    and numbered_group.group_name = code_group.group_name
  where is_new_release(code_group.release_id)
)
-- Each measure is sorted once: those up to a value, itself and its equals among them, are counted and not ranked from above.
select
  release_id,
  hcpcs_code,
  grouping,
  group_name,
  work_rvu,
  rank() over by_work - 1 as work_below,
  count(*) over by_work - rank() over by_work as work_ties,
  nonfacility_total_rvu,
  rank() over by_nonfacility_total - 1 as nonfacility_total_below,
  count(*) over by_nonfacility_total - rank() over by_nonfacility_total as nonfacility_total_ties,
  facility_total_rvu,
  rank() over by_facility_total - 1 as facility_total_below,
  count(*) over by_facility_total - rank() over by_facility_total as facility_total_ties
from numbered
window
  by_work as (partition by group_number order by work_rvu),
  by_nonfacility_total as (partition by group_number order by nonfacility_total_rvu),
  by_facility_total as (partition by group_number order by facility_total_rvu)
order by release_id, hcpcs_code, grouping;
