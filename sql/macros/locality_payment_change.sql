-- What a code's payment in each locality changed by from one release to another, split into RVUs, indices, factor and rounding.
-- grain: qp_status, locality_id, code, modifier
-- reads: locality_comparison, payment_input, conversion_factor
-- rule: fees by macro fee, before the imaging cap, for localities that locality_comparison has on both sides (a split_off or merged area
-- beside the area that it was part of); codes with a price on both sides. The split is that of macro midpoint_effect, taken twice:
-- first between the factor and the sum of RVUs times indices, then each product of RVU and index between the two. It is exact, treats
-- the two sides alike, and gives the national split where every index is 1. rounding is what the cents of the two fees make. For
-- qualifying participants a release without a factor of theirs is priced with the one factor that it has.
create or replace macro locality_payment_change(from_release, to_release) as table
with place as (
  select *
  from locality_comparison
  where basis = 'any'
    and from_release_id = from_release
    and to_release_id = to_release
    and locality_id_before is not null
    and locality_id_after is not null
),
factor as (
  select
    later.qp_status,
    coalesce(own.qp_status, shared.qp_status) as from_qp_status,
    coalesce(own.conversion_factor, shared.conversion_factor) as conversion_factor_before,
    later.conversion_factor as conversion_factor_after
  from conversion_factor as later
  left join conversion_factor as own on own.release_id = from_release and own.qp_status = later.qp_status
  left join conversion_factor as shared on shared.release_id = from_release and shared.qp_status = 'non_qp'
  where later.release_id = to_release
),
priced as (
  select
    factor.qp_status,
    before.hcpcs_code,
    before.modifier,
    conversion_factor_before,
    conversion_factor_after,
    cast(0.5 * (conversion_factor_before + conversion_factor_after) as decimal(9, 5)) as mean_factor,
    before.payment_factor as payment_factor_before,
    after.payment_factor as payment_factor_after,
    before.payment_work_rvu as work_before,
    before.nonfacility_pe_rvu as nonfacility_pe_before,
    before.facility_pe_rvu as facility_pe_before,
    before.mp_rvu as mp_before,
    after.payment_work_rvu as work_after,
    after.nonfacility_pe_rvu as nonfacility_pe_after,
    after.facility_pe_rvu as facility_pe_after,
    after.mp_rvu as mp_after,
    cast(before.calculation_factor as decimal(3, 2)) as flag_before,
    cast(after.calculation_factor as decimal(3, 2)) as flag_after
  from factor
  join payment_input as before on before.release_id = from_release and before.qp_status = factor.from_qp_status
  join payment_input as after
    on after.release_id = to_release
    and after.qp_status = factor.qp_status
    and after.hcpcs_code = before.hcpcs_code
    and after.modifier = before.modifier
),
located as (
  select
    priced.*,
    place.*,
    fee(
      work_before, nonfacility_pe_before, mp_before, work_gpci_before, pe_gpci_before, mp_gpci_before, payment_factor_before
    ) as nonfacility_fee_before,
    fee(
      work_after, nonfacility_pe_after, mp_after, work_gpci_after, pe_gpci_after, mp_gpci_after, payment_factor_after
    ) as nonfacility_fee_after,
    fee(
      work_before, facility_pe_before, mp_before, work_gpci_before, pe_gpci_before, mp_gpci_before, payment_factor_before
    ) as facility_fee_before,
    fee(
      work_after, facility_pe_after, mp_after, work_gpci_after, pe_gpci_after, mp_gpci_after, payment_factor_after
    ) as facility_fee_after,
    -- What work and malpractice give is the same in both settings.
    midpoint_effect(work_before * flag_before, work_after * flag_after, work_gpci_before, work_gpci_after)
      + midpoint_effect(mp_before * flag_before, mp_after * flag_after, mp_gpci_before, mp_gpci_after) as shared_rvu_step,
    midpoint_effect(work_gpci_before, work_gpci_after, work_before * flag_before, work_after * flag_after)
      + midpoint_effect(mp_gpci_before, mp_gpci_after, mp_before * flag_before, mp_after * flag_after) as shared_gpci_step,
    flag_before * (work_before * work_gpci_before + mp_before * mp_gpci_before)
      + flag_after * (work_after * work_gpci_after + mp_after * mp_gpci_after) as shared_sum
  from priced
  cross join place
),
split as (
  select
    *,
    dollar_step(
      shared_rvu_step
        + midpoint_effect(nonfacility_pe_before * flag_before, nonfacility_pe_after * flag_after, pe_gpci_before, pe_gpci_after),
      mean_factor
    ) as nonfacility_rvu_effect,
    dollar_step(
      shared_gpci_step
        + midpoint_effect(pe_gpci_before, pe_gpci_after, nonfacility_pe_before * flag_before, nonfacility_pe_after * flag_after),
      mean_factor
    ) as nonfacility_gpci_effect,
    dollar_step(
      0.5 * (
        shared_sum
          + flag_before * nonfacility_pe_before * pe_gpci_before
          + flag_after * nonfacility_pe_after * pe_gpci_after
      ),
      conversion_factor_after - conversion_factor_before
    ) as nonfacility_conversion_factor_effect,
    dollar_step(
      shared_rvu_step + midpoint_effect(facility_pe_before * flag_before, facility_pe_after * flag_after, pe_gpci_before, pe_gpci_after),
      mean_factor
    ) as facility_rvu_effect,
    dollar_step(
      shared_gpci_step + midpoint_effect(pe_gpci_before, pe_gpci_after, facility_pe_before * flag_before, facility_pe_after * flag_after),
      mean_factor
    ) as facility_gpci_effect,
    dollar_step(
      0.5 * (
        shared_sum + flag_before * facility_pe_before * pe_gpci_before + flag_after * facility_pe_after * pe_gpci_after
      ),
      conversion_factor_after - conversion_factor_before
    ) as facility_conversion_factor_effect
  from located
)
select
  from_release_id,
  to_release_id,
  qp_status,
  locality_id,
  state,
  area_name,
  mac_before,
  locality_before,
  mac_after,
  locality_after,
  hcpcs_code,
  modifier,
  nonfacility_fee_before,
  nonfacility_fee_after,
  cast(nonfacility_fee_after - nonfacility_fee_before as decimal(18, 2)) as nonfacility_fee_change,
  nonfacility_rvu_effect,
  nonfacility_gpci_effect,
  nonfacility_conversion_factor_effect,
  nonfacility_fee_change - nonfacility_rvu_effect - nonfacility_gpci_effect - nonfacility_conversion_factor_effect
    as nonfacility_rounding,
  facility_fee_before,
  facility_fee_after,
  cast(facility_fee_after - facility_fee_before as decimal(18, 2)) as facility_fee_change,
  facility_rvu_effect,
  facility_gpci_effect,
  facility_conversion_factor_effect,
  facility_fee_change - facility_rvu_effect - facility_gpci_effect - facility_conversion_factor_effect as facility_rounding
from split;
