-- Why release_on has no row for a date of service, in a sentence; or, where it has one, which newer release of CMS for the day is
-- not loaded. Null when the loaded release is the one that governs the day.
-- grain: one text
-- reads: release_on, calendar_on, release_calendar, coverage_gap, valid_to_known
-- rule: the catalogue's calendar says what governs a day; what is loaded says whether it can be answered. The first release for a day
-- is the first that was published for it, with the end that was announced then, although CMS gave the day to another one later.
create or replace macro release_reason_on(service_date, known_on := null) as (
  with published_later as (
    select label, published_on from release_calendar
    where governs
      and published_on > cast(known_on as date)
      and cast(service_date as date) between valid_from and valid_to_known(label, valid_to, published_on)
  ),
  question as (
    select
      cast(service_date as date) as day,
      (select any_value(label) from release_on(service_date, known_on)) as loaded,
      (select any_value(label) from calendar_on(service_date, known_on)) as governing,
      (select min_by(label, published_on) from published_later) as first_published,
      (select min(published_on) from published_later) as first_published_on,
      (select any_value(reason) from coverage_gap
        where cast(service_date as date) between effective_from and effective_to) as gap_reason,
      (select min(valid_from) from release_calendar) as calendar_from,
      (select max(valid_to) from release_calendar) as calendar_to
  )
  select
    case
      when day is null then 'No date of service was given.'
      when loaded = governing then null
      when loaded is not null and governing is not null
        then governing || ' supersedes ' || loaded || ' for ' || day || ' and is not loaded; bring it in with: pfs refresh ' || governing
      when loaded is not null then null
      when governing is not null
        then governing || ' governs ' || day || ' and is not loaded; bring it in with: pfs refresh ' || governing
      when gap_reason is not null then gap_reason
      when first_published is not null
        then 'The first release that governs ' || day || ' is ' || first_published || ', which CMS published on '
          || first_published_on || ', after ' || cast(known_on as date)
      when day < calendar_from then 'CMS lists no relative value file for ' || day || '; the first release begins on ' || calendar_from
      else 'The catalogue knows no release for ' || day || '; its last one ends on ' || calendar_to
    end
  from question
);
