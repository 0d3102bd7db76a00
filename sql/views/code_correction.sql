-- A correction: a later release of a calendar year printed other RVUs for a code of the same status than the release before it.
-- grain: to_release_id, code, modifier
-- reads: code_change
-- rule: RVUs are set for a calendar year (Social Security Act, section 1848(b)(1)), so what a later release of the year changes corrects
-- the year's earlier releases; payment_corrected_on prices with it. From which day a changed RVU holds stands in CMS's change requests, not
-- in the files. year is the calendar year, from_release_id the release before the correction, to_release_id the one that brought it.
create or replace view code_correction as
select
  hcpcs_code,
  modifier,
  to_year as year,
  from_release_id,
  to_release_id,
  status_code_after as status_code,
  work_rvu_before,
  work_rvu_after,
  nonfacility_pe_rvu_before,
  nonfacility_pe_rvu_after,
  facility_pe_rvu_before,
  facility_pe_rvu_after,
  mp_rvu_before,
  mp_rvu_after,
  nonfacility_fee_before,
  nonfacility_fee_after,
  nonfacility_fee_change,
  facility_fee_before,
  facility_fee_after,
  facility_fee_change
from code_change
where basis = 'release' and is_correction;
