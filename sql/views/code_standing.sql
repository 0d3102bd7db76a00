-- How a code compares: its place in each group that it belongs to, by work RVU and by both totals, with the group's figures.
-- grain: release, grouping, measure, code
-- reads: code_standings
-- rule: the population is code_profile; macro standing: percentile is the share of the group's n codes that are strictly below, in
-- percent; rank is 1 for the highest, and codes of one value share it; ties counts the other codes of the same value.
create or replace view code_standing as
with standing as (
  select release_id, hcpcs_code, unnest(standings) as place
  from code_standings
)
select
  release_id,
  place.grouping,
  place.group_name,
  place.measure,
  hcpcs_code,
  place.value,
  place.n,
  place.below,
  place.ties,
  place.rank,
  place.percentile,
  place.median,
  place.p25,
  place.p75,
  place.minimum,
  place.maximum,
  place.ratio_to_median
from standing;
