-- How a code compares: its place in each group that it belongs to, by work RVU and by both totals, with the group's figures.
-- grain: release, grouping, measure, code
-- reads: code_place, group_summary
-- rule: the population is code_profile; macro standing: percentile is the share of the group's n codes that are strictly below, in
-- percent; rank is 1 for the highest, and codes of one value share it; ties counts the other codes of the same value.
create or replace view code_standing as
with placed as (
  select
    release_id,
    grouping,
    group_name,
    hcpcs_code,
    unnest([
      {'measure': 'work_rvu', 'value': work_rvu, 'below': work_below, 'ties': work_ties},
      {
        'measure': 'nonfacility_total_rvu',
        'value': nonfacility_total_rvu,
        'below': nonfacility_total_below,
        'ties': nonfacility_total_ties
      },
      {'measure': 'facility_total_rvu', 'value': facility_total_rvu, 'below': facility_total_below, 'ties': facility_total_ties}
    ]) as own
  from code_place
),
standing as (
  select
    placed.release_id,
    placed.hcpcs_code,
    standing(
      placed.grouping,
      placed.group_name,
      group_summary.measure,
      own.value,
      own.below,
      own.ties,
      {'n': n, 'median': median, 'p25': p25, 'p75': p75, 'minimum': minimum, 'maximum': maximum}
    ) as place
  from placed
  join group_summary
    on group_summary.release_id = placed.release_id
    and group_summary.grouping = placed.grouping
    and group_summary.group_name = placed.group_name
    and group_summary.measure = own.measure
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
