-- Each loaded release against the governing release loaded before it: rows, codes, statuses, RVUs, indices, conversion factor.
-- grain: release
-- reads: release_pair, code_change_summary, locality_change_summary
-- scope: onward
-- rule: basis loaded of release_pair; counts as in code_change_summary and locality_change_summary. The first loaded release has no row.
-- Stored, so that it can be read without comparing the releases again.
create or replace table release_diff as
select
  release_pair.to_release_id as release_id,
  release_pair.from_release_id as compared_release_id,
  release_pair.years_apart,
  release_pair.releases_not_loaded,
  coalesce(codes.codes_before, 0) as codes_before,
  coalesce(codes.codes_after, 0) as codes_after,
  coalesce(codes.codes_added, 0) as codes_added,
  coalesce(codes.codes_reactivated, 0) as codes_reactivated,
  coalesce(codes.codes_deleted, 0) as codes_deleted,
  coalesce(codes.codes_status_changed, 0) as codes_status_changed,
  coalesce(codes.codes_revalued, 0) as codes_revalued,
  coalesce(codes.codes_indicator_changed, 0) as codes_indicator_changed,
  coalesce(codes.codes_cap_revalued, 0) as codes_cap_revalued,
  coalesce(places.localities_before, 0) as localities_before,
  coalesce(places.localities_after, 0) as localities_after,
  coalesce(places.localities_begun, 0) as localities_begun,
  coalesce(places.localities_ended, 0) as localities_ended,
  coalesce(places.localities_renumbered, 0) as localities_renumbered,
  coalesce(places.gpcis_changed, 0) as gpcis_changed,
  places.largest_gpci_change,
  codes.conversion_factor_before,
  codes.conversion_factor_after
from release_pair
left join (
  select
    basis,
    from_release_id,
    to_release_id,
    codes_before,
    codes_after,
    codes_added,
    codes_reactivated,
    codes_deleted,
    codes_status_changed,
    codes_revalued,
    codes_indicator_changed,
    codes_cap_revalued,
    conversion_factor_before,
    conversion_factor_after
  from code_change_summary
  where basis = 'loaded' and is_new_release(to_release_id)
) as codes
  on codes.basis = release_pair.basis
  and codes.from_release_id = release_pair.from_release_id
  and codes.to_release_id = release_pair.to_release_id
left join locality_change_summary as places
  on places.basis = release_pair.basis
  and places.from_release_id = release_pair.from_release_id
  and places.to_release_id = release_pair.to_release_id
where release_pair.basis = 'loaded' and is_new_release(release_pair.to_release_id)
order by release_pair.to_release_id;
