-- The five codes of a release that are most like a code.
-- grain: release, code, similar_rank
-- reads: similar_codes
-- rule: one row for each element of the list of similar_codes, whose head says how they are found.
create or replace view similar_code as
with found as (
  select release_id, hcpcs_code, unnest(similar_codes) as other
  from similar_codes
)
select
  release_id,
  hcpcs_code,
  other.similar_rank,
  other.hcpcs_code as similar_hcpcs_code,
  other.unlike_indicators,
  other.unlike_class,
  other.rvu_distance
from found;
