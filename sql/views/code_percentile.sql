-- Where a code stands in its section, by work RVU and by both totals, among the codes of its section with the same global period, and
-- in its RBCS subcategory.
-- grain: release, section, measure, code
-- reads: code_standing, code_profile
-- rule: the groupings section, section_global_period and rbcs_subcategory of code_standing, side by side; what is of the subcategory is
-- null where CMS's classification is not loaded or lacks the code. The population is every code with a price, by
-- its row without modifier: status A, R or T and a total above 0. percentile is the share strictly below, in percent.
create or replace view code_percentile as
select
  of_section.release_id,
  of_section.group_name as section,
  of_section.measure,
  of_section.hcpcs_code,
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
  code_profile.global_days,
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
  of_class.group_name as rbcs_group,
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
from code_standing as of_section
join code_profile
  on code_profile.release_id = of_section.release_id and code_profile.hcpcs_code = of_section.hcpcs_code
join code_standing as of_family
  on of_family.release_id = of_section.release_id
  and of_family.hcpcs_code = of_section.hcpcs_code
  and of_family.measure = of_section.measure
left join code_standing as of_class
  on of_class.release_id = of_section.release_id
  and of_class.hcpcs_code = of_section.hcpcs_code
  and of_class.measure = of_section.measure
  and of_class.grouping = 'rbcs_subcategory'
where of_section.grouping = 'section' and of_family.grouping = 'section_global_period';
