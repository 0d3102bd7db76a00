-- What became of a locality from one release to another: its indices before and after, another contractor number, or a split.
-- grain: basis, from_release_id, to_release_id, locality_id
-- reads: locality_comparison
-- rule: localities are joined by their stable locality_id (view locality), so that a new contractor number is renumbered and not a new
-- place. The first kind that applies: gpci_changed, renumbered, unchanged. An area that only the earlier release has was merged
-- into the one area that took its place, or split among several (successors); one that only the later has was split_off from the one
-- area whose place it took, or created. split_off and merged rows have the indices of the other area on the side where their own are
-- missing (locality_id_before, locality_id_after), which is what a practice there saw; what several areas did to one is not guessed.
-- work_gpci is the one in force that the release printed. gpci_change is the largest difference of the three indices.
create or replace view locality_change as
select
  basis,
  from_release_id,
  to_release_id,
  locality_id,
  from_year,
  to_year,
  from_service_date,
  to_service_date,
  state,
  area_name,
  change_kind,
  is_renumbered,
  is_gpci_changed,
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
from locality_comparison
where basis in ('year', 'year_end', 'release');
