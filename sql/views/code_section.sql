-- The section of every code of a release: Surgery, Radiology, HCPCS G and so on.
-- grain: release, code
-- reads: rvu, release, section
-- rule: flows/catalog/sections.csv: the ranges of CPT codes and the letters of HCPCS Level II codes, as they were on the first day of
-- the release. A code that no range covers has no row, and the check code_has_section names it.
create or replace view code_section as
with code as (
  select distinct rvu.release_id, release.valid_from, rvu.hcpcs_code, code_form(rvu.hcpcs_code) as code_form
  from rvu
  join release on release.release_id = rvu.release_id
)
select code.release_id, code.hcpcs_code, section.section
from code
join section
  on section.code_form = code.code_form
  and code.hcpcs_code between section.first_code and section.last_code
  and code.valid_from between section.effective_from and coalesce(section.effective_to, date '9999-12-31');
