-- The ten codes of each section whose national amount rose and fell most from one release to another, in dollars and by the fraction.
-- grain: basis, from_release_id, to_release_id, section, ranked_by, direction, change_rank
-- reads: code_change, code_section
-- rule: codes without modifier and with a price on both sides (the amount in column setting of code_change); a rank counts a tie once for
-- each code, in the order of the codes. The section is the one of the later release. By the fraction only amounts of 5 dollars and
-- more before count: a cent or two of rounding is no news.
create or replace view biggest_code_change as
with changed as (
  select
    code_change.basis,
    code_change.from_release_id,
    code_change.to_release_id,
    code_section.section,
    code_change.hcpcs_code,
    code_change.change_kind,
    code_change.setting,
    code_change.fee_before,
    code_change.fee_after,
    code_change.fee_change,
    code_change.rvu_effect,
    code_change.conversion_factor_effect,
    cast(code_change.fee_change / nullif(code_change.fee_before, 0) as decimal(9, 6)) as fee_change_fraction
  from code_change
  join code_section
    on code_section.release_id = code_change.to_release_id and code_section.hcpcs_code = code_change.hcpcs_code
  where code_change.modifier = '' and code_change.fee_change <> 0
),
measured as (
  select *, 'dollars' as ranked_by, cast(fee_change as decimal(18, 6)) as amount
  from changed
  union all
  select *, 'fraction', fee_change_fraction
  from changed
  where fee_before >= 5
),
ranked as (
  select
    *,
    case when fee_change > 0 then 'up' else 'down' end as direction,
    row_number() over (
      partition by basis, from_release_id, to_release_id, section, ranked_by, fee_change > 0
      order by abs(amount) desc, hcpcs_code
    ) as change_rank
  from measured
)
select
  basis,
  from_release_id,
  to_release_id,
  section,
  ranked_by,
  direction,
  change_rank,
  hcpcs_code,
  change_kind,
  setting,
  fee_before,
  fee_after,
  fee_change,
  fee_change_fraction,
  rvu_effect,
  conversion_factor_effect
from ranked
where change_rank <= 10;
