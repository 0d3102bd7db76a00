-- The release that governs a date of service by the catalogue, loaded or not, as known on known_on (left out: as known now).
-- grain: one row, or none
-- reads: release_calendar, release, valid_to_known
-- rule: the rule of release_on over every release of the catalogue, and over loaded ones that the catalogue does not know.
create or replace macro calendar_on(service_date, known_on := null) as table
with listed as (
  select label, valid_from, valid_to, governs, supersedes, published_on
  from release_calendar
  union all
  select label, valid_from, valid_to, governs, supersedes, published_on
  from release
  where edition = 1 and label not in (select label from release_calendar)
)
select label, valid_from, valid_to_known(label, valid_to, known_on) as valid_to, published_on
from listed
where governs
  and cast(service_date as date) between valid_from and valid_to_known(label, valid_to, known_on)
  and (known_on is null or published_on <= cast(known_on as date))
qualify row_number() over (order by published_on desc nulls last, supersedes is null) = 1;
