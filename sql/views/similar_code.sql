-- The five codes of a release that are most like a code.
-- grain: release, code, similar_rank
-- reads: code_profile
-- rule: of the priced codes of the same section with the same global period, those whose payment indicators differ least; among equals
-- those of the same RBCS family, then of the same RBCS subcategory (unlike_class 0 and 1; 2 is any other, and where CMS's
-- classification is not loaded), then those whose RVUs are nearest, as the sum of the differences of work, both practice expenses and malpractice; then by code.
-- unlike_indicators counts the characters of indicator_pattern that differ. A code without company in its section and global
-- period has no row. similar_pool spares the pairs that cannot be among the five.
create or replace view similar_code as
with candidate as (
  select
    *,
    unnest([section || ' ' || global_days, section || ' ' || global_days || ' ' || indicator_pattern]) as pool
  from code_profile
),
nearest as (
  select
    one.release_id,
    one.hcpcs_code,
    arg_min(
      struct_pack(
        code := other.hcpcs_code,
        unlike := hamming(one.indicator_pattern, other.indicator_pattern),
        unlike_class := class_difference(one.rbcs_class, other.rbcs_class),
        distance := abs(one.work_rvu - other.work_rvu) + abs(one.nonfacility_pe_rvu - other.nonfacility_pe_rvu)
          + abs(one.facility_pe_rvu - other.facility_pe_rvu) + abs(one.mp_rvu - other.mp_rvu)
      ),
      row(
        hamming(one.indicator_pattern, other.indicator_pattern),
        class_difference(one.rbcs_class, other.rbcs_class),
        abs(one.work_rvu - other.work_rvu) + abs(one.nonfacility_pe_rvu - other.nonfacility_pe_rvu)
          + abs(one.facility_pe_rvu - other.facility_pe_rvu) + abs(one.mp_rvu - other.mp_rvu),
        other.hcpcs_code
      ),
      5
    ) as found
  from code_profile as one
  join candidate as other
    on other.release_id = one.release_id and other.pool = one.similar_pool and other.hcpcs_code <> one.hcpcs_code
  group by one.release_id, one.hcpcs_code
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
from ranked;
