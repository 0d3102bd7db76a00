-- The five codes of a release that are most like a code, as one list.
-- grain: release, code
-- reads: code_profile
-- scope: release
-- rule: looked for among the codes of the same section, global period and indicators (where five or fewer share the indicators, of the
-- same section and global period), and there among the six next above and the six next below in the order of RBCS class and of the
-- sum of both totals. Of these the five whose indicators differ least (characters of indicator_pattern); among equals those of the
-- same RBCS family, then of the same RBCS subcategory (unlike_class 0 and 1; 2 is any other, and where CMS's classification is not
-- loaded); then those whose RVUs are nearest, as the sum of the differences of work, both practice expenses and malpractice; then by
-- code. A code without company has no row. Stored, because every page of a code shows them; view similar_code has one row for each.
create or replace table similar_codes as
with candidate as (
  select
    release_id,
    unnest([section || ' ' || global_days, section || ' ' || global_days || ' ' || indicator_pattern]) as pool,
    hcpcs_code,
    similar_pool,
    indicator_pattern,
    rbcs_class,
    work_rvu,
    nonfacility_pe_rvu,
    facility_pe_rvu,
    mp_rvu,
    nonfacility_total_rvu + facility_total_rvu as both_totals
  from code_profile
  where is_new_release(release_id)
),
placed as (
  -- One order of all candidates: those of one pool stand together, neighbours beside each other.
  select *, row_number() over (order by release_id, pool, rbcs_class, both_totals, hcpcs_code) as place
  from candidate
),
sought as (
  select placed.*, unnest(list_concat(range(-6, 0), range(1, 7))) as step
  from placed
  where pool = similar_pool
),
pair as (
  select
    sought.release_id,
    sought.hcpcs_code,
    other.hcpcs_code as similar_hcpcs_code,
    hamming(sought.indicator_pattern, other.indicator_pattern) as unlike_indicators,
    class_difference(sought.rbcs_class, other.rbcs_class) as unlike_class,
    abs(sought.work_rvu - other.work_rvu) + abs(sought.nonfacility_pe_rvu - other.nonfacility_pe_rvu)
    + abs(sought.facility_pe_rvu - other.facility_pe_rvu) + abs(sought.mp_rvu - other.mp_rvu) as rvu_distance
  from sought
  join placed as other
    on other.place = sought.place + sought.step and other.release_id = sought.release_id and other.pool = sought.pool
),
nearest as (
  select
    release_id,
    hcpcs_code,
    -- By the fields of the struct in their order.
    min(
      {
        'unlike_indicators': unlike_indicators,
        'unlike_class': unlike_class,
        'rvu_distance': rvu_distance,
        'hcpcs_code': similar_hcpcs_code
      },
      5
    ) as found
  from pair
  group by release_id, hcpcs_code
)
select
  release_id,
  hcpcs_code,
  list_transform(
    found,
    lambda other, place: {
      'similar_rank': place,
      'hcpcs_code': other.hcpcs_code,
      'unlike_indicators': other.unlike_indicators,
      'unlike_class': other.unlike_class,
      'rvu_distance': other.rvu_distance
    }
  ) as similar_codes
from nearest
order by release_id, hcpcs_code;
