-- The loaded releases that govern at least one day, as known now, in the order of those days: the chain that changes follow.
-- grain: release
-- reads: release, release_on
-- rule: macro release_on, asked for every day on which the answer can change: the first day of a release, and the day after its
-- last one. A release that never governed is not here, nor one whose days a loaded release took over completely (RVU18A beside RVU18AR).
create or replace table governing_release as
with turning_day as (
  select valid_from as day from release where governs
  union
  select valid_to + 1 from release where governs
),
reign as (
  select governing.release_id, turning_day.day, lead(turning_day.day) over (order by turning_day.day) - 1 as last_day
  from turning_day
  left join lateral (select release_id from release_on(turning_day.day)) as governing on true
)
select
  release.release_id,
  release.label,
  release.year,
  min(reign.day) as governs_from,
  max(reign.last_day) as governs_to,
  row_number() over (order by min(reign.day)) as chain_position
from reign
join release on release.release_id = reign.release_id
group by release.release_id, release.label, release.year;
