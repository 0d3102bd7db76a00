-- What is different between two releases, locality by locality: indices, contractor numbers, and areas that were split or retired.
-- grain: basis, from_release_id, to_release_id, locality_id
-- reads: release_pair, locality, gpci, locality_succession
-- rule: view locality_change, which has the pairs of year, year_end and release. basis 'any' has every two editions: ask for both by name.
create or replace view locality_comparison as
with place as (
  select
    locality.release_id,
    coalesce(locality.locality_id, locality.mac || '-' || locality.locality) as locality_id,
    locality.state,
    coalesce(locality.area_name, locality.locality_name) as area_name,
    locality.predecessors,
    locality.successors,
    locality.mac,
    locality.locality,
    gpci.work_gpci,
    gpci.pe_gpci,
    gpci.mp_gpci
  from locality
  join gpci
    on gpci.release_id = locality.release_id and gpci.mac = locality.mac and gpci.locality = locality.locality
),
-- Areas that took the place of others, each with its one predecessor; of a retired area, its one successor.
relation as (
  select successor_id as locality_id, min(locality_id) as other_id, true as is_begun
  from locality_succession
  group by successor_id
  having count(*) = 1
  union all
  select locality_id, min(successor_id), false
  from locality_succession
  group by locality_id
  having count(*) = 1
),
area as (
  select release_pair.basis, release_pair.from_release_id, release_pair.to_release_id, place.locality_id
  from release_pair
  join place on place.release_id = release_pair.from_release_id
  union
  select release_pair.basis, release_pair.from_release_id, release_pair.to_release_id, place.locality_id
  from release_pair
  join place on place.release_id = release_pair.to_release_id
),
joined as (
  select
    area.basis,
    area.from_release_id,
    area.to_release_id,
    area.locality_id,
    own_before.locality_id is not null as is_before,
    own_after.locality_id is not null as is_after,
    coalesce(own_after.state, own_before.state) as state,
    coalesce(own_after.area_name, own_before.area_name) as area_name,
    own_after.predecessors,
    own_before.successors,
    coalesce(own_before.locality_id, area_before.locality_id) as locality_id_before,
    coalesce(own_after.locality_id, area_after.locality_id) as locality_id_after,
    coalesce(own_before.mac, area_before.mac) as mac_before,
    coalesce(own_before.locality, area_before.locality) as locality_before,
    coalesce(own_after.mac, area_after.mac) as mac_after,
    coalesce(own_after.locality, area_after.locality) as locality_after,
    coalesce(own_before.work_gpci, area_before.work_gpci) as work_gpci_before,
    coalesce(own_after.work_gpci, area_after.work_gpci) as work_gpci_after,
    coalesce(own_before.pe_gpci, area_before.pe_gpci) as pe_gpci_before,
    coalesce(own_after.pe_gpci, area_after.pe_gpci) as pe_gpci_after,
    coalesce(own_before.mp_gpci, area_before.mp_gpci) as mp_gpci_before,
    coalesce(own_after.mp_gpci, area_after.mp_gpci) as mp_gpci_after
  from area
  left join place as own_before
    on own_before.release_id = area.from_release_id and own_before.locality_id = area.locality_id
  left join place as own_after
    on own_after.release_id = area.to_release_id and own_after.locality_id = area.locality_id
  left join relation as begun
    on begun.locality_id = area.locality_id and begun.is_begun and own_before.locality_id is null
  left join place as area_before
    on area_before.release_id = area.from_release_id and area_before.locality_id = begun.other_id
  left join relation as ended
    on ended.locality_id = area.locality_id and not ended.is_begun and own_after.locality_id is null
  left join place as area_after
    on area_after.release_id = area.to_release_id and area_after.locality_id = ended.other_id
),
measured as (
  select
    *,
    cast(
      greatest(
        abs(work_gpci_after - work_gpci_before), abs(pe_gpci_after - pe_gpci_before), abs(mp_gpci_after - mp_gpci_before)
      ) as decimal(4, 3)
    ) as gpci_change,
    mac_before <> mac_after or locality_before <> locality_after as is_other_number
  from joined
)
select
  measured.basis,
  measured.from_release_id,
  measured.to_release_id,
  locality_id,
  release_pair.from_year,
  release_pair.to_year,
  release_pair.from_service_date,
  release_pair.to_service_date,
  state,
  area_name,
  case
    when is_before and is_after and gpci_change > 0 then 'gpci_changed'
    when is_before and is_after and is_other_number then 'renumbered'
    when is_before and is_after then 'unchanged'
    when is_after and locality_id_before is not null then 'split_off'
    when is_after then 'created'
    when locality_id_after is not null then 'merged'
    when successors is not null then 'split'
    else 'ended'
  end as change_kind,
  coalesce(is_other_number, false) as is_renumbered,
  coalesce(gpci_change > 0, false) as is_gpci_changed,
  locality_id_before,
  locality_id_after,
  predecessors,
  successors,
  mac_before,
  locality_before,
  mac_after,
  locality_after,
  work_gpci_before,
  work_gpci_after,
  pe_gpci_before,
  pe_gpci_after,
  mp_gpci_before,
  mp_gpci_after,
  gpci_change
from measured
join release_pair
  on release_pair.basis = measured.basis
  and release_pair.from_release_id = measured.from_release_id
  and release_pair.to_release_id = measured.to_release_id;
