-- The conversion factor of a release is the one that the catalogue knows for it.
-- grain: release
-- reads: release, conversion_factor
-- severity: error
-- rule: flows/catalog/releases.csv. The same label with another factor is another release (RVU24A and RVU24AR).
select release.release_id, conversion_factor.conversion_factor, release.expected_conversion_factor
from release
join conversion_factor on conversion_factor.release_id = release.release_id and conversion_factor.qp_status = 'non_qp'
where conversion_factor.conversion_factor <> release.expected_conversion_factor
