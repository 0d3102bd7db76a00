-- Where a code stands in each of its groups, by each measure as one list.
-- grain: release, grouping, code
-- reads: code_place, group_summary
-- rule: macro standing, in the order of measures, of what code_place has of the code and group_summary of the group. View code_standing
-- has one row for each element.
create or replace view code_standings as
with summarised as (
  -- One row a group, with its figures by measure.
  select
    release_id,
    grouping,
    group_name,
    any_value(figures) filter (where measure = 'work_rvu') as by_work,
    any_value(figures) filter (where measure = 'nonfacility_total_rvu') as by_nonfacility_total,
    any_value(figures) filter (where measure = 'facility_total_rvu') as by_facility_total
  from (
    select
      release_id,
      grouping,
      group_name,
      measure,
      {'n': n, 'median': median, 'p25': p25, 'p75': p75, 'minimum': minimum, 'maximum': maximum} as figures
    from group_summary
  )
  group by release_id, grouping, group_name
)
select
  placed.release_id,
  placed.hcpcs_code,
  placed.grouping,
  [
    standing(
      placed.grouping, placed.group_name, 'facility_total_rvu', facility_total_rvu, facility_total_below, facility_total_ties,
      by_facility_total
    ),
    standing(
      placed.grouping, placed.group_name, 'nonfacility_total_rvu', nonfacility_total_rvu, nonfacility_total_below,
      nonfacility_total_ties, by_nonfacility_total
    ),
    standing(placed.grouping, placed.group_name, 'work_rvu', work_rvu, work_below, work_ties, by_work)
  ] as standings
from code_place as placed
join summarised
  on summarised.release_id = placed.release_id
  and summarised.grouping = placed.grouping
  and summarised.group_name = placed.group_name;
