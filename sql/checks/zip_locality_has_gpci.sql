-- Every contractor and locality of a ZIP code file has GPCIs in a release of the same year, so that its ZIP codes can be priced.
-- grain: zip_release, mac, locality
-- reads: zip_locality, zip_release, release, gpci
-- severity: warning
-- rule: compared only where a release of the file's year is loaded. The count is the number of ZIP codes concerned.
with zip_pair as (
  select zip_locality.zip_release_id, zip_release.year, zip_locality.mac, zip_locality.locality, count(*) as zip_codes,
    min(zip_locality.zip_code) as example
  from zip_locality
  join zip_release on zip_release.zip_release_id = zip_locality.zip_release_id
  group by zip_locality.zip_release_id, zip_release.year, zip_locality.mac, zip_locality.locality
),
gpci_pair as (
  select distinct release.year, gpci.mac, gpci.locality
  from gpci
  join release on release.release_id = gpci.release_id
)
select zip_release_id, mac, locality, zip_codes, example
from zip_pair
where year in (select year from gpci_pair)
  and not exists (
    select 1
    from gpci_pair
    where gpci_pair.year = zip_pair.year and gpci_pair.mac = zip_pair.mac and gpci_pair.locality = zip_pair.locality
  )
