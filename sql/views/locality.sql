-- A locality of a release with its state and its stable locality_id in every year, so that years can be joined.
-- grain: release, mac, locality
-- reads: gpci, release, locality_identity, locality_area
-- rule: locality_id is the same for one payment area in every release, whatever number its contractor had (Alabama is 00510-00,
-- 10102-00 and 10112-00, and always AL-00). state and locality_id are null for a pair that flows/catalog/localities.csv does not
-- know; check locality_known reports it.
create or replace view locality as
with predecessor as (
  select successor_id as locality_id, string_agg(locality_id, ' ' order by locality_id) as predecessors
  from (
    select locality_id, unnest(string_split(successors, ' ')) as successor_id
    from locality_area
    where successors is not null
  )
  group by successor_id
)
select
  gpci.release_id,
  gpci.mac,
  gpci.locality,
  coalesce(nullif(gpci.state, ''), locality_identity.state) as state,
  locality_identity.locality_id,
  gpci.locality_name,
  locality_area.area_name,
  locality_area.first_year,
  locality_area.last_year,
  locality_area.successors,
  predecessor.predecessors,
  coalesce(locality_identity.note, locality_area.note) as note
from gpci
join release on release.release_id = gpci.release_id
left join locality_identity
  on locality_identity.mac = gpci.mac
  and locality_identity.locality = gpci.locality
  and release.year >= coalesce(locality_identity.valid_from_year, 0)
  and release.year <= coalesce(locality_identity.valid_to_year, 9999)
left join locality_area on locality_area.locality_id = locality_identity.locality_id
left join predecessor on predecessor.locality_id = locality_identity.locality_id;
