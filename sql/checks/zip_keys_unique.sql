-- No ZIP code stands twice in a ZIP code file, nor four further digits twice for one ZIP code.
-- grain: table, key
-- reads: zip_locality, zip4_locality
-- severity: error
-- rule: the keys that flows/catalog/tables.toml declares.
select 'zip_locality' as table_name, zip_release_id, concat_ws(' ', zip_release_id, zip_code) as row_key, count(*) as rows_found
from zip_locality group by zip_release_id, zip_code having count(*) > 1
union all
select 'zip4_locality', zip_release_id, concat_ws(' ', zip_release_id, zip_code, plus_four), count(*)
from zip4_locality group by zip_release_id, zip_code, plus_four having count(*) > 1
