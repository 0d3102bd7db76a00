-- Each group of codes and measure: how many codes, quartiles, and extremes.
-- grain: release, grouping, group_name, measure
-- reads: code_group, code_profile
-- scope: release
-- rule: quartiles by linear interpolation between neighbours (h = (n - 1) p + 1), exactly: figures have two decimals, a quarter of a
-- difference has four, and quantile_cont cuts a decimal at the scale that it has. Every measure has the same codes. Stored with
-- code_place.
create or replace table group_summary as
with measured as (
  select
    code_group.release_id,
    code_group.grouping,
    code_group.group_name,
    unnest(['work_rvu', 'nonfacility_total_rvu', 'facility_total_rvu']) as measure,
    unnest([work_rvu, nonfacility_total_rvu, facility_total_rvu]) as value
  from code_group
  join code_profile
    on code_profile.release_id = code_group.release_id and code_profile.hcpcs_code = code_group.hcpcs_code
  where is_new_release(code_group.release_id)
),
summary as (
  select
    release_id,
    grouping,
    group_name,
    measure,
    count(*) as n,
    quantile_cont(cast(value as decimal(9, 4)), [0.25, 0.5, 0.75]) as quartile,
    min(value) as minimum,
    max(value) as maximum
  from measured
  group by release_id, grouping, group_name, measure
)
select
  release_id,
  grouping,
  group_name,
  measure,
  n,
  quartile[2] as median,
  quartile[1] as p25,
  quartile[3] as p75,
  minimum,
  maximum
from summary
order by release_id, grouping, group_name, measure;
