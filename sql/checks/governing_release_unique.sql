-- Of two loaded releases that both govern a day, one supersedes the other and was published later.
-- grain: pair of releases
-- reads: release, release_calendar
-- severity: error
-- rule: one release prices a date of service. Macro release_on takes the one published last, which must be the one that the chain of
-- `supersedes` (RVU18AR1, RVU18AR, RVU18A), loaded or not, puts first.
with recursive listed as (
  select label, supersedes from release_calendar where supersedes is not null
  union
  select label, supersedes from release where supersedes is not null
),
chain as (
  select label, supersedes as predecessor from listed
  union
  select chain.label, listed.supersedes
  from chain
  join listed on listed.label = chain.predecessor
)
select
  later.release_id,
  earlier.release_id as other_release_id,
  greatest(later.valid_from, earlier.valid_from) as first_common_day,
  later.published_on,
  earlier.published_on as other_published_on
from release as later
join release as earlier
  on earlier.label <> later.label
  and earlier.valid_from <= later.valid_to
  and earlier.valid_to >= later.valid_from
  -- Each pair once, in the order in which release_on prefers them.
  and (later.published_on, later.supersedes is not null, later.label)
    > (earlier.published_on, earlier.supersedes is not null, earlier.label)
where later.governs
  and earlier.governs
  and not exists (select 1 from chain where chain.label = later.label and chain.predecessor = earlier.label)
