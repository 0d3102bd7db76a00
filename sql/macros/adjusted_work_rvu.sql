-- The work RVU that enters the fee: times the budget neutrality adjustor, rounded half up to two decimals before any index.
-- grain: one RVU
-- reads: its arguments
-- rule: 71 FR 69624 (2007: 0.8994) and 72 FR 66222 (2008: 0.8806); the rounding is that of the fee calculation of the Department of
-- Veterans Affairs for those years. In all other years the adjustor is 1.
create or replace macro adjusted_work_rvu(work_rvu, work_adjustor) as
  cast(round(cast(work_rvu as decimal(7, 2)) * cast(work_adjustor as decimal(7, 4)), 2) as decimal(7, 2));
