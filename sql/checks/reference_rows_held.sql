-- A reference file has no fewer rows and codes than the edition or year before it may lose, or the difference was accepted.
-- grain: reference_release, diff_measure
-- reads: reference_release, reference_file, rbcs_assignment, utilisation_count, release_bound, accepted_difference
-- severity: error
-- rule: flows/catalog/release_bounds.csv, measures rbcs_ and utilisation_rows_ratio and _codes_ratio. A file that was cut at the end of a
-- line is otherwise as good as a whole one. The newest edition of each year is held against the edition before it, the first edition of
-- a year against the newest of the year before that is loaded; rows are those of the file, not of its reduction. The sample is left out.
with coded as (
  select reference_release_id, count(distinct hcpcs_code) as code_count
  from rbcs_assignment
  group by reference_release_id
  union all
  select reference_release_id, count(distinct hcpcs_code)
  from utilisation_count
  group by reference_release_id
),
counted as (
  select reference_release_id, cast(sum(rows_loaded) as bigint) as row_count
  from reference_file
  group by reference_release_id
),
compared as (
  select
    reference_release.reference_release_id,
    reference_release.reference,
    reference_release.year,
    counted.row_count,
    coalesce(coded.code_count, 0) as code_count,
    lag(reference_release.reference_release_id) over earlier as compared_release_id,
    lag(reference_release.year) over earlier as compared_year,
    lag(counted.row_count) over earlier as rows_before,
    lag(coalesce(coded.code_count, 0)) over earlier as codes_before,
    lead(reference_release.year) over earlier as next_year
  from reference_release
  join counted on counted.reference_release_id = reference_release.reference_release_id
  left join coded on coded.reference_release_id = reference_release.reference_release_id
  where not reference_release.is_sample
  window earlier as (
    partition by reference_release.reference
    order by reference_release.year, reference_release.edition
  )
),
measured as (
  select
    reference_release_id,
    compared_release_id,
    year - compared_year as years_apart,
    unnest([
      {'name': reference || '_rows_ratio', 'things': 'rows', 'before': rows_before, 'after': row_count},
      {'name': reference || '_codes_ratio', 'things': 'codes', 'before': codes_before, 'after': code_count}
    ]) as measure
  from compared
  where next_year is distinct from year
    and compared_release_id is not null
),
found as (
  select
    reference_release_id,
    compared_release_id,
    years_apart,
    measure.name as diff_measure,
    measure.things as things,
    measure.before as count_before,
    measure.after as count_after,
    cast(measure.after / nullif(measure.before, 0) as decimal(18, 6)) as ratio
  from measured
)
select
  found.reference_release_id,
  found.compared_release_id,
  found.reference_release_id || ' has ' || format('{:,}', found.count_after) || ' ' || found.things || ', and '
    || found.compared_release_id || ' before it ' || format('{:,}', found.count_before) || ': ' || found.diff_measure || ' is '
    || found.ratio || ', and at least ' || release_bound.least || ' was expected: ' || release_bound.reason
    || '. The file may have been cut off: fetch it again. If the difference is real, add this line to accepted_differences.csv in the '
    || 'home folder, whose heading is release_id,diff_measure,accepted_value,accepted_on,reason: ' || found.reference_release_id
    || ',' || found.diff_measure || ',' || found.ratio || ',YYYY-MM-DD,"your reason"' as sentence
from found
join release_bound
  on release_bound.diff_measure = found.diff_measure
  and found.years_apart between release_bound.years_apart_from and coalesce(release_bound.years_apart_to, found.years_apart)
left join accepted_difference
  on accepted_difference.release_id = found.reference_release_id
  and accepted_difference.diff_measure = found.diff_measure
  and accepted_difference.accepted_value <= found.ratio
where found.ratio < release_bound.least
  and accepted_difference.release_id is null
