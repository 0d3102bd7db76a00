-- The number of codes of a release differs by no more than 10 % from that of the release loaded before it.
-- grain: release
-- reads: release, rvu
-- severity: warning
-- rule: from one release to the next, codes grow by some hundreds at most; a jump points to a cut file. Releases more than a
-- year and a half apart, and sample releases, are not compared.
with counted as (
  select release_id, count(*) as code_count
  from rvu
  group by release_id
),
compared as (
  select
    release.release_id,
    release.valid_from,
    counted.code_count,
    lag(release.release_id) over earlier as earlier_release_id,
    lag(release.valid_from) over earlier as earlier_valid_from,
    lag(counted.code_count) over earlier as earlier_code_count
  from counted
  join release on release.release_id = counted.release_id
  where not release.is_sample
  window earlier as (order by release.valid_from, release.release_id)
)
select release_id, code_count, earlier_release_id, earlier_code_count
from compared
where valid_from - earlier_valid_from <= 550
  and abs(code_count - earlier_code_count) > 0.10 * earlier_code_count
