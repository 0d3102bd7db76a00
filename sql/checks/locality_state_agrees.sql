-- Where the GPCI file prints a state, it is the one that flows/catalog/localities.csv declares.
-- grain: release, mac, locality
-- reads: gpci, release, locality_identity
-- severity: error
-- rule: GPCI files print the state from 2021. A difference means that the mapping is wrong or that a number was given to another area.
select gpci.release_id, gpci.mac, gpci.locality, gpci.state as printed_state, locality_identity.state as declared_state
from gpci
join release on release.release_id = gpci.release_id
join locality_identity
  on locality_identity.mac = gpci.mac
  and locality_identity.locality = gpci.locality
  and release.year >= coalesce(locality_identity.valid_from_year, 0)
  and release.year <= coalesce(locality_identity.valid_to_year, 9999)
where gpci.state <> ''
  and gpci.state <> locality_identity.state
