-- CMS's short description of a HCPCS Level II code that outputs may show: those worded like a CPT or dental one are left out.
-- grain: release, code, modifier
-- reads: hcpcs_descriptor, protected_descriptor
-- rule: HCPCS Level II descriptors are public (CMS), CPT (AMA) and dental ones (ADA) are not. CMS gave a few of its codes (G6001 to
-- G6028 of 2015) the words of a CPT code; nobody can tell these from the AMA's, in any release, so they are not passed on.
-- Fingerprints by macro descriptor_fingerprints, of the whole text and of each part between punctuation.
create or replace view public_descriptor as
with distinct_text as (
  select distinct description
  from hcpcs_descriptor
),
mark as (
  select description, unnest(descriptor_fingerprints(description)) as fingerprint
  from distinct_text
),
withheld as (
  select distinct mark.description
  from mark
  join protected_descriptor on protected_descriptor.fingerprint = mark.fingerprint
)
select
  hcpcs_descriptor.release_id,
  hcpcs_descriptor.hcpcs_code,
  hcpcs_descriptor.modifier,
  hcpcs_descriptor.description
from hcpcs_descriptor
where hcpcs_descriptor.description not in (select withheld.description from withheld);
