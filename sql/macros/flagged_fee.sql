-- The fee schedule amount in dollars with the factor that a calculation flag stands for (1 without one).
-- grain: one amount
-- reads: its arguments
-- rule: macro fee, with macro flagged_dollars in the place of dollars.
create or replace macro flagged_fee(
  work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, calculation_factor
) as
  flagged_dollars(adjusted_rvu(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci), conversion_factor, calculation_factor);
