-- The RVUs that are paid: those that enter the fee, added up, times the factor of a calculation flag (1 without one).
-- grain: one RVU
-- reads: its arguments
-- rule: the factor belongs to the code, so that a change of it counts among the RVUs when the change of a fee is split.
create or replace macro flagged_rvu(work_rvu, pe_rvu, mp_rvu, calculation_factor) as
  cast((work_rvu + pe_rvu + mp_rvu) * cast(calculation_factor as decimal(3, 2)) as decimal(9, 4));
