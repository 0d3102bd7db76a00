-- Everything that a page of a code shows, from one release: RVUs with both totals, payments, indicators in words, how it compares,
-- its history, similar codes, questions with answers, and the source.
-- grain: release, code
-- reads: page_fact, indicator_words, code_standings, similar_codes, code_periods
-- rule: the figures are those of the row without modifier (of the first modifier where CMS has no such row) and, where dollars, for
-- physicians who are not qualifying participants; the lists have every modifier and both kinds of participants. History ends with
-- the release. No descriptor of any code. classification and specialties are of the newest reference files, whatever the release.
-- Sentences are made from the figures (macros comparison_sentence, history_sentence, payments_sentence and page_questions). One step,
-- and few joins: the lists are passed on from each to the next, which takes more time than to find them.
create or replace view code_page as
select
  fact.release_id,
  fact.hcpcs_code,
  fact.modifier,
  fact.section,
  fact.status_code,
  fact.status_meaning,
  fact.is_priced,
  fact.reason,
  fact.work_rvu,
  fact.nonfacility_pe_rvu,
  fact.facility_pe_rvu,
  fact.mp_rvu,
  fact.nonfacility_total_rvu,
  fact.facility_total_rvu,
  fact.nonfacility_na,
  fact.facility_na,
  fact.modifiers,
  fact.conversion_factor,
  fact.nonfacility_allowed,
  fact.facility_allowed,
  fact.locality_count,
  fact.nonfacility_lowest,
  fact.nonfacility_highest,
  fact.facility_lowest,
  fact.facility_highest,
  fact.payments,
  fact.global_days,
  words.global_period,
  words.indicators,
  fact.endoscopic_base_code,
  compared.standings,
  compared.comparison,
  list_filter(lived.periods, lambda entry: entry.effective_from <= fact.valid_to) as history,
  lived.told[len(history)] as history_in_words,
  similar_codes.similar_codes,
  lived.added_on,
  lived.ended_on,
  lived.classification,
  lived.specialties,
  lived.specialty_sentence,
  page_questions(
    fact.hcpcs_code,
    fact.release_id,
    fact.work_rvu,
    fact.nonfacility_total_rvu,
    fact.facility_total_rvu,
    payments_sentence(
      fact.conversion_factor,
      fact.nonfacility_allowed,
      fact.facility_allowed,
      fact.locality_count,
      fact.nonfacility_lowest,
      fact.nonfacility_highest,
      fact.facility_lowest,
      fact.facility_highest
    ),
    fact.reason,
    words.global_period,
    compared.comparison,
    history_in_words,
    case when fact.assistant_surgery_indicator not in ('', '9') then words.assistant_in_words end,
    lived.added_on,
    lived.ended_on,
    lived.specialty_sentence
  ) as questions,
  fact.year,
  fact.quarter,
  fact.valid_from,
  fact.valid_to,
  fact.governs,
  fact.published_on,
  fact.is_sample,
  fact.archive_name,
  fact.archive_sha256,
  fact.line_number
from page_fact as fact
join indicator_words as words on words.release_id = fact.release_id and words.indicator_key = fact.indicator_key
left join code_standings as compared on compared.release_id = fact.release_id and compared.hcpcs_code = fact.hcpcs_code
left join similar_codes on similar_codes.release_id = fact.release_id and similar_codes.hcpcs_code = fact.hcpcs_code
left join code_periods as lived on lived.hcpcs_code = fact.hcpcs_code and lived.modifier = fact.modifier;
