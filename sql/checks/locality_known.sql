-- Every locality of a GPCI file has a state and a stable locality_id. Add the missing ones to flows/catalog/localities.csv.
-- grain: release, mac, locality
-- reads: locality
-- severity: warning
-- scope: release
-- rule: a pair that is not declared for the year has no locality_id, and its history cannot be followed. Add a row to
-- flows/catalog/localities.csv, and one to flows/catalog/locality_areas.csv when the area is new.
select release_id, mac, locality, locality_name, 'flows/catalog/localities.csv' as edit
from locality
where is_new_release(release_id) and locality_id is null
