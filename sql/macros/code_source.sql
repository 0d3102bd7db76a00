-- The release that the figures of a code are cited from: the first one since which all of them stand as they do in a release.
-- grain: code
-- reads: release, edition_date, rvu, status_code, gpci, conversion_factor, anesthesia_cf, public_descriptor
-- rule: figures are every column of rvu in all of the code's rows, its public description, and what prices it: conversion factors,
-- indices of all localities, and for codes that RVUs do not price the anesthesia factors. Releases in order of their dates of service
-- and of their becoming known; one that never governed a day is cited itself. A page that cites this release stays the same, to the
-- letter, when a later release brings nothing for its code.
create or replace macro code_source(of_release) as table
with chain as (
  select
    release_id,
    row_number() over (
      order by valid_from, coalesce(known_from, published_on), edition_date(label, archive_dated), edition, release_id
    ) as place
  from release
  where governs or release_id = of_release
),
factor_print as (
  select release_id, hash(list(row(qp_status, conversion_factor) order by qp_status)) as factors
  from conversion_factor
  group by release_id
),
place_print as (
  select release_id, hash(list(row(mac, locality, work_gpci, pe_gpci, mp_gpci) order by mac, locality)) as places
  from gpci
  group by release_id
),
unit_print as (
  select release_id, hash(list(row(mac, locality, qp_status, conversion_factor) order by mac, locality, qp_status)) as units
  from anesthesia_cf
  group by release_id
),
release_print as (
  select chain.release_id, chain.place, hash(factor_print.factors, place_print.places) as prices, unit_print.units
  from chain
  left join factor_print on factor_print.release_id = chain.release_id
  left join place_print on place_print.release_id = chain.release_id
  left join unit_print on unit_print.release_id = chain.release_id
),
wanted as (
  select place, prices
  from release_print
  where release_id = of_release
),
-- The releases that may be cited: up to the wanted one, with its prices and without a gap.
candidate as (
  select release_print.release_id, release_print.place, release_print.units
  from release_print
  cross join wanted
  where release_print.place <= wanted.place
    and release_print.place > (
      select coalesce(max(other.place), 0)
      from release_print as other
      where other.place < wanted.place and other.prices <> wanted.prices
    )
),
row_print as (
  select
    release_id,
    hcpcs_code,
    modifier,
    is_priced,
    hash(
      status_code, not_used_for_medicare_payment, work_rvu, nonfacility_pe_rvu, nonfacility_na, facility_pe_rvu, facility_na, mp_rvu,
      nonfacility_total_rvu, facility_total_rvu, full_nonfacility_pe_rvu, full_nonfacility_na, full_facility_pe_rvu, full_facility_na,
      full_nonfacility_total_rvu, full_facility_total_rvu, pctc_indicator, global_days, preoperative_fraction,
      intraoperative_fraction, postoperative_fraction, multiple_procedure_indicator, bilateral_surgery_indicator,
      assistant_surgery_indicator, co_surgery_indicator, team_surgery_indicator, pricing_indicator, endoscopic_base_code,
      diagnostic_supervision, calculation_flag, imaging_family, opps_nonfacility_pe_rvu, opps_facility_pe_rvu, opps_mp_rvu
    ) as figures
  from rvu
  left join status_code using (status_code)
  where release_id in (select candidate.release_id from candidate)
),
code_print as (
  select release_id, hcpcs_code, coalesce(bool_or(is_priced), false) as is_priced, hash(list(row(modifier, figures) order by modifier)) as figures
  from row_print
  group by release_id, hcpcs_code
),
word_print as (
  select release_id, hcpcs_code, hash(list(row(modifier, description) order by modifier)) as words
  from public_descriptor
  where release_id in (select candidate.release_id from candidate)
  group by release_id, hcpcs_code
),
stand as (
  select
    code_print.release_id,
    code_print.hcpcs_code,
    candidate.place,
    hash(code_print.figures, word_print.words, case when not code_print.is_priced then candidate.units end) as everything
  from code_print
  join candidate on candidate.release_id = code_print.release_id
  left join word_print on word_print.release_id = code_print.release_id and word_print.hcpcs_code = code_print.hcpcs_code
),
compared as (
  select
    hcpcs_code,
    place,
    place = 1 + lag(place) over in_order and everything = lag(everything) over in_order as is_unchanged
  from stand
  window in_order as (partition by hcpcs_code order by place)
),
cited as (
  select hcpcs_code, max(place) as last_place, max(place) filter (where not coalesce(is_unchanged, false)) as first_place
  from compared
  group by hcpcs_code
)
select cited.hcpcs_code, candidate.release_id as source_release_id
from cited
join candidate on candidate.place = cited.first_place
join wanted on wanted.place = cited.last_place;
