-- The figures that a page of a code begins with: its main row, and its modifiers and payments as lists.
-- grain: release, code
-- reads: rvu, release, status_code, section, payment_range
-- rule: the main row is the one without modifier, or the first modifier where CMS has no such row. Amounts of the main row are those
-- for physicians who are not qualifying participants.
create or replace view page_fact as
with code as (
  select
    release_id,
    hcpcs_code,
    -- The main row as a whole: RVUs are read once, and not joined with themselves.
    arg_min(
      {
        'modifier': modifier,
        'status_code': status_code,
        'work_rvu': work_rvu,
        'nonfacility_pe_rvu': nonfacility_pe_rvu,
        'facility_pe_rvu': facility_pe_rvu,
        'mp_rvu': mp_rvu,
        'nonfacility_total_rvu': nonfacility_total_rvu,
        'facility_total_rvu': facility_total_rvu,
        'nonfacility_na': nonfacility_na,
        'facility_na': facility_na,
        'global_days': global_days,
        'assistant_surgery_indicator': assistant_surgery_indicator,
        'endoscopic_base_code': endoscopic_base_code,
        'indicator_key': indicator_key(
          pctc_indicator, global_days, multiple_procedure_indicator, bilateral_surgery_indicator, assistant_surgery_indicator,
          co_surgery_indicator, team_surgery_indicator, diagnostic_supervision, calculation_flag
        ),
        'line_number': line_number
      },
      modifier
    ) as main_row,
    list_sort(list(
      {
        'modifier': modifier,
        'status_code': status_code,
        'work_rvu': work_rvu,
        'nonfacility_pe_rvu': nonfacility_pe_rvu,
        'facility_pe_rvu': facility_pe_rvu,
        'mp_rvu': mp_rvu,
        'nonfacility_total_rvu': nonfacility_total_rvu,
        'facility_total_rvu': facility_total_rvu,
        'nonfacility_na': nonfacility_na,
        'facility_na': facility_na
      }
    )) as modifiers
  from rvu
  group by release_id, hcpcs_code
),
paid as (
  select
    release_id,
    hcpcs_code,
    list_sort(list(
      {
        'modifier': modifier,
        'qp_status': qp_status,
        'conversion_factor': conversion_factor,
        'nonfacility_fee': nonfacility_fee,
        'facility_fee': facility_fee,
        'opps_nonfacility_cap': opps_nonfacility_cap,
        'opps_facility_cap': opps_facility_cap,
        'nonfacility_allowed': nonfacility_allowed,
        'facility_allowed': facility_allowed,
        'locality_count': locality_count,
        'nonfacility_lowest': nonfacility_lowest,
        'nonfacility_highest': nonfacility_highest,
        'facility_lowest': facility_lowest,
        'facility_highest': facility_highest
      }
    )) as payments
  from payment_range
  group by release_id, hcpcs_code
)
select
  code.release_id,
  code.hcpcs_code,
  code.main_row.modifier,
  section.section,
  code.main_row.status_code,
  status_code.meaning as status_meaning,
  -- The amounts of the main row for physicians who are not qualifying participants come first in the list.
  coalesce(paid.payments[1].modifier = code.main_row.modifier, false) as is_priced,
  case when not is_priced
    then unpriced_reason(code.main_row.status_code, status_code.status_code is not null, status_code.reason)
  end as reason,
  code.main_row.work_rvu,
  code.main_row.nonfacility_pe_rvu,
  code.main_row.facility_pe_rvu,
  code.main_row.mp_rvu,
  code.main_row.nonfacility_total_rvu,
  code.main_row.facility_total_rvu,
  code.main_row.nonfacility_na,
  code.main_row.facility_na,
  code.main_row.global_days,
  code.main_row.assistant_surgery_indicator,
  code.main_row.endoscopic_base_code,
  code.main_row.indicator_key,
  code.main_row.line_number,
  case when is_priced then paid.payments[1].conversion_factor end as conversion_factor,
  case when is_priced then paid.payments[1].nonfacility_allowed end as nonfacility_allowed,
  case when is_priced then paid.payments[1].facility_allowed end as facility_allowed,
  case when is_priced then paid.payments[1].locality_count end as locality_count,
  case when is_priced then paid.payments[1].nonfacility_lowest end as nonfacility_lowest,
  case when is_priced then paid.payments[1].nonfacility_highest end as nonfacility_highest,
  case when is_priced then paid.payments[1].facility_lowest end as facility_lowest,
  case when is_priced then paid.payments[1].facility_highest end as facility_highest,
  code.modifiers,
  paid.payments
from code
join release on release.release_id = code.release_id
left join status_code on status_code.status_code = code.main_row.status_code
left join section
  on section.code_form = code_form(code.hcpcs_code)
  and code.hcpcs_code between section.first_code and section.last_code
  and release.valid_from between section.effective_from and coalesce(section.effective_to, date '9999-12-31')
left join paid on paid.release_id = code.release_id and paid.hcpcs_code = code.hcpcs_code;
