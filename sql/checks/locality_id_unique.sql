-- A locality_id stands for one row of a release at most.
-- grain: release, locality_id
-- reads: locality
-- severity: error
-- scope: release
-- rule: without this, joining two years by locality_id would repeat localities. That an area has no rows outside its years is seen to
-- when flows/catalog/localities.csv is read.
select release_id, locality_id, count(*) as rows_found, string_agg(mac || '-' || locality, ' ' order by mac, locality) as pairs
from locality
where is_new_release(release_id) and locality_id is not null
group by release_id, locality_id
having count(*) > 1
