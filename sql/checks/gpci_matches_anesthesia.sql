-- The localities of the GPCI file and of the anesthesia file of a release are the same.
-- grain: release, mac, locality
-- reads: gpci, anesthesia_cf
-- severity: error
-- rule: both files list every locality of the year once; a difference means that one of them lost rows or belongs to another year.
with compared as (
  select coalesce(gpci.release_id, factor.release_id) as release_id,
    coalesce(gpci.mac, factor.mac) as mac,
    coalesce(gpci.locality, factor.locality) as locality,
    gpci.mac is null as not_in_gpci,
    factor.mac is null as not_in_anesthesia
  from gpci
  full join (select distinct release_id, mac, locality from anesthesia_cf) as factor
    on factor.release_id = gpci.release_id and factor.mac = gpci.mac and factor.locality = gpci.locality
)
select release_id, mac, locality, not_in_gpci, not_in_anesthesia
from compared
where (not_in_gpci or not_in_anesthesia)
  -- A release without an anesthesia member has nothing to compare.
  and release_id in (select release_id from anesthesia_cf)
