-- What changed between two releases in numbers: how many codes, by how much, and what an efficiency adjustment did to the work RVUs.
-- grain: basis, from_release_id, to_release_id
-- reads: code_comparison, payment_adjustment
-- rule: each code and modifier counts once, under its change_kind (code_change says the order), so the counts add up to the rows of both
-- releases. Medians are those of the change of the amount in column setting of code_change, as a fraction of the amount before, over
-- the codes with a price on both sides, each counted once and not by how often it is done. Work RVUs are compared for codes of status A
-- on both sides with work above 0. Where an efficiency adjustment (payment_adjustment) began between the two dates of service, work
-- is adjusted when it is the old one times the factor, rounded half up; rounded away when that product rounds back to the old one;
-- unchanged when it was not adjusted; and revalued otherwise. basis 'any' has every two editions: ask for both by name.
create or replace view code_change_summary as
with compared as (
  select
    code_comparison.basis,
    code_comparison.from_release_id,
    code_comparison.to_release_id,
    code_comparison.from_year,
    code_comparison.to_year,
    code_comparison.from_service_date,
    code_comparison.to_service_date,
    change_kind,
    is_correction,
    fee_before,
    fee_change,
    conversion_factor_before,
    conversion_factor_after,
    work_rvu_before,
    work_rvu_after,
    status_code_before = 'A' and status_code_after = 'A' and work_rvu_before > 0 and work_rvu_after > 0 as is_work_compared,
    round(work_rvu_before * efficiency.factor, 2) as adjusted_work_rvu
  from code_comparison
  left join payment_adjustment as efficiency
    on efficiency.adjustment = 'efficiency_adjustment'
    and efficiency.effective_from > code_comparison.from_service_date
    and efficiency.effective_from <= code_comparison.to_service_date
  where qp_status = 'non_qp'
)
select
  basis,
  from_release_id,
  to_release_id,
  any_value(from_year) as from_year,
  any_value(to_year) as to_year,
  any_value(from_service_date) as from_service_date,
  any_value(to_service_date) as to_service_date,
  count(*) filter (where change_kind not in ('added', 'reactivated')) as codes_before,
  count(*) filter (where change_kind <> 'deleted') as codes_after,
  count(*) filter (where change_kind = 'added') as codes_added,
  count(*) filter (where change_kind = 'reactivated') as codes_reactivated,
  count(*) filter (where change_kind = 'deleted') as codes_deleted,
  count(*) filter (where change_kind = 'status_changed') as codes_status_changed,
  count(*) filter (where change_kind = 'revalued') as codes_revalued,
  count(*) filter (where change_kind = 'indicator_changed') as codes_indicator_changed,
  count(*) filter (where change_kind = 'cap_revalued') as codes_cap_revalued,
  count(*) filter (where change_kind = 'unchanged') as codes_unchanged,
  count(*) filter (where is_correction) as codes_corrected,
  any_value(conversion_factor_before) as conversion_factor_before,
  any_value(conversion_factor_after) as conversion_factor_after,
  count(fee_change) as codes_priced_in_both,
  count(*) filter (where fee_change > 0) as codes_paid_more,
  count(*) filter (where fee_change < 0) as codes_paid_less,
  -- quantile_cont cuts decimals off, so the fraction is a double until it is rounded; it leads to no amount.
  cast(quantile_cont(fee_change / nullif(fee_before, 0), 0.5) as decimal(9, 6)) as median_fee_change_fraction,
  count(*) filter (where is_work_compared) as work_compared,
  case when count(adjusted_work_rvu) > 0 then
    count(*) filter (where is_work_compared and work_rvu_after <> work_rvu_before and work_rvu_after = adjusted_work_rvu)
  end as work_adjusted,
  case when count(adjusted_work_rvu) > 0 then
    count(*) filter (where is_work_compared and work_rvu_after = work_rvu_before and work_rvu_after = adjusted_work_rvu)
  end as work_rounded_away,
  count(*) filter (
    where is_work_compared and work_rvu_after = work_rvu_before and work_rvu_after is distinct from adjusted_work_rvu
  ) as work_unchanged,
  count(*) filter (
    where is_work_compared and work_rvu_after <> work_rvu_before and work_rvu_after is distinct from adjusted_work_rvu
  ) as work_revalued
from compared
group by basis, from_release_id, to_release_id;
