-- What Medicare pays for a code in a locality on a date of service, in dollars, with every input. payment_on is this with corrected
-- false: every RVU comes from the release that governs the day. payment_corrected_on is this with corrected true: RVUs come from the
-- latest release of the same calendar year that has the code and was known.
-- grain: qp_status, mac, locality, code, modifier
-- reads: release_on, release, edition_date, pricing_rvu, gpci, conversion_factor, legal_conversion_factor_on, payment_adjustment_on
-- rule: macro fee, with the conversion factor and the work index that the law had for the day. Where no law is known for the day, the
-- factor is the one in the governing release (conversion_factor_basis file). In 2007 and 2008 the budget neutrality adjustor
-- lowers the work RVU first. The factor of a calculation flag multiplies the fee schedule amount (CMS RVU record layouts 2009, 2012)
-- and the product is rounded once, so it can as well multiply the conversion factor. Cap, Medicare's share, coinsurance and
-- sequestration follow from the rounded amounts. Medicare's share is 80 % throughout: the files mark neither preventive services
-- without coinsurance nor the lower share of outpatient psychiatry before 2014.
-- rule: releases of a year silently carry corrections back to 1 January, so the latest known one is the best estimate for the whole
-- year; from which day a changed RVU holds stands in CMS's change requests, not in the files. A code must stand in the governing
-- release: what a later one adds was not there yet. Indices and the calculation flag stay those of the governing release.
-- No CTE is read twice: DuckDB would materialize it, and then compute every column for every row, whatever a query asks for.
create or replace macro dated_payment(service_date, known_on, corrected) as table
with usable as (
  select
    release.release_id,
    governing.release_id as governing_release_id,
    row_number() over (
      order by release.valid_from desc, release.published_on desc, release.known_from desc nulls last,
        edition_date(release.label, release.archive_dated) desc nulls last, release.edition desc
    ) as recency
  from release_on(service_date, known_on) as governing
  join release on release.year = governing.year
  where (corrected or release.release_id = governing.release_id)
    and release.governs
    and (known_on is null or coalesce(release.known_from, release.published_on) <= cast(known_on as date))
),
chosen as (
  select
    usable.governing_release_id,
    candidate.hcpcs_code,
    candidate.modifier,
    arg_min(candidate, usable.recency) as printed,
    any_value(candidate.calculation_flag) filter (
      where candidate.release_id = usable.governing_release_id
    ) as calculation_flag
  from pricing_rvu as candidate
  join usable on usable.release_id = candidate.release_id
  group by usable.governing_release_id, candidate.hcpcs_code, candidate.modifier
  having bool_or(candidate.release_id = usable.governing_release_id)
),
factor_of_day as (
  select
    qp_status,
    arg_max(conversion_factor, announced_on) as conversion_factor,
    arg_max(basis, announced_on) as conversion_factor_basis
  from (
    select qp_status, conversion_factor, announced_on, 'law' as basis
    from legal_conversion_factor_on(service_date, known_on)
    union all
    -- Any law comes before the file.
    select printed.qp_status, printed.conversion_factor, date '0001-01-01', 'file'
    from conversion_factor as printed
    join release_on(service_date, known_on) as governing on governing.release_id = printed.release_id
  )
  group by qp_status
),
adjusted as (
  select
    cast(
      coalesce(max(factor) filter (where adjustment = 'work_budget_neutrality'), 1) as decimal(7, 4)
    ) as work_adjustor,
    max(factor) filter (where adjustment = 'work_gpci_floor') as work_gpci_floor,
    coalesce(max(factor) filter (where adjustment = 'sequestration'), 0) as sequestration_rate
  from payment_adjustment_on(service_date, known_on)
),
input as (
  select
    chosen.governing_release_id as release_id,
    chosen.printed.release_id as rvu_release_id,
    factor_of_day.qp_status,
    gpci.mac,
    gpci.locality,
    chosen.hcpcs_code,
    chosen.modifier,
    chosen.printed.status_code,
    chosen.printed.nonfacility_na,
    chosen.printed.facility_na,
    chosen.printed.work_rvu,
    adjusted.work_adjustor,
    adjusted_work_rvu(chosen.printed.work_rvu, adjusted.work_adjustor) as work,
    chosen.printed.nonfacility_pe_rvu,
    chosen.printed.facility_pe_rvu,
    chosen.printed.mp_rvu,
    chosen.printed.has_opps_cap,
    chosen.printed.opps_nonfacility_pe_rvu,
    chosen.printed.opps_facility_pe_rvu,
    chosen.printed.opps_mp_rvu,
    work_gpci_in_law(gpci.work_gpci, gpci.work_gpci_unfloored, adjusted.work_gpci_floor) as work_gpci,
    gpci.pe_gpci,
    gpci.mp_gpci,
    factor_of_day.conversion_factor,
    factor_of_day.conversion_factor_basis,
    cast(coalesce(flagged.factor, 1) as decimal(7, 4)) as calculation_factor,
    adjusted.sequestration_rate
  from chosen
  join gpci on gpci.release_id = chosen.governing_release_id
  cross join factor_of_day
  cross join adjusted
  left join payment_adjustment_on(service_date, known_on) as flagged
    on flagged.adjustment = 'calculation_flag' and flagged.applies_when = chosen.calculation_flag
  where chosen.printed.is_priced
),
amount as (
  select
    *,
    flagged_fee(
      work, nonfacility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, calculation_factor
    ) as nonfacility_fee,
    flagged_fee(
      work, facility_pe_rvu, mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor, calculation_factor
    ) as facility_fee,
    case when has_opps_cap
      then fee(work, opps_nonfacility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_nonfacility_cap,
    case when has_opps_cap
      then fee(work, opps_facility_pe_rvu, opps_mp_rvu, work_gpci, pe_gpci, mp_gpci, conversion_factor)
    end as opps_facility_cap
  from input
),
capped as (
  select
    *,
    allowed(nonfacility_fee, opps_nonfacility_cap) as nonfacility_allowed,
    allowed(facility_fee, opps_facility_cap) as facility_allowed
  from amount
),
shared as (
  select
    *,
    medicare_share(nonfacility_allowed) as nonfacility_medicare_share,
    medicare_share(facility_allowed) as facility_medicare_share,
    sequestration(medicare_share(nonfacility_allowed), sequestration_rate) as nonfacility_sequestration,
    sequestration(medicare_share(facility_allowed), sequestration_rate) as facility_sequestration
  from capped
)
select
  release_id,
  rvu_release_id,
  qp_status,
  mac,
  locality,
  hcpcs_code,
  modifier,
  status_code,
  nonfacility_na,
  facility_na,
  work_rvu,
  work_adjustor,
  nonfacility_pe_rvu,
  facility_pe_rvu,
  mp_rvu,
  work_gpci,
  pe_gpci,
  mp_gpci,
  conversion_factor,
  conversion_factor_basis,
  calculation_factor,
  nonfacility_fee,
  facility_fee,
  opps_nonfacility_cap,
  opps_facility_cap,
  nonfacility_allowed,
  facility_allowed,
  nonparticipating(nonfacility_allowed) as nonfacility_nonpar_allowed,
  nonparticipating(facility_allowed) as facility_nonpar_allowed,
  limiting_charge(nonfacility_allowed) as nonfacility_limiting_charge,
  limiting_charge(facility_allowed) as facility_limiting_charge,
  nonfacility_medicare_share,
  facility_medicare_share,
  -- DuckDB 2 gives a difference one digit more than 1.5 does; the type is stated so that both give the same.
  cast(nonfacility_allowed - nonfacility_medicare_share as decimal(18, 2)) as nonfacility_coinsurance,
  cast(facility_allowed - facility_medicare_share as decimal(18, 2)) as facility_coinsurance,
  nonfacility_sequestration,
  facility_sequestration,
  cast(nonfacility_medicare_share - nonfacility_sequestration as decimal(18, 2)) as nonfacility_medicare_payment,
  cast(facility_medicare_share - facility_sequestration as decimal(18, 2)) as facility_medicare_payment
from shared;
