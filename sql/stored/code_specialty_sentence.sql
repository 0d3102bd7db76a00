-- What may be said of who uses a code: one sentence that names Medicare, the years and the source, and the rows that it is made of,
-- for pages and feeds.
-- grain: hcpcs_code
-- reads: code_specialty
-- scope: reference
-- rule: view code_specialty. A code without a row has no utilisation loaded, or none in the pooled years: say nothing then.
-- Stored, because every page asks for one code of it.
create or replace table code_specialty_sentence as
with part as (
  select
    hcpcs_code,
    string_agg(specialty_name || ' (' || share_percent || ' %)', ', ' order by specialty_rank)
      filter (where claim = 'named') as named,
    string_agg(specialty_name || ' (' || share_percent || ' %)', ', ' order by specialty_rank)
      filter (where claim = 'billed_by') as billed_by,
    string_agg(specialty_name || ' (' || share_percent || ' %)', ', ' order by specialty_rank)
      filter (where claim = 'advanced_practice') as advanced_practice,
    list(
      {
        'claim': claim,
        'specialty_code': specialty_code,
        'specialty_name': specialty_name,
        'share_percent': share_percent,
        'estimated_percent': estimated_percent,
        'services_from_year': services_from_year,
        'services_to_year': services_to_year
      }
      order by claim desc, specialty_rank
    ) as specialties,
    bool_or(claim = 'many') as is_many,
    bool_or(claim = 'too_few') as is_too_few,
    coalesce(bool_or(is_estimated), false) as is_estimated,
    any_value(services_from_year) as services_from_year,
    any_value(services_to_year) as services_to_year,
    any_value(pooled_years) as pooled_years
  from code_specialty
  group by hcpcs_code
)
select
  hcpcs_code,
  'In Medicare, ' || services_from_year
  || case when services_to_year > services_from_year then ' to ' || services_to_year else '' end
  || case
    when named is not null then ', used mainly by: ' || named || '.'
    when billed_by is not null then ', billed mainly by: ' || billed_by || '.'
    when is_many then ', used by many specialties, none with a large share.'
    when is_too_few then ', too few services to say who uses it.'
    else ', billed mainly by nurse practitioners, physician assistants and other advanced practice.'
  end
  || case
    when advanced_practice is not null then ' On a line of their own, of all practitioners: ' || advanced_practice || '.'
    else ''
  end
  || case when is_estimated then ' Mostly estimated, from rows whose counts CMS hides.' else '' end
  || ' Source: CMS Physician/Supplier Procedure Summary.' as specialty_sentence,
  specialties,
  is_estimated,
  services_from_year,
  services_to_year,
  pooled_years
from part
order by hcpcs_code;
