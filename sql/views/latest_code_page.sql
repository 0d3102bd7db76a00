-- The page of every code as it was last: of the newest governing release, or for a code that is gone of the last one that listed it.
-- grain: hcpcs_code
-- reads: latest_page_body
-- rule: the row of code_page, column by column, of the release that latest_listing names; code_page has the other releases. A code that is
-- gone has a release_id before the newest one, and its amounts are those of that release. The newest release may be one that
-- is not in force yet (release_on says which is). A code that only releases list which never governed a day has no row. All but the
-- questions is stored, with an index by code: a site finds one page in a few milliseconds.
create or replace view latest_code_page as
select
  latest_page_body.* exclude (payments_in_words, assistant_in_words),
  page_questions(
    hcpcs_code, release_id, work_rvu, nonfacility_total_rvu, facility_total_rvu, payments_in_words, reason, global_period,
    comparison, history_in_words, assistant_in_words, added_on, ended_on, specialty_sentence
  ) as questions
from latest_page_body;
