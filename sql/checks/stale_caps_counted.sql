-- A declaration that a cap table of CMS's is stale says for how many rows, once a release with the table is loaded.
-- grain: release, declaration
-- reads: opps_cap_comparison, stale_cap, release
-- severity: warning
-- scope: release
-- rule: declarations from the reports of others have no extent until a copy is at hand. While one has none, a new difference in
-- the rows that it covers would go unseen (check opps_cap_reproduced holds only a stated extent against the rows). The extent is
-- that of the first edition; what a declaration covers in a later one is new, since CMS mends tables that it posts again.
with uncounted as (
  select release.release_id, release.edition, stale_cap.stale_cap
  from release
  join stale_cap on stale_cap.label = release.label
  -- A sample holds some of the rows only.
  where stale_cap.stale_rows is null and is_new_release(release.release_id) and not release.is_sample
),
covered as (
  select release_id, stale_cap, count(*) as rows_covered
  from opps_cap_comparison
  -- Of new releases, though uncounted has no others: DuckDB concludes nothing from it, and would compare every row of every release.
  where is_new_release(release_id) and release_id in (select release_id from uncounted) and stale_cap is not null
  group by release_id, stale_cap
)
select
  uncounted.release_id,
  uncounted.stale_cap,
  covered.rows_covered,
  uncounted.release_id || ': declaration ' || uncounted.stale_cap || ' in flows/catalog/stale_caps.csv has no extent, and '
    || 'a new difference would hide under it. Rows covered: ' || covered.rows_covered || '; '
    || case when uncounted.edition = 1
      then 'look at them in view opps_cap_comparison, then write ' || covered.rows_covered || ' into stale_rows.'
      else 'this is a later edition of the release: look at them in view opps_cap_comparison, and declare its table by itself.'
    end as sentence
from uncounted
join covered on covered.release_id = uncounted.release_id and covered.stale_cap = uncounted.stale_cap
