-- Every code of an RBCS file has exactly one latest assignment.
-- grain: reference_release, hcpcs_code
-- reads: rbcs_assignment
-- severity: error
-- rule: CMS RBCS data dictionary: RBCS_Latest_Assignment is 1 on one row a code. Two would double every code that is joined to its class.
select reference_release_id, hcpcs_code, count(*) filter (where is_latest_assignment) as latest_assignments
from rbcs_assignment
group by reference_release_id, hcpcs_code
having count(*) filter (where is_latest_assignment) <> 1
