-- What changed between two releases for localities, in numbers.
-- grain: basis, from_release_id, to_release_id
-- reads: locality_comparison
-- rule: each area counts once under its change_kind (locality_change); largest_gpci_change is over areas that both releases have under
-- their own name. basis 'any' has every two editions: ask for both by name.
create or replace view locality_change_summary as
select
  basis,
  from_release_id,
  to_release_id,
  count(*) filter (where locality_id = locality_id_before) as localities_before,
  count(*) filter (where locality_id = locality_id_after) as localities_after,
  count(*) filter (where change_kind in ('created', 'split_off')) as localities_begun,
  count(*) filter (where change_kind in ('merged', 'split', 'ended')) as localities_ended,
  count(*) filter (where is_renumbered and locality_id_before = locality_id_after) as localities_renumbered,
  count(*) filter (where is_gpci_changed and locality_id_before = locality_id_after) as gpcis_changed,
  max(gpci_change) filter (where locality_id_before = locality_id_after) as largest_gpci_change
from locality_comparison
group by basis, from_release_id, to_release_id;
