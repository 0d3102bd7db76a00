-- What a page of a code shows but its questions, and the sentences that their answers are made from.
-- grain: release, code
-- reads: page_fact, release, indicator_words, code_standings, similar_codes, code_periods, code_class, code_specialty_sentence
-- rule: view code_page, which adds the questions. Sentences are made from the figures (macros comparison_sentence, history_sentence) once
-- these stand in columns: an expression that a macro uses several times would be planned as often.
create or replace view page_body as
with gathered as (
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
    standing.standings,
    list_filter(standing.standings, lambda entry: entry.grouping = 'section' and entry.measure = 'work_rvu')[1] as place,
    list_filter(lived.periods, lambda entry: entry.effective_from <= release.valid_to) as history,
    similar_codes.similar_codes,
    code_class.added_on,
    code_class.ended_on,
    case
      when code_class.hcpcs_code is not null
        then {
          'category': code_class.category,
          'subcategory': code_class.subcategory,
          'family': code_class.family,
          'rbcs_id': code_class.rbcs_id,
          'major_indicator': code_class.major_indicator,
          'reference_release_id': code_class.reference_release_id
        }
    end as classification,
    code_specialty_sentence.specialties,
    code_specialty_sentence.specialty_sentence,
    payments_sentence(
      fact.conversion_factor,
      fact.nonfacility_allowed,
      fact.facility_allowed,
      fact.locality_count,
      fact.nonfacility_lowest,
      fact.nonfacility_highest,
      fact.facility_lowest,
      fact.facility_highest
    ) as payments_in_words,
    case when fact.assistant_surgery_indicator not in ('', '9') then words.assistant_in_words end as assistant_in_words,
    release.year,
    release.quarter,
    release.valid_from,
    release.valid_to,
    release.governs,
    release.published_on,
    release.is_sample,
    release.archive_name,
    release.archive_sha256,
    fact.line_number
  from page_fact as fact
  join release on release.release_id = fact.release_id
  join indicator_words as words on words.release_id = fact.release_id and words.indicator_key = fact.indicator_key
  left join code_class on code_class.hcpcs_code = fact.hcpcs_code and code_class.is_latest_assignment
  left join code_specialty_sentence on code_specialty_sentence.hcpcs_code = fact.hcpcs_code
  left join similar_codes on similar_codes.release_id = fact.release_id and similar_codes.hcpcs_code = fact.hcpcs_code
  left join code_periods as lived on lived.hcpcs_code = fact.hcpcs_code and lived.modifier = fact.modifier
  left join (
    select
      release_id,
      hcpcs_code,
      list_sort(flatten(list(standings))) as standings
    from code_standings
    group by release_id, hcpcs_code
  ) as standing on standing.release_id = fact.release_id and standing.hcpcs_code = fact.hcpcs_code
)
select
  release_id,
  hcpcs_code,
  modifier,
  section,
  status_code,
  status_meaning,
  is_priced,
  reason,
  work_rvu,
  nonfacility_pe_rvu,
  facility_pe_rvu,
  mp_rvu,
  nonfacility_total_rvu,
  facility_total_rvu,
  nonfacility_na,
  facility_na,
  modifiers,
  conversion_factor,
  nonfacility_allowed,
  facility_allowed,
  locality_count,
  nonfacility_lowest,
  nonfacility_highest,
  facility_lowest,
  facility_highest,
  payments,
  global_days,
  global_period,
  indicators,
  endoscopic_base_code,
  standings,
  comparison_sentence(section, work_rvu, place) as comparison,
  history,
  history_sentence(hcpcs_code, history, added_on) as history_in_words,
  similar_codes,
  added_on,
  ended_on,
  classification,
  specialties,
  specialty_sentence,
  payments_in_words,
  assistant_in_words,
  year,
  quarter,
  valid_from,
  valid_to,
  governs,
  published_on,
  is_sample,
  archive_name,
  archive_sha256,
  line_number
from gathered;
