-- The periods of a code's life as one list, for its page.
-- grain: code, modifier
-- reads: code_period
-- rule: the rows of code_period, the oldest first; first_release_id is there called release_id. Stored, because a page takes them all;
-- not sorted, which would take a sixth of the time, for lists are heavy to move.
create or replace table code_periods as
select
  hcpcs_code,
  modifier,
  list_sort(list(
    {
      'life': life,
      'period': period,
      'change_kind': change_kind,
      'values_changed': values_changed,
      'release_id': first_release_id,
      'effective_from': effective_from,
      'effective_to': effective_to,
      'status_code': status_code,
      'work_rvu': work_rvu,
      'nonfacility_total_rvu': nonfacility_total_rvu,
      'facility_total_rvu': facility_total_rvu
    }
  )) as periods
from code_period
group by hcpcs_code, modifier;
