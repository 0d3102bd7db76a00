-- Where each code stands in its groups by each measure: its value, and how many codes are below and above it.
-- grain: release, grouping, code
-- reads: code_group, code_profile
-- scope: release
-- rule: below and above count strictly; what is left of the group, the code itself taken off, has the same value. Stored, because the
-- place of one code takes the values of all.
create or replace table code_rank as
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
)
select
  release_id,
  grouping,
  group_name,
  hcpcs_code,
  work_rvu,
  nonfacility_total_rvu,
  facility_total_rvu,
  rank() over (partition by group_number order by work_rvu) - 1 as work_below,
  rank() over (partition by group_number order by work_rvu desc) - 1 as work_above,
  rank() over (partition by group_number order by nonfacility_total_rvu) - 1 as nonfacility_total_below,
  rank() over (partition by group_number order by nonfacility_total_rvu desc) - 1 as nonfacility_total_above,
  rank() over (partition by group_number order by facility_total_rvu) - 1 as facility_total_below,
  rank() over (partition by group_number order by facility_total_rvu desc) - 1 as facility_total_above
from numbered
order by release_id, hcpcs_code, grouping;
