-- The last governing release that lists a code: the newest one, or for a code that is gone the last before it went.
-- grain: hcpcs_code
-- reads: code_event, governing_release
-- rule: in the chain of governing_release. A life of the code, with any of its modifiers, that ended at a release was last listed by the
-- release before that one; a life that has not ended is listed by the last release of the chain. A code that only releases
-- list which never governed a day is not here. Stored, because the latest pages ask for it several times.
create or replace table latest_listing as
with lived as (
  -- What last happened to each life: it began, or it ended.
  select
    code_event.hcpcs_code,
    code_event.modifier,
    arg_max(code_event.ends_life, governing_release.chain_position) as has_ended,
    max(governing_release.chain_position) as chain_position
  from code_event
  join governing_release on governing_release.release_id = code_event.release_id
  where code_event.begins_life or code_event.ends_life
  group by code_event.hcpcs_code, code_event.modifier
),
listed as (
  select
    hcpcs_code,
    max(
      case when has_ended then chain_position - 1 else (select max(chain_position) from governing_release) end
    ) as chain_position
  from lived
  group by hcpcs_code
)
select listed.hcpcs_code, governing_release.release_id as last_listed_release_id
from listed
join governing_release on governing_release.chain_position = listed.chain_position;
