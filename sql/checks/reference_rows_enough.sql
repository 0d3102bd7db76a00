-- A reference file has as many rows as CMS's have at the least, and the first year that is loaded as many as the year after lets expect.
-- grain: reference_release
-- reads: reference_release, reference_file, release_bound, accepted_difference
-- severity: warning
-- rule: flows/catalog/release_bounds.csv: measures rbcs_rows and utilisation_rows, and for the first year that is loaded the ratio to the
-- year after it, which may be lost once for each year between. A part of a file, loaded knowingly, is no error. The newest edition of
-- each year; the sample is left out. What has a year before it is held against that one by check reference_rows_held.
with counted as (
  select reference_release_id, cast(sum(rows_loaded) as bigint) as row_count
  from reference_file
  group by reference_release_id
),
newest as (
  select
    reference_release.reference,
    reference_release.year,
    max_by(reference_release.reference_release_id, reference_release.edition) as reference_release_id,
    max_by(counted.row_count, reference_release.edition) as row_count
  from reference_release
  join counted on counted.reference_release_id = reference_release.reference_release_id
  where not reference_release.is_sample
  group by reference_release.reference, reference_release.year
),
placed as (
  select
    reference_release_id,
    reference,
    row_count,
    row_number() over by_year as place,
    lead(reference_release_id) over by_year as later_release_id,
    lead(row_count) over by_year as later_rows,
    lead(year) over by_year - year as years_apart
  from newest
  window by_year as (partition by reference order by year)
),
expected as (
  select
    placed.reference_release_id,
    placed.reference || '_rows' as diff_measure,
    placed.row_count,
    release_bound.least,
    release_bound.reason
  from placed
  join release_bound on release_bound.diff_measure = placed.reference || '_rows'
  union all
  select
    placed.reference_release_id,
    placed.reference || '_rows',
    placed.row_count,
    floor(placed.later_rows * power(release_bound.least, placed.years_apart)),
    placed.later_release_id || ' has ' || format('{:,}', placed.later_rows) || '. ' || release_bound.reason
  from placed
  join release_bound
    on release_bound.diff_measure = placed.reference || '_rows_ratio'
    and placed.years_apart between release_bound.years_apart_from and coalesce(release_bound.years_apart_to, placed.years_apart)
  where placed.place = 1
),
short as (
  select reference_release_id, diff_measure, row_count, max(least) as least, arg_max(reason, least) as reason
  from expected
  where row_count < least
  group by reference_release_id, diff_measure, row_count
)
select
  short.reference_release_id,
  short.reference_release_id || ' has ' || format('{:,}', short.row_count) || ' rows, and at least '
    || format('{:,}', cast(short.least as bigint)) || ' were expected: ' || short.reason || '. The file may have been cut off, or be a '
    || 'part: fetch it again. If it is whole, add this line to accepted_differences.csv in the home folder, whose heading is '
    || 'release_id,diff_measure,accepted_value,accepted_on,reason: ' || short.reference_release_id || ',' || short.diff_measure || ','
    || short.row_count || ',YYYY-MM-DD,"your reason"' as sentence
from short
left join accepted_difference
  on accepted_difference.release_id = short.reference_release_id
  and accepted_difference.diff_measure = short.diff_measure
  and accepted_difference.accepted_value <= short.row_count
where accepted_difference.release_id is null
