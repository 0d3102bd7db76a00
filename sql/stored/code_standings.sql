-- Where a code stands in each of its groups, by each measure, as one list; and how its work RVU compares within its section, in words.
-- grain: release, code
-- reads: code_group, code_profile, group_summary
-- scope: release
-- rule: macro standing, in the order of groupings and measures; macro comparison_sentence. below and above count strictly. Stored,
-- because the place of one code takes the values of all; view code_standing has one row for each element.
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
  select ranked.*, work, nonfacility_total, facility_total
  from ranked
  join summarised
    on summarised.release_id = ranked.release_id
    and summarised.grouping = ranked.grouping
    and summarised.group_name = ranked.group_name
),
of_class as (select placed.* from placed where grouping = 'rbcs_subcategory'),
of_section as (select placed.* from placed where grouping = 'section'),
of_family as (select placed.* from placed where grouping = 'section_global_period'),
beside as (
  -- Sorted before the lists are made: they are heavy to move.
  select of_section, of_family, of_class
  from of_section
  join of_family on of_family.release_id = of_section.release_id and of_family.hcpcs_code = of_section.hcpcs_code
  left join of_class on of_class.release_id = of_section.release_id and of_class.hcpcs_code = of_section.hcpcs_code
  order by of_section.release_id, of_section.hcpcs_code
)
select
  of_section.release_id,
  of_section.hcpcs_code,
  list_concat(
    case when of_class.hcpcs_code is not null then [
      standing(
        of_class.grouping,
        of_class.group_name,
        'facility_total_rvu',
        of_class.facility_total_rvu,
        of_class.facility_total_below,
        of_class.facility_total_above,
        of_class.facility_total
      ),
      standing(
        of_class.grouping,
        of_class.group_name,
        'nonfacility_total_rvu',
        of_class.nonfacility_total_rvu,
        of_class.nonfacility_total_below,
        of_class.nonfacility_total_above,
        of_class.nonfacility_total
      ),
      standing(
        of_class.grouping,
        of_class.group_name,
        'work_rvu',
        of_class.work_rvu,
        of_class.work_below,
        of_class.work_above,
        of_class.work
      )
    ] end,
    [
      standing(
        of_section.grouping,
        of_section.group_name,
        'facility_total_rvu',
        of_section.facility_total_rvu,
        of_section.facility_total_below,
        of_section.facility_total_above,
        of_section.facility_total
      ),
      standing(
        of_section.grouping,
        of_section.group_name,
        'nonfacility_total_rvu',
        of_section.nonfacility_total_rvu,
        of_section.nonfacility_total_below,
        of_section.nonfacility_total_above,
        of_section.nonfacility_total
      ),
      standing(
        of_section.grouping,
        of_section.group_name,
        'work_rvu',
        of_section.work_rvu,
        of_section.work_below,
        of_section.work_above,
        of_section.work
      ),
      standing(
        of_family.grouping,
        of_family.group_name,
        'facility_total_rvu',
        of_family.facility_total_rvu,
        of_family.facility_total_below,
        of_family.facility_total_above,
        of_family.facility_total
      ),
      standing(
        of_family.grouping,
        of_family.group_name,
        'nonfacility_total_rvu',
        of_family.nonfacility_total_rvu,
        of_family.nonfacility_total_below,
        of_family.nonfacility_total_above,
        of_family.nonfacility_total
      ),
      standing(
        of_family.grouping,
        of_family.group_name,
        'work_rvu',
        of_family.work_rvu,
        of_family.work_below,
        of_family.work_above,
        of_family.work
      )
    ]
  ) as standings,
  comparison_sentence(of_section.group_name, of_section.work_rvu, standings[-4]) as comparison
from beside;
