-- The groups that a code is compared within: its section, the codes of its section with the same global period, and the codes of its
-- RBCS subcategory where CMS's classification is loaded. A further grouping is a further branch of the union, and appears in
-- code_standing.
-- grain: release, grouping, code
-- reads: code_profile, code_class
-- rule: a code is in one group of a grouping at most.
create or replace view code_group as
select release_id, 'section' as grouping, section as group_name, hcpcs_code
from code_profile
union all
select release_id, 'section_global_period', section || ', ' || global_days, hcpcs_code
from code_profile
union all
select
  code_profile.release_id,
  'rbcs_subcategory',
  code_class.category || ', ' || code_class.subcategory,
  code_profile.hcpcs_code
from code_profile
join code_class on code_class.hcpcs_code = code_profile.hcpcs_code and code_class.is_latest_assignment;
