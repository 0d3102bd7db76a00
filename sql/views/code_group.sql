-- The groups that a code is compared within: its section, and the codes of its section with the same global period. A further
-- grouping is a further branch of the union, and appears in code_standing.
-- grain: release, grouping, code
-- reads: code_profile
-- rule: a code is in one group of a grouping at most.
create or replace view code_group as
select release_id, 'section' as grouping, section as group_name, hcpcs_code
from code_profile
union all
select release_id, 'section_global_period', section || ', ' || global_days, hcpcs_code
from code_profile;
