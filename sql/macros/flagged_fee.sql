-- The fee schedule amount in dollars with the factor that a calculation flag stands for (1 without one).
-- grain: one amount
-- reads: its arguments
-- rule: CMS RVU record layouts 2009 and 2012: the adjustment is applied to the fee schedule amount. Macro fee rounds the product once, so
-- the factor may as well multiply the conversion factor: 4 and 2 decimals make 6, exactly.
create or replace macro flagged_fee(
  work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, calculation_factor
) as
  fee(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor * cast(calculation_factor as decimal(3, 2)));
