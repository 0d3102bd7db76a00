-- What kind of service a code is, and since when: its classes in CMS's Restructured BETOS Classification System (RBCS).
-- grain: hcpcs_code, assignment_number
-- reads: rbcs_assignment, reference_edition
-- scope: reference
-- rule: the newest edition of the newest release year that is loaded; empty when none is. A code whose class was changed has a row
-- for each assignment; is_latest_assignment marks the one of now (one a code), so that a join by code alone must ask for it.
-- RBCS of a release year knows the codes of claims to the year before: codes that are newer are not in it (view unclassified_code).
-- Stored, because every page and comparison asks for one code of it.
create or replace table code_class as
with newest as (
  select reference_release_id, year
  from reference_edition
  where reference = 'rbcs'
  order by year desc
  limit 1
)
select
  rbcs_assignment.hcpcs_code,
  rbcs_assignment.assignment_number,
  rbcs_assignment.is_latest_assignment,
  rbcs_assignment.rbcs_id,
  rbcs_assignment.category_code,
  rbcs_assignment.category,
  rbcs_assignment.subcategory_code,
  rbcs_assignment.subcategory,
  rbcs_assignment.family_number,
  rbcs_assignment.family,
  rbcs_assignment.major_indicator,
  rbcs_assignment.added_on,
  rbcs_assignment.ended_on,
  rbcs_assignment.assigned_from,
  rbcs_assignment.assigned_to,
  rbcs_assignment.first_release_year,
  newest.reference_release_id,
  newest.year
from rbcs_assignment
join newest on newest.reference_release_id = rbcs_assignment.reference_release_id
order by rbcs_assignment.hcpcs_code, rbcs_assignment.assignment_number;
