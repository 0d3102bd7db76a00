-- How a code compares: its place in each group that it belongs to, by work RVU and by both totals, with the group's figures.
-- grain: release, grouping, measure, code
-- reads: code_rank, group_summary
-- rule: the population is code_profile. percentile is the share of the group's n codes that are strictly below, in percent; rank is 1
-- for the highest, and codes of one value share it; ties counts the other codes of the same value. ratio_to_median is null where
-- the median is 0.
create or replace view code_standing as
with measured as (
  select
    release_id,
    grouping,
    group_name,
    hcpcs_code,
    unnest(['work_rvu', 'nonfacility_total_rvu', 'facility_total_rvu']) as measure,
    unnest([work_rvu, nonfacility_total_rvu, facility_total_rvu]) as value,
    unnest([work_below, nonfacility_total_below, facility_total_below]) as below,
    unnest([work_above, nonfacility_total_above, facility_total_above]) as above
  from code_rank
)
select
  measured.release_id,
  measured.grouping,
  measured.group_name,
  measured.measure,
  measured.hcpcs_code,
  measured.value,
  group_summary.n,
  measured.below,
  group_summary.n - measured.below - measured.above - 1 as ties,
  measured.above + 1 as rank,
  cast(round(100 * measured.below / group_summary.n, 2) as decimal(5, 2)) as percentile,
  group_summary.median,
  group_summary.p25,
  group_summary.p75,
  group_summary.minimum,
  group_summary.maximum,
  cast(round(measured.value / nullif(group_summary.median, 0), 6) as decimal(12, 6)) as ratio_to_median
from measured
join group_summary
  on group_summary.release_id = measured.release_id
  and group_summary.grouping = measured.grouping
  and group_summary.group_name = measured.group_name
  and group_summary.measure = measured.measure;
