-- What a page of a code shows that does not follow from its release alone: the periods of the code's life as one list, its history in
-- words, its class, and who uses it.
-- grain: code, modifier
-- reads: code_period, governing_release, rvu, code_class, code_specialty_sentence
-- rule: periods are the rows of code_period, the oldest first; first_release_id is there called release_id. told has, for each of them,
-- the sentence that is true as long as it is the last (macro history_sentence). A code that only releases list which never governed
-- has no periods. classification and specialties are those of the code, whatever the modifier. Stored, because a page takes them all.
create or replace table code_periods as
with lived as (
  select
    hcpcs_code,
    modifier,
    list_sort(list(
      {
        'life': life,
        'period': period,
        'change_kind': change_kind,
        'values_changed': values_changed,
        'release_id': first_release_id,
        'effective_from': effective_from,
        'effective_to': effective_to,
        'status_code': status_code,
        'work_rvu': work_rvu,
        'nonfacility_total_rvu': nonfacility_total_rvu,
        'facility_total_rvu': facility_total_rvu
      }
    )) as periods
  from code_period
  group by hcpcs_code, modifier
),
code as (
  select hcpcs_code, modifier
  from lived
  union
  select hcpcs_code, modifier
  from rvu
  where release_id not in (select governing_release.release_id from governing_release)
)
select
  code.hcpcs_code,
  code.modifier,
  lived.periods,
  list_transform(
    lived.periods,
    lambda entry, place: history_sentence(
      code.hcpcs_code, case when place = 1 then [entry] else [lived.periods[1], entry] end, code_class.added_on
    )
  ) as told,
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
left join lived on lived.hcpcs_code = code.hcpcs_code and lived.modifier = code.modifier
left join code_class on code_class.hcpcs_code = code.hcpcs_code and code_class.is_latest_assignment
left join code_specialty_sentence on code_specialty_sentence.hcpcs_code = code.hcpcs_code
order by code.hcpcs_code, code.modifier;
