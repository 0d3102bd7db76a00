-- CMS's own capped amounts follow from the RVUs of the release, except where its table is declared stale, to the stated extent.
-- grain: release, mac, locality, code, modifier; or release, declaration
-- reads: opps_cap_comparison, stale_cap, release
-- severity: warning
-- scope: release
-- rule: the same formula with the OPPS columns reproduces every cap table that CMS built from the final RVUs, 2009 to 2025. A table
-- that differs was built from other indices or another factor: payments here follow the RVUs, so nothing is stopped. Look at the rows,
-- then declare them in flows/catalog/stale_caps.csv. The extent of a declaration is held against the first edition of its release.
with compared as (
  select release_id, mac, locality, hcpcs_code, modifier, nonfacility_amount, computed_nonfacility_cap, stale_cap
  from opps_cap_comparison
  where not is_reproduced and is_new_release(release_id)
),
counted as (
  select release_id, stale_cap, count(*) as rows_differing
  from compared
  where stale_cap is not null
  group by release_id, stale_cap
)
select
  release_id,
  'not reproduced and not declared stale' as problem,
  mac,
  locality,
  hcpcs_code,
  modifier,
  nonfacility_amount,
  computed_nonfacility_cap,
  null as stale_cap,
  null as rows_declared,
  null as rows_differing
from compared
where stale_cap is null
union all
select
  release.release_id,
  'the declared extent no longer holds',
  null,
  null,
  null,
  null,
  null,
  null,
  stale_cap.stale_cap,
  stale_cap.stale_rows,
  coalesce(counted.rows_differing, 0)
from stale_cap
join release on release.label = stale_cap.label
left join counted on counted.release_id = release.release_id and counted.stale_cap = stale_cap.stale_cap
-- A release without a cap member has nothing to hold a declaration against, and a sample holds some of the rows only.
where is_new_release(release.release_id)
  and release.edition = 1
  and not release.is_sample
  and exists (select 1 from opps_cap where opps_cap.release_id = release.release_id)
  and coalesce(counted.rows_differing, 0) <> stale_cap.stale_rows
