-- The fee schedule amount in dollars with a part of the practice expense only: what therapy is paid after the first unit of a day.
-- grain: one amount
-- reads: its arguments
-- rule: table multiple_procedure_rule, indicator 5. pe_kept is the part that is paid, a multiple of 0.05. Everything is taken twenty
-- times and the factor a twentieth, so that macro fee stays exact and rounds once, as CMS's payment amount files do.
create or replace macro therapy_fee(work_rvu, pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, pe_kept) as
  fee(
    20 * work_rvu,
    cast(20 * cast(pe_kept as decimal(7, 4)) as integer) * pe_rvu,
    20 * mp_rvu,
    work_gpci,
    pe_gpci,
    mp_gpci,
    conversion_factor * cast(0.05 as decimal(2, 2))
  );
