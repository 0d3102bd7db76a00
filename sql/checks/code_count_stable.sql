-- The number of codes of a release differs by no more than 10 % from that of the release loaded before it.
-- grain: release
-- reads: release, rvu
-- severity: warning
-- rule: from one release to the next, codes grow by some hundreds at most; a jump points to a cut file. Releases more than a
-- year and a half apart, and sample releases, are not compared.
with counted as (
  select release.release_id, release.valid_from, release.is_sample, count(*) as code_count
  from release
  join rvu on rvu.release_id = release.release_id
  group by release.release_id, release.valid_from, release.is_sample
),
compared as (
  select
    release_id,
    valid_from,
    code_count,
    lag(release_id) over earlier as earlier_release_id,
    lag(valid_from) over earlier as earlier_valid_from,
    lag(code_count) over earlier as earlier_code_count
  from counted
  where not is_sample
  window earlier as (order by valid_from, release_id)
)
select release_id, code_count, earlier_release_id, earlier_code_count
from compared
where valid_from - earlier_valid_from <= 550
  and abs(code_count - earlier_code_count) > 0.10 * earlier_code_count
