-- A code with a price in a release that RBCS does not classify, and why that may be.
-- grain: release, hcpcs_code
-- reads: pricing_rvu, code_class, release
-- rule: empty when no RBCS file is loaded. RBCS of a release year is made from claims to the year before, so that codes of the release
-- year itself and later ones are not in it yet.
create or replace view unclassified_code as
with classified as (
  select distinct hcpcs_code
  from code_class
  where is_latest_assignment
),
rbcs as (
  select max(year) as rbcs_year
  from code_class
)
select distinct
  priced.release_id,
  priced.hcpcs_code,
  case
    when release.year >= rbcs.rbcs_year then 'RBCS ' || rbcs.rbcs_year || ' is made from claims to ' || (rbcs.rbcs_year - 1)
      || '; the release is of ' || release.year || '.'
    else 'RBCS ' || rbcs.rbcs_year || ' does not have the code.'
  end as reason
from pricing_rvu as priced
join release on release.release_id = priced.release_id
join rbcs on rbcs.rbcs_year is not null
where priced.is_priced
  and not exists (
    select 1
    from classified
    where classified.hcpcs_code = priced.hcpcs_code
  );
