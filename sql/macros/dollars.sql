-- An amount as text for a sentence: $1,234.50. Null without an amount.
-- grain: one text
-- reads: its arguments
-- rule: two decimals, and a comma before the last three digits of the whole dollars; amounts stay below a million.
create or replace macro dollars(amount) as
  '$' || case
    when amount >= 1000
      then left(cast(amount as varchar), length(cast(amount as varchar)) - 6) || ',' || right(cast(amount as varchar), 6)
    else cast(amount as varchar)
  end;
