-- The fee schedule amount in dollars where every geographic index is 1.
-- grain: one amount
-- reads: its arguments
-- rule: macro fee.
create or replace macro national_fee(work_rvu, pe_rvu, mp_rvu, payment_factor) as
  fee(
    work_rvu, pe_rvu, mp_rvu, cast(1 as decimal(4, 3)), cast(1 as decimal(4, 3)), cast(1 as decimal(4, 3)), payment_factor
  );
