-- Since when a code exists: CMS's own dates of it beside the first and the last loaded release that lists it.
-- grain: hcpcs_code
-- reads: rvu, governing_release, release, code_class
-- rule: first_listed_from and last_listed_to are days on which a loaded release that lists the code governs; other releases may list
-- it longer. added_on and ended_on are those of RBCS (view code_class), null where it is not loaded or lacks the code; they may be days
-- before the first fee schedule. Check class_dates_agree lists the codes whose dates contradict each other.
create or replace view code_life as
with listed as (
  select
    rvu.hcpcs_code,
    arg_min(governing_release.release_id, governing_release.chain_position) as first_listed_release_id,
    arg_max(governing_release.release_id, governing_release.chain_position) as last_listed_release_id,
    min(governing_release.governs_from) as first_listed_from,
    max(coalesce(governing_release.governs_to, release.valid_to)) as last_listed_to
  from rvu
  join governing_release on governing_release.release_id = rvu.release_id
  join release on release.release_id = rvu.release_id
  group by rvu.hcpcs_code
)
select
  listed.hcpcs_code,
  code_class.added_on,
  code_class.ended_on,
  listed.first_listed_from,
  listed.last_listed_to,
  listed.first_listed_release_id,
  listed.last_listed_release_id,
  code_class.reference_release_id
from listed
left join code_class on code_class.hcpcs_code = listed.hcpcs_code and code_class.is_latest_assignment;
