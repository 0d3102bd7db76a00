-- Which two releases are compared with each other, and on which basis.
-- grain: basis, from_release_id, to_release_id
-- reads: governing_release, release, release_calendar, edition_date
-- rule: year compares the first loaded release that governs a calendar year with that of the year before (January with January, where
-- those are loaded); year_end the last with the last; release each governing release with the one before it. loaded compares each
-- loaded edition, governing or not, with the governing one loaded before it, and any compares every edition with every other. Where
-- releases are not loaded, the pair spans them: the dates and years say so, releases_not_loaded counts them.
create or replace table release_pair as
with yearly as (
  select
    year,
    arg_min(release_id, governs_from) as first_release_id,
    min(governs_from) as first_date,
    arg_max(release_id, governs_to) as last_release_id,
    max(governs_to) as last_date
  from governing_release
  group by year
),
edition as (
  select
    release.release_id,
    release.year,
    release.valid_from,
    row_number() over (
      order by release.valid_from, release.published_on nulls first, release.label,
        edition_date(release.label, release.archive_dated), release.edition
    ) as place,
    governing_release.chain_position is not null or release.governs as may_be_compared_with
  from release
  left join governing_release on governing_release.release_id = release.release_id
),
pair as (
  select
    'year' as basis,
    lag(first_release_id) over (order by year) as from_release_id,
    first_release_id as to_release_id,
    lag(year) over (order by year) as from_year,
    year as to_year,
    lag(first_date) over (order by year) as from_service_date,
    first_date as to_service_date
  from yearly
  union all
  select
    'year_end',
    lag(last_release_id) over (order by year),
    last_release_id,
    lag(year) over (order by year),
    year,
    lag(last_date) over (order by year),
    last_date
  from yearly
  union all
  select
    'release',
    lag(release_id) over (order by chain_position),
    release_id,
    lag(year) over (order by chain_position),
    year,
    lag(governs_from) over (order by chain_position),
    governs_from
  from governing_release
  union all
  select 'loaded', earlier.release_id, later.release_id, earlier.year, later.year, earlier.valid_from, later.valid_from
  from edition as later
  asof join (select * from edition where may_be_compared_with) as earlier on earlier.place < later.place
  union all
  select 'any', earlier.release_id, later.release_id, earlier.year, later.year, earlier.valid_from, later.valid_from
  from edition as later
  join edition as earlier on earlier.release_id <> later.release_id
)
select
  basis,
  from_release_id,
  to_release_id,
  from_year,
  to_year,
  from_service_date,
  to_service_date,
  to_year - from_year as years_apart,
  (
    select count(*)
    from release_calendar
    where release_calendar.governs
      and release_calendar.valid_from > from_service_date
      and release_calendar.valid_from < to_service_date
      and not exists (select 1 from release where release.label = release_calendar.label)
  ) as releases_not_loaded
from pair
where from_release_id is not null;
