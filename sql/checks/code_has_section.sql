-- Every code of a release has one section. Add the range or letter that is missing to flows/catalog/sections.csv.
-- grain: release, code
-- reads: rvu, code_section
-- severity: warning
-- scope: release
-- rule: a code without a section has no percentile and no similar codes, and one with two would be counted twice.
select rvu.release_id, rvu.hcpcs_code, count(found.section) as section_count, 'flows/catalog/sections.csv' as edit
from (select distinct release_id, hcpcs_code from rvu where is_new_release(release_id)) as rvu
left join (select release_id, hcpcs_code, section from code_section where is_new_release(release_id)) as found
  on found.release_id = rvu.release_id and found.hcpcs_code = rvu.hcpcs_code
group by rvu.release_id, rvu.hcpcs_code
having count(found.section) <> 1
