-- Adjusted RVUs (or a change of them) in dollars at a factor (or a change of it), not rounded.
-- grain: one amount
-- reads: its arguments
-- rule: the second step of the split in locality_payment_change. The wide decimal makes DuckDB multiply in 128 bits.
create or replace macro dollar_step(adjusted_rvu, dollars_per_rvu) as
  cast(cast(adjusted_rvu as decimal(28, 9)) * cast(dollars_per_rvu as decimal(9, 5)) as decimal(25, 14));
