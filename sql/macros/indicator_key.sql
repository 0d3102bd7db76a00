-- The indicators of a row of RVUs as one text, by which their words are found.
-- grain: one text
-- reads: its arguments
-- rule: a bar between two values; an indicator that a release lacks is empty.
create or replace macro indicator_key(pctc, global_days, multiple, bilateral, assistant, co_surgery, team, supervision, flag) as
  concat_ws(
    '|', coalesce(pctc, ''), coalesce(global_days, ''), coalesce(multiple, ''), coalesce(bilateral, ''), coalesce(assistant, ''),
    coalesce(co_surgery, ''), coalesce(team, ''), coalesce(supervision, ''), coalesce(flag, '')
  );
