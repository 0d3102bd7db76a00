-- Each loaded release against the governing release loaded before it: rows, codes, statuses, RVUs, indices, conversion factor.
-- grain: release
-- reads: release_pair, code_difference, conversion_factor, locality_change_summary
-- scope: onward
-- rule: basis loaded of release_pair; counts as in code_change_summary and locality_change_summary. The first loaded release has no row.
-- Stored, so that it can be read without comparing the releases again.
create or replace table release_diff as
with codes as (
  -- Not code_change_summary, whose amounts would take most of the time.
  select
    from_release_id,
    to_release_id,
    count(*) filter (where change_kind not in ('added', 'reactivated')) as codes_before,
    count(*) filter (where change_kind <> 'deleted') as codes_after,
    count(*) filter (where change_kind = 'added') as codes_added,
    count(*) filter (where change_kind = 'reactivated') as codes_reactivated,
    count(*) filter (where change_kind = 'deleted') as codes_deleted,
    count(*) filter (where change_kind = 'status_changed') as codes_status_changed,
    count(*) filter (where change_kind = 'revalued') as codes_revalued,
    count(*) filter (where change_kind = 'indicator_changed') as codes_indicator_changed,
    count(*) filter (where change_kind = 'cap_revalued') as codes_cap_revalued
  from code_difference
  where basis = 'loaded' and is_new_release(to_release_id)
  group by from_release_id, to_release_id
)
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
  factor_before.conversion_factor as conversion_factor_before,
  factor_after.conversion_factor as conversion_factor_after
from release_pair
left join codes
  on codes.from_release_id = release_pair.from_release_id and codes.to_release_id = release_pair.to_release_id
left join conversion_factor as factor_before
  on factor_before.release_id = release_pair.from_release_id and factor_before.qp_status = 'non_qp'
left join conversion_factor as factor_after
  on factor_after.release_id = release_pair.to_release_id and factor_after.qp_status = 'non_qp'
left join locality_change_summary as places
  on places.basis = release_pair.basis
  and places.from_release_id = release_pair.from_release_id
  and places.to_release_id = release_pair.to_release_id
where release_pair.basis = 'loaded' and is_new_release(release_pair.to_release_id)
order by release_pair.to_release_id;
