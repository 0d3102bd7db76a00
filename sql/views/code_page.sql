-- Everything that a page of a code shows, from one release: RVUs with both totals, payments, indicators in words, how it compares,
-- its history, similar codes, questions with answers, and the source.
-- grain: release, code
-- reads: page_body
-- rule: the figures are those of the row without modifier (of the first modifier where CMS has no such row) and, where dollars, for
-- physicians who are not qualifying participants; the lists have every modifier and both kinds of participants. History ends with
-- the release. No descriptor of any code. classification and specialties are of the newest reference files, whatever the release.
-- Questions and their answers are made from the other columns (macro page_questions).
create or replace view code_page as
select
  page_body.* exclude (payments_in_words, assistant_in_words),
  page_questions(
    hcpcs_code, release_id, work_rvu, nonfacility_total_rvu, facility_total_rvu, payments_in_words, reason, global_period,
    comparison, history_in_words, assistant_in_words, added_on, ended_on, specialty_sentence
  ) as questions
from page_body;
