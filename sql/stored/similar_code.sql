-- The five codes of a release that are most like a code.
-- grain: release, code, similar_rank
-- reads: code_profile
-- scope: release
-- rule: looked for among the codes of the same section, global period and indicators (where five or fewer share the indicators, of the
-- same section and global period), and there among the six next above and the six next below in the order of RBCS class and of the
-- sum of both totals. Of these the five whose indicators differ least (characters of indicator_pattern); among equals those of the
-- same RBCS family, then of the same RBCS subcategory (unlike_class 0 and 1; 2 is any other, and where CMS's classification is not
-- loaded); then those whose RVUs are nearest, as the sum of the differences of work, both practice expenses and malpractice; then by
-- code. A code without company has no row. Stored, because every page of a code shows them.
create or replace table similar_code as
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
  select
    *,
    dense_rank() over (order by release_id, pool) as pool_number,
    row_number() over (partition by release_id, pool order by rbcs_class, both_totals, hcpcs_code) as place
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
    on other.pool_number = sought.pool_number and other.place = sought.place + sought.step
),
nearest as (
  select
    release_id,
    hcpcs_code,
    arg_min(
      {'code': similar_hcpcs_code, 'unlike': unlike_indicators, 'unlike_class': unlike_class, 'distance': rvu_distance},
      row(unlike_indicators, unlike_class, rvu_distance, similar_hcpcs_code),
      5
    ) as found
  from pair
  group by release_id, hcpcs_code
),
ranked as (
  select release_id, hcpcs_code, unnest(found) as near, generate_subscripts(found, 1) as similar_rank
  from nearest
)
select
  release_id,
  hcpcs_code,
  similar_rank,
  near.code as similar_hcpcs_code,
  near.unlike as unlike_indicators,
  near.unlike_class as unlike_class,
  near.distance as rvu_distance
from ranked
order by release_id, hcpcs_code, similar_rank;
