-- A code that has no price in a release, and why.
-- grain: release, code, modifier
-- reads: rvu, status_code, priced_rvu
-- rule: every row of rvu is either in priced_rvu or here. The reason follows from the status code.
create or replace view unpriced as
select
  rvu.release_id,
  rvu.hcpcs_code,
  rvu.modifier,
  rvu.status_code,
  unpriced_reason(rvu.status_code, status_code.status_code is not null, status_code.reason) as reason
from rvu
left join status_code on status_code.status_code = rvu.status_code
where not exists (
  select 1
  from priced_rvu
  where priced_rvu.release_id = rvu.release_id
    and priced_rvu.hcpcs_code = rvu.hcpcs_code
    and priced_rvu.modifier = rvu.modifier
);
