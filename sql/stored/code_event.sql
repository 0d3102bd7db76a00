-- What happens to a code at a release: its life begins or ends, or its RVUs, status or indicators become others.
-- grain: release, code, modifier
-- reads: rvu, governing_release
-- scope: year
-- rule: each governing release beside the one before it (governing_release); a row where something happened. Where releases of one
-- calendar year print other RVUs for a code of the same status, the last of them corrects the others (as in payment_corrected_on): the
-- corrected RVUs count for the whole year, and corrected_by_release_id names the release that printed them first. A row without any
-- begins_ or ends_ notes that such a year begins, or the first outpatient RVUs of a code, which files before 2007 lack. A life that
-- ends has no values: the release lacks the code. Stored, because every code of every release is compared with the release before.
create or replace table code_event as
with chain as (
  select release_id, year, chain_position, is_new_release(release_id) as is_sought
  from governing_release
),
-- The releases whose events are sought, the others of their years, which correct them, and the one that the first is compared with:
-- the last of its year, so that what it printed is what holds.
needed as (
  select release_id, year, chain_position, is_sought
  from chain
  where chain_position >= (
    select min(chain_position) from chain where year >= (select min(year) from chain where is_sought)
  ) - 1
    and year <= (select max(year) from chain where is_sought)
),
printed as (
  select
    rvu.hcpcs_code,
    rvu.modifier,
    needed.chain_position,
    needed.release_id,
    needed.year,
    rvu.status_code,
    rvu.work_rvu,
    rvu.nonfacility_pe_rvu,
    rvu.facility_pe_rvu,
    rvu.mp_rvu,
    rvu.opps_nonfacility_pe_rvu,
    rvu.opps_facility_pe_rvu,
    rvu.opps_mp_rvu
  from rvu
  join needed on needed.release_id = rvu.release_id
),
-- Few rows: the codes whose RVUs differ between releases of one year. The last of them has the RVUs that hold for all of them.
corrected as (
  select
    hcpcs_code,
    modifier,
    year,
    status_code,
    arg_max(work_rvu, chain_position) as work_rvu,
    arg_max(nonfacility_pe_rvu, chain_position) as nonfacility_pe_rvu,
    arg_max(facility_pe_rvu, chain_position) as facility_pe_rvu,
    arg_max(mp_rvu, chain_position) as mp_rvu,
    arg_max(opps_nonfacility_pe_rvu, chain_position) as opps_nonfacility_pe_rvu,
    arg_max(opps_facility_pe_rvu, chain_position) as opps_facility_pe_rvu,
    arg_max(opps_mp_rvu, chain_position) as opps_mp_rvu
  from printed
  where year in (select needed.year from needed group by needed.year having count(*) > 1)
  group by hcpcs_code, modifier, year, status_code
  having
    min(work_rvu) <> max(work_rvu)
    or min(nonfacility_pe_rvu) <> max(nonfacility_pe_rvu)
    or min(facility_pe_rvu) <> max(facility_pe_rvu)
    or min(mp_rvu) <> max(mp_rvu)
),
correcting as (
  select
    corrected.hcpcs_code,
    corrected.modifier,
    corrected.year,
    corrected.status_code,
    corrected.work_rvu,
    corrected.nonfacility_pe_rvu,
    corrected.facility_pe_rvu,
    corrected.mp_rvu,
    corrected.opps_nonfacility_pe_rvu,
    corrected.opps_facility_pe_rvu,
    corrected.opps_mp_rvu,
    arg_min(printed.release_id, printed.chain_position) as corrected_by_release_id
  from corrected
  join printed
    on printed.hcpcs_code = corrected.hcpcs_code
    and printed.modifier = corrected.modifier
    and printed.year = corrected.year
    and printed.status_code = corrected.status_code
    and printed.work_rvu = corrected.work_rvu
    and printed.nonfacility_pe_rvu = corrected.nonfacility_pe_rvu
    and printed.facility_pe_rvu = corrected.facility_pe_rvu
    and printed.mp_rvu = corrected.mp_rvu
  group by all
),
-- Each row with the RVUs that hold for it, and its indicators as one number of 64 bits: to compare sixteen texts takes most of the time.
held as (
  select
    rvu.hcpcs_code,
    rvu.modifier,
    needed.release_id,
    needed.is_sought,
    following.release_id as following_release_id,
    rvu.status_code,
    coalesce(correcting.work_rvu, rvu.work_rvu) as work_rvu,
    coalesce(correcting.nonfacility_pe_rvu, rvu.nonfacility_pe_rvu) as nonfacility_pe_rvu,
    coalesce(correcting.facility_pe_rvu, rvu.facility_pe_rvu) as facility_pe_rvu,
    coalesce(correcting.mp_rvu, rvu.mp_rvu) as mp_rvu,
    coalesce(correcting.opps_nonfacility_pe_rvu, rvu.opps_nonfacility_pe_rvu) as opps_nonfacility_pe_rvu,
    coalesce(correcting.opps_facility_pe_rvu, rvu.opps_facility_pe_rvu) as opps_facility_pe_rvu,
    coalesce(correcting.opps_mp_rvu, rvu.opps_mp_rvu) as opps_mp_rvu,
    hash(
      rvu.nonfacility_na,
      rvu.facility_na,
      rvu.not_used_for_medicare_payment,
      rvu.pctc_indicator,
      rvu.global_days,
      rvu.preoperative_fraction,
      rvu.intraoperative_fraction,
      rvu.postoperative_fraction,
      rvu.multiple_procedure_indicator,
      rvu.bilateral_surgery_indicator,
      rvu.assistant_surgery_indicator,
      rvu.co_surgery_indicator,
      rvu.team_surgery_indicator,
      rvu.endoscopic_base_code,
      rvu.diagnostic_supervision,
      rvu.calculation_flag
    ) as indicators,
    rvu.imaging_family,
    correcting.corrected_by_release_id
  from rvu
  join needed on needed.release_id = rvu.release_id
  left join chain as following on following.chain_position = needed.chain_position + 1 and following.is_sought
  left join correcting
    on correcting.hcpcs_code = rvu.hcpcs_code
    and correcting.modifier = rvu.modifier
    and correcting.year = needed.year
    and correcting.status_code = rvu.status_code
),
compared as (
  select
    coalesce(own.release_id, earlier.following_release_id) as release_id,
    earlier.release_id as earlier_release_id,
    coalesce(own.hcpcs_code, earlier.hcpcs_code) as hcpcs_code,
    coalesce(own.modifier, earlier.modifier) as modifier,
    earlier.hcpcs_code is null as begins_life,
    own.hcpcs_code is null as ends_life,
    coalesce(own.status_code <> earlier.status_code, false) as is_status_changed,
    coalesce(
      own.work_rvu <> earlier.work_rvu
      or own.nonfacility_pe_rvu <> earlier.nonfacility_pe_rvu
      or own.facility_pe_rvu <> earlier.facility_pe_rvu
      or own.mp_rvu <> earlier.mp_rvu,
      false
    ) as is_revalued,
    coalesce(own.indicators <> earlier.indicators or own.imaging_family <> earlier.imaging_family, false) as is_indicator_changed,
    coalesce(
      own.opps_nonfacility_pe_rvu <> earlier.opps_nonfacility_pe_rvu
      or own.opps_facility_pe_rvu <> earlier.opps_facility_pe_rvu
      or own.opps_mp_rvu <> earlier.opps_mp_rvu,
      false
    ) as is_cap_revalued,
    begins_life or is_status_changed or is_revalued or is_indicator_changed or is_cap_revalued as begins_period,
    own.corrected_by_release_id,
    own.work_rvu,
    own.nonfacility_pe_rvu,
    own.facility_pe_rvu,
    own.mp_rvu,
    own.opps_nonfacility_pe_rvu,
    own.opps_facility_pe_rvu,
    own.opps_mp_rvu,
    concat_ws(
      '; ',
      changed_from_to('work_rvu', earlier.work_rvu, own.work_rvu),
      changed_from_to('nonfacility_pe_rvu', earlier.nonfacility_pe_rvu, own.nonfacility_pe_rvu),
      changed_from_to('facility_pe_rvu', earlier.facility_pe_rvu, own.facility_pe_rvu),
      changed_from_to('mp_rvu', earlier.mp_rvu, own.mp_rvu)
    ) as paid_words,
    concat_ws(
      '; ',
      changed_from_to('opps_nonfacility_pe_rvu', earlier.opps_nonfacility_pe_rvu, own.opps_nonfacility_pe_rvu),
      changed_from_to('opps_facility_pe_rvu', earlier.opps_facility_pe_rvu, own.opps_facility_pe_rvu),
      changed_from_to('opps_mp_rvu', earlier.opps_mp_rvu, own.opps_mp_rvu)
    ) as cap_words
  from (select * from held where is_sought) as own
  full join (select * from held where following_release_id is not null) as earlier
    on earlier.following_release_id = own.release_id
    and earlier.hcpcs_code = own.hcpcs_code
    and earlier.modifier = own.modifier
  where begins_period
    or ends_life
    or own.corrected_by_release_id <> coalesce(earlier.corrected_by_release_id, '')
    or (own.opps_mp_rvu is not null and earlier.opps_mp_rvu is null)
),
-- Few rows: what else changed than RVUs, in words.
worded as (
  select
    compared.release_id,
    compared.hcpcs_code,
    compared.modifier,
    changed_from_to('status_code', earlier.status_code, own.status_code) as status_words,
    concat_ws(
      '; ',
      changed_from_to('nonfacility_na', earlier.nonfacility_na, own.nonfacility_na),
      changed_from_to('facility_na', earlier.facility_na, own.facility_na),
      changed_from_to('not_used_for_medicare_payment', earlier.not_used_for_medicare_payment, own.not_used_for_medicare_payment),
      changed_from_to('pctc_indicator', earlier.pctc_indicator, own.pctc_indicator),
      changed_from_to('global_days', earlier.global_days, own.global_days),
      changed_from_to('preoperative_fraction', earlier.preoperative_fraction, own.preoperative_fraction),
      changed_from_to('intraoperative_fraction', earlier.intraoperative_fraction, own.intraoperative_fraction),
      changed_from_to('postoperative_fraction', earlier.postoperative_fraction, own.postoperative_fraction),
      changed_from_to('multiple_procedure_indicator', earlier.multiple_procedure_indicator, own.multiple_procedure_indicator),
      changed_from_to('bilateral_surgery_indicator', earlier.bilateral_surgery_indicator, own.bilateral_surgery_indicator),
      changed_from_to('assistant_surgery_indicator', earlier.assistant_surgery_indicator, own.assistant_surgery_indicator),
      changed_from_to('co_surgery_indicator', earlier.co_surgery_indicator, own.co_surgery_indicator),
      changed_from_to('team_surgery_indicator', earlier.team_surgery_indicator, own.team_surgery_indicator),
      changed_from_to('endoscopic_base_code', earlier.endoscopic_base_code, own.endoscopic_base_code),
      changed_from_to('diagnostic_supervision', earlier.diagnostic_supervision, own.diagnostic_supervision),
      changed_from_to('calculation_flag', earlier.calculation_flag, own.calculation_flag),
      changed_from_to('imaging_family', earlier.imaging_family, own.imaging_family)
    ) as indicator_words
  from compared
  join rvu as own
    on own.release_id = compared.release_id and own.hcpcs_code = compared.hcpcs_code and own.modifier = compared.modifier
  join rvu as earlier
    on earlier.release_id = compared.earlier_release_id
    and earlier.hcpcs_code = compared.hcpcs_code
    and earlier.modifier = compared.modifier
  where compared.is_status_changed or compared.is_indicator_changed
)
select
  compared.release_id,
  compared.hcpcs_code,
  compared.modifier,
  compared.begins_life,
  compared.ends_life,
  compared.begins_period,
  compared.is_status_changed,
  compared.is_revalued,
  compared.is_indicator_changed,
  compared.is_cap_revalued,
  nullif(
    concat_ws(
      '; ', worded.status_words, nullif(paid_words, ''), nullif(worded.indicator_words, ''), nullif(cap_words, '')
    ),
    ''
  ) as values_changed,
  compared.corrected_by_release_id,
  own.status_code,
  compared.work_rvu,
  compared.nonfacility_pe_rvu,
  compared.facility_pe_rvu,
  compared.mp_rvu,
  compared.opps_nonfacility_pe_rvu,
  compared.opps_facility_pe_rvu,
  compared.opps_mp_rvu,
  own.nonfacility_na,
  own.facility_na,
  own.not_used_for_medicare_payment,
  own.pctc_indicator,
  own.global_days,
  own.preoperative_fraction,
  own.intraoperative_fraction,
  own.postoperative_fraction,
  own.multiple_procedure_indicator,
  own.bilateral_surgery_indicator,
  own.assistant_surgery_indicator,
  own.co_surgery_indicator,
  own.team_surgery_indicator,
  own.endoscopic_base_code,
  own.diagnostic_supervision,
  own.calculation_flag,
  own.imaging_family
from compared
left join worded
  on worded.release_id = compared.release_id and worded.hcpcs_code = compared.hcpcs_code and worded.modifier = compared.modifier
left join rvu as own
  on own.release_id = compared.release_id
  and own.hcpcs_code = compared.hcpcs_code
  and own.modifier = compared.modifier
  and is_new_release(own.release_id)
order by compared.release_id, compared.hcpcs_code, compared.modifier;
