-- The localities of a release that a ZIP code may lie in: one row when it is known, several when counties decide, none when CMS's
-- ZIP code file does not have the ZIP code.
-- grain: zip_code, release, mac, locality
-- reads: release, zip_release, zip_locality, zip4_locality, locality_identity, locality
-- rule: the newest ZIP code file from before the end of the release is used, else the oldest one after it. Its locality is found in
-- the release by locality_id, since contractors were renumbered. When the file is from after a split or a merger of areas and the
-- release from before it, or the other way round, every area that took part is a candidate. Give wanted_plus_four where
-- needs_plus_four is true and table zip4_locality is filled.
create or replace macro locality_of_zip(wanted_zip, wanted_release_id, wanted_plus_four := null) as table
with priced as (
  select release_id, year, valid_to
  from release
  where release_id = wanted_release_id
),
zip_file as (
  select zip_release.zip_release_id, zip_release.year as zip_year
  from zip_release
  cross join priced
  order by
    zip_release.valid_from <= priced.valid_to desc,
    case when zip_release.valid_from <= priced.valid_to then zip_release.valid_from end desc,
    zip_release.valid_from,
    zip_release.edition desc
  limit 1
),
found as (
  select
    zip_locality.zip_release_id,
    zip_file.zip_year,
    zip_locality.zip_code,
    coalesce(zip4_locality.mac, zip_locality.mac) as mac,
    coalesce(zip4_locality.locality, zip_locality.locality) as locality,
    zip_locality.needs_plus_four and zip4_locality.mac is null as needs_plus_four
  from zip_locality
  join zip_file on zip_file.zip_release_id = zip_locality.zip_release_id
  left join zip4_locality
    on zip4_locality.zip_release_id = zip_locality.zip_release_id
    and zip4_locality.zip_code = zip_locality.zip_code
    and zip4_locality.plus_four = wanted_plus_four
  where zip_locality.zip_code = wanted_zip
),
area as (
  select found.*, locality_identity.locality_id, locality_area.last_year as area_last_year
  from found
  left join locality_identity
    on locality_identity.mac = found.mac
    and locality_identity.locality = found.locality
    and found.zip_year >= coalesce(locality_identity.valid_from_year, 0)
    and found.zip_year <= coalesce(locality_identity.valid_to_year, 9999)
  left join locality_area on locality_area.locality_id = locality_identity.locality_id
)
select
  area.zip_code,
  area.zip_release_id,
  locality.release_id,
  locality.mac,
  locality.locality,
  locality.state,
  locality.locality_id,
  locality.locality_name,
  locality.locality_id is not distinct from area.locality_id as is_same_area,
  area.needs_plus_four,
  count(*) over () as candidates,
  count(*) over () = 1 and not area.needs_plus_four as is_certain
from area
join priced on true
join locality
  on locality.release_id = priced.release_id
  and (
    locality.locality_id = area.locality_id
    -- The area of the file took the place of this one between the release and the file.
    or (area.zip_year > locality.last_year and list_contains(string_split(locality.successors, ' '), area.locality_id))
    -- This area took the place of the file's area between the file and the release.
    or (priced.year > area.area_last_year and list_contains(string_split(locality.predecessors, ' '), area.locality_id))
    or (area.locality_id is null and locality.mac = area.mac and locality.locality = area.locality)
  )
