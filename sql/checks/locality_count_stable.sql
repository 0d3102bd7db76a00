-- The number of localities of a release equals that of the release loaded before it in the same year.
-- grain: release
-- reads: release, gpci
-- severity: warning
-- rule: localities change in January only (90 to 2016, 112 from 2017, 109 from 2024).
with counted as (
  select release.release_id, release.year, release.valid_from, count(*) as localities
  from release
  join gpci on gpci.release_id = release.release_id
  group by release.release_id, release.year, release.valid_from
),
compared as (
  select
    release_id,
    localities,
    lag(release_id) over earlier as earlier_release_id,
    lag(localities) over earlier as earlier_localities
  from counted
  window earlier as (partition by year order by valid_from, release_id)
)
select release_id, localities, earlier_release_id, earlier_localities
from compared
where localities <> earlier_localities
