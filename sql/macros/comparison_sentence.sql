-- How a work RVU compares within its section, as a sentence.
-- grain: one text
-- reads: its arguments
-- rule: place has the section's figures of the work RVU as view code_standing has them: n, percentile, median and maximum. The median
-- is given with two decimals, and how many times the work RVU lies above or below it with one.
create or replace macro comparison_sentence(section, work_rvu, place) as
  'Work RVU ' || work_rvu || ': ' || ordinal(place.percentile) || ' percentile of the ' || place.n || ' codes of ' || section
  || ' that Medicare prices'
  || case
    when work_rvu = 0 then ', without physician work; the median is '
    when work_rvu = place.median then ', equal to the median of '
    when work_rvu < place.median
      then ', ' || cast(round(place.median / work_rvu, 1) as decimal(9, 1)) || ' times below the median of '
    when place.median = 0 then '; the median is '
    else ', ' || cast(round(work_rvu / place.median, 1) as decimal(9, 1)) || ' times the median of '
  end
  || cast(round(place.median, 2) as decimal(9, 2)) || '; the highest is ' || place.maximum || '.';
