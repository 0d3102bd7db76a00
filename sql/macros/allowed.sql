-- The amount that Medicare allows in dollars: the lower of the fee schedule amount and the outpatient cap, if there is one.
-- grain: one amount
-- reads: its arguments
-- rule: Deficit Reduction Act of 2005, section 5102(b): imaging is paid at no more than the outpatient (OPPS) amount, from 2007.
-- A cap without a fee is no price, so the result is null then (least would give the cap).
create or replace macro allowed(fee_amount, cap_amount) as
  case when cap_amount < fee_amount then cap_amount else fee_amount end;
