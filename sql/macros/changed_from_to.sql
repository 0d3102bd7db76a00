-- What an indicator was and what it became, as 'global_days 090 → 010'; null where it stayed or where a release lacks the column.
-- grain: one text
-- reads: its arguments
-- rule: true and false are written yes and no, an empty value none.
create or replace macro changed_from_to(indicator_name, value_before, value_after) as
  case
    when value_before <> value_after then
      indicator_name || ' '
        || coalesce(nullif(replace(replace(cast(value_before as varchar), 'true', 'yes'), 'false', 'no'), ''), 'none') || ' → '
        || coalesce(nullif(replace(replace(cast(value_after as varchar), 'true', 'yes'), 'false', 'no'), ''), 'none')
  end;
