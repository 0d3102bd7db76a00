-- A percentile as an ordinal for a sentence: 2.38 is the 2nd, 11.90 the 11th.
-- grain: one text
-- reads: its arguments
-- rule: rounded down, since so many whole per cent are below.
create or replace macro ordinal(percentile) as
  cast(floor(percentile) as integer) || case
    when cast(floor(percentile) as integer) % 100 between 11 and 13 then 'th'
    when cast(floor(percentile) as integer) % 10 = 1 then 'st'
    when cast(floor(percentile) as integer) % 10 = 2 then 'nd'
    when cast(floor(percentile) as integer) % 10 = 3 then 'rd'
    else 'th'
  end;
