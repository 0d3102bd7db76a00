-- An amount as text for a sentence: $52.77. Null without an amount.
-- grain: one text
-- reads: its arguments
-- rule: the decimal as it is, two digits after the point.
create or replace macro dollars(amount) as
  '$' || cast(amount as varchar);
