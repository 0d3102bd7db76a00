-- CMS's short description of a HCPCS Level II code that outputs may show: those worded like a CPT or dental one are left out.
-- grain: release, code, modifier
-- reads: hcpcs_descriptor, protected_descriptor
-- rule: HCPCS Level II descriptors are public (CMS), CPT (AMA) and dental ones (ADA) are not. CMS gave a few of its codes (G6001 to
-- G6028 of 2015) the words of a CPT code; nobody can tell these from the AMA's, in any release, so they are not passed on.
-- Fingerprints as in flows/normalize/descriptors.py, of the whole text and of each part between punctuation.
create or replace view public_descriptor as
with distinct_text as (
  select distinct description
  from hcpcs_descriptor
),
part as (
  select
    description,
    unnest(list_append(regexp_split_to_array(lower(description), '["''|,;:\t\n\r<>()\[\]{}`]+'), lower(description))) as words
  from distinct_text
),
withheld as (
  select distinct part.description
  from part
  where left(sha256(trim(regexp_replace(words, '\s+', ' ', 'g'))), 16) in (
    select protected_descriptor.fingerprint from protected_descriptor
  )
)
select
  hcpcs_descriptor.release_id,
  hcpcs_descriptor.hcpcs_code,
  hcpcs_descriptor.modifier,
  hcpcs_descriptor.description
from hcpcs_descriptor
where hcpcs_descriptor.description not in (select withheld.description from withheld);
