-- Everything that a page of a code shows, from one release: RVUs with both totals, payments, indicators in words, how it compares,
-- similar codes, questions with answers, and the source.
-- grain: release, code
-- reads: rvu, release, status_code, section, indicator_value, conversion_factor, payment_range,
-- code_standing, similar_code, code_class, code_specialty_sentence
-- rule: the figures are those of the row without modifier (of the first modifier where CMS has no such row) and, where dollars, for
-- physicians who are not qualifying participants; the lists have every modifier and both kinds of participants. No descriptor of
-- any code. classification and specialties are of the newest reference files, whatever the release.
-- Sentences are made from the figures (macros comparison_sentence and page_questions).
create or replace view code_page as
with code as (
  select
    release_id,
    hcpcs_code,
    list(
      {
        'modifier': modifier,
        'status_code': status_code,
        'work_rvu': work_rvu,
        'nonfacility_pe_rvu': nonfacility_pe_rvu,
        'facility_pe_rvu': facility_pe_rvu,
        'mp_rvu': mp_rvu,
        'nonfacility_total_rvu': nonfacility_total_rvu,
        'facility_total_rvu': facility_total_rvu,
        'nonfacility_na': nonfacility_na,
        'facility_na': facility_na
      }
      order by modifier
    ) as modifiers,
    min(modifier) as modifier
  from rvu
  group by release_id, hcpcs_code
),
paid as (
  select
    release_id,
    hcpcs_code,
    list(
      {
        'modifier': modifier,
        'qp_status': qp_status,
        'conversion_factor': conversion_factor,
        'nonfacility_fee': nonfacility_fee,
        'facility_fee': facility_fee,
        'opps_nonfacility_cap': opps_nonfacility_cap,
        'opps_facility_cap': opps_facility_cap,
        'nonfacility_allowed': nonfacility_allowed,
        'facility_allowed': facility_allowed,
        'locality_count': locality_count,
        'nonfacility_lowest': nonfacility_lowest,
        'nonfacility_highest': nonfacility_highest,
        'facility_lowest': facility_lowest,
        'facility_highest': facility_highest
      }
      order by modifier, qp_status
    ) as payments
  from payment_range
  group by release_id, hcpcs_code
),
compared as (
  select
    release_id,
    hcpcs_code,
    list(
      {
        'grouping': grouping,
        'group_name': group_name,
        'measure': measure,
        'value': value,
        'n': n,
        'below': below,
        'ties': ties,
        'rank': rank,
        'percentile': percentile,
        'median': median,
        'p25': p25,
        'p75': p75,
        'minimum': minimum,
        'maximum': maximum,
        'ratio_to_median': ratio_to_median
      }
      order by grouping, measure desc
    ) as standings
  from code_standing
  group by release_id, hcpcs_code
),
alike as (
  select
    release_id,
    hcpcs_code,
    list(
      {
        'hcpcs_code': similar_hcpcs_code,
        'unlike_indicators': unlike_indicators,
        'unlike_class': unlike_class,
        'rvu_distance': rvu_distance
      }
      order by similar_rank
    ) as similar_codes
  from similar_code
  group by release_id, hcpcs_code
),
-- One row: every value of every indicator in words, by column and value.
words as (
  select map_from_entries(list({'k': applies_to || ' ' || value, 'v': meaning})) as word
  from indicator_value
),
main as (
  select
    -- The keys are those of code throughout: a filter on them then reaches every part.
    code.release_id,
    code.hcpcs_code,
    rvu.* exclude (release_id, hcpcs_code),
    code.modifiers,
    words.word,
    paid.payments,
    -- The amounts of this row for physicians who are not qualifying participants; null where they have none.
    list_filter(
      paid.payments, lambda amount: amount.modifier = rvu.modifier and amount.qp_status = 'non_qp'
    )[1] as amount,
    compared.standings,
    list_filter(
      compared.standings, lambda standing: standing.grouping = 'section' and standing.measure = 'work_rvu'
    )[1] as place,
    alike.similar_codes,
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
    code_specialty_sentence.specialty_sentence
  from code
  join rvu
    on rvu.release_id = code.release_id and rvu.hcpcs_code = code.hcpcs_code and rvu.modifier = code.modifier
  cross join words
  left join paid on paid.release_id = code.release_id and paid.hcpcs_code = code.hcpcs_code
  left join compared on compared.release_id = code.release_id and compared.hcpcs_code = code.hcpcs_code
  left join alike on alike.release_id = code.release_id and alike.hcpcs_code = code.hcpcs_code
  left join code_class on code_class.hcpcs_code = code.hcpcs_code and code_class.is_latest_assignment
  left join code_specialty_sentence on code_specialty_sentence.hcpcs_code = code.hcpcs_code
)
select
  main.release_id,
  main.hcpcs_code,
  main.modifier,
  section.section,
  main.status_code,
  status_code.meaning as status_meaning,
  main.amount is not null as is_priced,
  case
    when main.amount is null
      then unpriced_reason(main.status_code, status_code.status_code is not null, status_code.reason)
  end as reason,
  main.work_rvu,
  main.nonfacility_pe_rvu,
  main.facility_pe_rvu,
  main.mp_rvu,
  main.nonfacility_total_rvu,
  main.facility_total_rvu,
  main.nonfacility_na,
  main.facility_na,
  main.modifiers,
  conversion_factor.conversion_factor,
  main.amount.nonfacility_allowed as nonfacility_allowed,
  main.amount.facility_allowed as facility_allowed,
  main.amount.locality_count as locality_count,
  main.amount.nonfacility_lowest as nonfacility_lowest,
  main.amount.nonfacility_highest as nonfacility_highest,
  main.amount.facility_lowest as facility_lowest,
  main.amount.facility_highest as facility_highest,
  main.payments,
  main.global_days,
  main.word['global_days ' || main.global_days] as global_period,
  [
    {'indicator': 'pctc_indicator', 'value': main.pctc_indicator,
      'meaning': main.word['pctc_indicator ' || main.pctc_indicator]},
    {'indicator': 'multiple_procedure_indicator', 'value': main.multiple_procedure_indicator,
      'meaning': main.word['multiple_procedure_indicator ' || main.multiple_procedure_indicator]},
    {'indicator': 'bilateral_surgery_indicator', 'value': main.bilateral_surgery_indicator,
      'meaning': main.word['bilateral_surgery_indicator ' || main.bilateral_surgery_indicator]},
    {'indicator': 'assistant_surgery_indicator', 'value': main.assistant_surgery_indicator,
      'meaning': main.word['assistant_surgery_indicator ' || main.assistant_surgery_indicator]},
    {'indicator': 'co_surgery_indicator', 'value': main.co_surgery_indicator,
      'meaning': main.word['co_surgery_indicator ' || main.co_surgery_indicator]},
    {'indicator': 'team_surgery_indicator', 'value': main.team_surgery_indicator,
      'meaning': main.word['team_surgery_indicator ' || main.team_surgery_indicator]},
    {'indicator': 'diagnostic_supervision', 'value': main.diagnostic_supervision,
      'meaning': main.word['diagnostic_supervision ' || main.diagnostic_supervision]},
    {'indicator': 'calculation_flag', 'value': main.calculation_flag,
      'meaning': main.word['calculation_flag ' || main.calculation_flag]}
  ] as indicators,
  main.endoscopic_base_code,
  main.standings,
  comparison_sentence(
    section.section, main.work_rvu, main.place.n, main.place.percentile, main.place.median, main.place.maximum
  ) as comparison,
  main.similar_codes,
  main.added_on,
  main.ended_on,
  main.classification,
  main.specialties,
  main.specialty_sentence,
  page_questions(
    main.hcpcs_code, main.release_id, main.work_rvu, main.nonfacility_total_rvu, main.facility_total_rvu, main.amount,
    conversion_factor.conversion_factor,
    unpriced_reason(main.status_code, status_code.status_code is not null, status_code.reason),
    global_period, comparison,
    case when main.assistant_surgery_indicator not in ('', '9')
      then main.word['assistant_surgery_indicator ' || main.assistant_surgery_indicator]
    end
  ) as questions,
  release.year,
  release.quarter,
  release.valid_from,
  release.valid_to,
  release.governs,
  release.published_on,
  release.is_sample,
  release.archive_name,
  release.archive_sha256,
  main.line_number
from main
join release on release.release_id = main.release_id
left join conversion_factor
  on conversion_factor.release_id = main.release_id and conversion_factor.qp_status = 'non_qp'
left join status_code on status_code.status_code = main.status_code
left join section
  on section.code_form = code_form(main.hcpcs_code)
  and main.hcpcs_code between section.first_code and section.last_code
  and release.valid_from between section.effective_from and coalesce(section.effective_to, date '9999-12-31');
