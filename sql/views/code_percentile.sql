-- Where a code stands in its section, by work RVU and by both totals, among the codes of its section with the same global period, and
-- in its RBCS subcategory.
-- grain: release, section, measure, code
-- reads: code_place, code_profile, group_summary
-- rule: the groupings section, section_global_period and rbcs_subcategory of code_standing, side by side; what is of the subcategory is
-- null where CMS's classification is not loaded or lacks the code. The population is every code with a price, by
-- its row without modifier: status A, R or T and a total above 0. percentile is the share strictly below, in percent. The places of a code
-- come together before each becomes three rows with the figures of its group: the other way round takes three times the time.
create or replace view code_percentile as
with placed as (
  select
    of_section.release_id,
    of_section.hcpcs_code,
    of_section.group_name as section,
    of_family.group_name as family,
    of_class.group_name as rbcs_group,
    code_profile.global_days,
    unnest([
      {
        'measure': 'work_rvu',
        'value': of_section.work_rvu,
        'below': of_section.work_below,
        'ties': of_section.work_ties,
        'family_below': of_family.work_below,
        'family_ties': of_family.work_ties,
        'subcategory_below': of_class.work_below,
        'subcategory_ties': of_class.work_ties
      },
      {
        'measure': 'nonfacility_total_rvu',
        'value': of_section.nonfacility_total_rvu,
        'below': of_section.nonfacility_total_below,
        'ties': of_section.nonfacility_total_ties,
        'family_below': of_family.nonfacility_total_below,
        'family_ties': of_family.nonfacility_total_ties,
        'subcategory_below': of_class.nonfacility_total_below,
        'subcategory_ties': of_class.nonfacility_total_ties
      },
      {
        'measure': 'facility_total_rvu',
        'value': of_section.facility_total_rvu,
        'below': of_section.facility_total_below,
        'ties': of_section.facility_total_ties,
        'family_below': of_family.facility_total_below,
        'family_ties': of_family.facility_total_ties,
        'subcategory_below': of_class.facility_total_below,
        'subcategory_ties': of_class.facility_total_ties
      }
    ]) as own
  from code_place as of_section
  join code_profile
    on code_profile.release_id = of_section.release_id and code_profile.hcpcs_code = of_section.hcpcs_code
  join code_place as of_family
    on of_family.release_id = of_section.release_id
    and of_family.hcpcs_code = of_section.hcpcs_code
    and of_family.grouping = 'section_global_period'
  left join code_place as of_class
    on of_class.release_id = of_section.release_id
    and of_class.hcpcs_code = of_section.hcpcs_code
    and of_class.grouping = 'rbcs_subcategory'
  where of_section.grouping = 'section'
),
figure as (
  select
    release_id,
    grouping,
    group_name,
    measure,
    {'n': n, 'median': median, 'p25': p25, 'p75': p75, 'minimum': minimum, 'maximum': maximum} as figures
  from group_summary
),
standing as (
  select
    placed.release_id,
    placed.section,
    placed.hcpcs_code,
    placed.global_days,
    placed.rbcs_group,
    standing('section', section, own.measure, own.value, own.below, own.ties, by_section.figures) as of_section,
    standing(
      'section_global_period', family, own.measure, own.value, own.family_below, own.family_ties, by_family.figures
    ) as of_family,
    standing(
      'rbcs_subcategory', rbcs_group, own.measure, own.value, own.subcategory_below, own.subcategory_ties, by_class.figures
    ) as of_class
  from placed
  join figure as by_section
    on by_section.release_id = placed.release_id
    and by_section.grouping = 'section'
    and by_section.group_name = placed.section
    and by_section.measure = own.measure
  join figure as by_family
    on by_family.release_id = placed.release_id
    and by_family.grouping = 'section_global_period'
    and by_family.group_name = placed.family
    and by_family.measure = own.measure
  left join figure as by_class
    on by_class.release_id = placed.release_id
    and by_class.grouping = 'rbcs_subcategory'
    and by_class.group_name = placed.rbcs_group
    and by_class.measure = own.measure
)
select
  release_id,
  section,
  of_section.measure,
  hcpcs_code,
  of_section.value,
  of_section.n,
  of_section.below,
  of_section.ties,
  of_section.rank,
  of_section.percentile,
  of_section.median,
  of_section.p25,
  of_section.p75,
  of_section.minimum,
  of_section.maximum,
  of_section.ratio_to_median,
  global_days,
  of_family.n as family_n,
  of_family.below as family_below,
  of_family.ties as family_ties,
  of_family.rank as family_rank,
  of_family.percentile as family_percentile,
  of_family.median as family_median,
  of_family.p25 as family_p25,
  of_family.p75 as family_p75,
  of_family.minimum as family_minimum,
  of_family.maximum as family_maximum,
  of_family.ratio_to_median as family_ratio_to_median,
  rbcs_group,
  of_class.n as subcategory_n,
  of_class.below as subcategory_below,
  of_class.ties as subcategory_ties,
  of_class.rank as subcategory_rank,
  of_class.percentile as subcategory_percentile,
  of_class.median as subcategory_median,
  of_class.p25 as subcategory_p25,
  of_class.p75 as subcategory_p75,
  of_class.minimum as subcategory_minimum,
  of_class.maximum as subcategory_maximum,
  of_class.ratio_to_median as subcategory_ratio_to_median
from standing;
