-- The loaded release that governs a date of service, as known on known_on (left out: as known now). No row where none does:
-- release_reason_on says why, and also where CMS has a newer release for the day that is not loaded.
-- grain: one row, or none
-- reads: release, valid_to_known, edition_date
-- rule: of the releases that governed, cover the day and were known, the one that CMS published last: it supersedes the others, as the
-- catalogue says and the check governing_release_unique makes sure. Of several editions of it, the newest that was known. Releases
-- that were published and never took effect do not count. Where CMS shortened a release later on, known_on decides which end held. A quarter whose own release is not loaded has no row: another
-- quarter's release is never taken instead.
create or replace macro release_on(service_date, known_on := null) as table
select
  release_id,
  label,
  year,
  quarter,
  valid_from,
  valid_to_known(label, valid_to, known_on) as valid_to,
  supersedes,
  published_on,
  known_from
from release
where governs
  and cast(service_date as date) between valid_from and valid_to_known(label, valid_to, known_on)
  and (known_on is null or coalesce(known_from, published_on) <= cast(known_on as date))
qualify row_number() over (
  order by
    published_on desc nulls last,
    supersedes is null,
    known_from desc nulls last,
    edition_date(label, archive_dated) desc nulls last,
    edition desc
) = 1;
