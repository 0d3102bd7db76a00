-- What an indicator was and what it became, as 'global_days 090 → 010'; null where it stayed or where a release lacks the column.
-- grain: one text
-- reads: its arguments
-- rule: true and false are written yes and no, an empty value none.
create or replace macro changed_from_to(indicator_name, value_before, value_after) as
  case
    when value_before <> value_after then
      indicator_name || ' '
        || case cast(value_before as varchar) when 'true' then 'yes' when 'false' then 'no' when '' then 'none'
          else cast(value_before as varchar) end
        || ' → '
        || case cast(value_after as varchar) when 'true' then 'yes' when 'false' then 'no' when '' then 'none'
          else cast(value_after as varchar) end
  end;
