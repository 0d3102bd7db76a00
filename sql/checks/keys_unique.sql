-- No key of the tables of a release stands twice.
-- grain: table, key
-- reads: release, release_file, rvu, gpci, conversion_factor, anesthesia_cf, opps_cap, locality_county
-- severity: error
-- scope: release
-- rule: the keys that flows/catalog/tables.toml declares.
select 'rvu' as table_name, release_id, concat_ws(' ', release_id, hcpcs_code, modifier) as row_key, count(*) as rows_found
from rvu where is_new_release(release_id) group by release_id, hcpcs_code, modifier having count(*) > 1
union all
select 'gpci', release_id, concat_ws(' ', release_id, mac, locality), count(*)
from gpci where is_new_release(release_id) group by release_id, mac, locality having count(*) > 1
union all
select 'anesthesia_cf', release_id, concat_ws(' ', release_id, mac, locality, qp_status), count(*)
from anesthesia_cf where is_new_release(release_id) group by release_id, mac, locality, qp_status having count(*) > 1
union all
select 'opps_cap', release_id, concat_ws(' ', release_id, mac, locality, hcpcs_code, modifier), count(*)
from opps_cap where is_new_release(release_id) group by release_id, mac, locality, hcpcs_code, modifier having count(*) > 1
union all
select 'locality_county', release_id, concat_ws(' ', release_id, mac, locality), count(*)
from locality_county where is_new_release(release_id) group by release_id, mac, locality having count(*) > 1
union all
select 'conversion_factor', release_id, concat_ws(' ', release_id, qp_status), count(*)
from conversion_factor where is_new_release(release_id) group by release_id, qp_status having count(*) > 1
union all
select 'release_file', release_id, concat_ws(' ', release_id, kind, qp_status), count(*)
from release_file where is_new_release(release_id) group by release_id, kind, qp_status having count(*) > 1
union all
select 'release', release_id, release_id, count(*)
from release where is_new_release(release_id) group by release_id having count(*) > 1
