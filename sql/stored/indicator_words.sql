-- What the indicators of a row of RVUs mean, in words: each combination that a release has, once.
-- grain: release, indicator_key
-- reads: rvu, indicator_value
-- scope: release
-- rule: the meanings of indicator_value; null for a value that it lacks. A release of 19,000 rows has some 360 combinations. Stored,
-- because a page of a code would take three times the time.
create or replace table indicator_words as
with combination as (
  select distinct
    release_id,
    indicator_key(
      pctc_indicator, global_days, multiple_procedure_indicator, bilateral_surgery_indicator, assistant_surgery_indicator,
      co_surgery_indicator, team_surgery_indicator, diagnostic_supervision, calculation_flag
    ) as indicator_key,
    pctc_indicator,
    global_days,
    multiple_procedure_indicator,
    bilateral_surgery_indicator,
    assistant_surgery_indicator,
    co_surgery_indicator,
    team_surgery_indicator,
    diagnostic_supervision,
    calculation_flag
  from rvu
  where is_new_release(release_id)
),
words as (
  -- One row: every value of every indicator in words, by column and value.
  select map_from_entries(list({'k': applies_to || ' ' || value, 'v': meaning})) as word
  from indicator_value
)
select
  combination.release_id,
  combination.indicator_key,
  words.word['global_days ' || combination.global_days] as global_period,
  words.word['assistant_surgery_indicator ' || combination.assistant_surgery_indicator] as assistant_in_words,
  list_transform(
    [
      {'indicator': 'pctc_indicator', 'value': combination.pctc_indicator},
      {'indicator': 'multiple_procedure_indicator', 'value': combination.multiple_procedure_indicator},
      {'indicator': 'bilateral_surgery_indicator', 'value': combination.bilateral_surgery_indicator},
      {'indicator': 'assistant_surgery_indicator', 'value': combination.assistant_surgery_indicator},
      {'indicator': 'co_surgery_indicator', 'value': combination.co_surgery_indicator},
      {'indicator': 'team_surgery_indicator', 'value': combination.team_surgery_indicator},
      {'indicator': 'diagnostic_supervision', 'value': combination.diagnostic_supervision},
      {'indicator': 'calculation_flag', 'value': combination.calculation_flag}
    ],
    lambda entry: {
      'indicator': entry.indicator,
      'value': entry.value,
      'meaning': words.word[entry.indicator || ' ' || entry.value]
    }
  ) as indicators
from combination
cross join words
order by combination.release_id, combination.indicator_key;
