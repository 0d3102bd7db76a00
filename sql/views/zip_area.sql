-- The payment area of a ZIP code in each ZIP code file: the pair that the file prints, and the stable locality_id.
-- grain: zip_release, zip_code
-- reads: zip_locality, zip_release, locality_identity, locality_area
-- rule: needs_plus_four is true where CMS's file says that four more digits decide; mac and locality are then those of the main part
-- of the ZIP code, and table zip4_locality has the digits when CMS's ZIP9 file was loaded. locality_id is null for a pair that
-- flows/catalog/localities.csv does not know.
create or replace view zip_area as
select
  zip_locality.zip_release_id,
  zip_locality.zip_code,
  zip_locality.state,
  zip_locality.mac,
  zip_locality.locality,
  locality_identity.locality_id,
  locality_area.area_name,
  zip_locality.needs_plus_four,
  zip_locality.rural_indicator
from zip_locality
join zip_release on zip_release.zip_release_id = zip_locality.zip_release_id
left join locality_identity
  on locality_identity.mac = zip_locality.mac
  and locality_identity.locality = zip_locality.locality
  and zip_release.year >= coalesce(locality_identity.valid_from_year, 0)
  and zip_release.year <= coalesce(locality_identity.valid_to_year, 9999)
left join locality_area on locality_area.locality_id = locality_identity.locality_id;
