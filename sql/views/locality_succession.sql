-- Which payment areas took the place of an area that was split or retired: California in 2017 and 2024, Missouri, Kansas.
-- grain: locality_id, successor_id
-- reads: locality_area
-- rule: flows/catalog/locality_areas.csv. Where is_split is true the county decides which successor follows; the counties stand in
-- table locality_county.
create or replace view locality_succession as
with succession as (
  select locality_id, state, last_year, unnest(string_split(successors, ' ')) as successor_id, note
  from locality_area
  where successors is not null
)
select
  succession.locality_id,
  succession.successor_id,
  succession.state,
  before.area_name,
  succession.last_year,
  succession.last_year + 1 as succeeds_from_year,
  count(*) over (partition by succession.locality_id) > 1 as is_split,
  succession.note
from succession
join locality_area as before on before.locality_id = succession.locality_id;
