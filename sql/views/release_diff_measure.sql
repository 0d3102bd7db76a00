-- What each release differs by from the one before it, measure by measure, with its bounds and whether a difference was accepted.
-- grain: release, diff_measure
-- reads: release_diff, release_bound, accepted_difference, release, legal_conversion_factor
-- rule: flows/catalog/release_bounds.csv; counts of codes as a fraction of the codes before, added ones with those that came back. A bound
-- per year is multiplied by the years between the two releases. A difference beyond a bound is accepted up to the accepted value, for
-- this edition only (accepted_differences.csv of the project, or of the home folder). A conversion_factor_ratio beyond its bound is accepted
-- too where the release's factor is the one that the catalogue knows for it, or was law for its first day: such a factor is not misread,
-- and laws undid whole cuts within a year (RVU06A to RVU06AR: 1.0476).
create or replace view release_diff_measure as
with measured as (
  select
    release_id,
    compared_release_id,
    years_apart,
    codes_before,
    conversion_factor_after,
    unnest([
      {
        'name': 'codes_added_fraction',
        'found': cast((codes_added + codes_reactivated) / nullif(codes_before, 0) as decimal(18, 6))
      },
      {'name': 'codes_deleted_fraction', 'found': cast(codes_deleted / nullif(codes_before, 0) as decimal(18, 6))},
      {
        'name': 'codes_status_changed_fraction',
        'found': cast(codes_status_changed / nullif(codes_before, 0) as decimal(18, 6))
      },
      {'name': 'codes_revalued_fraction', 'found': cast(codes_revalued / nullif(codes_before, 0) as decimal(18, 6))},
      {'name': 'largest_gpci_change', 'found': cast(largest_gpci_change as decimal(18, 6))},
      {'name': 'localities_begun', 'found': cast(localities_begun as decimal(18, 6))},
      {'name': 'localities_ended', 'found': cast(localities_ended as decimal(18, 6))},
      {
        'name': 'conversion_factor_ratio',
        'found': cast(conversion_factor_after / nullif(conversion_factor_before, 0) as decimal(18, 6))
      }
    ]) as measure
  from release_diff
),
known_factor as (
  select release_id, 'conversion_factor_ratio' as diff_measure, expected_conversion_factor as conversion_factor
  from release
  where expected_conversion_factor is not null
  union
  select release.release_id, 'conversion_factor_ratio', legal.conversion_factor
  from release
  join legal_conversion_factor as legal
    on legal.qp_status = 'non_qp' and release.valid_from between legal.effective_from and legal.effective_to
),
bounded as (
  select
    measured.release_id,
    measured.compared_release_id,
    measured.years_apart,
    measured.conversion_factor_after,
    measured.measure.name as diff_measure,
    measured.measure.found as found,
    case when release_bound.is_per_year then least * measured.years_apart else least end as least,
    cast(case when release_bound.is_per_year then most * measured.years_apart else most end as decimal(18, 6)) as most,
    release_bound.reason,
    release_bound.source
  from measured
  join release_bound
    on release_bound.diff_measure = measured.measure.name
    and measured.years_apart >= release_bound.years_apart_from
    and measured.years_apart <= coalesce(release_bound.years_apart_to, measured.years_apart)
)
select
  bounded.release_id,
  bounded.compared_release_id,
  bounded.years_apart,
  bounded.diff_measure,
  bounded.found,
  cast(bounded.least as decimal(18, 6)) as least,
  bounded.most,
  coalesce(found >= bounded.least, true) and coalesce(found <= bounded.most, true) as is_within,
  coalesce(
    (found < bounded.least and found >= accepted_difference.accepted_value)
    or (found > bounded.most and found <= accepted_difference.accepted_value)
    or (known_factor.release_id is not null and (found < bounded.least or found > bounded.most)),
    false
  ) as is_accepted,
  accepted_difference.accepted_on,
  accepted_difference.declared_in,
  bounded.reason,
  bounded.source
from bounded
left join known_factor
  on known_factor.release_id = bounded.release_id
  and known_factor.diff_measure = bounded.diff_measure
  and known_factor.conversion_factor = bounded.conversion_factor_after
left join accepted_difference
  on accepted_difference.release_id = bounded.release_id and accepted_difference.diff_measure = bounded.diff_measure;
